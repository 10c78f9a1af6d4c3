//! What the person decides: `docs/approval-protocol.md`, "Answer".

use std::fmt;

use super::answer::{Answer, PinProof, Rotation, Verified};
use super::challenge::VerifiedChallenge;
use super::claims::{Hash, Whole};
use super::credential::{Advance, Credential, CredentialState};
use super::error::ApprovalError;
use super::jose::{Kind, Unsigned, seal};
use super::judged::Judged;
use super::keys::DeviceKeys;
use super::link::MatchLink;
use super::pending::{Decided, Pending, PendingState};
use super::phone::PhoneKeys;
use super::pin::ApprovalPin;
use super::receipt::{Outcome, Receipt, Sent};
use super::refusal::Refusal;
use super::request::{Decision, Matching, Reason, RequestKind, Verification};
use crate::key_store::KeyError;

/// How a person proves that it is them who approves.
#[derive(Debug)]
pub enum Proof {
    /// By being there.
    Presence,
    /// By the approval PIN.
    Pin(ApprovalPin),
    /// By a biometric: what the app had the verification key sign, and the signature in DER.
    Biometric(VerificationMessage, Vec<u8>),
}

impl Proof {
    const fn verification(&self) -> Verification {
        match self {
            Self::Presence => Verification::Presence,
            Self::Pin(_) => Verification::Pin,
            Self::Biometric(..) => Verification::Biometric,
        }
    }
}

/// What a verification key has to sign, after the person showed a finger or a face: have
/// the key store sign [`VerificationMessage::bytes`] with the key
/// [`VerificationMessage::handle`], and approve with both.
#[derive(Clone)]
pub struct VerificationMessage {
    pub(super) handle: crate::Secret,
    message: Unsigned,
    made: Whole,
}

impl VerificationMessage {
    /// What the key store finds the key by.
    pub fn handle(&self) -> &crate::Secret {
        &self.handle
    }

    /// What is to be signed: ECDSA with SHA-256.
    pub fn bytes(&self) -> &[u8] {
        self.message.input()
    }
}

impl fmt::Debug for VerificationMessage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerificationMessage").finish_non_exhaustive()
    }
}

/// What a receipt brought about.
pub(crate) struct Taken {
    pub(crate) outcome: Outcome,
    pub(crate) advance: Advance,
    /// Keys that do not count any more, to be deleted.
    pub(crate) replaced: Option<PhoneKeys>,
}

impl Pending {
    /// The answer that denies or reports, and needs nothing but the phone.
    ///
    /// # Errors
    ///
    /// [`ApprovalError::Decided`], [`ApprovalError::Over`].
    pub(crate) fn refuse(
        &mut self,
        credential: &Credential,
        decision: Decision,
        reason: Option<Reason>,
        store: &dyn DeviceKeys,
        now: Judged,
    ) -> Result<(), ApprovalError> {
        match &self.state {
            PendingState::Open => {}
            // The person has approved; that somebody else has their keys comes first.
            PendingState::Decided(_) if reason == Some(Reason::Clone) => {}
            PendingState::Decided(_) => return Err(ApprovalError::Decided),
            PendingState::Over { .. } => return Err(ApprovalError::Over),
        }
        let challenge = self.challenge()?;
        let answer = Answer { reason, ..Answer::new(credential, &challenge, decision, now) };
        let message = signed(credential, &answer, store)?.0;
        self.state =
            PendingState::Decided(Decided { decision, matching: None, message, again: None });
        Ok(())
    }

    /// What was typed or scanned, as it is sent: of a request that was decided already,
    /// what was decided.
    fn matched(
        &self,
        challenge: &VerifiedChallenge,
        typed: Option<&str>,
    ) -> Result<Option<String>, ApprovalError> {
        let typed = match &self.state {
            PendingState::Open => typed,
            PendingState::Decided(decided) if decided.decision != Decision::Approve => {
                return Err(ApprovalError::Decided);
            }
            PendingState::Decided(decided) if decided.again.is_none() => {
                return Err(ApprovalError::Decided);
            }
            PendingState::Decided(decided) => return Ok(decided.matching.clone()),
            PendingState::Over { .. } => return Err(ApprovalError::Over),
        };
        let digits = match challenge.matching {
            Matching::Nothing => {
                return if typed.is_none() { Ok(None) } else { Err(ApprovalError::NoSuchMatch) };
            }
            Matching::Scan => {
                let link = MatchLink::parse(typed.unwrap_or_default());
                let link = link.map_err(|_| ApprovalError::NoSuchMatch)?;
                if link.jti != challenge.jti {
                    return Err(ApprovalError::OtherRequest);
                }
                return Ok(Some(link.value.as_str().to_owned()));
            }
            Matching::TwoDigits => 2,
            Matching::SixDigits => 6,
        };
        let number = typed.and_then(|typed| digits_of(typed, digits));
        number.map(Some).ok_or(ApprovalError::NoSuchMatch)
    }

