//! Approvals: what a response brings about.

use super::Authenticator;
use super::approvals::ApprovalsError;
use crate::Moment;
use crate::approval::stored::{
    Advance, CallKind, Credential, Identifier, Pending, PendingState, What, verify_devices,
};
use crate::approval::{
    ApprovalError, ApprovalEvent, CredentialId, CredentialState, Decision, Exchange, Outcome,
    Reason, RequestId,
};
use crate::vault::ApprovalChange;

impl Authenticator {
    /// Takes a message that came back for `exchange`.
    pub(super) fn take(
        &self,
        exchange: &Exchange,
        text: &str,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let id = exchange.credential;
        match &exchange.what {
            What::FirstConfiguration => self.take_first_configuration(id, text, now),
            What::NextConfiguration => self.take_next_configuration(id, text, now),
            What::Enrolment => self.take_offer(id, text, now),
            What::Answer(request) => self.take_receipt(exchange, *request, text, now),
            What::Call(jti) => self.take_call_receipt(id, jti, text, now),
            What::Reveal => {
                let credential = self.known(id, now)?;
                let nonce = credential.pairing.as_ref().map(|pairing| pairing.nonce.to_string());
                let nonce = nonce.as_deref().and_then(Identifier::parse);
                let nonce = nonce.ok_or(ApprovalError::NotFound)?;
                self.take_status(exchange, credential, &nonce, text, now)
            }
            What::Poll(nonce) => {
                let credential = self.known(id, now)?;
                self.take_status(exchange, credential, nonce, text, now)
            }
            What::Devices(nonce) => {
                let devices = verify_devices(&self.known(id, now)?, nonce, text)?;
                Ok(vec![ApprovalEvent::Devices(id, devices)])
            }
        }
    }

    fn known(&self, id: CredentialId, now: Moment) -> Result<Credential, ApprovalsError> {
        let credential = self.looked_at(now, |vault| vault.credential(id))?;
        Ok(credential.ok_or(ApprovalError::NotFound)?)
    }

    pub(super) fn write(&self, change: ApprovalChange, now: Moment) -> Result<(), ApprovalsError> {
        Ok(self.looked_at(now, |vault| vault.change_approvals(change))?)
    }

    fn take_first_configuration(
        &self,
        id: CredentialId,
        text: &str,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let enrolment = self.looked_at(now, |vault| vault.enrolment(id))?;
        let mut enrolment = enrolment.ok_or(ApprovalError::NotFound)?;
        if enrolment.keys().is_some() {
            // It was confirmed meanwhile, by the one that came before.
            return Ok(Vec::new());
        }
        enrolment.take_configuration(text, self.judged(id, now))?;
        let mut change = ApprovalChange::default();
        change.put_enrolment(id, enrolment);
        self.write(change, now)?;
        Ok(vec![ApprovalEvent::EnrolmentToConfirm(id)])
    }

    fn take_next_configuration(
        &self,
        id: CredentialId,
        text: &str,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let mut credential = self.known(id, now)?;
        let accepted = credential.accepted_configuration()?;
        let next = accepted.next(text, self.judged(id, now))?;
        if next.version() == accepted.version() {
            // There is no newer one, whatever was thought.
            self.state().approvals.newer.remove(&id);
            return Ok(Vec::new());
        }
        credential.configuration = text.to_owned();
        let mut change = ApprovalChange::default();
        change.put_credential(id, credential);
        self.write(change, now)?;
        Ok(Vec::new())
    }

    fn take_offer(
        &self,
        id: CredentialId,
        text: &str,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let enrolment = self.looked_at(now, |vault| vault.enrolment(id))?;
        let enrolment = enrolment.ok_or(ApprovalError::NotFound)?;
        let credential = enrolment.take_offer(text, &*self.device_keys, self.judged(id, now))?;
        let mut change = ApprovalChange::default();
        change.put_credential(id, credential);
        self.write(change, now)?;
        Ok(vec![ApprovalEvent::PairingCode(id)])
    }

