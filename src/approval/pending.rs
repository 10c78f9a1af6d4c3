//! A request from the moment it came until nobody can answer it any more.

use super::challenge::{Addressee, VerifiedChallenge};
use super::claims::Whole;
use super::credential::{Credential, CredentialState};
use super::error::ApprovalError;
use super::item::{ApprovalRequest, HistoryItem, NotificationState, RequestState};
use super::jose::{Kind, Unsigned};
use super::judged::Judged;
use super::keys::DeviceKeys;
use super::receipt::Outcome;
use super::refusal::Refusal;
use super::request::{CredentialId, Decision, Details, RequestId, RequestKind};
use crate::UnixTime;

/// A request that was verified, and what became of it.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    pub(crate) credential: CredentialId,
    /// The challenge, as the service signed it.
    pub(crate) challenge: String,
    pub(crate) was_encrypted: bool,
    pub(crate) received: UnixTime,
    pub(crate) state: PendingState,
}

/// How far a request is.
#[derive(Clone, Debug)]
pub(crate) enum PendingState {
    /// Nobody has decided.
    Open,
    /// The person has decided, and it is signed.
    Decided(Decided),
    /// It is over.
    Over { decision: Option<Decision>, outcome: Outcome },
}

/// A decision, which is final, and the message that says it.
#[derive(Clone, Debug)]
pub(crate) struct Decided {
    pub(crate) decision: Decision,
    /// What was typed or scanned.
    pub(crate) matching: Option<String>,
    /// The signed answer: these bytes are sent, and the same again.
    pub(crate) message: String,
    /// Why the same decision has to be proved anew; `None`: it has not.
    pub(crate) again: Option<Outcome>,
}

impl Pending {
    /// Verifies what a push or a poll brought.
    ///
    /// # Errors
    ///
    /// The first check of the specification that fails, but for those that need other
    /// requests.
    pub(crate) fn receive(
        id: CredentialId,
        credential: &Credential,
        text: &str,
        now: Judged,
    ) -> Result<(Self, VerifiedChallenge), ApprovalError> {
        let configuration = credential.accepted_configuration()?;
        let envelope = credential.keys.envelope.key().ok_or(ApprovalError::NotNow)?;
        let to = Addressee {
            iss: &credential.iss,
            credential: &credential.id,
            signing: &configuration.claims.keys,
            envelope: &envelope,
            envelope_kid: credential.keys.envelope.public.thumbprint(),
        };
        let challenge = VerifiedChallenge::verify(&to, text, now)?;
        challenge.check_policy(&configuration.claims.policy, &credential.verifications())?;
        let pending = Self {
            credential: id,
            challenge: challenge.text.to_string(),
            was_encrypted: challenge.was_encrypted,
            received: now.time(),
            state: PendingState::Open,
        };
        Ok((pending, challenge))
    }

    /// Whether `text` says that it is of the service and for the credential, which proves
    /// nothing: for a key that is not known, it is what tells whose configuration may have it.
    pub(crate) fn claims_to_be_for(credential: &Credential, text: &str) -> bool {
        let envelope = credential.keys.envelope.key();
        envelope.is_some_and(|envelope| {
            let kid = credential.keys.envelope.public.thumbprint();
            VerifiedChallenge::addressed(text, &envelope, kid)
                .is_ok_and(|(iss, aud)| iss == credential.iss && aud == credential.id)
        })
    }

    /// Whether a credential at this stage is asked such a thing.
    ///
    /// # Errors
    ///
    /// [`Refusal::NotForUs`]: an enrolment is asked for its test alone.
    pub(crate) fn check_stage(
        credential: &Credential,
        challenge: &VerifiedChallenge,
    ) -> Result<(), Refusal> {
        let is_enrolling = credential.state == CredentialState::Enrolling;
        let fits = !is_enrolling || challenge.kind == RequestKind::Test;
        if fits { Ok(()) } else { Err(Refusal::NotForUs) }
    }

    /// What was verified when it came.
    pub(crate) fn challenge(&self) -> Result<VerifiedChallenge, ApprovalError> {
        Ok(VerifiedChallenge::kept(&self.challenge, self.was_encrypted)?)
    }

    /// Whether nobody has decided, and somebody still can.
    pub(crate) fn is_open(&self, now: Judged) -> bool {
        let exp = self.challenge().map(|challenge| challenge.exp);
        matches!(self.state, PendingState::Open) && exp.is_ok_and(|exp| !now.is_over(exp))
    }

    /// What was decided here, if anything was.
    pub(crate) fn decision(&self) -> Option<Decision> {
        match &self.state {
            PendingState::Open => None,
            PendingState::Decided(decided) => Some(decided.decision),
            PendingState::Over { decision, .. } => *decision,
        }
    }

