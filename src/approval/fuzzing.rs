//! What fuzzing calls of the approvals' messages, with what they promise about any bytes.
//! Built for fuzzing and for tests, and part of no other build.

use std::sync::OnceLock;

use serde_json::Value;

use super::claims::{Hash, Identifier, Jwk, Origin, Text, Whole};
use super::configuration::Configuration;
use super::credential::{Credential, CredentialState, PinTries};
use super::jose::{Kind, decode, encode, seal};
use super::judged::Judged;
use super::link::{EnrolmentLink, MatchLink};
use super::pending::Pending;
use super::phone::{EnvelopeKey, PhoneKeys, SigningKey};
use super::pin::PinSalt;
use super::receipt::{Head, Receipt, Sent};
use super::request::{CredentialId, Details};
use super::status::{Status, verify_devices, verify_revocation};
use super::web_push::{DELIMITER, WebPushKeys};
use crate::crypto::curve::PrivateKey;
use crate::key_store::SecurityLevel;
use crate::{Secret, UnixTime};

/// The phone of `tests/vectors/approval/`, and the key of its service.
pub(super) struct Phone {
    pub(super) credential: Credential,
    pub(super) now: Judged,
    pub(super) service: PrivateKey,
}

impl Phone {
    pub(super) fn read(vectors: &Value) -> Option<Self> {
        let text = |name: &str| vectors.get(name)?.as_str();
        let whole = |name: &str| decode(vectors.get(name)?.get("d")?.as_str()?).ok();
        let secret = whole("envelope_key")?;
        let envelope = Jwk(PrivateKey::from_slice(&secret)?.public());
        let device = SigningKey {
            handle: Secret::new(Vec::new()),
            public: Jwk(PrivateKey::from_slice(&[7; 32])?.public()),
            level: SecurityLevel::Software,
        };
        let credential = Credential {
            configuration: text("configuration")?.to_owned(),
            iss: Origin::parse(text("iss")?)?,
            id: Identifier::parse(text("aud")?)?,
            account: Text::parse("ann")?,
            state: CredentialState::Active,
            keys: PhoneKeys {
                device,
                verification: None,
                envelope: EnvelopeKey { secret: Secret::new(secret), public: envelope },
            },
            next_keys: None,
            head: Head { seq: Whole::ONE, ahash: Hash::of(b"") },
            seq: Whole::ONE,
            outstanding: Vec::new(),
            // The phone has a PIN, and no biometric.
            pin: PinSalt::make(Whole::ONE).ok(),
            next_pin: None,
            pin_tries: PinTries::default(),
            calls: Vec::new(),
            pairing: None,
            added: UnixTime::from_secs(0),
            is_copied: false,
        };
        let time = UnixTime::from_secs(vectors.get("now")?.as_u64()?);
        let service = PrivateKey::from_slice(&whole("service_key")?)?;
        Some(Self { credential, now: Judged::confirmed(time, 0), service })
    }

    /// The one that the vectors of challenges are for.
    fn known() -> Option<&'static Self> {
        static KNOWN: OnceLock<Option<Phone>> = OnceLock::new();
        let read = || {
            let text = include_str!("../../tests/vectors/approval/challenges.json");
            Self::read(&serde_json::from_str(text).ok()?)
        };
        KNOWN.get_or_init(read).as_ref()
    }

    /// `payload` as the service signs it, whatever it is.
    fn signed(&self, kind: Kind, payload: &[u8]) -> String {
        let kid = Jwk(self.service.public()).thumbprint();
        let header = format!(r#"{{"alg":"ES256","typ":"{}","kid":"{kid}"}}"#, kind.typ());
        let input = format!("{}.{}", encode(header.as_bytes()), encode(payload));
        let signature = encode(&self.service.sign(input.as_bytes()));
        format!("{input}.{signature}")
    }
}

/// Whatever comes is refused, or is what it says: what is shown has its length and no character
/// that misleads, and what is kept is read again as it was.
///
/// The first byte says what it is taken for, and whether the service has signed it, or the push
/// service's client encrypted it.
///
/// # Panics
///
/// The promise is broken.
pub fn message(input: &[u8]) {
    let (Some((what, rest)), Some(phone)) = (input.split_first(), Phone::known()) else { return };
    let kinds = [
        Kind::Challenge,
        Kind::Configuration,
        Kind::Receipt,
        Kind::Status,
        Kind::Devices,
        Kind::Revocation,
    ];
    let Some(kind) = kinds.get(usize::from(what % 8)).copied() else {
        return if what % 8 == 7 { web_push(rest, what & 8 != 0) } else { link(rest) };
    };
    let text = if what & 8 == 0 {
        String::from_utf8_lossy(rest).into_owned()
    } else {
        phone.signed(kind, rest)
    };
    match kind {
        Kind::Challenge => challenge(phone, &text, what & 16 != 0),
        Kind::Configuration => configuration(phone, &text),
        _ => answer(phone, kind, &text),
    }
}

