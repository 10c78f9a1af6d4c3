//! A migration link is read or refused; what is read and can be said in a link is the same
//! when it is written and read again.

use authenticator_core::otp::{Account, Kind};
use authenticator_core::transfer::google::{MigrationBatch, MigrationLink, export};
use data_encoding::BASE64;

/// The first byte says what the others are: a link, or the message in one, so that base64
/// is not in the way.
pub(crate) fn check(input: &[u8]) {
    let Some((form, input)) = input.split_first() else { return };
    let text = match form % 2 {
        0 => String::from_utf8_lossy(input).into_owned(),
        _ => format!("otpauth-migration://offline?data={}", BASE64.encode(input)),
    };
    let Ok(link) = MigrationLink::parse(&text) else { return };
    assert!(link.index() < link.batch_size());
    let entries = link.entries().iter();
    let accounts = entries.filter_map(|entry| Some(entry.account.as_ref().ok()?.account.clone()));
    assert_moved_on(&accounts.collect::<Vec<Account>>());

    let mut batch = MigrationBatch::default();
    let (index, size) = (link.index(), link.batch_size());
    batch.add(link).unwrap();
    assert_eq!(batch.missing().count(), size - 1);
    assert!(batch.missing().all(|missing| missing != index));
}

/// What is not refused comes back as it was, in its order.
fn assert_moved_on(accounts: &[Account]) {
    let export = export(accounts).unwrap();
    let refused = |at: usize| export.refused.iter().any(|refusal| refusal.index == at);
    let sent = accounts.iter().enumerate().filter(|(at, _)| !refused(*at));
    let sent: Vec<_> = sent.map(|(_, account)| fields(account)).collect();

    let mut batch = MigrationBatch::default();
    for link in &export.links {
        batch.add(MigrationLink::parse(link.expose()).unwrap()).unwrap();
    }
    assert!(batch.is_complete() || sent.is_empty());
    let received: Vec<Account> =
        batch.into_entries().map(|entry| entry.account.unwrap().account).collect();
    assert_eq!(received.iter().map(fields).collect::<Vec<_>>(), sent);
}

/// All that a link says of an account.
fn fields(account: &Account) -> (Option<&str>, &str, Kind, &[u8]) {
    (account.issuer(), account.name(), account.kind(), account.secret().expose())
}
