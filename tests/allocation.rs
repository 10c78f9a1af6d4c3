//! A code costs no allocation: an app asks for a whole list of them every second.

use allocation_counter::measure;
use authenticator_core::otp::{
    Account, Algorithm, CodeError, CodeList, Digits, Generator, Hotp, Kind, Period, TimedCode,
    Totp, Window,
};
use authenticator_core::{Secret, SecretString, UnixTime};

const NOW: UnixTime = UnixTime::from_secs(1_741_011_292);

fn secret() -> Secret {
    Secret::new(vec![7; 16])
}

/// One generator of every time-based kind and hash, named.
fn generators() -> Vec<(String, Totp)> {
    let of_kind = |(name, kind)| {
        let account = Account::from_parts("", "", kind, secret()).unwrap().account;
        let pin = SecretString::new("1234".to_owned());
        let Generator::Totp(totp) = account.generator(Some(&pin)).unwrap() else {
            panic!("the codes of {name} go by the time");
        };
        (name, totp)
    };
    let algorithms = [
        Algorithm::Sha1,
        Algorithm::Sha224,
        Algorithm::Sha256,
        Algorithm::Sha384,
        Algorithm::Sha512,
    ];
    let totp = |algorithm: Algorithm| {
        let (digits, period) = (Digits::default(), Period::default());
        (algorithm.to_string(), Kind::Totp { algorithm, digits, period })
    };
    let others = [("mOTP", Kind::Motp), ("Steam", Kind::Steam), ("Yandex", Kind::Yandex)];
    let others = others.map(|(name, kind)| (name.to_owned(), kind));
    algorithms.map(totp).into_iter().chain(others).map(of_kind).collect()
}

/// Fails if `work` allocates or frees anything.
fn assert_free(name: &str, work: impl FnOnce()) {
    let info = measure(work);

    assert_eq!((info.count_total, info.count_current), (0, 0), "{name}");
}

#[test]
fn the_counter_counts() {
    let info = measure(|| drop(std::hint::black_box(vec![1_u8; 100])));

    assert_eq!(info.count_total, 1);
}

/// A text that grows leaves copies of what stood in it behind.
#[test]
fn a_uri_never_grows_while_it_is_written_however_much_is_escaped() {
    let writing = |issuer: &str, name: &str, image: &str| {
        let plain = format!(
            "otpauth://totp/a:b?secret={}&issuer=a&image={image}&digits=10&period=4294967295\
             &algorithm=SHA512",
            data_encoding::BASE32_NOPAD.encode(&[7; 512])
        );
        let account = Account::from_uri(&plain).unwrap().account;
        let (kind, secret) = (account.kind(), account.secret().clone());
        let mut named = Account::from_parts(issuer, name, kind, secret).unwrap().account;
        if !image.is_empty() {
            named = account;
        }
        measure(|| drop(std::hint::black_box(named.to_uri()))).count_total
    };

    let usual = writing("a", "b", "");
    assert_eq!(writing(&"%".repeat(256), "b", ""), usual);
    assert_eq!(writing("a", &"%".repeat(512), ""), usual);
    assert_eq!(writing("", &"%".repeat(512), ""), usual);
    assert_eq!(writing("a", "b", &"%25".repeat(1024)), usual);
}

#[test]
fn a_code_and_its_text_allocate_nothing() {
    for (name, totp) in generators() {
        assert_free(&name, || {
            let now = totp.code_at(NOW);
            assert!(!now.code.as_str().is_empty());
            assert!(now.code.groups().count() > 0);
            assert!(totp.next_code_at(NOW).is_some());
        });
    }
}

#[test]
fn a_code_by_a_counter_allocates_nothing() {
    let hotp = Hotp::new(&secret(), Algorithm::Sha1, Digits::default());

    assert_free("code", || {
        hotp.code(7);
    });
    assert_free("verify", || {
        hotp.verify("123456", 7, 100);
    });
}

#[test]
fn the_codes_of_an_hour_allocate_nothing() {
    for (name, totp) in generators() {
        assert_free(&name, || assert_eq!(totp.codes_from(NOW).take(120).count(), 120));
    }
}

#[test]
fn verifying_allocates_nothing() {
    for (name, totp) in generators() {
        let code = totp.code_at(NOW).code;

        assert_free(&name, || {
            let window = Window { past: 10, future: 10 };
            assert!(totp.verify(code.as_str(), NOW, window).is_some());
            assert!(totp.verify("no code", NOW, window).is_none());
        });
    }
}

#[test]
fn the_codes_of_a_thousand_accounts_allocate_nothing() {
    let accounts: Vec<Account> = [Kind::totp(), Kind::Steam, Kind::Motp, Kind::Yandex]
        .iter()
        .cycle()
        .take(1_000)
        .map(|kind| Account::from_parts("", "", *kind, secret()).unwrap().account)
        .collect();
    let pin = SecretString::new("1234".to_owned());
    let list: CodeList = accounts.iter().map(|account| (account, Some(&pin))).collect();
    let mut codes: Vec<Result<TimedCode, CodeError>> = Vec::with_capacity(accounts.len());

    assert_free("codes_at", || codes.extend(list.codes_at(NOW)));
    assert_free("next_codes_at", || assert_eq!(list.next_codes_at(NOW).count(), 1_000));

    assert!(codes.len() == 1_000 && codes.iter().all(Result::is_ok));
}
