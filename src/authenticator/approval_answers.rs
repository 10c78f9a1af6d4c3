//! Approvals: requests, and what the person decides.

use std::collections::HashSet;
use std::time::Duration;

use super::approvals::ApprovalsError;
use super::{Authenticator, turn};
use crate::approval::stored::{Credential, Past, Pending, PendingState};
use crate::approval::{
    ApprovalError, ApprovalRequest, Decision, HistoryItem, Matching, NotificationState, Outcome,
    Proof, Reason, Refusal, RequestId, RequestState, VerificationMessage,
};
use crate::crypto::stack::cleared;
use crate::vault::ApprovalChange;
use crate::{Moment, UnixTime};

/// Requests that the history keeps.
const MOST_PAST: usize = 1_000;
/// Seconds for which a request that is over is kept beside the open ones, so that it cannot
/// come a second time.
const KEPT: u64 = 60;
/// Seconds for which an answer is sent whose outcome nobody knows: services keep receipts so
/// long.
const ASKED_FOR: u64 = 30 * 24 * 60 * 60;
/// Requests that come after so many within [`MANY_WITHIN`] are quiet.
const MANY: usize = 3;
const MANY_WITHIN: u64 = 5 * 60;
/// For how long everything is denied, if the person says so.
const DENYING: Duration = Duration::from_mins(10);

