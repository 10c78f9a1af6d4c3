//! Google Authenticator's migration links come in whole, in any order, and go out
//! unchanged or not at all.

#![cfg(feature = "transfer")]

use authenticator_core::otp::{Account, AccountError, Algorithm, Digits, Kind, Period, Warning};
use authenticator_core::transfer::google::{
    MigrationBatch, MigrationEntryError, MigrationError, MigrationLink, RefusalReason, export,
};
use authenticator_core::{Secret, SecretString};
use data_encoding::BASE64;
use proptest::prelude::*;

const PREFIX: &str = "otpauth-migration://offline?data=";

/// A field of a protocol buffer: a number.
fn number(tag: u8, value: i64) -> Vec<u8> {
    let mut rest = value.cast_unsigned();
    let mut bytes = vec![tag << 3];
    while rest >= 0x80 {
        bytes.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    bytes.push(rest as u8);
    bytes
}

/// A field of a protocol buffer: text, bytes or a message.
fn bytes(tag: u8, value: &[u8]) -> Vec<u8> {
    let mut field = number(tag, i64::try_from(value.len()).unwrap());
    field[0] |= 2;
    field.extend_from_slice(value);
    field
}

fn link(payload: &[u8]) -> String {
    PREFIX.to_owned() + &BASE64.encode(payload).replace('+', "%2B").replace('/', "%2F")
}

/// One entry with the secret of RFC 6238, and `fields` behind it.
fn entry(fields: &[Vec<u8>]) -> Vec<u8> {
    let mut entry = bytes(1, b"12345678901234567890");
    entry.extend(bytes(2, b"al"));
    entry.extend(bytes(3, b"Ex"));
    entry.extend(fields.concat());
    bytes(1, &entry)
}

fn only_entry(text: &str) -> Result<(Account, Vec<Warning>), MigrationEntryError> {
    let mut batch = MigrationBatch::default();
    batch.add(MigrationLink::parse(text).unwrap()).unwrap();
    let entries: Vec<_> = batch.into_entries().collect();
    let [entry] = entries.try_into().unwrap();
    entry.account.map(|parsed| (parsed.account, parsed.warnings))
}

fn totp(algorithm: Algorithm, digits: u8) -> Kind {
    Kind::Totp { algorithm, digits: Digits::new(digits).unwrap(), period: Period::default() }
}

fn account(issuer: &str, name: &str, kind: Kind) -> Account {
    Account::from_parts(issuer, name, kind, Secret::new(vec![7; 20])).unwrap().account
}

fn same(left: &Account, right: &Account) -> bool {
    left.issuer() == right.issuer()
        && left.name() == right.name()
        && left.kind() == right.kind()
        && left.secret().expose() == right.secret().expose()
}

/// The example that github.com/johncallahan/otpauth_migration and others publish,
/// with the account that they give for it.
#[test]
fn the_published_example_is_read() {
    let text = "otpauth-migration://offline?data=CjEKCkhlbGxvId6tvu8SGEV4YW1wbGU6YWxpY2VAZ29vZ2xlLmNvbRoHRXhhbXBsZTAC";

    let (account, warnings) = only_entry(text).unwrap();

    assert_eq!(account.issuer(), Some("Example"));
    assert_eq!(account.name(), "alice@google.com");
    assert_eq!(account.secret_text().expose(), "JBSWY3DPEHPK3PXP");
    assert_eq!(account.kind(), Kind::totp());
    assert_eq!(warnings, [Warning::ShortSecret]);
}

#[test]
fn every_enumeration_is_read_for_what_it_says() {
    let hotp =
        |counter| Kind::Hotp { algorithm: Algorithm::Sha1, digits: Digits::default(), counter };
    for (fields, kind) in [
        (vec![], Kind::totp()),
        (vec![number(4, 0), number(5, 0), number(6, 0)], Kind::totp()),
        (vec![number(4, 1), number(5, 1), number(6, 2)], Kind::totp()),
        (vec![number(4, 2)], totp(Algorithm::Sha256, 6)),
        (vec![number(4, 3), number(5, 2)], totp(Algorithm::Sha512, 8)),
        (vec![number(6, 1), number(7, 42)], hotp(42)),
        (vec![number(6, 1)], hotp(0)),
        (vec![number(6, 1), number(7, i64::MAX)], hotp(i64::MAX as u64)),
        // A field of a later version of the format.
        (vec![bytes(8, b"unique id")], Kind::totp()),
    ] {
        let (account, warnings) = only_entry(&link(&entry(&fields))).unwrap();

        assert_eq!(account.kind(), kind, "{fields:?}");
        assert_eq!(warnings, [], "{fields:?}");
    }
}

#[test]
fn a_value_without_a_code_spoils_its_own_entry_only() {
    for (fields, error) in [
        (number(4, 4), AccountError::UnsupportedAlgorithm),
        (number(4, 5), AccountError::UnsupportedAlgorithm),
        (number(4, -1), AccountError::UnsupportedAlgorithm),
        (number(5, 3), AccountError::UnsupportedDigits),
        (number(6, 3), AccountError::UnsupportedKind),
        ([number(6, 1), number(7, -1)].concat(), AccountError::InvalidCounter),
        (bytes(1, b""), AccountError::MissingSecret),
    ] {
        let payload = [entry(&[]), entry(&[fields]), bytes(1, b"\xff"), entry(&[])].concat();

        let read = MigrationLink::parse(&link(&payload)).unwrap();

        let outcomes: Vec<_> = read.entries().iter().map(|entry| &entry.account).collect();
        assert!(outcomes[0].is_ok());
        assert_eq!(outcomes[1].as_ref().unwrap_err(), &MigrationEntryError::Account(error));
        assert_eq!(read.entries()[1].label, "Ex: al");
        assert_eq!(outcomes[2].as_ref().unwrap_err(), &MigrationEntryError::Damaged);
        assert!(outcomes[3].is_ok());
    }
}

#[test]
fn the_issuer_is_taken_off_the_name_and_nothing_else_is() {
    for (issuer, name, expected) in [
        ("Ex", "Ex:al", (Some("Ex"), "al")),
        ("Ex", "Ex: al", (Some("Ex"), "al")),
        ("Ex", "Other:al", (Some("Ex"), "Other:al")),
        ("", "Ex:al", (Some("Ex"), "al")),
        ("", "al", (None, "al")),
        ("A:B", "A:B:al", (Some("A:B"), "al")),
    ] {
        let fields = [
            bytes(1, b"12345678901234567890"),
            bytes(2, name.as_bytes()),
            bytes(3, issuer.as_bytes()),
        ];

        let (account, _) = only_entry(&link(&bytes(1, &fields.concat()))).unwrap();

        assert_eq!((account.issuer(), account.name()), expected, "{issuer} {name}");
    }
}

#[test]
fn an_entry_of_steam_is_numeric_as_it_was_in_google_s_app_and_doubtful() {
    let fields = [bytes(1, b"12345678901234567890"), bytes(3, b"Steam")];

    let (account, warnings) = only_entry(&link(&bytes(1, &fields.concat()))).unwrap();

    assert_eq!(account.kind(), Kind::totp());
    assert_eq!(warnings, [Warning::AmbiguousSteam]);
}

#[test]
fn the_data_is_read_in_every_spelling_that_readers_make_of_it() {
    // Chosen so that the base64 has `+`, `/` and padding.
    let secret = b"12\xfb\xef\xbe\xff\xff\xff34";
    let payload = [bytes(1, &bytes(1, secret)), number(2, 1)];
    let base64 = BASE64.encode(&payload.concat());
    assert!(base64.contains('+') && base64.contains('/') && base64.ends_with('='), "{base64}");

    for data in [
        base64.clone(),
        base64.replace('+', "%2B").replace('/', "%2F").replace('=', "%3D"),
        base64.replace('+', "%2b").replace('/', "%2f").replace('=', "%3d"),
        base64.trim_end_matches('=').to_owned(),
        base64.replace('+', "-").replace('/', "_"),
        format!("{}%0A{}", &base64[..8], &base64[8..]),
    ] {
        let text = format!(" \u{feff}OTPAUTH-migration://offline?data={data}\r\n");

        let (account, _) = only_entry(&text).unwrap();

        assert_eq!(account.secret().expose(), secret, "{data}");
    }
}

#[test]
fn a_negative_batch_id_ties_links_together() {
    let page = |index| {
        let fields = [entry(&[]), number(3, 2), number(4, index), number(5, -2_115_447_809)];
        MigrationLink::parse(&link(&fields.concat())).unwrap()
    };
    let mut batch = MigrationBatch::default();

    batch.add(page(1)).unwrap();
    assert_eq!(batch.missing().collect::<Vec<_>>(), [0]);
    assert!(!batch.is_complete());
    batch.add(page(1)).unwrap();
    batch.add(page(0)).unwrap();

    assert!(batch.is_complete());
    assert_eq!(batch.into_entries().count(), 2);
}

#[test]
fn a_link_of_another_export_is_refused_and_nothing_is_lost() {
    let page = |size, id| {
        let fields = [entry(&[]), number(3, size), number(5, id)];
        MigrationLink::parse(&link(&fields.concat())).unwrap()
    };
    let mut batch = MigrationBatch::default();
    batch.add(page(2, 7)).unwrap();

    assert_eq!(batch.add(page(2, 8)), Err(MigrationError::OtherBatch));
    assert_eq!(batch.add(page(3, 7)), Err(MigrationError::OtherBatch));

    assert_eq!(batch.size(), Some(2));
    assert_eq!(batch.into_entries().count(), 1);
}

#[test]
fn what_is_no_link_is_refused_for_what_it_is() {
    let page = |size, index| link(&[number(3, size), number(4, index)].concat());
    for (text, error) in [
        (String::new(), MigrationError::NotMigration),
        ("otpauth://totp/Ex:al?secret=GE".to_owned(), MigrationError::NotMigration),
        ("otpauth-migration://online?data=AA".to_owned(), MigrationError::NotMigration),
        ("otpauth-migration://offline".to_owned(), MigrationError::NotMigration),
        ("otpauth-migration://offline?date=AA".to_owned(), MigrationError::NotMigration),
        ("otpauth-migration://offline?data=!".to_owned(), MigrationError::Damaged),
        ("otpauth-migration://offline?data=A".to_owned(), MigrationError::Damaged),
        (link(b"\xff\xff"), MigrationError::Damaged),
        (page(2, 2), MigrationError::Damaged),
        (page(2, -1), MigrationError::Damaged),
        (page(i64::from(i32::MAX), 0), MigrationError::Damaged),
        (format!("{PREFIX}{}", "A".repeat(1 << 20)), MigrationError::TooLong),
    ] {
        assert_eq!(MigrationLink::parse(&text).unwrap_err(), error, "{:.60}", text);
    }
}

#[test]
fn an_account_that_the_format_cannot_say_is_refused_by_name_and_the_others_go() {
    let minute = Kind::Totp {
        algorithm: Algorithm::Sha1,
        digits: Digits::default(),
        period: Period::from_secs(60).unwrap(),
    };
    let far =
        Kind::Hotp { algorithm: Algorithm::Sha1, digits: Digits::default(), counter: u64::MAX };
    let accounts = [
        (Kind::totp(), None),
        (minute, Some(RefusalReason::Period)),
        (totp(Algorithm::Sha224, 6), Some(RefusalReason::Algorithm)),
        (totp(Algorithm::Sha384, 8), Some(RefusalReason::Algorithm)),
        (totp(Algorithm::Sha1, 7), Some(RefusalReason::Digits)),
        (Kind::Steam, Some(RefusalReason::Kind)),
        (Kind::Motp, Some(RefusalReason::Kind)),
        (far, Some(RefusalReason::Counter)),
        (totp(Algorithm::Sha512, 8), None),
    ];
    let given: Vec<_> = accounts.iter().map(|(kind, _)| account("Ex", "al", *kind)).collect();

    let export = export(&given).unwrap();

    let expected = accounts.iter().enumerate().filter_map(|(index, (_, reason))| {
        reason.map(|reason| (index, Some("Ex".to_owned()), "al".to_owned(), reason))
    });
    let refused = export.refused.into_iter();
    let refused: Vec<_> = refused
        .map(|refusal| (refusal.index, refusal.issuer, refusal.name, refusal.reason))
        .collect();
    assert_eq!(refused, expected.collect::<Vec<_>>());
    let read = MigrationLink::parse(export.links[0].expose()).unwrap();
    assert_eq!(read.entries().len(), 2);
}

#[test]
fn ten_accounts_stand_in_a_link_and_nothing_in_none() {
    let accounts = |count: usize| vec![account("Ex", "al", Kind::totp()); count];
    for (count, links) in [(0, 0), (1, 1), (10, 1), (11, 2), (25, 3)] {
        assert_eq!(export(&accounts(count)).unwrap().links.len(), links, "{count}");
    }
}

/// Kinds that a link can say.
fn kinds() -> impl Strategy<Value = Kind> {
    let algorithms = vec![Algorithm::Sha1, Algorithm::Sha256, Algorithm::Sha512];
    (
        prop::sample::select(algorithms),
        prop::bool::ANY,
        prop::option::of(0..=i64::MAX.cast_unsigned()),
    )
        .prop_map(|(algorithm, eight, counter)| {
            let digits = Digits::new(if eight { 8 } else { 6 }).unwrap();
            match counter {
                Some(counter) => Kind::Hotp { algorithm, digits, counter },
                None => totp(algorithm, digits.count()),
            }
        })
}

proptest! {
    #[test]
    fn what_goes_out_comes_back_the_same(
        given in prop::collection::vec(
            (".{0,20}", ".{0,20}", kinds(), prop::collection::vec(any::<u8>(), 1..64)), 0..25),
        order: prop::sample::Index,
    ) {
        let accounts: Vec<Account> = given
            .into_iter()
            .map(|(issuer, name, kind, secret)| {
                Account::from_parts(&issuer, &name, kind, Secret::new(secret)).unwrap().account
            })
            .collect();

        let mut links = export(&accounts).unwrap().links;
        if !links.is_empty() {
            let middle = order.index(links.len());
            links.rotate_left(middle);
        }
        let mut batch = MigrationBatch::default();
        for link in &links {
            batch.add(MigrationLink::parse(link.expose()).unwrap()).unwrap();
        }

        prop_assert_eq!(batch.is_complete(), !accounts.is_empty());
        let back: Vec<Account> =
            batch.into_entries().map(|entry| entry.account.unwrap().account).collect();
        prop_assert_eq!(back.len(), accounts.len());
        for (back, account) in back.iter().zip(&accounts) {
            prop_assert!(same(back, account), "{:?} {:?}", back, account);
        }
    }

    #[test]
    fn no_bytes_whatever_make_it_panic(
        payload in prop::collection::vec(any::<u8>(), 0..200),
        text: String,
    ) {
        let _ = MigrationLink::parse(&link(&payload));
        let _ = MigrationLink::parse(&link(&bytes(1, &payload)));
        let _ = MigrationLink::parse(&(PREFIX.to_owned() + &text));
        let _ = MigrationLink::parse(&text);
    }

    #[test]
    fn a_link_cut_short_or_altered_never_panics(position: prop::sample::Index, byte: u8) {
        let account = account("Ex", "al", Kind::totp());
        let link = export(std::slice::from_ref(&account)).unwrap().links.remove(0);
        let link = link.expose();
        let position = position.index(link.len());

        let _ = MigrationLink::parse(&link[..position]);
        let mut altered = link.as_bytes().to_vec();
        altered[position] = byte & 0x7f;
        let _ = MigrationLink::parse(str::from_utf8(&altered).unwrap());
    }
}

#[test]
fn no_secret_stands_in_what_is_printed() {
    let canary = b"CANARY-CANARY-CANARY";
    let account = Account::from_parts("Ex", "al", Kind::totp(), Secret::new(canary.to_vec()))
        .unwrap()
        .account;
    let export = export(&[account]).unwrap();
    let link: &SecretString = &export.links[0];
    let read = MigrationLink::parse(link.expose()).unwrap();

    for shown in [format!("{export:?}"), format!("{link:?}"), format!("{read:?}")] {
        assert!(!shown.contains("CANARY") && !shown.contains("67, 65, 78"), "{shown}");
        assert!(!shown.contains(&link.expose()[PREFIX.len()..]), "{shown}");
    }
}