    fn take_receipt(
        &self,
        exchange: &Exchange,
        request: RequestId,
        text: &str,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let id = exchange.credential;
        let mut credential = self.known(id, now)?;
        let pending = self.looked_at(now, |vault| vault.request(request))?;
        // A receipt that came twice, or that of an answer in whose place another was made.
        let waits = |pending: &Pending| pending.waits_for_receipt_of(&exchange.request.body);
        let mut pending = pending.filter(waits).ok_or(ApprovalError::NotFound)?;
        let before = credential.state;
        let taken = pending.take_receipt(&mut credential, text)?;
        let mut events = Vec::new();
        let mut change = ApprovalChange::default();
        if taken.advance == Advance::Foreign {
            // The service is told by this answer, if it still listens, and by what is open.
            credential.state = CredentialState::Suspended;
            credential.is_copied = true;
            if matches!(pending.state, PendingState::Decided(_)) {
                self.report_copy(&mut pending, &credential, now)?;
            }
            self.report_copies(id, Some(request), &credential, &mut change, now)?;
        }
        match &pending.state {
            PendingState::Decided(decided) if decided.again.is_some() => {
                events.push(ApprovalEvent::ProveAgain(request, taken.outcome));
            }
            _ => events.push(ApprovalEvent::Receipt(request, taken.outcome)),
        }
        match (before, credential.state) {
            (CredentialState::Enrolling, CredentialState::Active) => {
                events.push(ApprovalEvent::Activated(id));
            }
            (CredentialState::Active, CredentialState::Suspended) => {
                events.push(ApprovalEvent::Suspended(id));
            }
            _ => {}
        }
        if taken.outcome == Outcome::Approved && taken.replaced.is_some() {
            self.sign_anew(id, &credential, &mut change, now)?;
        }
        change.put_credential(id, credential);
        change.put_request(request, pending);
        self.write(change, now)?;
        taken.replaced.iter().for_each(|keys| keys.delete(&*self.device_keys));
        Ok(events)
    }

    /// Tells the service, by every request that is open but for `but`, that another phone has
    /// this one's keys.
    fn report_copies(
        &self,
        id: CredentialId,
        but: Option<RequestId>,
        credential: &Credential,
        change: &mut ApprovalChange,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        for (request, mut pending) in self.looked_at(now, |vault| vault.requests())? {
            let is_open = matches!(pending.state, PendingState::Open);
            if pending.credential == id && Some(request) != but && is_open {
                self.report_copy(&mut pending, credential, now)?;
                change.put_request(request, pending);
            }
        }
        Ok(())
    }

    fn report_copy(
        &self,
        pending: &mut Pending,
        credential: &Credential,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        let judged = self.judged(pending.credential, now);
        let (keys, reason) = (&*self.device_keys, Some(Reason::Clone));
        Ok(pending.refuse(credential, Decision::Report, reason, keys, judged)?)
    }

    /// Signs what waits for its receipt anew, by the keys that count now.
    fn sign_anew(
        &self,
        id: CredentialId,
        credential: &Credential,
        change: &mut ApprovalChange,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        for (request, mut pending) in self.looked_at(now, |vault| vault.requests())? {
            let is_its = pending.credential == id;
            if is_its && pending.sign_anew(credential, &*self.device_keys)? {
                change.put_request(request, pending);
            }
        }
        Ok(())
    }

    fn take_call_receipt(
        &self,
        id: CredentialId,
        jti: &Identifier,
        text: &str,
        now: Moment,
    ) -> Result<Vec<ApprovalEvent>, ApprovalsError> {
        let mut credential = self.known(id, now)?;
        let Some((call, outcome, advance)) = credential.take_call_receipt(jti, text)? else {
            return Ok(Vec::new());
        };
        let mut events = vec![match call.kind {
            CallKind::PinChange => ApprovalEvent::PinChange(id, outcome),
            CallKind::Push => ApprovalEvent::PushChange(id, outcome),
            CallKind::Removal | CallKind::OtherRemoval => ApprovalEvent::Removal(id, outcome),
        }];
        let mut change = ApprovalChange::default();
        if call.kind == CallKind::Removal && outcome == Outcome::Done {
            self.leave(id, &credential, &mut change, now)?;
            change.remove(*id.as_bytes());
            self.write(change, now)?;
            credential.delete_keys(&*self.device_keys);
            return Ok(events);
        }
        if advance == Advance::Foreign {
            if credential.state == CredentialState::Active {
                events.push(ApprovalEvent::Suspended(id));
            }
            credential.state = CredentialState::Suspended;
            credential.is_copied = true;
            self.report_copies(id, None, &credential, &mut change, now)?;
        }
        change.put_credential(id, credential);
        self.write(change, now)?;
        Ok(events)
    }

    /// Moves the requests of a credential that is about to go to the history.
    pub(super) fn leave(
        &self,
        id: CredentialId,
        credential: &Credential,
        change: &mut ApprovalChange,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        for (request, pending) in self.looked_at(now, |vault| vault.requests())? {
            if pending.credential == id {
                change.put_past(request, pending.past(credential)?);
            }
        }
        Ok(())
    }
}
