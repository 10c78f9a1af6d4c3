//! "What a service checks" of an answer, in its order. Counting and deciding are one transaction.

use approval_jose::{self as jose, Jwk, message_hash};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use serde::Deserialize;
use serde_json::{Value, json};

use super::challenge::{Challenge, ChallengeState};
use super::credential::{Credential, CredentialState};
use super::members::{MAX_NUMBER, kept, read};
use super::receipt::About;
use super::{Approvals, Fault};
use crate::audit::{Event, note};
use crate::store::Tx;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    iss: String,
    aud: String,
    jti: String,
    #[serde(rename = "iat")]
    _iat: u64,
    chash: String,
    decision: String,
    #[serde(default, deserialize_with = "jose::there")]
    reason: Option<String>,
    #[serde(default, deserialize_with = "jose::there", rename = "match")]
    matched: Option<String>,
    #[serde(default, deserialize_with = "jose::there")]
    uv: Option<String>,
    #[serde(default, deserialize_with = "jose::there")]
    verification: Option<String>,
    #[serde(default, deserialize_with = "jose::there")]
    pin: Option<String>,
    #[serde(default, deserialize_with = "jose::there")]
    seq: Option<u64>,
    #[serde(default, deserialize_with = "jose::there")]
    prev: Option<String>,
    #[serde(default, deserialize_with = "jose::there")]
    rotation: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verification {
    iss: String,
    aud: String,
    jti: String,
    #[serde(rename = "iat")]
    _iat: u64,
    chash: String,
    decision: String,
    #[serde(default, deserialize_with = "jose::there", rename = "match")]
    matched: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PinProof {
    iss: String,
    aud: String,
    jti: String,
    chash: String,
    seq: u64,
    decision: String,
    #[serde(default, deserialize_with = "jose::there", rename = "match")]
    matched: Option<String>,
    pin_generation: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rotation {
    iss: String,
    aud: String,
    jti: String,
    #[serde(rename = "iat")]
    _iat: u64,
    chash: String,
    device_key: Jwk,
    envelope_key: Jwk,
    #[serde(default, deserialize_with = "jose::there")]
    verification_key: Option<Jwk>,
    security_level: String,
}

/// What became of an answer.
struct Judged {
    result: &'static str,
    /// Whether the chain goes on: of an approve, from the twelfth check on.
    advances: bool,
    keys: Option<Value>,
}

impl Judged {
    fn stays(result: &'static str) -> Self {
        Self { result, advances: false, keys: None }
    }
}

impl Approvals {
    pub(super) fn take_answer(
        &self,
        tx: &mut dyn Tx,
        body: &str,
        now: u64,
    ) -> Result<String, Fault> {
        // 1 to 3.
        let head = jose::head(body, "approval-answer+jwt")?;
        let peeked: Answer = jose::unverified(body)?;
        let credential = self.credential(tx, &peeked.iss)?.ok_or(Fault::UnknownCredential)?;
        let is_old = credential.key.thumbprint() != head.kid;
        let key = match is_old {
            true => replaced_key(tx, &credential.id, &head.kid)?,
            false => credential.key.clone(),
        };
        let answer: Answer = jose::verified(body, &key)?;
        if answer.aud != self.origin || !answer.has_its_members() {
            return Err(Fault::Malformed);
        }
        let rotation = answer.rotation()?;
        // 4.
        let ahash = message_hash(body);
        if let Some(receipt) = self.given(tx, &ahash)? {
            return Ok(receipt);
        }
        if is_old {
            return Err(Fault::UnknownCredential);
        }
        self.expire(tx, now)?;
        let mut credential = credential;
        let judged = self.judge(tx, &mut credential, (&answer, rotation), now)?;
        if judged.advances {
            let head = std::mem::replace(&mut credential.head, ahash.clone());
            credential.before = Some(head);
            credential.seq = answer.seq.unwrap_or(credential.seq);
        }
        if judged.result == "approved" {
            credential.last_used = Some(now);
        }
        self.keep(tx, &credential)?;
        let event = Event::Answer { result: judged.result, credential: &credential.id };
        note(tx, now, Some(&credential.account), &event)?;
        let about =
            About { jti: &answer.jti, ahash: &ahash, result: judged.result, keys: judged.keys };
        self.receipt(tx, &credential, &about, now)
    }

    fn judge(
        &self,
        tx: &mut dyn Tx,
        credential: &mut Credential,
        (answer, rotation): (&Answer, Option<Rotation>),
        now: u64,
    ) -> Result<Judged, Fault> {
        let is_approve = answer.decision == "approve";
        let challenge = self.challenge(tx, &credential.id, &answer.jti)?;
        // 5.
        match credential.state {
            CredentialState::Revoked => return Ok(Judged::stays("revoked")),
            CredentialState::Suspended if is_approve => return Ok(Judged::stays("suspended")),
            CredentialState::Enrolling
                if challenge.as_ref().is_none_or(|known| known.kind != "test") =>
            {
                return Ok(Judged::stays("unknown"));
            }
            _ => {}
        }
        // 6 to 9.
        let Some(challenge) = challenge else { return Ok(Judged::stays("unknown")) };
        if answer.reason.as_deref() == Some("clone") {
            credential.state = CredentialState::Suspended;
        }
        match challenge.state {
            ChallengeState::Open => {}
            ChallengeState::Expired if !is_approve => return Ok(Judged::stays("late")),
            state => return Ok(Judged::stays(state.name())),
        }
        if answer.chash != challenge.hash {
            return Ok(Judged::stays("tampered"));
        }
        if rotation.is_some() != (is_approve && challenge.kind == "rotate") {
            return Err(Fault::Malformed);
        }
        // 10.
        if !is_approve {
            return self.refuse(tx, credential, answer, &challenge);
        }
        // 11.
        let prev = answer.prev.as_deref();
        if prev != Some(&credential.head) || answer.seq.is_none_or(|seq| seq <= credential.seq) {
            if prev.is_some() && prev == credential.before.as_deref() {
                return Ok(Judged::stays("chain"));
            }
            credential.state = CredentialState::Suspended;
            return Ok(Judged::stays("suspended"));
        }
        let advances = |result| Ok(Judged { result, advances: true, keys: None });
        // 12.
        let typed = answer.matched.as_deref().unwrap_or_default();
        if verify_slices_are_equal(typed.as_bytes(), challenge.number.as_bytes()).is_err() {
            self.end(tx, &challenge, ChallengeState::Burned, ChallengeState::Cancelled)?;
            return advances("wrong-match");
        }
        // 13.
        if let Err(result) = self.check_verification(tx, credential, answer, &challenge, now)? {
            return advances(result);
        }
        // 14.
        self.end(tx, &challenge, ChallengeState::Approved, ChallengeState::Answered)?;
        if challenge.kind == "test" {
            credential.state = CredentialState::Active;
            self.finish_enrolment(tx, &credential.id)?;
        }
        let keys = rotation.map(|rotation| rotate(tx, credential, rotation)).transpose()?;
        Ok(Judged { result: "approved", advances: true, keys })
    }

    fn refuse(
        &self,
        tx: &mut dyn Tx,
        credential: &Credential,
        answer: &Answer,
        challenge: &Challenge,
    ) -> Result<Judged, Fault> {
        let state = match &*answer.decision {
            "deny" => ChallengeState::Denied,
            _ => ChallengeState::Reported,
        };
        self.end(tx, challenge, state, ChallengeState::Cancelled)?;
        if state == ChallengeState::Reported {
            // Nobody asks any more until somebody has looked.
            tx.execute(
                "UPDATE accounts SET is_reported = 1 WHERE id = $1",
                &[(&credential.account).into()],
            )?;
        }
        Ok(Judged::stays(state.name()))
    }

    fn check_verification(
        &self,
        tx: &mut dyn Tx,
        credential: &mut Credential,
        answer: &Answer,
        challenge: &Challenge,
        now: u64,
    ) -> Result<Result<(), &'static str>, Fault> {
        let how = answer.uv.as_deref().unwrap_or_default();
        if !challenge.verifications.split(' ').any(|known| known == how) {
            return Ok(Err("not-verified"));
        }
        Ok(match how {
            "pin" => {
                let sealed = answer.pin.as_deref().unwrap_or_default();
                let inner = self.encryption_key(tx)?.open(sealed);
                self.check_pin_proof(credential, answer, inner, now)
            }
            "biometric" => check_biometric(credential, answer),
            _ => Ok(()),
        })
    }

    fn check_pin_proof(
        &self,
        credential: &mut Credential,
        answer: &Answer,
        inner: Result<String, jose::Fault>,
        now: u64,
    ) -> Result<(), &'static str> {
        let pin = credential.pin.as_mut().ok_or("not-verified")?;
        pin.may_try(now)?;
        let inner = inner.map_err(|_| "not-verified")?;
        let proof: PinProof = pin.checked(&inner, "approval-pin+jwt", now)?;
        let fits = proof.iss == answer.iss
            && proof.aud == answer.aud
            && proof.jti == answer.jti
            && proof.chash == answer.chash
            && Some(proof.seq) == answer.seq
            && proof.decision == answer.decision
            && proof.matched == answer.matched
            && proof.pin_generation == pin.generation;
        if fits { Ok(()) } else { Err("not-verified") }
    }
}

