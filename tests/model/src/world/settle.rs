//! The network is there again, and nobody crashes: whoever waits gets on.

use super::{Action, CLONE, CredentialState, Outcome, PhoneState, Plan, Request, SIGN_INS, World};

/// Rounds until nothing changes any more: each brings one answer to its end.
const ROUNDS: usize = 12;

impl World {
    /// What becomes of it when each phone sends what it has, hears what comes of it, and asks
    /// what is new; the person proves anew what the service wants proved.
    pub(crate) fn settled(&self, plan: &Plan) -> Option<Self> {
        let mut world = self.clone();
        for _ in 0..ROUNDS {
            let before = world.clone();
            for phone in (0..CLONE).filter(|phone| self.phones[*phone].is_some()) {
                world.settle(plan, phone);
            }
            if world == before {
                return Some(world);
            }
        }
        None
    }

    fn settle(&mut self, plan: &Plan, phone: usize) {
        for sign_in in 0..SIGN_INS {
            if self.phone(phone).state == PhoneState::Revoked {
                return;
            }
            if let Request::Decided { again: Some(_), .. } = self.phone(phone).requests[sign_in] {
                let is_open = self.is_open(sign_in, self.phone(phone).credential);
                if is_open && self.may_approve(plan, phone, sign_in) {
                    self.go(plan, Action::ProveAgain { phone, sign_in, is_proved: true });
                }
            }
            if let Some(answer) = self.phone(phone).waiting(sign_in) {
                self.go(plan, Action::Send { phone, sign_in });
                self.go(plan, Action::Arrive { answer, is_response_lost: false });
                if self.answer(answer).is_some_and(|answer| answer.is_answered) {
                    self.go(plan, Action::Hear { phone, answer });
                }
            }
        }
        self.go(plan, Action::Poll { phone });
    }

    fn go(&mut self, plan: &Plan, action: Action) {
        *self = self.after(plan, action);
    }

    /// Whether the person's phones and the service agree, or a phone says plainly why not.
    pub(crate) fn agrees(&self, plan: &Plan) -> bool {
        let mut phones = (0..CLONE).filter(|phone| self.phones[*phone].is_some());
        // Whoever was noticed is stopped.
        let is_stopped = self.credentials[0].state != CredentialState::Active;
        phones.all(|phone| self.phone_agrees(plan, phone)) && (!self.has_met() || is_stopped)
    }

    fn phone_agrees(&self, plan: &Plan, phone: usize) -> bool {
        let it = self.phone(phone);
        let known = self.credentials[it.credential];
        let same_state = match it.state {
            PhoneState::Active => known.state == CredentialState::Active,
            PhoneState::Suspended => known.state == CredentialState::Suspended,
            // It has told the service, or does so with the next challenge.
            PhoneState::Noticed => match known.state {
                CredentialState::Active => !it.requests.contains(&Request::Open),
                state => state == CredentialState::Suspended,
            },
            PhoneState::Revoked => return known.state == CredentialState::Revoked,
        };
        let same_head = it.head == known.head || it.state != PhoneState::Active;
        same_state
            && (same_head || self.cloned_at().is_some())
            && (0..plan.sign_ins()).all(|sign_in| self.request_agrees(phone, sign_in))
    }

    fn request_agrees(&self, phone: usize, sign_in: usize) -> bool {
        let it = self.phone(phone);
        let challenge = self.challenges[sign_in][it.credential];
        match it.requests[sign_in] {
            Request::Unseen => true,
            // The person has not decided yet.
            Request::Open => challenge.outcome().is_none(),
            // Sent, and nobody answers: "outcome unknown" until it is forgotten. That is said of
            // an approve alone whose key was replaced and whose challenge is over.
            Request::Decided { answer, again: None } => {
                let answer = self.answer(answer).expect("it was signed");
                answer.say.is_approve() && answer.key != it.key && self.is_over[sign_in]
            }
            Request::Decided { again: Some(_), .. } => {
                challenge.outcome().is_some() || it.state != PhoneState::Active
            }
            Request::Over { outcome, .. } => match outcome {
                Outcome::WrongMatch => challenge.outcome() == Some(Outcome::Burned),
                Outcome::Late => challenge.outcome() == Some(Outcome::Expired),
                Outcome::Suspended | Outcome::Revoked => true,
                // By the phone's own clock, whatever had become of it.
                Outcome::Expired => self.is_over[sign_in],
                outcome => challenge.outcome() == Some(outcome),
            },
        }
    }
}
