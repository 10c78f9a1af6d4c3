//! Approvals: requests, and what the person decides.

use std::sync::Arc;

use authenticator_core::approval::{Proof, RequestId};

use super::AuthenticatorHandle;
use crate::approval::{answered, typed_approval_pin};
use crate::{
    ApprovalHistoryItem, ApprovalProblem, ApprovalRequest, AuthenticatorError, DecisionReason,
    Moment, Outcome, VerificationMessage,
};

#[uniffi::export]
impl AuthenticatorHandle {
    /// Verifies what a push brought, and keeps it: the string `p`, whatever carried it. Gives the
    /// request's id; the same push once more gives the same. Where it is `NotBelieved` with
    /// `UnknownKey`, carry the exchanges and hand it over once more.
    pub fn take_push(&self, push: String, now: Moment) -> Outcome<String> {
        let now = now.read()?;
        Ok(answered(self.0.take_push(&push, now), now)?.to_string())
    }

    /// The requests that are open, and those that were decided or ended a moment ago; the oldest first.
    /// What is on the screen stays there: never replace it by a newer one.
    pub fn requests(&self, now: Moment) -> Outcome<Vec<ApprovalRequest>> {
        let now = now.read()?;
        let requests = answered(self.0.requests(now), now)?;
        Ok(requests.into_iter().map(Into::into).collect())
    }

    /// The requests that are over, the newest first, about 1000 at most.
    pub fn history(&self, now: Moment) -> Outcome<Vec<ApprovalHistoryItem>> {
        let now = now.read()?;
        let history = answered(self.0.history(now), now)?;
        Ok(history.into_iter().map(Into::into).collect())
    }

    /// Approves. `typed` is the number as the person typed it, or the text of the QR code that they
    /// scanned; none where the request asks for neither, and where the same decision is proved anew.
    /// The decision is final, and durable when this returns; it is sent with the next exchange: carry
    /// it at once, and before the next one of the same credential.
    pub fn approve(&self, id: String, typed: Option<String>, now: Moment) -> Outcome<()> {
        self.decide(&id, typed, &Proof::Presence, now)
    }

    /// As `approve`, proved by the approval PIN, UTF-8. Only the service can tell whether it is right:
    /// its receipt comes with the exchange.
    pub fn approve_with_pin(
        &self,
        id: String,
        typed: Option<String>,
        pin: &[u8],
        now: Moment,
    ) -> Outcome<()> {
        self.decide(&id, typed, &Proof::Pin(typed_approval_pin(pin)?), now)
    }

    /// What the verification key has to sign, after the person showed a finger or a face. `typed` as
    /// with `approve`.
    pub fn verification_message(
        &self,
        id: String,
        typed: Option<String>,
        now: Moment,
    ) -> Outcome<VerificationMessage> {
        let now = now.read()?;
        let id = request_id(&id)?;
        let message = answered(self.0.verification_message(id, typed.as_deref(), now), now)?;
        Ok(VerificationMessage(message))
    }

    /// As `approve`, proved by a biometric: `signature` is that of `verification`, in DER.
    pub fn approve_with_biometric(
        &self,
        id: String,
        typed: Option<String>,
        verification: Arc<VerificationMessage>,
        signature: Vec<u8>,
        now: Moment,
    ) -> Outcome<()> {
        self.decide(&id, typed, &Proof::Biometric(verification.0.clone(), signature), now)
    }

    /// Denies, which needs nothing but the phone. The decision is final, and durable when this returns;
    /// it is sent with the next exchange, also later.
    pub fn deny(&self, id: String, reason: Option<DecisionReason>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        answered(self.0.deny(request_id(&id)?, reason.map(Into::into), now), now)
    }

    /// Denies, and tells the service that somebody else asked.
    pub fn report(&self, id: String, reason: Option<DecisionReason>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        answered(self.0.report(request_id(&id)?, reason.map(Into::into), now), now)
    }

    /// Denies everything that is open, and what comes within ten minutes.
    pub fn deny_all(&self, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        answered(self.0.deny_all(now), now)
    }
}

impl AuthenticatorHandle {
    fn decide(&self, id: &str, typed: Option<String>, proof: &Proof, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        answered(self.0.approve(request_id(id)?, typed.as_deref(), proof, now), now)
    }
}

/// What has another form than an id is no request's.
fn request_id(id: &str) -> Outcome<RequestId> {
    let problem = ApprovalProblem::NotFound;
    RequestId::parse(id).ok_or(AuthenticatorError::ApprovalFailed { problem })
}
