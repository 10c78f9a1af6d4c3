//! Codes are the ones that others have published.

use authenticator_core::otp::{Account, Algorithm, Digits, Generator, Hotp, Kind, Period, Totp};
use authenticator_core::{Secret, SecretString, UnixTime};

/// The lines of a file of vectors, each with its `N` fields.
fn vectors<const N: usize>(text: &str) -> Vec<(&str, [&str; N])> {
    let fields = |line| -> [&str; N] {
        let fields: Vec<&str> = str::split_whitespace(line).collect();
        fields.try_into().unwrap_or_else(|_| panic!("malformed: {line}"))
    };
    let lines: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert!(!lines.is_empty(), "a file without vectors proves nothing");
    lines.into_iter().map(|line| (line, fields(line))).collect()
}

fn time(seconds: &str) -> UnixTime {
    UnixTime::from_secs(seconds.parse().unwrap())
}

/// "1234567890", repeated to `length`.
fn seed(length: usize) -> Secret {
    Secret::new(b"1234567890".iter().copied().cycle().take(length).collect())
}

/// The code of a kind that has nothing to choose.
fn code_of(kind: Kind, secret: &str, pin: Option<&str>, seconds: &str) -> String {
    let pin = pin.map(|pin| SecretString::new(pin.to_owned()));
    let account = Account::from_typed_secret("", "", kind, secret).unwrap().account;
    code_of_account(&account, pin.as_ref(), seconds)
}

fn code_of_account(account: &Account, pin: Option<&SecretString>, seconds: &str) -> String {
    let Generator::Totp(totp) = account.generator(pin).unwrap() else {
        panic!("the codes go by the time");
    };
    totp.code_at(time(seconds)).code.as_str().to_owned()
}

#[test]
fn hotp_codes_match_rfc_4226_appendix_d() {
    let [six, ten] =
        [6, 10].map(|digits| Hotp::new(&seed(20), Algorithm::Sha1, Digits::new(digits).unwrap()));
    for (line, [counter, truncated, code]) in vectors(include_str!("vectors/rfc4226.txt")) {
        let counter = counter.parse().unwrap();

        assert_eq!(six.code(counter).as_str(), code, "{line}");
        assert_eq!(ten.code(counter).as_str(), format!("{truncated:0>10}"), "{line}");
    }
}

#[test]
fn totp_codes_match_rfc_6238_appendix_b() {
    totp_codes_match(include_str!("vectors/rfc6238.txt"));
}

#[test]
fn totp_codes_of_the_other_hashes_match_an_independent_hmac() {
    totp_codes_match(include_str!("vectors/sha224-sha384.txt"));
}

fn totp_codes_match(text: &str) {
    for (line, [seconds, algorithm, code]) in vectors(text) {
        let (algorithm, seed_length) = match algorithm {
            "SHA1" => (Algorithm::Sha1, 20),
            "SHA224" => (Algorithm::Sha224, 28),
            "SHA256" => (Algorithm::Sha256, 32),
            "SHA384" => (Algorithm::Sha384, 48),
            "SHA512" => (Algorithm::Sha512, 64),
            _ => panic!("malformed: {line}"),
        };
        let digits = Digits::new(8).unwrap();

        let totp = Totp::new(&seed(seed_length), algorithm, digits, Period::default());

        assert_eq!(totp.code_at(time(seconds)).code.as_str(), code, "{line}");
    }
}

#[test]
fn steam_codes_match_the_ones_of_steam_and_of_others() {
    for (line, [seconds, secret, code, _source]) in vectors(include_str!("vectors/steam.txt")) {
        assert_eq!(code_of(Kind::Steam, secret, None, seconds), code, "{line}");
    }
}

#[test]
fn motp_codes_match_the_ones_of_aegis_of_otptool_and_of_stratum() {
    for (line, [seconds, pin, secret, code, _source]) in vectors(include_str!("vectors/motp.txt")) {
        assert_eq!(code_of(Kind::Motp, secret, Some(pin), seconds), code, "{line}");
    }
}

#[test]
fn yandex_codes_match_the_ones_of_keeyaotp_and_of_aegis() {
    for (line, [seconds, pin, secret, code, _source]) in vectors(include_str!("vectors/yandex.txt"))
    {
        assert_eq!(code_of(Kind::Yandex, secret, Some(pin), seconds), code, "{line}");
    }
}

#[test]
fn the_short_form_of_a_yandex_secret_gives_the_same_codes() {
    for (line, [seconds, pin, secret, code, _source]) in vectors(include_str!("vectors/yandex.txt"))
    {
        let typed = Account::from_typed_secret("", "", Kind::Yandex, secret).unwrap().account;
        let short = Secret::new(typed.secret().expose()[..16].to_vec());
        let scanned = Account::from_parts("", "", Kind::Yandex, short).unwrap().account;
        let pin = SecretString::new(pin.to_owned());

        assert_eq!(code_of_account(&scanned, Some(&pin), seconds), code, "{line}");
    }
}