/// A device key that a rotation replaced: what it signed once has its receipt.
fn replaced_key(tx: &mut dyn Tx, credential: &str, kid: &str) -> Result<Jwk, Fault> {
    let row = tx.row(
        "SELECT device_key FROM replaced_keys WHERE kid = $1 AND credential = $2",
        &[kid.into(), credential.into()],
    )?;
    Ok(read(&row.ok_or(Fault::UnknownCredential)?.text()?)?)
}

fn check_biometric(credential: &Credential, answer: &Answer) -> Result<(), &'static str> {
    let key = credential.verification.as_ref().ok_or("not-verified")?;
    let text = answer.verification.as_deref().unwrap_or_default();
    let said: Verification =
        jose::message(text, "approval-verification+jwt", key).map_err(|_| "not-verified")?;
    let fits = said.iss == answer.iss
        && said.aud == answer.aud
        && said.jti == answer.jti
        && said.chash == answer.chash
        && said.decision == answer.decision
        && said.matched == answer.matched;
    if fits { Ok(()) } else { Err("not-verified") }
}

/// Lets the new keys count, and gives their thumbprints.
fn rotate(tx: &mut dyn Tx, it: &mut Credential, rotation: Rotation) -> Result<Value, Fault> {
    tx.execute(
        "INSERT INTO replaced_keys (kid, credential, device_key) VALUES ($1, $2, $3)",
        &[it.key.thumbprint().into(), (&it.id).into(), kept(&it.key).into()],
    )?;
    (it.key, it.envelope) = (rotation.device_key, rotation.envelope_key);
    (it.verification, it.level) = (rotation.verification_key, rotation.security_level);
    let mut keys = json!({
        "device_key": it.key.thumbprint(),
        "envelope_key": it.envelope.thumbprint(),
    });
    if let Some(key) = &it.verification {
        keys["verification_key"] = key.thumbprint().into();
    }
    Ok(keys)
}

