//! What can happen next.

use super::{
    AnswerId, CLONE, ChallengeState, CredentialState, Flaw, Head, Outcome, PhoneState, Plan,
    Request, Say, World,
};

/// One step of somebody.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Action {
    /// A push comes to a phone ("What a phone checks").
    Bring { phone: usize, sign_in: usize },
    /// The person decides, and the phone writes it: it may crash before it sends anything.
    Decide { phone: usize, sign_in: usize, say: Say, is_proved: bool },
    /// The person proves the same decision anew.
    ProveAgain { phone: usize, sign_in: usize, is_proved: bool },
    /// Whoever has the copy signs on the service's head, which they saw pass by.
    Forge { sign_in: usize },
    /// The phone sends what it has signed, or did so before it crashed.
    Send { phone: usize, sign_in: usize },
    /// The network brings an answer, for the first time or once more; the response is lost, or
    /// the service crashes behind its commit.
    Arrive { answer: AnswerId, is_response_lost: bool },
    /// The network brings a receipt.
    Hear { phone: usize, answer: AnswerId },
    /// The phone asks what is new, and hears it.
    Poll { phone: usize },
    /// `exp` is over.
    Expire { sign_in: usize },
    /// The page gives up, or an administrator ends it.
    Cancel { sign_in: usize },
    /// The service revokes a credential.
    Revoke { credential: usize },
    /// Somebody copies the first phone as it is.
    Copy,
}

impl World {
    /// Everything that can happen.
    pub(crate) fn actions(&self, plan: &Plan, actions: &mut Vec<Action>) {
        for phone in 0..self.phones.len() {
            if self.phones[phone].is_some_and(|it| it.state != PhoneState::Revoked) {
                self.actions_of(plan, phone, actions);
            }
        }
        for answer in self.answers.iter().filter(|answer| answer.is_sent) {
            let answer = answer.id;
            for is_response_lost in [true, false] {
                actions.push(Action::Arrive { answer, is_response_lost });
            }
        }
        for sign_in in 0..plan.sign_ins() {
            if !self.is_over[sign_in] {
                actions.push(Action::Expire { sign_in });
                if plan.ends {
                    actions.push(Action::Cancel { sign_in });
                }
            }
        }
        for credential in 0..usize::from(plan.phones) {
            let is_revoked = self.credentials[credential].state == CredentialState::Revoked;
            if plan.ends && !is_revoked {
                actions.push(Action::Revoke { credential });
            }
        }
        if plan.has_clone && self.phones[CLONE].is_none() {
            actions.push(Action::Copy);
        }
    }

    fn actions_of(&self, plan: &Plan, phone: usize, actions: &mut Vec<Action>) {
        actions.push(Action::Poll { phone });
        for sign_in in 0..plan.sign_ins() {
            if plan.is_rotation(sign_in) && self.phone(phone).credential > 0 {
                continue;
            }
            match self.phone(phone).requests[sign_in] {
                Request::Unseen => actions.push(Action::Bring { phone, sign_in }),
                Request::Open => self.decisions(plan, phone, sign_in, actions),
                Request::Decided { answer, again: None } => {
                    let answer = self.answer(answer).expect("it was signed");
                    if !answer.is_sent {
                        actions.push(Action::Send { phone, sign_in });
                    }
                    if answer.is_answered {
                        actions.push(Action::Hear { phone, answer: answer.id });
                    }
                    if plan.has(Flaw::DecisionForgotten) && answer.is_sent {
                        self.decisions(plan, phone, sign_in, actions);
                    }
                }
                Request::Decided { again: Some(_), .. } => {
                    if self.may_approve(plan, phone, sign_in) {
                        // One wrong PIN for each request: a second changes nothing but counts.
                        actions.push(Action::ProveAgain { phone, sign_in, is_proved: true });
                    }
                }
                Request::Over { .. } => {}
            }
        }
    }

    /// What somebody may decide about an open request.
    fn decisions(&self, plan: &Plan, phone: usize, sign_in: usize, actions: &mut Vec<Action>) {
        let mut decide = |say, is_proved| {
            actions.push(Action::Decide { phone, sign_in, say, is_proved });
        };
        let right = Say::Approve { is_right: true };
        let may_approve = self.may_approve(plan, phone, sign_in);
        if phone == CLONE {
            // Whoever has the copy sees the number of the sign-in that they began, and talks the
            // person into reading out that of another.
            if may_approve {
                decide(right, true);
            }
            decide(Say::Deny, true);
            if self.may_forge(plan, sign_in) {
                actions.push(Action::Forge { sign_in });
            }
            return;
        }
        decide(Say::Deny, true);
        decide(Say::Report, true);
        if !may_approve {
            return;
        }
        // The number of a sign-in that somebody else began is on no page that the person sees.
        if plan.is_own(sign_in) {
            decide(right, true);
            if plan.misproves {
                decide(right, false);
            }
        }
        if plan.mistypes {
            decide(Say::Approve { is_right: false }, true);
        }
    }

    /// Whether another link than the copy's own would be something else.
    fn may_forge(&self, plan: &Plan, sign_in: usize) -> bool {
        let it = self.phone(CLONE);
        let head = self.credentials[it.credential].head;
        !plan.is_rotation(sign_in) && head != it.head
    }

    /// What comes of it.
    pub(crate) fn after(&self, plan: &Plan, action: Action) -> Self {
        let mut next = self.clone();
        next.act(plan, action);
        next.broken = next.broken.or(self.breach(&next));
        next
    }

    fn act(&mut self, plan: &Plan, action: Action) {
        match action {
            Action::Bring { phone, sign_in } => self.bring(plan, phone, sign_in),
            Action::Decide { phone, sign_in, say, is_proved } => {
                self.decide(phone, sign_in, say, is_proved);
            }
            Action::ProveAgain { phone, sign_in, is_proved } => {
                let Request::Decided { answer, .. } = self.phone(phone).requests[sign_in] else {
                    return;
                };
                let say = self.answer(answer).expect("it was signed").say;
                self.decide(phone, sign_in, say, is_proved);
            }
            Action::Forge { sign_in } => {
                let head = self.credentials[self.phone(CLONE).credential].head;
                let link = Head { seq: head.seq + 1, ..head };
                self.sign_on(CLONE, sign_in, (Say::Approve { is_right: true }, true), link);
            }
            Action::Send { phone, sign_in } => {
                if let Some(id) = self.phone(phone).waiting(sign_in) {
                    self.answer_mut(id).is_sent = true;
                }
            }
            Action::Arrive { answer, is_response_lost } => {
                self.take_answer(plan, answer, is_response_lost);
            }
            Action::Hear { phone, answer } => self.hear(plan, phone, answer),
            Action::Poll { phone } => self.poll(plan, phone),
            Action::Expire { sign_in } => {
                self.is_over[sign_in] = true;
                self.end_open(sign_in, ChallengeState::Expired);
            }
            Action::Cancel { sign_in } => self.end_open(sign_in, ChallengeState::Cancelled),
            Action::Revoke { credential } => {
                self.credentials[credential].state = CredentialState::Revoked;
            }
            Action::Copy => self.copy(),
        }
    }

    fn bring(&mut self, plan: &Plan, phone: usize, sign_in: usize) {
        let request = if plan.clocks && self.is_over[sign_in] {
            // 9.
            Request::Over { decided: None, outcome: Outcome::Expired }
        } else {
            Request::Open
        };
        self.phone_mut(phone).requests[sign_in] = request;
        if self.phone(phone).state == PhoneState::Noticed {
            self.report_copies(plan, phone);
        }
    }
}
