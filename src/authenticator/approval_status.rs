//! Approvals: what a status brings about, and the challenges in it.

use super::Authenticator;
use super::approvals::ApprovalsError;
use crate::Moment;
use crate::approval::stored::{
    Credential, Ended, Identifier, Pending, PendingState, ServiceState, Status, What,
    verify_revocation,
};
use crate::approval::{
    ApprovalError, ApprovalEvent, CredentialId, CredentialState, Exchange, Outcome, Refusal,
    RequestId,
};
use crate::clock_sample::ClockSample;
use crate::vault::ApprovalChange;

impl Authenticator {
    pub(super) fn take_status(
        &self,
        exchange: &Exchange,
        mut credential: Credential,
        nonce: &Identifier,
        text: &str,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let id = exchange.credential;
        let configuration = credential.accepted_configuration()?;
        let status = Status::verify(&credential, &configuration, nonce, text)?;
        self.learn_clock(exchange, &status, now);
        if status.version.as_u64() > configuration.version() {
            self.state().approvals.newer.insert(id, status.version.as_u64());
        }
        if let Some(revocation) = &status.revocation {
            let reason = verify_revocation(&credential, revocation)?;
            return self.end(id, &credential, reason, now);
        }
        let mut events = Vec::new();
        if exchange.what == What::Reveal {
            credential.pairing.iter_mut().for_each(|pairing| pairing.reveal = None);
        }
        match (credential.state, status.state) {
            (CredentialState::Enrolling, ServiceState::Void) => {
                self.drop_enrolment(id, now)?;
                return Ok(vec![ApprovalEvent::EnrolmentVoid(id)]);
            }
            // The receipt of the test was lost.
            (CredentialState::Enrolling, ServiceState::Active) => {
                credential.activate();
                events.push(ApprovalEvent::Activated(id));
            }
            (CredentialState::Active, ServiceState::Suspended) => {
                credential.state = CredentialState::Suspended;
                events.push(ApprovalEvent::Suspended(id));
            }
            // What this phone has seen, the service may not know yet.
            (CredentialState::Suspended, ServiceState::Active) if !credential.is_copied => {
                credential.state = CredentialState::Active;
                events.push(ApprovalEvent::Activated(id));
            }
            _ => {}
        }
        if status.state == ServiceState::Suspended {
            credential.is_copied = false;
        }
        let mut change = ApprovalChange::default();
        change.put_credential(id, credential.clone());
        self.write(change, now)?;
        for closed in &status.closed {
            events.extend(self.close(id, &closed.jti, closed.state.outcome(), now)?);
        }
        for challenge in &status.challenges {
            match self.take_challenge(id, &credential, challenge, now) {
                Ok((request, true)) => {
                    self.answer_by_itself(request, &credential, now)?;
                    events.push(ApprovalEvent::Requested(request));
                }
                Ok((_, false)) => {}
                // One that is not believed does not hide the others.
                Err(ApprovalsError::Approval(ApprovalError::Refused(refusal))) => {
                    if refusal == Refusal::UnknownKey {
                        self.expect_newer(id);
                    }
                    let problem = crate::approval::ExchangeProblem::NotBelieved(refusal);
                    events.push(ApprovalEvent::Failed(id, problem));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(events)
    }

    fn learn_clock(&self, exchange: &Exchange, status: &Status, now: Moment) {
        let sample = ClockSample { server: status.iat.time(), sent: exchange.made, received: now };
        // A sample that says nothing is left out.
        let _ = self.state().approvals.clocks.entry(exchange.credential).or_default().learn(sample);
    }

    /// Ends a credential at the service's word: what is left is that there was one.
    fn end(
        &self,
        id: CredentialId,
        credential: &Credential,
        reason: crate::approval::RevocationReason,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let mut change = ApprovalChange::default();
        change.put_ended(id, Ended::new(credential, reason)?);
        self.leave(id, credential, &mut change, now)?;
        self.write(change, now)?;
        credential.delete_keys(&*self.device_keys);
        Ok(vec![ApprovalEvent::Revoked(id, reason)])
    }

    /// Notes that a request is over which nobody has decided here.
    fn close(
        &self,
        id: CredentialId,
        jti: &Identifier,
        outcome: Outcome,
        now: Moment,
    ) -> Result<Option<ApprovalEvent>, ApprovalsError> {
        let requests = self.looked_at(now, |vault| vault.requests())?;
        for (request, mut pending) in requests {
            let is_it = pending.credential == id && pending.challenge()?.jti == *jti;
            // What was decided here waits for its own receipt.
            if !is_it || !matches!(pending.state, PendingState::Open) {
                continue;
            }
            pending.state = PendingState::Over { decision: None, outcome };
            let mut change = ApprovalChange::default();
            change.put_request(request, pending);
            self.write(change, now)?;
            return Ok(Some(ApprovalEvent::Closed(request, outcome)));
        }
        Ok(None)
    }

    /// Verifies a challenge and keeps it; says whether it is new.
    pub(super) fn take_challenge(
        &self,
        id: CredentialId,
        credential: &Credential,
        text: &str,
        now: Moment,
    ) -> Result<(RequestId, bool), ApprovalsError> {
        let judged = self.judged(id, now);
        let (pending, challenge) = Pending::receive(id, credential, text, judged)?;
        let requests = self.looked_at(now, |vault| vault.requests())?;
        for (request, known) in requests.iter().filter(|(_, known)| known.credential == id) {
            let known = known.challenge()?;
            if known.jti == challenge.jti {
                let same = known.hash == challenge.hash;
                return if same { Ok((*request, false)) } else { Err(Refusal::Conflict.into()) };
            }
        }
        Pending::check_stage(credential, &challenge)?;
        let request = RequestId::from_bytes(crate::vault::make_id()?);
        let mut change = ApprovalChange::default();
        change.put_request(request, pending);
        self.write(change, now)?;
        Ok((request, true))
    }
}
