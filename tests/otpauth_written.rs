//! What is written of an account is read back as the same account, here and by
//! another reader.

use authenticator_core::otp::{Account, Algorithm, Digits, Generator, Kind, Period, Warning};
use authenticator_core::{Secret, UnixTime};
use proptest::collection::vec;
use proptest::prelude::*;

#[test]
fn a_canonical_uri_says_no_more_than_is_needed() {
    let account = |issuer, name, kind| {
        let secret = Secret::new(b"12345678901234567890".to_vec());
        Account::from_parts(issuer, name, kind, secret).unwrap().account
    };
    let algorithm = Algorithm::Sha256;
    let digits = Digits::new(8).unwrap();
    let period = Period::from_secs(60).unwrap();
    let full = Kind::Totp { algorithm, digits, period };
    let hotp = Kind::Hotp { algorithm: Algorithm::Sha1, digits: Digits::default(), counter: 0 };
    for (account, expected) in [
        (
            account("Ex", "al", Kind::totp()),
            "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex",
        ),
        (
            account("Big Co", "a+b: c", Kind::totp()),
            "otpauth://totp/Big%20Co:a%2Bb%3A%20c?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Big%20Co",
        ),
        (
            account("Ex", "al", full),
            "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex&algorithm=SHA256&digits=8&period=60",
        ),
        (
            account("Ex", "al", hotp),
            "otpauth://hotp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex&counter=0",
        ),
        (
            account("", "al", Kind::totp()),
            "otpauth://totp/al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ",
        ),
        (
            account("Steam", "al", Kind::Steam),
            "otpauth://steam/Steam:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Steam",
        ),
    ] {
        assert_eq!(account.to_uri().expose(), expected);
    }
}

/// All that an account is, its secret's bytes included.
fn fields(account: &Account) -> (Option<&str>, &str, Kind, &[u8], Option<&str>) {
    let secret = account.secret().expose();
    (account.issuer(), account.name(), account.kind(), secret, account.image())
}

/// Writes `account`, reads that, and holds the two against each other.
fn assert_round_trip(account: &Account) {
    let uri = account.to_uri();

    let read = Account::from_uri(uri.expose()).unwrap();

    assert_eq!(fields(&read.account), fields(account), "{}", uri.expose());
    assert_eq!(read.account.to_uri().expose(), uri.expose(), "canonical is a fixed point");
    for warning in &read.warnings {
        let about_values = match warning {
            Warning::MissingLabel => account.name().is_empty(),
            Warning::ShortSecret => account.secret().expose().len() < 16,
            Warning::UnusualPeriod => account
                .kind()
                .period()
                .is_some_and(|period| !(10..=300).contains(&period.as_secs())),
            _ => false,
        };
        assert!(about_values, "{warning:?} about {}", uri.expose());
    }
}

fn algorithm() -> impl Strategy<Value = Algorithm> {
    use Algorithm::{Sha1, Sha224, Sha256, Sha384, Sha512};
    prop::sample::select(&[Sha1, Sha224, Sha256, Sha384, Sha512][..])
}

fn kind() -> impl Strategy<Value = Kind> {
    let digits = || (1..=10_u8).prop_map(|count| Digits::new(count).unwrap());
    let period = prop_oneof![Just(30), Just(60), 1..=u32::MAX];
    let period = period.prop_map(|secs| Period::from_secs(secs).unwrap());
    prop_oneof![
        4 => (algorithm(), digits(), period)
            .prop_map(|(algorithm, digits, period)| Kind::Totp { algorithm, digits, period }),
        1 => (algorithm(), digits(), any::<u64>())
            .prop_map(|(algorithm, digits, counter)| Kind::Hotp { algorithm, digits, counter }),
        1 => Just(Kind::totp()),
        1 => Just(Kind::Motp),
        1 => Just(Kind::Steam),
        1 => Just(Kind::Yandex),
    ]
}

