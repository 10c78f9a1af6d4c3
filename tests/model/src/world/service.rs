//! "What a service checks", in its order.

use super::{AnswerId, Flaw, Head, Plan, Receipt, Say, World};

/// "States of a challenge (service)".
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum ChallengeState {
    Open,
    Approved,
    Denied,
    Reported,
    Burned,
    Answered,
    Cancelled,
    Expired,
}

impl ChallengeState {
    pub(crate) fn outcome(self) -> Option<Outcome> {
        Some(match self {
            Self::Open => return None,
            Self::Approved => Outcome::Approved,
            Self::Denied => Outcome::Denied,
            Self::Reported => Outcome::Reported,
            Self::Burned => Outcome::Burned,
            Self::Answered => Outcome::Answered,
            Self::Cancelled => Outcome::Cancelled,
            Self::Expired => Outcome::Expired,
        })
    }
}

/// `result` of a receipt.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Outcome {
    Approved,
    Denied,
    Reported,
    Late,
    WrongMatch,
    WrongPin,
    Chain,
    Suspended,
    Revoked,
    Answered,
    Burned,
    Cancelled,
    Expired,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum CredentialState {
    Active,
    Suspended,
    Revoked,
}

/// What the service keeps for each credential.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Credential {
    pub(crate) state: CredentialState,
    pub(crate) head: Head,
    /// The head's own `prev`, once there is one.
    pub(crate) before: Option<Option<AnswerId>>,
    /// How often its keys were replaced.
    pub(crate) key: u8,
}

impl Credential {
    pub(super) fn new() -> Self {
        Self { state: CredentialState::Active, head: Head::default(), before: None, key: 0 }
    }
}

impl World {
    /// An answer comes to the service: all of this is one transaction.
    pub(super) fn take_answer(&mut self, plan: &Plan, id: AnswerId, is_response_lost: bool) {
        let answer = *self.answer(id).expect("it was sent");
        let credential = self.phone(usize::from(id.phone)).credential;
        // 4: before the key is looked at, which a rotation may have replaced.
        if answer.receipt.is_none() || plan.has(Flaw::ReceiptsForgotten) {
            // 1: HTTP 404, without a receipt.
            if answer.key != self.credentials[credential].key {
                return;
            }
            let outcome = self.judge(plan, id);
            let head = self.credentials[credential].head;
            self.answer_mut(id).receipt = Some(Receipt { outcome, head });
        }
        self.answer_mut(id).is_answered |= !is_response_lost;
    }

    fn judge(&mut self, plan: &Plan, id: AnswerId) -> Outcome {
        let answer = *self.answer(id).expect("it was sent");
        let sign_in = usize::from(id.sign_in);
        let owner = self.phone(usize::from(id.phone)).credential;
        let credential = &mut self.credentials[owner];
        // 5.
        match credential.state {
            CredentialState::Revoked => return Outcome::Revoked,
            CredentialState::Suspended if answer.say.is_approve() => return Outcome::Suspended,
            _ => {}
        }
        // "The service suspends the credential", whatever became of the challenge.
        if answer.say == Say::ReportClone {
            credential.state = CredentialState::Suspended;
        }
        // 7 and 8.
        let state = self.challenges[sign_in][owner];
        let is_looked_at = !(plan.has(Flaw::StateIgnored) && answer.say.is_approve());
        if let Some(outcome) = state.outcome().filter(|_| is_looked_at) {
            let is_late = outcome == Outcome::Expired && !answer.say.is_approve();
            return if is_late { Outcome::Late } else { outcome };
        }
        // 10.
        let is_right = match answer.say {
            Say::Deny => {
                self.end(plan, (sign_in, owner), ChallengeState::Denied, ChallengeState::Cancelled);
                return Outcome::Denied;
            }
            Say::Report | Say::ReportClone => {
                let siblings = ChallengeState::Cancelled;
                self.end(plan, (sign_in, owner), ChallengeState::Reported, siblings);
                return Outcome::Reported;
            }
            Say::Approve { is_right } => is_right,
        };
        // 11.
        let credential = &mut self.credentials[owner];
        let is_next = answer.prev == credential.head.answer && answer.seq > credential.head.seq;
        if !is_next && !plan.has(Flaw::HeadIgnored) {
            if credential.before == Some(answer.prev) {
                return Outcome::Chain;
            }
            credential.state = CredentialState::Suspended;
            return Outcome::Suspended;
        }
        credential.before = Some(credential.head.answer);
        credential.head = Head { seq: answer.seq, answer: Some(id) };
        // 12.
        if !is_right && !plan.has(Flaw::NumberIgnored) {
            let siblings = ChallengeState::Cancelled;
            self.end(plan, (sign_in, owner), ChallengeState::Burned, siblings);
            return Outcome::WrongMatch;
        }
        // 13.
        if !answer.is_proved {
            return Outcome::WrongPin;
        }
        // 14.
        if plan.is_rotation(sign_in) {
            credential.key += 1;
        }
        self.end(plan, (sign_in, owner), ChallengeState::Approved, ChallengeState::Answered);
        Outcome::Approved
    }

    /// Ends a challenge, and what its sign-in asked other phones.
    fn end(
        &mut self,
        plan: &Plan,
        (sign_in, credential): (usize, usize),
        state: ChallengeState,
        siblings: ChallengeState,
    ) {
        let of_it = &mut self.challenges[sign_in];
        of_it[credential] = state;
        if !plan.has(Flaw::SiblingsIgnored) {
            of_it
                .iter_mut()
                .filter(|it| **it == ChallengeState::Open)
                .for_each(|it| *it = siblings);
        }
    }

    /// `exp` is over, or the page gave up.
    pub(super) fn end_open(&mut self, sign_in: usize, state: ChallengeState) {
        let open = self.challenges[sign_in].iter_mut().filter(|it| **it == ChallengeState::Open);
        open.for_each(|it| *it = state);
    }
}
