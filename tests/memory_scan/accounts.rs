//! Accounts of every kind, all of whose texts are random: none is anywhere by chance.

use authenticator_core::otp::{Account, Algorithm, Digits, Kind, Period};
use authenticator_core::vault::{Entry, RecoveryCode};
use authenticator_core::{Secret, SecretString};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use ring::digest::{SHA256, digest};
use ring::rand::{SecureRandom, SystemRandom};

use crate::scan::Needles;
use crate::secrets::{hmac_key, hmac_key_sha1, hmac_key_sha512, spelled};

pub(crate) fn random(length: usize) -> Vec<u8> {
    let mut bytes = vec![0; length];
    SystemRandom::new().fill(&mut bytes).unwrap();
    bytes
}

/// A word that stands nowhere else.
pub(crate) fn word() -> String {
    BASE32_NOPAD.encode(&random(20))
}

/// One account of each kind and what is secret of them.
pub(crate) fn make() -> (Vec<Entry>, Needles) {
    let totp =
        |algorithm| Kind::Totp { algorithm, digits: Digits::default(), period: Period::default() };
    let hotp = Kind::Hotp { algorithm: Algorithm::Sha1, digits: Digits::default(), counter: 7 };
    let sha1: fn(&mut Needles, &str, &[u8]) = hmac_key_sha1;
    let kinds = [
        ("TOTP", totp(Algorithm::Sha1), 20, Some(sha1)),
        ("TOTP with SHA-256", totp(Algorithm::Sha256), 32, Some(hmac_key)),
        ("TOTP with SHA-512", totp(Algorithm::Sha512), 64, Some(hmac_key_sha512)),
        ("HOTP", hotp, 20, Some(sha1)),
        ("Steam", Kind::Steam, 20, Some(sha1)),
        ("mOTP", Kind::Motp, 16, None),
        ("Yandex", Kind::Yandex, 16, None),
    ];
    let mut needles = Needles::default();
    let entries = kinds.map(|(kind_name, kind, length, absorbed)| {
        let secret = random(length);
        let seed = format!("the seed ({kind_name})");
        spelled(&mut needles, &seed, &secret);
        if let Some(absorbed) = absorbed {
            absorbed(&mut needles, &seed, &secret);
        }
        let mut words = |name: &str| {
            let word = word();
            needles.add(name, word.as_bytes());
            word
        };
        let account = Account::from_parts(
            &words("an issuer"),
            &words("a name"),
            kind,
            Secret::new(secret.clone()),
        );
        let mut entry = Entry::new(account.unwrap().account);
        entry.note = Some(words("a note"));
        entry.tags = vec![words("a tag"), words("a tag")];
        entry.group = Some(words("a group"));
        let code = SecretString::new(words("a recovery code"));
        entry.recovery_codes = vec![RecoveryCode { code, used: false }];
        if matches!(kind, Kind::Motp | Kind::Yandex) {
            let pin = HEXLOWER.encode(&random(8));
            needles.add("an account's PIN", pin.as_bytes());
            if kind == Kind::Yandex {
                let hash = digest(&SHA256, &[pin.as_bytes(), &secret].concat());
                let key = hash.as_ref().strip_prefix(&[0]).unwrap_or(hash.as_ref());
                needles.add("the key of a Yandex account", key);
                hmac_key(&mut needles, "the key of a Yandex account", key);
            }
            entry.pin = Some(SecretString::new(pin));
        }
        entry
    });
    (entries.into(), needles)
}