    /// Signs a deny or a report that has no receipt anew, by the key that counts since a
    /// rotation: nobody listens to the old one. Says whether there was one.
    pub(crate) fn sign_anew(
        &mut self,
        credential: &Credential,
        store: &dyn DeviceKeys,
    ) -> Result<bool, ApprovalError> {
        let PendingState::Decided(decided) = &mut self.state else { return Ok(false) };
        if decided.decision == Decision::Approve || decided.again.is_some() {
            return Ok(false);
        }
        let key = &credential.keys.device;
        let message = Unsigned::again(Kind::Answer, key.thumbprint(), &decided.message)?;
        decided.message = key.sign(store, message)?;
        Ok(true)
    }

    /// Whether `answer` was sent, and its receipt has not come.
    pub(crate) fn waits_for_receipt_of(&self, answer: &[u8]) -> bool {
        let PendingState::Decided(decided) = &self.state else { return false };
        decided.again.is_none() && decided.message.as_bytes() == answer
    }

    /// Whether another approve has to wait until the outcome of this one is known: the service
    /// takes none that goes on from further back than one. Once the challenge is over, it does
    /// not look at the chain any more; but a rotation's receipt says which key is to sign.
    pub(crate) fn holds_up(&self, now: Judged) -> Result<bool, ApprovalError> {
        let PendingState::Decided(decided) = &self.state else { return Ok(false) };
        if decided.decision != Decision::Approve || decided.again.is_some() {
            return Ok(false);
        }
        let challenge = self.challenge()?;
        Ok(challenge.kind == RequestKind::Rotate || !now.is_over(challenge.exp))
    }

    /// Whether it is over since more than `seconds`.
    pub(crate) fn is_over_since(&self, seconds: u64, now: Judged) -> Result<bool, ApprovalError> {
        let exp = self.challenge()?.exp;
        Ok(exp.later(seconds).is_some_and(|end| now.is_over(end)))
    }

    pub(crate) fn item<'a>(
        &self,
        id: RequestId,
        credential: &Credential,
        approved: impl Iterator<Item = &'a Past>,
    ) -> Result<ApprovalRequest, ApprovalError> {
        let challenge = self.challenge()?;
        let configuration = credential.accepted_configuration()?;
        let available = credential.verifications();
        let (mut last_approved, mut is_new_app) = (None, true);
        let mut is_new_place = challenge.details.place.is_some();
        for past in approved {
            last_approved = last_approved.max(Some(past.received));
            is_new_app &= past.details.app != challenge.details.app;
            is_new_place &= past.details.place != challenge.details.place;
        }
        let state = match &self.state {
            PendingState::Open => RequestState::Open,
            PendingState::Decided(decided) => match decided.again {
                Some(why) => RequestState::ProveAgain(why),
                None => RequestState::Sent(decided.decision),
            },
            PendingState::Over { decision, outcome } => {
                RequestState::Over { decision: *decision, outcome: *outcome }
            }
        };
        Ok(ApprovalRequest {
            id,
            credential: self.credential,
            service: configuration.claims.name.as_str().to_owned(),
            origin: credential.iss.as_str().to_owned(),
            kind: challenge.kind,
            details: challenge.details,
            matching: challenge.matching,
            verifications: challenge.uv.into_iter().filter(|uv| available.contains(uv)).collect(),
            received: self.received,
            expires: challenge.exp.time(),
            state,
            // What came beside it tells.
            notification: NotificationState::Withdrawn,
            tries_left: credential.pin_tries.left.map(Whole::as_u64),
            retry_at: credential.pin_tries.retry_at.map(Whole::time),
            last_approved,
            is_new_app,
            is_new_place,
        })
    }

    /// What the history keeps of it.
    pub(crate) fn past(&self, credential: &Credential) -> Result<Past, ApprovalError> {
        let challenge = self.challenge()?;
        let configuration = credential.accepted_configuration()?;
        let outcome = match &self.state {
            PendingState::Open => Some(Outcome::Expired),
            // The service wanted another proof, and nobody gave it in time.
            PendingState::Decided(decided) => decided.again.map(|_| Outcome::Expired),
            PendingState::Over { outcome, .. } => Some(*outcome),
        };
        Ok(Past {
            credential: self.credential,
            service: configuration.claims.name.as_str().to_owned(),
            origin: credential.iss.as_str().to_owned(),
            kind: challenge.kind,
            details: challenge.details,
            received: self.received,
            decision: self.decision(),
            outcome,
        })
    }
}

impl Past {
    pub(crate) fn item(self, id: RequestId) -> HistoryItem {
        HistoryItem {
            id,
            credential: self.credential,
            service: self.service,
            origin: self.origin,
            kind: self.kind,
            details: self.details,
            received: self.received,
            decision: self.decision,
            outcome: self.outcome,
        }
    }
}

/// A request that is over, as the history keeps it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Past {
    pub(crate) credential: CredentialId,
    pub(crate) service: String,
    pub(crate) origin: String,
    pub(crate) kind: RequestKind,
    pub(crate) details: Details,
    pub(crate) received: UnixTime,
    pub(crate) decision: Option<Decision>,
    /// `None`: nobody knows.
    pub(crate) outcome: Option<Outcome>,
}
