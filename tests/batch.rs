//! A list of codes is each account's own code, in order, whoever stands beside it.

use authenticator_core::otp::{
    Account, Algorithm, CodeError, CodeList, Digits, Generator, Kind, Period, TimedCode,
};
use authenticator_core::{Secret, SecretString, UnixTime};
use proptest::prelude::*;

/// An account of any kind, and a PIN that may be there, missing or empty.
fn rows() -> impl Strategy<Value = (Account, Option<SecretString>)> {
    let algorithm = prop_oneof![
        Just(Algorithm::Sha1),
        Just(Algorithm::Sha224),
        Just(Algorithm::Sha256),
        Just(Algorithm::Sha384),
        Just(Algorithm::Sha512),
    ];
    let digits = (1..=10_u8).prop_map(|count| Digits::new(count).unwrap());
    let period = (1..=120_u32).prop_map(|secs| Period::from_secs(secs).unwrap());
    let kind = (0..5, algorithm, digits, period, any::<u64>()).prop_map(
        |(kind, algorithm, digits, period, counter)| match kind {
            0 => Kind::Hotp { algorithm, digits, counter },
            1 => Kind::Motp,
            2 => Kind::Steam,
            3 => Kind::Totp { algorithm, digits, period },
            _ => Kind::Yandex,
        },
    );
    // Yandex takes sixteen bytes, the others take them too.
    let secret = proptest::collection::vec(any::<u8>(), 16);
    let pin = proptest::option::of("[0-9]{0,3}");
    (kind, secret, pin).prop_map(|(kind, secret, pin)| {
        let account = Account::from_parts("", "", kind, Secret::new(secret)).unwrap().account;
        (account, pin.map(SecretString::new))
    })
}

/// A code, and for how long it is valid at the time of the question.
type Answer = (String, u64);

/// What an account answers when it is asked alone: its code, and the one after it.
fn alone(
    account: &Account,
    pin: Option<&SecretString>,
    time: UnixTime,
) -> Result<(Answer, Option<Answer>), CodeError> {
    match account.generator(pin)? {
        Generator::Hotp(_) => Err(CodeError::CounterBased),
        Generator::Totp(totp) => {
            let next = totp.next_code_at(time).map(|timed| answer(timed, time));
            Ok((answer(totp.code_at(time), time), next))
        }
    }
}

fn answer(timed: TimedCode, time: UnixTime) -> Answer {
    (timed.code.as_str().to_owned(), timed.seconds_left_at(time))
}

proptest! {
    #[test]
    fn a_list_says_what_each_account_says_alone(
        rows in proptest::collection::vec(rows(), 0..40),
        time in prop_oneof![any::<u64>(), Just(u64::MAX)],
    ) {
        let time = UnixTime::from_secs(time);
        let list: CodeList =
            rows.iter().map(|(account, pin)| (account, pin.as_ref())).collect();

        let (codes, next) = (list.codes_at(time), list.next_codes_at(time));

        prop_assert_eq!((codes.len(), next.len()), (rows.len(), rows.len()));
        for ((code, next), (account, pin)) in codes.zip(next).zip(&rows) {
            let code = code.map(|timed| answer(timed, time));
            let next = next.map(|timed| timed.map(|timed| answer(timed, time)));
            let together = code.and_then(|code| Ok((code, next?)));
            prop_assert_eq!(together, alone(account, pin.as_ref(), time));
        }
    }
}

#[test]
fn a_pin_that_is_missing_or_empty_is_asked_for_and_keeps_nobody_waiting() {
    let [motp, totp, yandex] = [Kind::Motp, Kind::totp(), Kind::Yandex]
        .map(|kind| Account::from_parts("", "", kind, Secret::new(vec![7; 16])).unwrap().account);
    let empty = SecretString::new(String::new());

    let list: CodeList =
        [(&motp, None), (&totp, Some(&empty)), (&yandex, Some(&empty))].into_iter().collect();

    let shown: Vec<_> = list
        .codes_at(UnixTime::from_secs(59))
        .map(|timed| timed.map(|timed| timed.code.as_str().len()))
        .collect();
    assert_eq!(shown, [Err(CodeError::PinRequired), Ok(6), Err(CodeError::PinRequired)]);
}
