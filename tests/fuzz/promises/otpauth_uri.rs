//! Any text is an account or an error; an account is written as text that is read as the
//! same one.

use authenticator_core::SecretString;
use authenticator_core::otp::{Account, Kind};

pub(crate) fn check(input: &[u8]) {
    let text = String::from_utf8_lossy(input);
    if let Ok(parsed) = Account::from_uri(&text) {
        assert_read_again(&parsed.account);
        // Every account gives codes.
        let pin = SecretString::new("1234".to_owned());
        assert!(parsed.account.generator(Some(&pin)).is_ok());
    }
    for kind in [Kind::totp(), Kind::Motp] {
        let Ok(typed) = Account::from_typed_secret("", "", kind, &text) else { continue };
        let written = typed.account.secret_text();
        let again = Account::from_typed_secret("", "", kind, written.expose()).unwrap();
        assert_eq!(again.account.secret().expose(), typed.account.secret().expose());
    }
}

fn assert_read_again(account: &Account) {
    let uri = account.to_uri();
    let read = Account::from_uri(uri.expose()).unwrap().account;
    assert_eq!(fields(&read), fields(account));
    assert_eq!(read.to_uri().expose(), uri.expose());
}

/// All that an account is.
fn fields(account: &Account) -> (Option<&str>, &str, Kind, &[u8], Option<&str>) {
    let secret = account.secret().expose();
    (account.issuer(), account.name(), account.kind(), secret, account.image())
}
