//! What a phone keeps and does.

use super::{
    Answer, AnswerId, CLONE, ChallengeState, CredentialState, Flaw, Head, Outcome, Plan, SIGN_INS,
    Say, World,
};

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum PhoneState {
    Active,
    Suspended,
    /// Suspended by its own word: it has seen a head that it did not sign.
    Noticed,
    Revoked,
}

/// A challenge on a phone.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Request {
    Unseen,
    Open,
    /// Signed; `again`: the service wants the same decision proved anew.
    Decided {
        answer: AnswerId,
        again: Option<Outcome>,
    },
    Over {
        decided: Option<AnswerId>,
        outcome: Outcome,
    },
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Phone {
    pub(crate) credential: usize,
    pub(crate) state: PhoneState,
    /// Of the newest receipt.
    pub(crate) head: Head,
    /// The highest that an approve was given.
    pub(crate) seq: u8,
    /// Approves that were signed on the head: a bit for each.
    pub(crate) outstanding: u64,
    pub(crate) requests: [Request; SIGN_INS],
    /// How often its keys were replaced.
    pub(crate) key: u8,
}

impl Phone {
    pub(super) fn new(credential: u8) -> Self {
        Self {
            credential: usize::from(credential),
            state: PhoneState::Active,
            head: Head::default(),
            seq: 0,
            outstanding: 0,
            requests: [Request::Unseen; SIGN_INS],
            key: 0,
        }
    }

    /// The answer that is sent until there is a receipt.
    pub(crate) fn waiting(&self, sign_in: usize) -> Option<AnswerId> {
        match self.requests[sign_in] {
            Request::Decided { answer, again: None } => Some(answer),
            _ => None,
        }
    }
}

fn bit(id: AnswerId) -> u64 {
    1 << ((usize::from(id.phone) * SIGN_INS + usize::from(id.sign_in)) * 5
        + usize::from(id.attempt))
}

impl World {
    /// "An approve without a receipt is sent again, before another is made": unless its
    /// challenge is over.
    pub(super) fn may_approve(&self, plan: &Plan, phone: usize, sign_in: usize) -> bool {
        let it = self.phone(phone);
        let waits = |other: usize| {
            let id = it.waiting(other).filter(|_| other != sign_in);
            let is_approve =
                id.and_then(|id| self.answer(id)).is_some_and(|it| it.say.is_approve());
            // A rotation's tells which key the next is to be signed with.
            let is_over = plan.clocks && self.is_over[other] && !plan.is_rotation(other);
            is_approve && !is_over
        };
        let is_settled = plan.has(Flaw::SeveralOutstanding) || !(0..SIGN_INS).any(waits);
        it.state == PhoneState::Active && is_settled
    }

    /// Signs an answer and writes it; what was written is there after a crash.
    pub(super) fn decide(&mut self, phone: usize, sign_in: usize, say: Say, is_proved: bool) {
        let head = self.phone(phone).head;
        let seq = self.phone(phone).seq.max(head.seq) + 1;
        self.sign_on(phone, sign_in, (say, is_proved), Head { seq, ..head });
    }

    /// The same, with a link of one's own choice.
    pub(super) fn sign_on(
        &mut self,
        phone: usize,
        sign_in: usize,
        (say, is_proved): (Say, bool),
        link: Head,
    ) {
        let signer = u8::try_from(phone).expect("three at most");
        let of_it = |id: AnswerId| id.phone == signer && usize::from(id.sign_in) == sign_in;
        let attempt = self.answers.iter().filter(|answer| of_it(answer.id)).count();
        let id = AnswerId {
            phone: signer,
            sign_in: u8::try_from(sign_in).expect("three at most"),
            attempt: u8::try_from(attempt).expect("few"),
        };
        let it = self.phone_mut(phone);
        it.requests[sign_in] = Request::Decided { answer: id, again: None };
        let (mut seq, mut prev) = (0, None);
        if say.is_approve() {
            (seq, prev) = (link.seq, link.answer);
            it.seq = it.seq.max(seq);
            it.outstanding |= bit(id);
        }
        let (is_sent, is_answered) = (false, false);
        let (key, receipt) = (it.key, None);
        let answer = Answer { id, say, is_proved, seq, prev, key, is_sent, receipt, is_answered };
        self.sign(answer);
    }

