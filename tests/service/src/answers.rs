//! What the service makes of answers: "What a service checks", in its order.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Challenge, Credential, Fault, Head, PinState, Receipt, Service, State};
use approval_jose::{self as jose, Jwk, message_hash};

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
    reason: Option<String>,
    #[serde(rename = "match")]
    matched: Option<String>,
    uv: Option<String>,
    verification: Option<String>,
    pin: Option<String>,
    seq: Option<u64>,
    prev: Option<String>,
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
    #[serde(rename = "match")]
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
    #[serde(rename = "match")]
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
    verification_key: Option<Jwk>,
    #[serde(rename = "security_level")]
    _security_level: String,
}

/// What an approve brought about, apart from its result.
struct Judged {
    result: &'static str,
    advances: bool,
    rotation: Option<Rotation>,
}

impl Judged {
    fn stays(result: &'static str) -> Self {
        Self { result, advances: false, rotation: None }
    }

    fn advances(result: &'static str) -> Self {
        Self { result, advances: true, rotation: None }
    }
}

impl Service {
    pub(super) fn take_answer(&mut self, text: &str, now: u64) -> Result<String, Fault> {
        // 1 to 3.
        let head = jose::head(text, "approval-answer+jwt")?;
        let peeked: Answer = jose::unverified(text)?;
        let credential = self.credentials.get(&peeked.iss).ok_or(Fault::UnknownCredential)?;
        let mut keys = std::iter::once(&credential.key).chain(&credential.old_keys);
        let key = keys.find(|key| key.thumbprint() == head.kid).ok_or(Fault::UnknownCredential)?;
        let is_old = *key != credential.key;
        let answer: Answer = jose::verified(text, key)?;
        if answer.aud != self.origin || !answer.has_its_members() {
            return Err(Fault::Malformed);
        }
        // 4.
        let ahash = message_hash(text);
        if let Some(receipt) = self.receipts.get(&ahash) {
            return Ok(receipt.clone());
        }
        if is_old {
            return Err(Fault::UnknownCredential);
        }
        self.expire(now);
        let id = answer.iss.clone();
        let judged = self.judge(&id, &answer, now)?;
        if judged.advances {
            let credential = self.credentials.get_mut(&id).unwrap();
            credential.before = Some(credential.head.ahash.clone());
            credential.head = Head { seq: answer.seq.unwrap(), ahash: ahash.clone() };
        }
        let keys = judged.rotation.map(|rotation| self.rotate(&id, rotation));
        let about = Receipt { jti: &answer.jti, ahash: &ahash, result: judged.result, keys };
        let receipt = self.receipt(&id, &about, now);
        self.receipts.insert(ahash, receipt.clone());
        Ok(receipt)
    }

    fn judge(&mut self, id: &str, answer: &Answer, now: u64) -> Result<Judged, Fault> {
        let is_approve = answer.decision == "approve";
        let found = self.challenges.iter().find(|known| known.jti == answer.jti);
        let challenge = found.filter(|known| known.credential == *id).cloned();
        // 5.
        let credential = self.credentials.get_mut(id).unwrap();
        match credential.state {
            State::Revoked => return Ok(Judged::stays("revoked")),
            State::Suspended if is_approve => return Ok(Judged::stays("suspended")),
            State::Enrolling if challenge.as_ref().is_none_or(|known| known.kind != "test") => {
                return Ok(Judged::stays("unknown"));
            }
            _ => {}
        }
        // 6 to 9.
        let Some(challenge) = challenge else { return Ok(Judged::stays("unknown")) };
        if answer.reason.as_deref() == Some("clone") {
            credential.state = State::Suspended;
        }
        match challenge.state {
            "open" => {}
            "expired" if !is_approve => return Ok(Judged::stays("late")),
            state => return Ok(Judged::stays(state)),
        }
        if answer.chash != challenge.hash {
            return Ok(Judged::stays("tampered"));
        }
        // 10.
        if !is_approve {
            let state = if answer.decision == "deny" { "denied" } else { "reported" };
            self.end(&challenge.jti, state, "cancelled");
            return Ok(Judged::stays(state));
        }
        let rotation = answer.rotation(&challenge)?;
        // 11.
        let credential = self.credentials.get_mut(id).unwrap();
        if answer.prev.as_ref() != Some(&credential.head.ahash)
            || answer.seq.is_none_or(|seq| seq <= credential.head.seq)
        {
            if answer.prev.is_some() && answer.prev == credential.before {
                return Ok(Judged::stays("chain"));
            }
            credential.state = State::Suspended;
            return Ok(Judged::stays("suspended"));
        }
        // 12.
        if answer.matched != challenge.number {
            self.end(&challenge.jti, "burned", "cancelled");
            return Ok(Judged::advances("wrong-match"));
        }
        // 13.
        if let Err(result) = self.check_verification(id, answer, &challenge, now) {
            return Ok(Judged::advances(result));
        }
        // 14.
        self.end(&challenge.jti, "approved", "answered");
        if challenge.kind == "test" {
            self.activate(id);
        }
        Ok(Judged { result: "approved", advances: true, rotation })
    }

