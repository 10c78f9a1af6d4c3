//! Steps of the model, taken by phones with the library in them and the service for tests.

use std::collections::BTreeMap;

use authenticator_core::approval::{
    CredentialId, CredentialState as OnPhone, Decision, Exchange, Outcome as Told, Proof,
    RequestId, RequestState,
};
use data_encoding::BASE64URL_NOPAD;
use serde_json::Value;

use super::model::{
    Action, Answer, AnswerId, CLONE, ChallengeState, CredentialState, Outcome, PhoneState, Plan,
    Request, SIGN_INS, Say, World,
};
use super::phone::{ACCOUNT, Phone, another, heard, sent};
use approval_service::{self as service, Ask, Policy, Response, Service, State};

/// What every walk begins with.
pub(crate) struct Start {
    service: Service,
    phones: Vec<(Phone, CredentialId, String)>,
}

impl Start {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut phones: Vec<(Phone, CredentialId, String)> = Vec::new();
        let mut service = None;
        for _ in 0..plan.phones {
            let phone = Phone::new();
            let to = service.get_or_insert_with(|| Service::new(Policy::default(), phone.time()));
            let id = phone.enrol(to, ACCOUNT, None);
            let mut known = to.credentials.keys();
            let own = known.find(|id| phones.iter().all(|(_, _, known)| known != *id));
            let own = own.unwrap().clone();
            phones.push((phone, id, own));
        }
        let mut service = service.unwrap();
        service.challenges.clear();
        Self { service, phones }
    }
}

pub(crate) struct Real<'a> {
    start: &'a Start,
    plan: &'a Plan,
    service: Service,
    phones: [Option<Phone>; 3],
    /// By sign-in and credential.
    jtis: Vec<[String; 2]>,
    requests: [[Option<RequestId>; SIGN_INS]; 3],
    /// What was sent, and what came back of it.
    sent: BTreeMap<AnswerId, service::Request>,
    responses: BTreeMap<AnswerId, Response>,
}

impl<'a> Real<'a> {
    pub(crate) fn new(start: &'a Start, plan: &'a Plan) -> Self {
        let copy = |place: usize| start.phones.get(place).map(|(phone, ..)| phone.copied());
        let phones = [copy(0), copy(1), None];
        let mut service = start.service.clone();
        let now = start.phones[0].0.time();
        let ask = |sign_in| {
            let first = service.challenges.len();
            let kind = if plan.is_rotation(sign_in) { "rotate" } else { "sign-in" };
            let context = serde_json::json!({ "app": "Mail" });
            let ask = Ask { kind, context, lives: 120, ..Ask::default() };
            service.ask(ACCOUNT, &ask, now);
            let asked = &service.challenges[first..];
            let of = |credential: usize| {
                let known = start.phones.get(credential).map(|(_, _, known)| known);
                let found = asked.iter().find(|it| Some(&it.credential) == known);
                found.map(|it| it.jti.clone()).unwrap_or_default()
            };
            [of(0), of(1)]
        };
        let jtis = (0..plan.sign_ins()).map(ask).collect();
        let requests = [[None; SIGN_INS]; 3];
        let (sent, responses) = (BTreeMap::new(), BTreeMap::new());
        Self { start, plan, service, phones, jtis, requests, sent, responses }
    }

    fn phone(&self, phone: usize) -> &Phone {
        self.phones[phone].as_ref().unwrap()
    }

    fn challenge(&mut self, sign_in: usize, phone: usize) -> &mut service::Challenge {
        let jti = &self.jtis[sign_in][phone % CLONE];
        self.service.challenges.iter_mut().find(|known| known.jti == *jti).unwrap()
    }

    /// The answer that a phone has to send.
    fn due(&self, phone: usize, sign_in: usize) -> Option<Exchange> {
        let it = self.phone(phone);
        let due = it.authenticator.exchanges(it.moment()).unwrap();
        let jti = &self.jtis[sign_in][phone % CLONE];
        due.into_iter().find(|exchange| {
            exchange.request().url.ends_with("/answer")
                && claims(&exchange.request().body)["jti"] == **jti
        })
    }