    /// What the verification key has to sign before an approve by biometric.
    pub(crate) fn verification_message(
        &self,
        credential: &Credential,
        typed: Option<&str>,
        now: Judged,
    ) -> Result<VerificationMessage, ApprovalError> {
        self.verification_at(credential, typed, now.time().into())
    }

    fn verification_at(
        &self,
        credential: &Credential,
        typed: Option<&str>,
        made: Whole,
    ) -> Result<VerificationMessage, ApprovalError> {
        let challenge = self.challenge()?;
        let key = credential.keys.verification.as_ref().ok_or(ApprovalError::OtherProof)?;
        let matching = self.matched(&challenge, typed)?;
        let claims = Verified {
            iss: &credential.id,
            aud: &credential.iss,
            jti: &challenge.jti,
            iat: made,
            chash: challenge.hash,
            decision: Decision::Approve,
            matching: matching.as_deref(),
        };
        let message = Unsigned::new(Kind::Verification, key.thumbprint(), &claims);
        Ok(VerificationMessage { handle: key.handle.clone(), message, made })
    }

    /// Approves: makes the answer and signs it. Nothing may be sent before the request and
    /// the credential are durable.
    ///
    /// # Errors
    ///
    /// Nothing is changed then, but that new keys may have been made and are given up:
    ///
    /// - [`ApprovalError::Over`], [`ApprovalError::Decided`].
    /// - [`ApprovalError::NoSuchMatch`], [`ApprovalError::OtherRequest`].
    /// - [`ApprovalError::OtherProof`]: the service does not take this one.
    /// - [`ApprovalError::Unsettled`], [`ApprovalError::Outdated`].
    pub(crate) fn approve(
        &mut self,
        credential: &mut Credential,
        typed: Option<&str>,
        proof: &Proof,
        store: &dyn DeviceKeys,
        now: Judged,
    ) -> Result<(), ApprovalError> {
        let challenge = self.challenge()?;
        let matching = self.matched(&challenge, typed)?;
        if now.is_over(challenge.exp) {
            return Err(ApprovalError::Over);
        }
        if credential.state == CredentialState::Suspended {
            return Err(Refusal::Suspended.into());
        }
        if !challenge.uv.contains(&proof.verification()) {
            return Err(ApprovalError::OtherProof);
        }
        if credential.accepted_configuration()?.is_over(now) {
            return Err(ApprovalError::Outdated);
        }
        // Nobody knows which PIN counts: a right one could be counted as a wrong one.
        if proof.verification() == Verification::Pin && credential.next_pin.is_some() {
            return Err(ApprovalError::Unsettled);
        }
        let (seq, prev) = credential.next_link()?;
        let mut answer = Answer {
            matching: matching.as_deref(),
            uv: Some(proof.verification()),
            seq: Some(seq),
            prev: Some(prev),
            ..Answer::new(credential, &challenge, Decision::Approve, now)
        };
        let proved = match proof {
            Proof::Presence => None,
            Proof::Pin(typed) => Some(pin_proof(credential, typed, &answer)?),
            Proof::Biometric(message, signature) => {
                let expected = self.verification_at(credential, typed, message.made)?;
                // Of this request and this number, and not of another.
                if expected.bytes() != message.bytes() {
                    return Err(ApprovalError::OtherProof);
                }
                let key = credential.keys.verification.as_ref();
                Some(key.ok_or(ApprovalError::OtherProof)?.finish(expected.message, signature)?)
            }
        };
        match proof.verification() {
            Verification::Presence => {}
            Verification::Pin => answer.pin = proved.as_deref(),
            Verification::Biometric => answer.verification = proved.as_deref(),
        }
        let made = match (challenge.kind, &credential.next_keys) {
            (RequestKind::Rotate, None) => {
                Some(PhoneKeys::make(store, challenge.hash.as_bytes())?.keys)
            }
            (RequestKind::Rotate, kept) => kept.clone(),
            _ => None,
        };
        let rotation = made.as_ref().map(|made| rotation(&answer, made, store)).transpose()?;
        answer.rotation = rotation.as_deref();
        let (message, hash) = signed(credential, &answer, store)?;

        credential.note(seq, hash);
        credential.next_keys = made.or_else(|| credential.next_keys.take());
        self.state = PendingState::Decided(Decided {
            decision: Decision::Approve,
            matching,
            message,
            again: None,
        });
        Ok(())
    }