    fn activate(&mut self, id: &str) {
        self.credentials.get_mut(id).unwrap().state = State::Active;
        let enrolment = self.enrolments.iter_mut().find(|known| known.credential == *id);
        enrolment.unwrap().stage = super::enrolment::Stage::Active;
    }

    fn check_verification(
        &mut self,
        id: &str,
        answer: &Answer,
        challenge: &Challenge,
        now: u64,
    ) -> Result<(), &'static str> {
        let how = answer.uv.as_deref().unwrap();
        if !challenge.verifications.contains(&how) {
            return Err("not-verified");
        }
        match how {
            "pin" => self.check_pin_proof(id, answer, now),
            "biometric" => {
                let credential = &self.credentials[id];
                let key = credential.verification.as_ref().ok_or("not-verified")?;
                let text = answer.verification.as_ref().unwrap();
                let said: Verification = jose::message(text, "approval-verification+jwt", key)
                    .map_err(|_| "not-verified")?;
                let fits = said.iss == answer.iss
                    && said.aud == answer.aud
                    && said.jti == answer.jti
                    && said.chash == answer.chash
                    && said.decision == answer.decision
                    && said.matched == answer.matched;
                if fits { Ok(()) } else { Err("not-verified") }
            }
            _ => Ok(()),
        }
    }

    fn check_pin_proof(&mut self, id: &str, answer: &Answer, now: u64) -> Result<(), &'static str> {
        let inner = self.encryption.open(answer.pin.as_ref().unwrap());
        self.opened.extend(inner.clone());
        let credential = self.credentials.get_mut(id).unwrap();
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

    fn rotate(&mut self, id: &str, rotation: Rotation) -> Value {
        let Credential { key, old_keys, envelope, verification, .. } =
            self.credentials.get_mut(id).unwrap();
        old_keys.push(std::mem::replace(key, rotation.device_key));
        *envelope = rotation.envelope_key;
        *verification = rotation.verification_key;
        let mut keys =
            json!({ "device_key": key.thumbprint(), "envelope_key": envelope.thumbprint() });
        if let Some(key) = verification {
            keys["verification_key"] = key.thumbprint().into();
        }
        keys
    }
}

impl Answer {
    /// Those that its decision takes, and no other.
    fn has_its_members(&self) -> bool {
        let how = self.uv.as_deref();
        match &*self.decision {
            "approve" => {
                self.reason.is_none()
                    && self.seq.is_some()
                    && self.prev.is_some()
                    && ["presence", "pin", "biometric"].map(Some).contains(&how)
                    && self.pin.is_some() == (how == Some("pin"))
                    && self.verification.is_some() == (how == Some("biometric"))
            }
            "deny" | "report" => {
                let reasons = [None, Some("not-me"), Some("mistake"), Some("clone")];
                reasons.contains(&self.reason.as_deref())
                    && [&self.matched, &self.uv, &self.verification, &self.pin, &self.prev]
                        .iter()
                        .all(|member| member.is_none())
                    && self.seq.is_none()
                    && self.rotation.is_none()
            }
            _ => false,
        }
    }

    fn rotation(&self, challenge: &Challenge) -> Result<Option<Rotation>, Fault> {
        let (Some(text), "rotate") = (&self.rotation, challenge.kind) else {
            let is_neither = self.rotation.is_none() && challenge.kind != "rotate";
            return if is_neither { Ok(None) } else { Err(Fault::Malformed) };
        };
        let peeked: Rotation = jose::unverified(text)?;
        let rotation: Rotation = jose::message(text, "approval-rotation+jwt", &peeked.device_key)?;
        let fits = rotation.iss == self.iss
            && rotation.aud == self.aud
            && rotation.jti == self.jti
            && rotation.chash == self.chash;
        if fits { Ok(Some(rotation)) } else { Err(Fault::Malformed) }
    }
}

impl PinState {
    pub(super) fn new(key: Jwk, generation: u64) -> Self {
        Self { key, generation, in_a_row: 0, in_all: 0, not_before: 0, is_disabled: false }
    }

    pub(super) fn may_try(&self, now: u64) -> Result<(), &'static str> {
        if self.is_disabled {
            return Err("pin-disabled");
        }
        if now < self.not_before { Err("pin-delayed") } else { Ok(()) }
    }

    /// What the PIN's key signed. The try is counted first, and taken back if it was right.
    pub(super) fn checked<T: serde::de::DeserializeOwned>(
        &mut self,
        text: &str,
        typ: &str,
        now: u64,
    ) -> Result<T, &'static str> {
        self.in_a_row += 1;
        self.in_all += 1;
        let waits = [30, 60, 5 * 60, 15 * 60, 60 * 60];
        let wait = (self.in_a_row as usize).checked_sub(5).and_then(|place| waits.get(place));
        self.not_before = wait.map_or(0, |wait| now + wait);
        self.is_disabled = self.in_a_row >= 10 || self.in_all >= 50;
        match jose::message(text, typ, &self.key) {
            Ok(said) => {
                (self.in_a_row, self.not_before, self.is_disabled) = (0, 0, false);
                self.in_all -= 1;
                Ok(said)
            }
            Err(_) if self.is_disabled => Err("pin-disabled"),
            Err(_) => Err("wrong-pin"),
        }
    }
}