    /// The request on a phone that a challenge has become.
    fn bring(&mut self, phone: usize, sign_in: usize) {
        let push = self.challenge(sign_in, phone).message.clone();
        let it = self.phone(phone);
        let taken = it.authenticator.take_push(&push, it.moment()).unwrap();
        self.requests[phone][sign_in] = Some(taken);
    }

    pub(crate) fn act(&mut self, world: &World, action: Action) {
        self.phones.iter_mut().flatten().for_each(|phone| phone.wait(1));
        match action {
            Action::Bring { phone, sign_in } => self.bring(phone, sign_in),
            Action::Decide { phone, sign_in, say, .. } => self.decide(phone, sign_in, say),
            Action::ProveAgain { phone, sign_in, .. } => {
                let id = self.requests[phone][sign_in].unwrap();
                let it = self.phone(phone);
                it.authenticator.approve(id, None, &Proof::Presence, it.moment()).unwrap();
            }
            Action::Send { phone, sign_in } => {
                let exchange = self.due(phone, sign_in).unwrap();
                let request = sent(exchange.request());
                self.sent.insert(world.phone(phone).waiting(sign_in).unwrap(), request);
            }
            Action::Arrive { answer, is_response_lost } => {
                let now = self.phone(0).time();
                let response = self.service.handle(&self.sent[&answer], now);
                if !is_response_lost && response.status == 200 {
                    self.responses.insert(answer, response);
                }
            }
            Action::Hear { phone, answer } => {
                let exchange = self.due(phone, usize::from(answer.sign_in)).unwrap();
                let response = heard(self.responses[&answer].clone());
                let it = self.phone(phone);
                drop(it.authenticator.receive(&exchange, &response, it.moment()).unwrap());
            }
            Action::Poll { phone } => self.poll(phone),
            Action::Expire { sign_in } => {
                let now = self.phone(0).time();
                for phone in 0..self.start.phones.len() {
                    self.challenge(sign_in, phone).exp = now;
                }
            }
            Action::Cancel { sign_in } => {
                for phone in 0..self.start.phones.len() {
                    let challenge = self.challenge(sign_in, phone);
                    if challenge.state == "open" {
                        challenge.state = "cancelled";
                    }
                }
            }
            Action::Revoke { credential } => {
                let now = self.phone(0).time();
                self.service.revoke(&self.start.phones[credential].2, "administrator", now);
            }
            Action::Copy => {
                self.phones[CLONE] = Some(self.phone(0).copied());
                self.requests[CLONE] = self.requests[0];
            }
            Action::Forge { .. } => panic!("the library does not"),
        }
    }

    fn decide(&mut self, phone: usize, sign_in: usize, say: Say) {
        let number = self.challenge(sign_in, phone).number.clone().unwrap();
        let id = self.requests[phone][sign_in].unwrap();
        let it = self.phone(phone);
        let (by, now) = (&it.authenticator, it.moment());
        let decided = match say {
            Say::Approve { is_right } => {
                let typed = if is_right { number } else { another(&number) };
                by.approve(id, Some(&typed), &Proof::Presence, now)
            }
            Say::Deny => by.deny(id, None, now),
            Say::Report | Say::ReportClone => by.report(id, None, now),
        };
        decided.unwrap();
    }

    fn poll(&mut self, phone: usize) {
        let it = self.phones[phone].take().unwrap();
        let id = self.start.phones[phone % CLONE].1;
        let poll = it.authenticator.poll(id, it.moment()).unwrap();
        let _ = it.carry(&mut self.service, poll);
        self.phones[phone] = Some(it);
    }

    /// Both are at the same after `taken`, the last of which led to `world`.
    pub(crate) fn check(&mut self, world: &World, taken: &[Action]) {
        if let Err(different) = self.compare(world) {
            let steps: Vec<_> = taken.iter().map(|action| format!("{action:?}")).collect();
            panic!("{different}\n{}\n{world:#?}", steps.join("\n"));
        }
    }