impl Authenticator {
    /// Verifies what a push brought, and keeps it: the string `p`, whatever carried it. Gives
    /// the request's id; the same push once more gives the same.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::Refused`]: it is not believed, or is not for this phone. With
    ///   [`Refusal::UnknownKey`], the newest configurations are due in
    ///   [`Authenticator::exchanges`]: try once more afterwards.
    /// - [`ApprovalsError::Vault`].
    pub fn take_push(&self, push: &str, now: Moment) -> Result<RequestId, ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            let credentials = self.looked_at(now, |vault| vault.credentials())?;
            let mut refused = Refusal::NotForUs;
            for (id, credential) in &credentials {
                match self.take_challenge(*id, credential, push, now) {
                    Ok((request, is_new)) => {
                        if is_new {
                            self.answer_by_itself(request, credential, now)?;
                        }
                        return Ok(request);
                    }
                    Err(ApprovalsError::Approval(ApprovalError::Refused(refusal))) => {
                        // Whoever can push must not have every service asked.
                        if refusal == Refusal::UnknownKey
                            && Pending::claims_to_be_for(credential, push)
                        {
                            self.expect_newer(*id);
                        }
                        // The one that says most of it.
                        if refused == Refusal::NotForUs || refused == Refusal::UnknownKey {
                            refused = refusal;
                        }
                    }
                    Err(error) => return Err(error),
                }
            }
            Err(refused.into())
        })
    }

    /// The requests that are open, and those that were decided or ended a moment ago; the
    /// oldest first. What is on the screen stays there: never replace it by a newer one.
    ///
    /// # Errors
    ///
    /// [`ApprovalsError::Vault`].
    pub fn requests(&self, now: Moment) -> Result<Vec<ApprovalRequest>, ApprovalsError> {
        cleared(|| {
            let (requests, credentials) =
                self.looked_at(now, |vault| Ok((vault.requests()?, vault.credentials()?)))?;
            let history = self.pasts(now)?;
            let mut items = Vec::new();
            for (id, pending) in &requests {
                let credential = credentials.iter().find(|(known, _)| *known == pending.credential);
                let Some((_, credential)) = credential else { continue };
                let approved = history.iter().filter(|(past_id, past)| {
                    past_id != id
                        && past.credential == pending.credential
                        && past.outcome == Some(Outcome::Approved)
                });
                let mut item = pending.item(*id, credential, approved.map(|(_, past)| past))?;
                let waits = matches!(item.state, RequestState::Open | RequestState::ProveAgain(_));
                if waits && pending.is_over_since(0, self.judged(pending.credential, now))? {
                    let decision = pending.decision();
                    item.state = RequestState::Over { decision, outcome: Outcome::Expired };
                }
                items.push(item);
            }
            items.sort_by_key(|item| (item.received, item.id));
            let pending = requests.iter().map(|(id, pending)| (pending.received, *id));
            let times: Vec<_> =
                pending.chain(history.iter().map(|(id, past)| (past.received, *id))).collect();
            for item in &mut items {
                item.notification = notification(item, &times);
            }
            Ok(items)
        })
    }

    /// The requests that are over, the newest first, about 1 000 at most. Those that ended a
    /// moment ago are in [`Authenticator::requests`], too.
    ///
    /// # Errors
    ///
    /// [`ApprovalsError::Vault`].
    pub fn history(&self, now: Moment) -> Result<Vec<HistoryItem>, ApprovalsError> {
        cleared(|| {
            let mut items: Vec<_> =
                self.pasts(now)?.into_iter().map(|(id, past)| past.item(id)).collect();
            items.sort_by_key(|item| std::cmp::Reverse((item.received, item.id)));
            Ok(items)
        })
    }

    /// What is over, in no order: the history, and what will be in it soon.
    fn pasts(&self, now: Moment) -> Result<Vec<(RequestId, Past)>, ApprovalsError> {
        let (requests, credentials, mut pasts) = self.looked_at(now, |vault| {
            Ok((vault.requests()?, vault.credentials()?, vault.history()?))
        })?;
        for (id, pending) in &requests {
            let credential = credentials.iter().find(|(known, _)| *known == pending.credential);
            if let (PendingState::Over { .. }, Some((_, credential))) = (&pending.state, credential)
            {
                pasts.push((*id, pending.past(credential)?));
            }
        }
        Ok(pasts)
    }

    /// Approves. `typed` is the number as the person typed it, or the text of the QR code
    /// that they scanned; `None` where the request asks for neither, and where the same
    /// decision is proved anew. The decision is final, and durable when this returns; it is
    /// sent with [`Authenticator::exchanges`], at once.
    ///
    /// # Errors
    ///
    /// Nothing is decided then:
    ///
    /// - [`ApprovalError::NotFound`], [`ApprovalError::Over`], [`ApprovalError::Decided`].
    /// - [`ApprovalError::NoSuchMatch`], [`ApprovalError::OtherRequest`]: what was typed
    ///   or scanned cannot be right.
    /// - [`ApprovalError::OtherProof`]: see what the request asks for.
    /// - [`ApprovalError::Ambiguous`]: two requests are open, and a tap would not tell them
    ///   apart.
    /// - [`ApprovalError::Unsettled`]: earlier answers, or a change of the PIN, have to be
    ///   sent first.
    /// - [`ApprovalError::Outdated`]: the service's configuration is over; another is due in
    ///   [`Authenticator::exchanges`].
    /// - [`Refusal::Suspended`]: the credential can deny and report alone.
    /// - [`ApprovalError::Keys`]: the key store did not sign.
    /// - [`ApprovalError::OutOfMemory`], [`ApprovalError::NoRandomness`].
    /// - [`ApprovalsError::Vault`].
    pub fn approve(
        &self,
        id: RequestId,
        typed: Option<&str>,
        proof: &Proof,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            let (mut pending, mut credential) = self.asked(id, now)?;
            self.check_distinct(id, &pending, now)?;
            self.check_settled(id, &pending, now)?;
            let judged = self.judged(pending.credential, now);
            pending.approve(&mut credential, typed, proof, &*self.device_keys, judged)?;
            let mut change = ApprovalChange::default();
            change.put_credential(pending.credential, credential);
            change.put_request(id, pending);
            self.unlocked(now, |vault| vault.change_approvals(change))?;
            Ok(())
        })
    }

    /// What the verification key has to sign, after the person showed a finger or a face,
    /// for [`Proof::Biometric`]. `typed` as with [`Authenticator::approve`].
    ///
    /// # Errors
    ///
    /// As [`Authenticator::approve`].
    pub fn verification_message(
        &self,
        id: RequestId,
        typed: Option<&str>,
        now: Moment,
    ) -> Result<VerificationMessage, ApprovalsError> {
        cleared(|| {
            let (pending, credential) = self.asked(id, now)?;
            let judged = self.judged(pending.credential, now);
            Ok(pending.verification_message(&credential, typed, judged)?)
        })
    }

    /// Denies, which needs nothing but the phone. The decision is final, and durable when
    /// this returns; it is sent with [`Authenticator::exchanges`], also later.
    ///
    /// # Errors
    ///
    /// - [`ApprovalError::NotFound`], [`ApprovalError::Over`], [`ApprovalError::Decided`].
    /// - [`ApprovalError::Keys`].
    /// - [`ApprovalsError::Vault`].
    pub fn deny(
        &self,
        id: RequestId,
        reason: Option<Reason>,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            self.refuse(id, Decision::Deny, reason, now)
        })
    }

    /// Denies, and tells the service that somebody else asked. As [`Authenticator::deny`].
    ///
    /// # Errors
    ///
    /// As [`Authenticator::deny`].
    pub fn report(
        &self,
        id: RequestId,
        reason: Option<Reason>,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            self.refuse(id, Decision::Report, reason, now)
        })
    }

    /// Denies everything that is open, and what comes within ten minutes.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::deny`].
    pub fn deny_all(&self, now: Moment) -> Result<(), ApprovalsError> {
        cleared(|| {
            let _turn = turn(&self.approval_work)?;
            self.state().approvals.denying = Some(now);
            for (id, pending) in self.looked_at(now, |vault| vault.requests())? {
                if matches!(pending.state, PendingState::Open) {
                    self.refuse(id, Decision::Deny, None, now)?;
                }
            }
            Ok(())
        })
    }

    /// Answers a request that came just now, where nobody has to be asked: another phone has
    /// the keys, and the service is to know; or the person has everything denied.
    pub(super) fn answer_by_itself(
        &self,
        id: RequestId,
        credential: &Credential,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        if credential.is_copied {
            return self.refuse(id, Decision::Report, Some(Reason::Clone), now);
        }
        let since = self.state().approvals.denying;
        let elapsed = since.and_then(|since| now.elapsed_since(&since));
        if elapsed.is_some_and(|elapsed| elapsed < DENYING) {
            self.refuse(id, Decision::Deny, None, now)?;
        }
        Ok(())
    }

    fn refuse(
        &self,
        id: RequestId,
        decision: Decision,
        reason: Option<Reason>,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        let (mut pending, credential) = self.asked(id, now)?;
        let judged = self.judged(pending.credential, now);
        pending.refuse(&credential, decision, reason, &*self.device_keys, judged)?;
        let mut change = ApprovalChange::default();
        change.put_request(id, pending);
        self.looked_at(now, |vault| vault.change_approvals(change))?;
        Ok(())
    }

    /// A request and the credential that was asked.
    fn asked(&self, id: RequestId, now: Moment) -> Result<(Pending, Credential), ApprovalsError> {
        let found = self.looked_at(now, |vault| {
            let Some(pending) = vault.request(id)? else { return Ok(None) };
            let credential = vault.credential(pending.credential)?;
            Ok(credential.map(|credential| (pending, credential)))
        })?;
        Ok(found.ok_or(ApprovalError::NotFound)?)
    }

    /// Whether a tap would be for one request alone.
    fn check_distinct(
        &self,
        id: RequestId,
        pending: &Pending,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        if pending.challenge()?.matching != Matching::Nothing {
            return Ok(());
        }
        let judged = self.judged(pending.credential, now);
        let requests = self.looked_at(now, |vault| vault.requests())?;
        let others = requests.iter().filter(|(other, asked)| {
            *other != id && asked.credential == pending.credential && asked.is_open(judged)
        });
        if others.count() > 0 { Err(ApprovalError::Ambiguous.into()) } else { Ok(()) }
    }

    /// Whether the outcome of every approve before is known.
    fn check_settled(
        &self,
        id: RequestId,
        pending: &Pending,
        now: Moment,
    ) -> Result<(), ApprovalsError> {
        let judged = self.judged(pending.credential, now);
        for (other, known) in self.looked_at(now, |vault| vault.requests())? {
            if other != id && known.credential == pending.credential && known.holds_up(judged)? {
                return Err(ApprovalError::Unsettled.into());
            }
        }
        Ok(())
    }

    /// Moves what is over to the history, and keeps that short.
    pub(super) fn sweep(&self, now: Moment) -> Result<(), ApprovalsError> {
        let (requests, credentials, history) = self.looked_at(now, |vault| {
            Ok((vault.requests()?, vault.credentials()?, vault.history()?))
        })?;
        let mut change = ApprovalChange::default();
        let mut moved = 0;
        for (id, pending) in &requests {
            let judged = self.judged(pending.credential, now);
            let credential = credentials.iter().find(|(known, _)| *known == pending.credential);
            let kept = match &pending.state {
                PendingState::Decided(decided) if decided.again.is_none() => ASKED_FOR,
                _ => KEPT,
            };
            let is_over = pending.is_over_since(kept, judged)?;
            if let Some((_, credential)) = credential.filter(|_| is_over) {
                change.put_past(*id, pending.past(credential)?);
                moved += 1;
            }
        }
        let mut past: Vec<(UnixTime, RequestId)> =
            history.iter().map(|(id, past)| (past.received, *id)).collect();
        past.sort_unstable();
        let surplus = (past.len() + moved).saturating_sub(MOST_PAST);
        past.iter().take(surplus).for_each(|(_, id)| change.remove(*id.as_bytes()));
        self.looked_at(now, |vault| vault.change_approvals(change))?;
        Ok(())
    }
}

/// What becomes of a notification, by when requests came.
fn notification(item: &ApprovalRequest, times: &[(UnixTime, RequestId)]) -> NotificationState {
    if !matches!(item.state, RequestState::Open | RequestState::ProveAgain(_)) {
        return NotificationState::Withdrawn;
    }
    let since = item.received.as_secs().saturating_sub(MANY_WITHIN);
    let before = times
        .iter()
        .filter(|(time, id)| time.as_secs() > since && (*time, *id) < (item.received, item.id));
    // It may be in the history as well by now.
    let before: HashSet<_> = before.collect();
    if before.len() < MANY { NotificationState::Alert } else { NotificationState::Quiet }
}