/// Any text at all, and texts that a URI has to keep apart.
fn name() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(
            &[
                ":",
                "/",
                "#",
                "%",
                "+",
                "&",
                "?",
                "=",
                " ",
                "::",
                "%3A",
                "%20",
                "&amp;",
                "@",
                ";",
                "Steam",
                "steam",
                "Ex",
                "al",
                "\u{202e}",
                "\0",
                "\n",
                "\u{feff}",
                "\u{2028}",
                "é",
                "\\",
                "\"",
                "銀行",
                "👩‍💻",
                "secret=A",
                "null",
            ][..]
        )
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// What a URI is made of, in no order.
fn fragment() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(
            &[
                "?", "&", "=", ":", "/", "#", "%", "+", "-", " ", "&amp;", "&#38;", "%3A", "%00",
                "%ff", "%E2%80%AE", "\0", "\u{202e}", "secret=", "GEZDGNBVGY3TQOJQ", "gezd", "GE",
                "issuer=", "Ex", "Steam", "algorithm=", "SHA1", "sha-512", "null", "digits=", "6",
                "s", "6.0", "period=", "30", "0", "counter=", "image=", "encoder=", "steam",
                "totp", "SECRET=", "%73ecret=", "?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&",
            ][..]
        )
        .prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
    ]
}

proptest! {
    #[test]
    fn what_is_read_is_written_and_read_again(
        start in prop::sample::select(&[
            "otpauth://totp/", "otpauth://hotp/", "otpauth://steam/", "otpauth://yaotp/",
            "apple-otpauth://totp/", "motp://", "motp:/", "steam://", "otpauth://totp",
        ][..]),
        label in vec(fragment(), 0..4),
        secret in prop_oneof![
            Just("?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY&"),
            Just("?SECRET=30edcc8edae50a60&"),
            Just("?"),
            Just(""),
        ],
        query in vec(fragment(), 0..10),
    ) {
        let text = [start, &label.concat(), secret, &query.concat()].concat();

        if let Ok(parsed) = Account::from_uri(&text) {
            assert_round_trip(&parsed.account);
        }
    }

    #[test]
    fn every_account_is_written_and_read_again(
        issuer in name(),
        name in name(),
        kind in kind(),
        secret in vec(any::<u8>(), 1..=64),
    ) {
        let secret = match kind {
            Kind::Yandex => secret.iter().copied().cycle().take(16).collect(),
            _ => secret,
        };
        let parsed = Account::from_parts(&issuer, &name, kind, Secret::new(secret)).unwrap();

        assert_round_trip(&parsed.account);
        let clean = |text: &str| !text.contains(|c: char| c.is_control() || c == '\u{202e}');
        prop_assert!(clean(parsed.account.name()));
        prop_assert!(clean(parsed.account.issuer().unwrap_or_default()));
    }

    #[test]
    fn the_longest_account_is_written_and_read_again(
        issuer in "[☃:a]{60,85}",
        name in "[☃:a]{120,170}",
        kind in kind(),
        length in 500..=512_usize,
    ) {
        let length = if kind == Kind::Yandex { 16 } else { length };
        let secret = Secret::new(vec![0xa5; length]);
        let account = Account::from_parts(&issuer, &name, kind, secret).unwrap().account;

        assert_round_trip(&account);
    }

    #[test]
    fn another_reader_gives_the_same_code_for_what_we_write(
        issuer in "[a-zA-Z0-9 é+&#%/?=.@-]{0,12}",
        name in "[a-zA-Z0-9 é+&#%/?=.@-]{1,12}",
        (ours, theirs) in prop::sample::select(&[
            (Algorithm::Sha1, totp_rs::Algorithm::SHA1),
            (Algorithm::Sha256, totp_rs::Algorithm::SHA256),
            (Algorithm::Sha512, totp_rs::Algorithm::SHA512),
        ][..]),
        digits in 6..=8_u8,
        period in 1..=1000_u32,
        secret in vec(any::<u8>(), 16..=64),
        secs in 0..1_u64 << 40,
    ) {
        let kind = Kind::Totp {
            algorithm: ours,
            digits: Digits::new(digits).unwrap(),
            period: Period::from_secs(period).unwrap(),
        };
        let account = Account::from_parts(&issuer, &name, kind, Secret::new(secret)).unwrap().account;
        // A reader by the WHATWG's URL standard takes a path of dots away, even escaped.
        let label = (account.issuer(), account.name());
        prop_assume!(!matches!(label, (_, "") | (None, "." | "..")));

        let read = totp_rs::Totp::from_url(account.to_uri().expose()).unwrap();

        let Ok(Generator::Totp(totp)) = account.generator(None) else { panic!("it is TOTP") };
        let code = totp.code_at(UnixTime::from_secs(secs)).code;
        prop_assert_eq!(read.generate(secs).to_string(), code.as_str());
        prop_assert_eq!(read.secret().as_bytes(), account.secret().expose());
        prop_assert_eq!(read.issuer(), account.issuer());
        prop_assert_eq!(read.account_name(), account.name());
        prop_assert_eq!(read.algorithm(), theirs);
    }
}