    /// A receipt comes, of an answer that waits for it.
    pub(super) fn hear(&mut self, plan: &Plan, phone: usize, id: AnswerId) {
        let answer = *self.answer(id).expect("it was signed");
        let receipt = answer.receipt.expect("it was answered");
        let sign_in = usize::from(id.sign_in);
        let it = self.phone_mut(phone);
        let is_newer = receipt.head.seq > it.head.seq;
        let is_ours = receipt.head.answer.is_some_and(|head| it.outstanding & bit(head) != 0);
        let is_foreign = is_newer && !is_ours && !plan.has(Flaw::AnyHeadTaken);
        if is_newer && !is_foreign {
            it.head = receipt.head;
            it.outstanding = 0;
        }
        let outcome = receipt.outcome;
        let again = matches!(outcome, Outcome::Chain | Outcome::WrongPin);
        it.requests[sign_in] = if again {
            Request::Decided { answer: id, again: Some(outcome) }
        } else {
            Request::Over { decided: Some(id), outcome }
        };
        if outcome == Outcome::Suspended && it.state == PhoneState::Active {
            it.state = PhoneState::Suspended;
        }
        if is_foreign && it.state != PhoneState::Revoked {
            it.state = PhoneState::Noticed;
            if again {
                self.decide(phone, sign_in, Say::ReportClone, true);
            }
            self.report_copies(plan, phone);
        } else if outcome == Outcome::Approved && plan.is_rotation(sign_in) {
            it.key = answer.key + 1;
            if !plan.has(Flaw::OldKeyKept) {
                self.sign_anew(phone);
            }
        }
    }

    /// "Rotation": nobody listens to the old key any more. An approve is over by now, or has
    /// its receipt: only a person could prove it anew.
    fn sign_anew(&mut self, phone: usize) {
        for sign_in in 0..SIGN_INS {
            let Some(id) = self.phone(phone).waiting(sign_in) else { continue };
            let answer = *self.answer(id).expect("it was signed");
            if !answer.say.is_approve() {
                self.decide(phone, sign_in, answer.say, answer.is_proved);
            }
        }
    }

    /// A status: the credential's state, what is closed, and what is open.
    pub(super) fn poll(&mut self, plan: &Plan, phone: usize) {
        let credential = self.phone(phone).credential;
        let said = self.credentials[credential];
        let challenges = self.challenges;
        let it = self.phone_mut(phone);
        // The proof of who asks is by the device key: HTTP 404 otherwise.
        if it.key != said.key {
            return;
        }
        it.state = match (it.state, said.state) {
            (_, CredentialState::Revoked) => PhoneState::Revoked,
            // Of what the phone has noticed, the service has been told then.
            (PhoneState::Active | PhoneState::Noticed, CredentialState::Suspended) => {
                PhoneState::Suspended
            }
            (PhoneState::Suspended, CredentialState::Active) => PhoneState::Active,
            (PhoneState::Noticed, CredentialState::Active) if plan.has(Flaw::SignForgotten) => {
                PhoneState::Active
            }
            (known, _) => known,
        };
        if it.state == PhoneState::Revoked {
            return;
        }
        for (sign_in, challenge) in challenges.iter().enumerate().take(plan.sign_ins()) {
            let request = &mut it.requests[sign_in];
            let is_asked = credential == 0 || !plan.is_rotation(sign_in);
            match (*request, challenge[credential].outcome()) {
                (Request::Open, Some(outcome)) => {
                    *request = Request::Over { decided: None, outcome };
                }
                (Request::Unseen, None) if is_asked => *request = Request::Open,
                _ => {}
            }
        }
        if it.state == PhoneState::Noticed {
            self.report_copies(plan, phone);
        }
    }

    /// "Receipt and chain": a phone that has seen another with its key tells the service, by
    /// everything that is open, and by whatever comes.
    pub(super) fn report_copies(&mut self, plan: &Plan, phone: usize) {
        for sign_in in 0..plan.sign_ins() {
            if self.phone(phone).requests[sign_in] == Request::Open
                && !plan.has(Flaw::CopyNotReported)
            {
                self.decide(phone, sign_in, Say::ReportClone, true);
            }
        }
    }

    /// Somebody copies the first phone.
    pub(super) fn copy(&mut self) {
        self.phones[CLONE] = self.phones[0];
    }

    pub(crate) fn is_open(&self, sign_in: usize, credential: usize) -> bool {
        self.challenges[sign_in][credential] == ChallengeState::Open
    }
}
