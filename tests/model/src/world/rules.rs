//! What holds in every state, and between each and the next.

use super::{
    AnswerId, CLONE, ChallengeState, CredentialState, Outcome, PhoneState, Plan, Request, SIGN_INS,
    Say, World,
};

impl World {
    /// What a step did that none may.
    pub(super) fn breach(&self, next: &Self) -> Option<&'static str> {
        for (before, after) in
            self.challenges.iter().flatten().zip(next.challenges.iter().flatten())
        {
            if *before != ChallengeState::Open && before != after {
                return Some("a challenge that was over is over in another way");
            }
        }
        for (before, after) in self.credentials.iter().zip(&next.credentials) {
            if before.state == CredentialState::Revoked && after.state != CredentialState::Revoked {
                return Some("a revoked credential came back");
            }
            if before.head != after.head && before.head.seq >= after.head.seq {
                return Some("the chain went back");
            }
        }
        for place in 0..next.phones.len() {
            let (Some(before), Some(after)) = (self.phones[place], next.phones[place]) else {
                continue;
            };
            let stays = match before.state {
                PhoneState::Revoked => after.state == PhoneState::Revoked,
                PhoneState::Noticed => match after.state {
                    PhoneState::Active => false,
                    // The service knows.
                    PhoneState::Suspended => {
                        let known = next.credentials[after.credential].state;
                        known == CredentialState::Suspended
                    }
                    PhoneState::Noticed | PhoneState::Revoked => true,
                },
                _ => true,
            };
            if !stays {
                return Some("a phone forgot what it knows of its credential");
            }
            for sign_in in 0..SIGN_INS {
                let over = matches!(before.requests[sign_in], Request::Over { .. });
                if over && before.requests[sign_in] != after.requests[sign_in] {
                    return Some("a request that was over came back");
                }
                let said = (self.said(place, sign_in), next.said(place, sign_in));
                if let (Some(was), Some(is)) = said
                    && was != is
                    && is != Say::ReportClone
                {
                    return Some("a decision became another");
                }
            }
        }
        None
    }

    /// What was decided on a phone.
    pub(crate) fn said(&self, phone: usize, sign_in: usize) -> Option<Say> {
        let answer = match self.phone(phone).requests[sign_in] {
            Request::Decided { answer, .. } => answer,
            Request::Over { decided, .. } => decided?,
            _ => return None,
        };
        Some(self.answer(answer).expect("it was signed").say)
    }

    /// Whether whatever is approved was approved with its number: by the person, or with
    /// their keys by whoever has copied them.
    pub(crate) fn is_meant(&self, plan: &Plan) -> bool {
        (0..plan.sign_ins()).all(|sign_in| {
            let is_approved = self.challenges[sign_in].contains(&ChallengeState::Approved);
            let mut by = self.approvals(sign_in);
            let is_meant = by.all(|answer| {
                let by_person = usize::from(answer.id.phone) != CLONE;
                answer.say == Say::Approve { is_right: true }
                    && (plan.is_own(sign_in) || !by_person)
            });
            is_meant && (!is_approved || self.approvals(sign_in).next().is_some())
        })
    }

    /// Whether each sign-in was approved once at most, on one phone.
    pub(crate) fn is_single(&self, plan: &Plan) -> bool {
        (0..plan.sign_ins()).all(|sign_in| self.approvals(sign_in).count() <= 1)
    }

    /// Whether nobody is suspended whose keys nobody has copied.
    pub(crate) fn is_spared(&self) -> bool {
        let is_suspended = |state: CredentialState| state == CredentialState::Suspended;
        self.phones[CLONE].is_some()
            || !self.credentials.iter().any(|credential| is_suspended(credential.state))
    }

    /// The chain number of the first approve that whoever has the copy got through.
    pub(crate) fn cloned_at(&self) -> Option<u8> {
        let of_clone = self.advances().filter(|answer| usize::from(answer.id.phone) == CLONE);
        of_clone.map(|answer| answer.seq).min()
    }

    /// Whether no approve of the honest phone counts behind one of the copy's, and no two go on
    /// from the same one: the copy's chain is not the phone's.
    pub(crate) fn is_noticed(&self) -> bool {
        let goes_on =
            |cloned| self.advances().any(|answer| answer.id.phone == 0 && answer.seq > cloned);
        let forks = self.advances().any(|one| {
            let of_it = |id: AnswerId| self.phone(usize::from(id.phone)).credential;
            self.advances().any(|other| {
                one.id != other.id && one.prev == other.prev && of_it(one.id) == of_it(other.id)
            })
        });
        !forks && !self.cloned_at().is_some_and(goes_on)
    }

    /// Whether a phone knows of a receipt with this result.
    pub(crate) fn has_heard(&self, outcome: Outcome) -> bool {
        self.phones.iter().flatten().flat_map(|phone| phone.requests).any(|request| match request {
            Request::Decided { again, .. } => again == Some(outcome),
            Request::Over { outcome: heard, decided } => heard == outcome && decided.is_some(),
            _ => false,
        })
    }

    /// Whether the honest phone's approve was compared with the copy's.
    pub(crate) fn has_met(&self) -> bool {
        self.cloned_at().is_some()
            && self.answers.iter().any(|answer| {
                let outcome = answer.receipt.map(|receipt| receipt.outcome);
                answer.id.phone == 0
                    && matches!(outcome, Some(Outcome::Chain | Outcome::Suspended))
                    && answer.receipt.is_some_and(|it| Some(it.head.seq) >= self.cloned_at())
            })
    }
}
