//! Approvals: what is sent, and what comes back.

use std::time::Duration;

use super::approvals::ApprovalsError;
use super::{Authenticator, turn};
use crate::Moment;
use crate::approval::stored::{Credential, Failure, What};
use crate::approval::{
    ApprovalError, ApprovalEvent, CredentialId, Exchange, ExchangeProblem, HttpRequest,
    HttpResponse, Refusal,
};
use crate::crypto::stack::cleared;

/// How long to wait after something failed once, twice and so on, seconds.
const BACK_OFF: [u64; 5] = [3, 6, 12, 24, 30];

/// What came of an exchange.
#[derive(Clone, Debug, Default)]
pub struct Received {
    /// Send this now, in the place of the exchange: the service asked for a proof that is
    /// newer.
    pub again: Option<Exchange>,
    /// What the app may want to show.
    pub events: Vec<ApprovalEvent>,
}

impl Authenticator {
    /// Everything that has to be sent now: enrolments, answers, calls, configurations. Send
    /// each, and hand what came to [`Authenticator::receive`]; then ask again, until there is
    /// nothing. Dropping one loses nothing, nor does sending it twice.
    ///
    /// # Errors
    ///
    /// - [`VaultError::Busy`](crate::vault::VaultError::Busy): another call about approvals
    ///   is at work.
    /// - [`ApprovalError::Keys`]: the key store did not sign.
    /// - [`ApprovalsError::Vault`].
    pub fn exchanges(&self, now: Moment) -> Result<Vec<Exchange>, ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            self.sweep(now)?;
            let (enrolments, credentials, requests) = self.looked_at(now, |vault| {
                Ok((vault.enrolments()?, vault.credentials()?, vault.requests()?))
            })?;
            let mut due = Vec::new();
            for (id, enrolment) in &enrolments {
                let what = if enrolment.keys().is_some() {
                    What::Enrolment
                } else {
                    What::FirstConfiguration
                };
                let request = enrolment.request();
                due.extend(request.map(|request| Exchange::new(*id, what, request, now)));
            }
            for (id, credential) in &credentials {
                let fetch = self.wants_configuration(*id, credential, now)?;
                let parts = credential.due(fetch)?.into_iter();
                due.extend(parts.map(|(what, request)| Exchange::new(*id, what, request, now)));
                let configuration = credential.accepted_configuration()?;
                let answers = requests.iter().filter(|(_, pending)| pending.credential == *id);
                due.extend(answers.filter_map(|(request, pending)| {
                    let answer = pending.due(&configuration)?;
                    Some(Exchange::new(*id, What::Answer(*request), answer, now))
                }));
            }
            due.retain(|exchange| !self.waits(exchange, now));
            for exchange in due.iter_mut().filter(|exchange| exchange.needs_proof()) {
                let credential = credentials.iter().find(|(id, _)| *id == exchange.credential);
                if let Some((_, credential)) = credential {
                    self.prove(exchange, credential, now)?;
                }
            }
            Ok(due)
        })
    }

    /// Asks what is new for a credential: requests, requests that are over, its own state.
    /// Once after every push, and every few seconds while the app is open
    /// ([`poll_delay`](crate::approval::poll_delay)).
    ///
    /// # Errors
    ///
    /// As [`Authenticator::exchanges`]; [`ApprovalError::NotFound`].
    pub fn poll(&self, id: CredentialId, now: Moment) -> Result<Exchange, ApprovalsError> {
        cleared(|| self.question(id, now, Credential::poll))
    }

    /// Asks which devices the account has.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::poll`].
    pub fn ask_devices(&self, id: CredentialId, now: Moment) -> Result<Exchange, ApprovalsError> {
        cleared(|| self.question(id, now, Credential::ask_devices))
    }

    fn question(
        &self,
        id: CredentialId,
        now: Moment,
        ask: impl FnOnce(&Credential) -> Result<(What, HttpRequest), ApprovalError>,
    ) -> Result<Exchange, ApprovalsError> {
        let credential = self.looked_at(now, |vault| vault.credential(id))?;
        let credential = credential.ok_or(ApprovalError::NotFound)?;
        let (what, request) = ask(&credential)?;
        let mut exchange = Exchange::new(id, what, request, now);
        self.prove(&mut exchange, &credential, now)?;
        Ok(exchange)
    }

    fn prove(
        &self,
        exchange: &mut Exchange,
        credential: &Credential,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        let nonce = self.state().approvals.nonces.get(credential.iss.as_str()).cloned();
        let judged = self.judged(exchange.credential, now);
        exchange.prove(credential, &*self.device_keys, nonce.as_deref(), judged)?;
        Ok(())
    }

    fn wants_configuration(
        &self,
        id: CredentialId,
        credential: &Credential,
        now: Moment,
    ) -> Result<bool, ApprovalError> {
        let configuration = credential.accepted_configuration()?;
        let newer = self.state().approvals.newer.get(&id).copied();
        let is_behind = newer.is_some_and(|newer| newer > configuration.version());
        Ok(is_behind || configuration.is_over(self.judged(id, now)))
    }

    fn waits(&self, exchange: &Exchange, now: Moment) -> bool {
        let state = self.state();
        let wait = state.approvals.waits.get(&exchange.queue());
        wait.is_some_and(|(since, wait, _)| {
            now.elapsed_since(since).is_some_and(|elapsed| elapsed < *wait)
        })
    }

    /// Notes that an exchange could not be sent, or that nothing came back. It is made again,
    /// later each time.
    pub fn not_sent(&self, exchange: &Exchange, now: Moment) {
        self.put_off(exchange, None, now);
    }

    fn put_off(&self, exchange: &Exchange, wait: Option<u64>, now: Moment) {
        let mut state = self.state();
        let waits = &mut state.approvals.waits;
        let failures = waits.get(&exchange.queue()).map_or(0, |(_, _, failures)| *failures);
        let place = usize::try_from(failures).unwrap_or(usize::MAX).min(BACK_OFF.len() - 1);
        let own = BACK_OFF.get(place).copied().unwrap_or(30);
        let wait = Duration::from_secs(wait.unwrap_or(own));
        waits.insert(exchange.queue(), (now, wait, failures.saturating_add(1)));
    }

    /// Takes what came back for an exchange. What it brings about is durable on return.
    ///
    /// # Errors
    ///
    /// The exchange can be made again after any of them:
    ///
    /// - [`VaultError::Busy`](crate::vault::VaultError::Busy): another call about approvals
    ///   is at work: hand it over once more.
    /// - [`ApprovalError::Keys`]: the key store did not sign what follows.
    /// - [`ApprovalsError::Vault`].
    pub fn receive(
        &self,
        exchange: &Exchange,
        response: &HttpResponse,
        now: Moment,
    ) -> Result<Received, ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            self.note_nonce(exchange, response, now)?;
            let text = match response.message() {
                Ok(text) => text,
                Err(failure) => return self.fail(exchange, failure, now),
            };
            match self.take(exchange, text, now) {
                Ok(events) => {
                    self.state().approvals.waits.remove(&exchange.queue());
                    Ok(Received { again: None, events })
                }
                Err(ApprovalsError::Approval(ApprovalError::Refused(refusal))) => {
                    if refusal == Refusal::UnknownKey {
                        self.expect_newer(exchange.credential);
                    }
                    self.put_off(exchange, None, now);
                    let problem = ExchangeProblem::NotBelieved(refusal);
                    Ok(failed(exchange, problem))
                }
                // What it was for is gone meanwhile.
                Err(ApprovalsError::Approval(ApprovalError::NotFound)) => Ok(Received::default()),
                Err(error) => Err(error),
            }
        })
    }

    fn note_nonce(
        &self,
        exchange: &Exchange,
        response: &HttpResponse,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        let Some(nonce) = response.dpop_nonce() else { return Ok(()) };
        let credential = self.looked_at(now, |vault| vault.credential(exchange.credential))?;
        if let Some(credential) = credential {
            let origin = credential.iss.as_str().to_owned();
            self.state().approvals.nonces.insert(origin, nonce.to_owned());
        }
        Ok(())
    }

    /// There may be a configuration with the key that is not known: as many as there are
    /// newer ones are fetched.
    pub(super) fn expect_newer(&self, id: CredentialId) {
        self.state().approvals.newer.insert(id, u64::MAX);
    }

    fn fail(
        &self,
        exchange: &Exchange,
        failure: Failure,
        now: Moment,
    ) -> Result<Received, ApprovalsError> {
        let (problem, wait) = match failure {
            Failure::UseNonce if exchange.needs_proof() && !exchange.is_repeated => {
                let credential =
                    self.looked_at(now, |vault| vault.credential(exchange.credential))?;
                let credential = credential.ok_or(ApprovalError::NotFound)?;
                let mut again = exchange.clone();
                again.is_repeated = true;
                self.prove(&mut again, &credential, now)?;
                return Ok(Received { again: Some(again), events: Vec::new() });
            }
            Failure::Void => {
                let enrolling = matches!(exchange.what, What::Enrolment | What::Reveal);
                if enrolling && self.drop_enrolment(exchange.credential, now).is_ok() {
                    let events = vec![ApprovalEvent::EnrolmentVoid(exchange.credential)];
                    return Ok(Received { again: None, events });
                }
                (ExchangeProblem::Nonsense, None)
            }
            Failure::UnknownCredential => (ExchangeProblem::UnknownCredential, None),
            Failure::Refused => (ExchangeProblem::NotTaken, None),
            Failure::SlowDown(seconds) => (ExchangeProblem::SlowDown, Some(seconds)),
            Failure::Unavailable(seconds) => (ExchangeProblem::Unavailable, seconds),
            Failure::UseNonce | Failure::Nonsense => (ExchangeProblem::Nonsense, None),
        };
        self.put_off(exchange, wait, now);
        Ok(failed(exchange, problem))
    }
}

fn failed(exchange: &Exchange, problem: ExchangeProblem) -> Received {
    let events = vec![ApprovalEvent::Failed(exchange.credential, problem)];
    Received { again: None, events }
}