impl Answer {
    /// Those that its decision takes, and no other.
    fn has_its_members(&self) -> bool {
        let how = self.uv.as_deref();
        match &*self.decision {
            "approve" => {
                self.reason.is_none()
                    && self.seq.is_some_and(|seq| seq <= MAX_NUMBER)
                    && self.prev.is_some()
                    && ["presence", "pin", "biometric"].map(Some).contains(&how)
                    && self.pin.is_some() == (how == Some("pin"))
                    && self.verification.is_some() == (how == Some("biometric"))
            }
            "deny" | "report" => {
                let reasons = [None, Some("not-me"), Some("mistake"), Some("clone")];
                let texts = [&self.matched, &self.uv, &self.verification, &self.pin, &self.prev];
                reasons.contains(&self.reason.as_deref())
                    && texts.iter().all(|member| member.is_none())
                    && self.seq.is_none()
                    && self.rotation.is_none()
            }
            _ => false,
        }
    }

    /// The new keys, as their own device key vouches for them.
    fn rotation(&self) -> Result<Option<Rotation>, Fault> {
        let Some(text) = &self.rotation else { return Ok(None) };
        let peeked: Rotation = jose::unverified(text)?;
        peeked.device_key.check()?;
        let rotation: Rotation = jose::message(text, "approval-rotation+jwt", &peeked.device_key)?;
        rotation.envelope_key.check()?;
        rotation.verification_key.iter().try_for_each(Jwk::check)?;
        let levels = ["software", "trusted_environment", "strongbox", "secure_enclave"];
        let fits = (&rotation.iss, &rotation.aud) == (&self.iss, &self.aud)
            && (&rotation.jti, &rotation.chash) == (&self.jti, &self.chash)
            && levels.contains(&&*rotation.security_level);
        if fits { Ok(Some(rotation)) } else { Err(Fault::Malformed) }
    }
}
