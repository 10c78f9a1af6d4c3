//! Everything that a person adds to an account comes back as it was, in this run and the next.

mod support;

use authenticator_core::SecretString;
use authenticator_core::otp::Kind;
use authenticator_core::vault::{Edit, Entry, RecoveryCode};
use support::{Folder, add, moment, totp};

fn code(text: &str, used: bool) -> RecoveryCode {
    RecoveryCode { code: SecretString::new(text.to_owned()), used }
}

fn codes(entry: &Entry) -> Vec<(String, bool)> {
    entry.recovery_codes.iter().map(|it| (it.code.expose().to_owned(), it.used)).collect()
}

#[test]
fn all_of_an_entry_comes_back() {
    let folder = Folder::new();
    let vault = folder.create();
    let id = add(
        &vault,
        Entry {
            note: Some("Söme nöte".to_owned()),
            tags: vec!["work".to_owned(), "home".to_owned()],
            group: Some("Banks".to_owned()),
            pinned: true,
            recovery_codes: vec![code("one", true), code("two", false), code("three", false)],
            icon: Some(vec![7; 300]),
            ..Entry::new(totp("Ex", "al", 1))
        },
    );
    drop(vault);

    let vault = folder.open();
    let now = moment(1);
    let _ = vault.unlock_with_platform(now).unwrap();
    let item = vault.item(id, now).unwrap();
    assert_eq!((item.issuer(), item.name(), item.kind()), (Some("Ex"), "al", Kind::totp()));
    assert_eq!((item.note(), item.group()), (Some("Söme nöte"), Some("Banks")));
    assert_eq!((item.tags(), item.is_pinned()), (vec!["work", "home"], true));
    assert_eq!((item.has_icon(), item.recovery_codes_left()), (true, 2));
    assert_eq!(vault.icon(id, now).unwrap(), Some(vec![7; 300]));
    let entry = vault.reveal(id, now).unwrap();
    let all = [("one", true), ("two", false), ("three", false)].map(|(it, used)| (it.into(), used));
    assert_eq!(codes(&entry), all);
    assert_eq!(entry.account.secret().expose(), [1; 20]);
}

#[test]
fn a_recovery_code_is_crossed_off() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let id = add(&vault, Entry::new(totp("Ex", "al", 1)));
    let left = || vault.item(id, now).unwrap().recovery_codes_left();
    assert_eq!(left(), 0);
    for (codes, still) in [
        (vec![code("one", false), code("two", false)], 2),
        (vec![code("one", true), code("two", false)], 1),
        (vec![code("one", true), code("two", true)], 0),
    ] {
        vault.edit(id, vec![Edit::RecoveryCodes(codes)], now).unwrap();
        assert_eq!(left(), still);
    }
}
