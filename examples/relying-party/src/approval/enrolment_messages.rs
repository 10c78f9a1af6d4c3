//! What a phone says in an enrolment: its keys, and the nonce that it had committed itself to.

use approval_jose::{self as jose, Jwk, hash, identifier, message_hash};
use serde::Deserialize;
use serde_json::json;

use super::configuration::Pin;
use super::credential::{Credential, CredentialState, PinState};
use super::enrolment::{Enrolment, STAGE_LIVES, Stage};
use super::members::{Attestation, check_target, is_hash, kept, read, text};
use super::pin::NewPin;
use super::{Approvals, Fault};
use crate::courier::PushTarget;
use crate::store::Tx;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Message {
    iss: String,
    aud: String,
    #[serde(rename = "iat")]
    _iat: u64,
    code: String,
    configuration: String,
    device_key: Jwk,
    envelope_key: Jwk,
    #[serde(default, deserialize_with = "jose::there")]
    verification_key: Option<Jwk>,
    name: String,
    platform: String,
    security_level: String,
    #[serde(default, deserialize_with = "jose::there")]
    push: Option<PushTarget>,
    #[serde(default, deserialize_with = "jose::there")]
    attestation: Option<Attestation>,
    #[serde(default, deserialize_with = "jose::there")]
    pin: Option<String>,
    commitment: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reveal {
    iss: String,
    aud: String,
    #[serde(rename = "iat")]
    _iat: u64,
    offer: String,
    nonce: String,
}

impl Approvals {
    pub(super) fn take_enrolment(
        &self,
        tx: &mut dyn Tx,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let peeked: Message = jose::unverified(body)?;
        peeked.device_key.check()?;
        let said: Message = jose::message(body, "approval-enrolment+jwt", &peeked.device_key)?;
        let name = said.check(&self.origin)?;
        let enrolment = self.enrolment(tx, &hash(said.code.as_bytes()))?.ok_or(Fault::Void)?;
        if enrolment.stage == Stage::Void || enrolment.is_over(now) {
            return Err(Fault::Void);
        }
        // Asked again: the response was lost.
        if enrolment.message == message_hash(body) {
            return Ok(enrolment.offer);
        }
        if enrolment.stage == Stage::Active {
            return Err(Fault::Void);
        }
        if !enrolment.device_key.is_empty() {
            // Whoever photographed the code enrols nothing, and is noticed.
            self.end_enrolment(tx, enrolment, "a second phone used the same code")?;
            return Err(Fault::Void);
        }
        let policy = self.policy(tx)?;
        let is_asked_for = (!policy.hardware || said.security_level != "software")
            && (policy.pin != Pin::Required || said.pin.is_some())
            && (policy.pin != Pin::None || said.pin.is_none());
        // One that was the newest when the phone asked for it, if no longer.
        let known = tx.row(
            "SELECT version FROM configurations WHERE hash = $1 AND exp > $2",
            &[(&said.configuration).into(), now.into()],
        )?;
        if !is_asked_for || known.is_none() {
            return Err(Fault::Malformed);
        }
        let pin = said.pin.as_ref().map(|pin| self.first_pin(tx, pin, &said)).transpose()?;
        let id = identifier();
        let account =
            tx.row("SELECT name FROM accounts WHERE id = $1", &[(&enrolment.account).into()])?;
        let offer = self.sign(
            tx,
            "approval-offer+jwt",
            &json!({
                "iss": self.origin,
                "aud": said.iss,
                "iat": now,
                "exp": now + STAGE_LIVES,
                "enrolment": message_hash(body),
                "credential": id,
                "account": account.ok_or(Fault::Void)?.text()?,
                "nonce": jose::encode(&jose::random::<32>()),
            }),
        )?;
        let credential = Credential {
            id: id.clone(),
            account: enrolment.account.clone(),
            state: CredentialState::Enrolling,
            key: said.device_key.clone(),
            envelope: said.envelope_key,
            verification: said.verification_key,
            name,
            platform: said.platform,
            level: said.security_level,
            attestation: said.attestation.map(|it| json!(it).to_string()),
            push: said.push,
            added: now,
            last_used: None,
            seq: 0,
            head: message_hash(body),
            before: None,
            pin,
            revocation: None,
        };
        self.keep(tx, &credential)?;
        let keyed = Enrolment {
            stage: Stage::Keyed,
            exp: now + STAGE_LIVES,
            configuration: said.configuration,
            message: message_hash(body),
            device_key: kept(&said.device_key),
            commitment: said.commitment,
            credential: id,
            offer: offer.clone(),
            ..enrolment
        };
        self.keep_enrolment(tx, &keyed)?;
        Ok(offer)
    }

    fn first_pin(
        &self,
        tx: &mut dyn Tx,
        sealed: &str,
        message: &Message,
    ) -> Result<PinState, Fault> {
        let new = NewPin::read(&self.encryption_key(tx)?.open(sealed)?)?;
        let fits = new.iss == message.iss
            && new.aud == self.origin
            && new.code.as_ref() == Some(&message.code)
            && new.jti.is_none()
            && new.pin_generation == 1;
        if fits { Ok(PinState::new(new.jwk, 1)) } else { Err(Fault::Malformed) }
    }

    pub(super) fn take_reveal(
        &self,
        tx: &mut dyn Tx,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        let peeked: Reveal = jose::unverified(body)?;
        let row = tx.row(
            "SELECT code FROM enrolments WHERE credential = $1 AND credential <> ''",
            &[(&peeked.iss).into()],
        )?;
        let code = row.ok_or(Fault::Void)?.text()?;
        let mut enrolment = self.enrolment(tx, &code)?.ok_or(Fault::Void)?;
        if enrolment.stage == Stage::Void || enrolment.is_over(now) {
            return Err(Fault::Void);
        }
        let device = read(&enrolment.device_key)?;
        let reveal: Reveal = jose::message(body, "approval-reveal+jwt", &device)?;
        let nonce = jose::decode(&reveal.nonce)?;
        let fits = reveal.aud == self.origin
            && reveal.offer == message_hash(&enrolment.offer)
            && nonce.len() == 32
            && hash(&nonce) == enrolment.commitment;
        if !fits {
            self.end_enrolment(tx, enrolment, "the phone did not keep its word")?;
            return Err(Fault::Void);
        }
        if enrolment.stage == Stage::Keyed {
            enrolment.stage = Stage::Revealed;
            enrolment.digits = enrolment.pairing_code(&nonce)?;
            self.keep_enrolment(tx, &enrolment)?;
        }
        let credential = self.credential(tx, &enrolment.credential)?.ok_or(Fault::Void)?;
        self.status(tx, &credential, &reveal.nonce, now)
    }
}

impl Message {
    /// Whether it says what such a message may say; gives the device's name as it may be shown.
    fn check(&self, origin: &str) -> Result<String, Fault> {
        let levels = ["software", "trusted_environment", "strongbox", "secure_enclave"];
        let fits = self.iss == self.device_key.thumbprint()
            && self.aud == origin
            && levels.contains(&&*self.security_level)
            && ["android", "ios", "other"].contains(&&*self.platform)
            && is_hash(&self.commitment);
        self.envelope_key.check()?;
        self.verification_key.iter().try_for_each(Jwk::check)?;
        self.push.iter().try_for_each(check_target)?;
        self.attestation.iter().try_for_each(Attestation::check)?;
        text(&self.name).filter(|_| fits).ok_or(Fault::Malformed)
    }
}

impl Enrolment {
    /// "Pairing code".
    fn pairing_code(&self, nonce: &[u8]) -> Result<String, Fault> {
        let mut transcript = b"authenticator-core pairing 1\0".to_vec();
        for part in [&self.configuration, &self.link, &self.message, &message_hash(&self.offer)] {
            transcript.extend(jose::decode(part)?);
        }
        transcript.extend(nonce);
        let digest = jose::decode(&hash(&transcript))?;
        let first = digest.first_chunk().ok_or(Fault::Malformed)?;
        Ok(format!("{:06}", u64::from_be_bytes(*first) % 1_000_000))
    }
}