    fn compare(&mut self, world: &World) -> Result<(), String> {
        let now = self.phone(0).time();
        for (sign_in, of_it) in world.challenges.iter().enumerate().take(self.plan.sign_ins()) {
            for (credential, expected) in of_it.iter().enumerate().take(self.start.phones.len()) {
                let challenge = self.challenge(sign_in, credential);
                let is_over = challenge.state == "open" && challenge.exp <= now;
                let state = if is_over { "expired" } else { challenge.state };
                same("a challenge", state, challenge_name(*expected))?;
            }
        }
        for (credential, expected) in world.credentials.iter().enumerate() {
            let Some((_, _, id)) = self.start.phones.get(credential) else { continue };
            let (first, known) =
                (&self.start.service.credentials[id], &self.service.credentials[id]);
            let state = match expected.state {
                CredentialState::Active => State::Active,
                CredentialState::Suspended => State::Suspended,
                CredentialState::Revoked => State::Revoked,
            };
            same("a credential", known.state, state)?;
            let advanced = known.head.seq - first.head.seq;
            same("the chain", advanced, u64::from(expected.head.seq))?;
        }
        for (id, response) in &self.responses {
            let answer = world.answer(*id).unwrap();
            let result = claims(&response.body)["result"].clone();
            same("a receipt", result, receipt_name(answer).into())?;
        }
        (0..self.phones.len()).try_for_each(|phone| self.compare_phone(world, phone))
    }

    fn compare_phone(&mut self, world: &World, phone: usize) -> Result<(), String> {
        let Some(expected) = &world.phones[phone] else { return Ok(()) };
        let it = self.phone(phone);
        let now = it.moment();
        let item = it.authenticator.credentials(now).unwrap().remove(0);
        let state = match expected.state {
            PhoneState::Active => OnPhone::Active,
            PhoneState::Suspended | PhoneState::Noticed => OnPhone::Suspended,
            PhoneState::Revoked => OnPhone::Revoked,
        };
        same("a phone's credential", item.state, state)?;
        if state == OnPhone::Revoked {
            return Ok(());
        }
        for sign_in in 0..self.plan.sign_ins() {
            let request = expected.requests[sign_in];
            if request == Request::Unseen {
                continue;
            }
            if self.requests[phone][sign_in].is_none() {
                // A poll has brought it: the push once more gives the same.
                self.bring(phone, sign_in);
            }
            let known = self.phone(phone).request(self.requests[phone][sign_in].unwrap());
            same("a request", known.state, request_state(world, request))?;
        }
        Ok(())
    }
}

fn same<T: std::fmt::Debug + PartialEq>(what: &str, is: T, expected: T) -> Result<(), String> {
    if is == expected { Ok(()) } else { Err(format!("{what} is {is:?}, not {expected:?}")) }
}

fn claims(message: &[u8]) -> Value {
    let payload = message.split(|byte| *byte == b'.').nth(1).unwrap();
    serde_json::from_slice(&BASE64URL_NOPAD.decode(payload).unwrap()).unwrap()
}

fn challenge_name(state: ChallengeState) -> &'static str {
    state.outcome().map_or("open", outcome_name)
}

fn receipt_name(answer: &Answer) -> &'static str {
    outcome_name(answer.receipt.unwrap().outcome)
}

fn outcome_name(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Denied => "denied",
        Outcome::Reported => "reported",
        Outcome::Late => "late",
        Outcome::WrongMatch => "wrong-match",
        Outcome::WrongPin => "wrong-pin",
        Outcome::Chain => "chain",
        Outcome::Suspended => "suspended",
        Outcome::Revoked => "revoked",
        Outcome::Answered => "answered",
        Outcome::Burned => "burned",
        Outcome::Cancelled => "cancelled",
        Outcome::Expired => "expired",
    }
}

fn told(outcome: Outcome) -> Told {
    serde_json::from_value(outcome_name(outcome).into()).unwrap()
}

fn request_state(world: &World, request: Request) -> RequestState {
    let decision = |id| match world.answer(id).unwrap().say {
        Say::Approve { .. } => Decision::Approve,
        Say::Deny => Decision::Deny,
        Say::Report | Say::ReportClone => Decision::Report,
    };
    match request {
        Request::Unseen | Request::Open => RequestState::Open,
        Request::Decided { answer, again: None } => RequestState::Sent(decision(answer)),
        Request::Decided { again: Some(outcome), .. } => RequestState::ProveAgain(told(outcome)),
        Request::Over { decided, outcome } => {
            RequestState::Over { decision: decided.map(decision), outcome: told(outcome) }
        }
    }
}