fn challenge(phone: &Phone, text: &str, is_sealed: bool) {
    let credential = &phone.credential;
    let sealed = seal(&credential.keys.envelope.public, text).ok().filter(|_| is_sealed);
    let text = sealed.as_deref().unwrap_or(text);
    let id = CredentialId::from_bytes([0; 16]);
    let Ok((pending, verified)) = Pending::receive(id, credential, text, phone.now) else { return };
    assert!(verified.exp > verified.iat && are_shown(&verified.details));
    let kept = pending.challenge();
    assert!(kept.is_ok_and(|kept| {
        (kept.hash, kept.jti, kept.details) == (verified.hash, verified.jti, verified.details)
    }));
}

fn configuration(phone: &Phone, text: &str) {
    let accepted = Configuration::accepted(&phone.credential.configuration);
    let Some(accepted) = accepted else { return };
    let Ok(next) = accepted.next(text, phone.now) else { return };
    assert!(next.version() >= accepted.version());
    // What is kept is accepted again, and followed by itself.
    let kept = Configuration::accepted(text);
    assert!(kept.is_some_and(|kept| kept.version() == next.version()));
}

fn answer(phone: &Phone, kind: Kind, text: &str) {
    let credential = &phone.credential;
    let Some(configuration) = Configuration::accepted(&credential.configuration) else { return };
    let signing = &configuration.claims.keys;
    // An identifier is good for any of them.
    let Some(jti) = Identifier::parse("xxxxxxxxxxxxxxxxxxxxxx") else { return };
    match kind {
        Kind::Receipt => {
            let hash = Hash::of(b"answer");
            let (iss, id) = (&credential.iss, &credential.id);
            let sent = Sent { iss, credential: id, signing, jti: &jti, hash };
            let _ = Receipt::verify(&sent, text);
        }
        Kind::Status => {
            let Ok(status) = Status::verify(credential, &configuration, &jti, text) else { return };
            assert!(status.challenges.len() <= 5 && status.closed.len() <= 16);
        }
        Kind::Devices => {
            let Ok(devices) = verify_devices(credential, &jti, text) else { return };
            assert!(devices.iter().all(|device| is_shown(&device.name)));
        }
        _ => drop(verify_revocation(credential, text)),
    }
}

fn link(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    if let Ok(link) = EnrolmentLink::parse(&text) {
        assert!(is_shown(link.account()) && Origin::parse(link.origin()).is_some());
    }
    let _ = MatchLink::parse(&text);
}

/// A body opens to what was sealed, up to its delimiter.
fn web_push(bytes: &[u8], is_sealed: bool) {
    let Ok(keys) = WebPushKeys::make() else { return };
    let sealed = keys.seal(bytes).filter(|_| is_sealed);
    let Ok(text) = keys.open(sealed.as_deref().unwrap_or(bytes)) else { return };
    let padding = bytes.strip_prefix(text.as_bytes()).and_then(|rest| rest.split_first());
    assert!(
        is_sealed
            && padding.is_some_and(|(delimiter, zeros)| {
                *delimiter == DELIMITER && zeros.iter().all(|byte| *byte == 0)
            })
    );
}

fn is_shown(text: &str) -> bool {
    let misleads = |character: char| {
        character.is_control()
            || matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let length = text.chars().count();
    (1..=256).contains(&length) && text.trim() == text && !text.contains(misleads)
}

fn are_shown(details: &Details) -> bool {
    let Details { app, account, ip, place, device, browser, payee, amount, purpose, name } =
        details;
    let more = [ip, place, device, browser, payee, amount, purpose, name];
    is_shown(app) && is_shown(account) && more.into_iter().flatten().all(|text| is_shown(text))
}

#[cfg(test)]
mod tests {
    use super::message;
    use crate::replay::replay;

    #[test]
    fn whatever_a_service_says_is_refused_or_is_what_it_says() {
        replay("approval", message);
    }
}
