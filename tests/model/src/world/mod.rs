//! `docs/approval-protocol.md` as a state machine: phones, a copy of one, a service, and a
//! network that loses, repeats and reorders. The numbers in the comments are the page's steps.
//!
//! What a message says is modelled, and not how: signatures hold, and hashes are names.
#![allow(dead_code, reason = "each test uses a part of it")]

mod action;
mod phone;
mod plan;
mod rules;
mod service;
mod settle;

pub(crate) use action::Action;
pub(crate) use phone::{Phone, PhoneState, Request};
pub(crate) use plan::{Flaw, Plan, SIGN_INS};
pub(crate) use service::{ChallengeState, Credential, CredentialState, Outcome};

/// The place of the copy among the phones.
pub(crate) const CLONE: usize = 2;

/// An answer's hash: who signed it, on which sign-in, and how often they had before.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct AnswerId {
    pub(crate) phone: u8,
    pub(crate) sign_in: u8,
    pub(crate) attempt: u8,
}

/// "Receipt and chain": `head`. No answer is the enrolment message.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub(crate) struct Head {
    pub(crate) seq: u8,
    pub(crate) answer: Option<AnswerId>,
}

/// "Answer": what is decided.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Say {
    /// With the challenge's number, or another.
    Approve {
        is_right: bool,
    },
    Deny,
    Report,
    /// `report` with the reason `clone`.
    ReportClone,
}

impl Say {
    pub(crate) fn is_approve(self) -> bool {
        matches!(self, Self::Approve { .. })
    }
}

/// A signed answer, wherever it is: the network may bring it again at any time, or never.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Answer {
    pub(crate) id: AnswerId,
    pub(crate) say: Say,
    /// Whether its PIN is right.
    pub(crate) is_proved: bool,
    /// Of an approve.
    pub(crate) seq: u8,
    pub(crate) prev: Option<AnswerId>,
    /// Which of the phone's keys signed it.
    pub(crate) key: u8,
    /// Whether it was ever sent: what a phone crashed with is not.
    pub(crate) is_sent: bool,
    /// What the service keeps of it.
    pub(crate) receipt: Option<Receipt>,
    /// Whether a response ever left the service: it may have crashed behind its commit.
    pub(crate) is_answered: bool,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) struct Receipt {
    pub(crate) outcome: Outcome,
    pub(crate) head: Head,
}

/// Everybody, and all that is under way.
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub(crate) struct World {
    pub(crate) credentials: [Credential; 2],
    /// By sign-in and credential: siblings stand together.
    pub(crate) challenges: [[ChallengeState; 2]; SIGN_INS],
    /// Whether `exp` of a sign-in is over.
    pub(crate) is_over: [bool; SIGN_INS],
    /// The person's, and the copy of the first once there is one.
    pub(crate) phones: [Option<Phone>; 3],
    /// By their ids.
    pub(crate) answers: Vec<Answer>,
    /// What a step did that no step may.
    pub(crate) broken: Option<&'static str>,
}

impl World {
    pub(crate) fn new(plan: &Plan) -> Self {
        let phone = |credential: u8| (credential < plan.phones).then(|| Phone::new(credential));
        Self {
            credentials: [Credential::new(); 2],
            challenges: [[ChallengeState::Open; 2]; SIGN_INS],
            is_over: [false; SIGN_INS],
            phones: [phone(0), phone(1), None],
            answers: Vec::new(),
            broken: None,
        }
    }

    pub(crate) fn answer(&self, id: AnswerId) -> Option<&Answer> {
        let place = self.answers.binary_search_by_key(&id, |answer| answer.id).ok()?;
        self.answers.get(place)
    }

    fn answer_mut(&mut self, id: AnswerId) -> &mut Answer {
        let place = self.answers.binary_search_by_key(&id, |answer| answer.id);
        &mut self.answers[place.expect("it was signed")]
    }

    fn sign(&mut self, answer: Answer) {
        let place = self.answers.binary_search_by_key(&answer.id, |known| known.id);
        let place = place.expect_err("no answer is signed twice");
        self.answers.insert(place, answer);
    }

    pub(crate) fn phone(&self, phone: usize) -> &Phone {
        self.phones[phone].as_ref().expect("there is one")
    }

    fn phone_mut(&mut self, phone: usize) -> &mut Phone {
        self.phones[phone].as_mut().expect("there is one")
    }

    /// Approves that advanced the chain, each with who signed it.
    pub(crate) fn advances(&self) -> impl Iterator<Item = &Answer> {
        self.answers.iter().filter(|answer| {
            answer.receipt.is_some_and(|receipt| receipt.head.answer == Some(answer.id))
        })
    }

    /// Answers that a challenge was approved by.
    pub(crate) fn approvals(&self, sign_in: usize) -> impl Iterator<Item = &Answer> {
        self.advances().filter(move |answer| {
            usize::from(answer.id.sign_in) == sign_in
                && answer.receipt.is_some_and(|receipt| receipt.outcome == Outcome::Approved)
        })
    }
}