    /// Takes the service's receipt of the answer.
    ///
    /// # Errors
    ///
    /// As every message: nothing is changed then, and the outcome is still unknown.
    pub(crate) fn take_receipt(
        &mut self,
        credential: &mut Credential,
        text: &str,
    ) -> Result<Taken, ApprovalError> {
        let challenge = self.challenge()?;
        let PendingState::Decided(decided) = &mut self.state else {
            return Err(ApprovalError::NotNow);
        };
        let configuration = credential.accepted_configuration()?;
        let sent = Sent {
            iss: &credential.iss,
            credential: &credential.id,
            signing: &configuration.claims.keys,
            jti: &challenge.jti,
            hash: hash_of(&decided.message)?,
        };
        let receipt = Receipt::verify(&sent, text)?;
        let advance = credential.advance(&receipt);
        let outcome = receipt.outcome;
        let mut decided_is_over = false;
        match outcome {
            Outcome::WrongPin
            | Outcome::PinDelayed
            | Outcome::PinDisabled
            | Outcome::NotVerified
            | Outcome::Chain => decided.again = Some(outcome),
            _ => {
                let decision = Some(decided.decision);
                self.state = PendingState::Over { decision, outcome };
                decided_is_over = true;
            }
        }
        match (outcome, challenge.kind) {
            (Outcome::Suspended, _) => credential.state = CredentialState::Suspended,
            (Outcome::Approved, RequestKind::Test) => credential.activate(),
            _ => {}
        }
        let replaced = match (outcome, challenge.kind) {
            (Outcome::Approved, RequestKind::Rotate) => credential.take_new_keys(&receipt),
            // The service has refused the new ones for good.
            (_, RequestKind::Rotate) if decided_is_over => credential.next_keys.take(),
            _ => None,
        };
        Ok(Taken { outcome, advance, replaced })
    }
}

/// The digits that were typed, if there are so many: white space between them goes, and
/// digits of other scripts are none.
fn digits_of(typed: &str, count: usize) -> Option<String> {
    let digits: String = typed.chars().filter(|character| !character.is_whitespace()).collect();
    let fits = digits.len() == count && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then_some(digits)
}

fn hash_of(message: &str) -> Result<Hash, Refusal> {
    let input = message.rsplit_once('.').ok_or(Refusal::Malformed)?.0;
    Ok(Hash::of(input.as_bytes()))
}

/// The answer, signed, and its hash.
fn signed(
    credential: &Credential,
    answer: &Answer<'_>,
    store: &dyn DeviceKeys,
) -> Result<(String, Hash), KeyError> {
    let key = &credential.keys.device;
    let message = Unsigned::new(Kind::Answer, key.thumbprint(), answer);
    let hash = message.hash();
    Ok((key.sign(store, message)?, hash))
}

/// The new keys, by the new device key.
fn rotation(
    answer: &Answer<'_>,
    made: &PhoneKeys,
    store: &dyn DeviceKeys,
) -> Result<String, KeyError> {
    let claims = Rotation {
        iss: answer.iss,
        aud: answer.aud,
        jti: answer.jti,
        iat: answer.iat,
        chash: answer.chash,
        device_key: made.device.public,
        envelope_key: made.envelope.public,
        verification_key: made.verification.as_ref().map(|key| key.public),
        security_level: made.device.level,
    };
    let message = Unsigned::new(Kind::Rotation, made.device.thumbprint(), &claims);
    made.device.sign(store, message)
}

fn pin_proof(
    credential: &Credential,
    typed: &ApprovalPin,
    answer: &Answer<'_>,
) -> Result<String, ApprovalError> {
    let salt = credential.pin.as_ref().ok_or(ApprovalError::OtherProof)?;
    let key = typed.key(salt)?;
    let claims = PinProof {
        iss: answer.iss,
        aud: answer.aud,
        jti: answer.jti,
        chash: answer.chash,
        seq: answer.seq.ok_or(ApprovalError::NotNow)?,
        decision: answer.decision,
        matching: answer.matching,
        pin_generation: salt.generation,
    };
    let proof = Unsigned::new(Kind::Pin, key.thumbprint(), &claims).sign(&key.key);
    let configuration = credential.accepted_configuration()?;
    Ok(seal(&configuration.claims.encryption_key, &proof)?)
}
