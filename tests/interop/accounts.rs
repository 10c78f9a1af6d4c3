//! Ten thousand accounts, the same on every run.

use authenticator_core::otp::{Account, Algorithm, Digits, Generator, Kind, Period};
use authenticator_core::{Secret, UnixTime};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

pub(crate) const COUNT: usize = 10_000;

/// An account and a moment to ask for its code.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) account: Account,
    pub(crate) time: UnixTime,
}

impl Case {
    /// Our code: for the account's counter, or for the time.
    pub(crate) fn code(&self) -> String {
        let code = match (self.account.generator(None).unwrap(), self.account.kind()) {
            (Generator::Hotp(hotp), Kind::Hotp { counter, .. }) => hotp.code(counter),
            (Generator::Totp(totp), _) => totp.code_at(self.time).code,
            (generator, kind) => panic!("{generator:?} is no generator of {kind:?}"),
        };
        code.as_str().to_owned()
    }
}

/// Accounts that the other programs can say too: three hashes, six to eight digits, 112
/// bits of secret and more, periods up to two minutes, years of four digits.
pub(crate) fn cases() -> Vec<Case> {
    let mut runner = TestRunner::deterministic();
    (0..COUNT).map(|_| case().new_tree(&mut runner).unwrap().current()).collect()
}

fn case() -> impl Strategy<Value = Case> {
    let secret = proptest::collection::vec(any::<u8>(), 14..=80);
    let time = prop_oneof![1_600_000_000..2_000_000_000_u64, 0..253_402_300_800_u64];
    (kind(), secret, proptest::option::of(name()), name(), time).prop_map(
        |(kind, secret, issuer, name, time)| {
            let issuer = issuer.unwrap_or_default();
            let parsed = Account::from_parts(&issuer, &name, kind, Secret::new(secret)).unwrap();
            Case { account: parsed.account, time: UnixTime::from_secs(time) }
        },
    )
}

fn kind() -> impl Strategy<Value = Kind> {
    let algorithm =
        prop_oneof![Just(Algorithm::Sha1), Just(Algorithm::Sha256), Just(Algorithm::Sha512)];
    let digits = (6..=8_u8).prop_map(|count| Digits::new(count).unwrap());
    let period =
        prop_oneof![Just(30), 1..=120_u32].prop_map(|secs| Period::from_secs(secs).unwrap());
    let counter = prop_oneof![0..1000_u64, 0..u64::MAX >> 1];
    (0..9, algorithm, digits, period, counter).prop_map(
        |(kind, algorithm, digits, period, counter)| match kind {
            0 => Kind::Steam,
            1..=4 => Kind::Hotp { algorithm, digits, counter },
            _ => Kind::Totp { algorithm, digits, period },
        },
    )
}

/// A name with what URIs are broken by, and no white space around it.
fn name() -> impl Strategy<Value = String> {
    "[a-zA-Z0-9+@:/?#&=%;.,'\"äöüßÉ日本👩-]([a-zA-Z0-9 +@:/?#&=%;.,'\"äöüßÉ日本👩-]{0,20}[a-zA-Z0-9+@:/?#&=%;.ü日-])?"
}
