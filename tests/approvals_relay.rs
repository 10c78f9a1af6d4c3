//! A relay that drops, replays, reorders, duplicates, alters and swaps whatever goes between
//! two people's phones and their service: nobody is signed in whom nobody approved, nothing
//! counts twice, and once the relay is gone, everybody hears what became of it.

#[path = "support/phone.rs"]
mod phone;
mod support;

use std::collections::{HashMap, HashSet};

use approval_service::{Ask, Policy, Request, Response, Service, State};
use authenticator_core::approval::{
    ApprovalError, ApprovalEvent, Decision, Exchange, Outcome, Proof, RequestId, RequestState,
};
use authenticator_core::vault::VaultError;
use authenticator_core::{ApprovalsError, Moment};
use data_encoding::BASE64URL_NOPAD;
use phone::Phone;
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

const ACCOUNTS: [&str; 2] = ["ann@example.com", "bob@example.com"];
/// Schedules in one world, before it begins anew.
const IN_A_ROW: u64 = 100;

/// Whatever fails can be drawn again.
struct Dice(TestRng);

impl Dice {
    fn new(seed: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        Self(TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.0.next_u64() % end as u64).unwrap()
    }

    fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        if of.is_empty() { None } else { of.get(self.below(of.len())) }
    }
}

/// Everybody, and all that the relay has seen.
struct World {
    dice: Dice,
    service: Service,
    phones: [Phone; 2],
    pushes: Vec<String>,
    requests: Vec<(usize, Vec<u8>)>,
    responses: Vec<Response>,
    /// Which challenge a request on a phone is.
    known: HashMap<RequestId, String>,
    /// Challenges that a person approved with their number.
    approved: HashSet<String>,
    redeemed: HashSet<String>,
    ended: HashMap<String, &'static str>,
}

impl World {
    fn new(seed: u64) -> Self {
        let phones = [Phone::new(), Phone::new()];
        let mut service = Service::new(Policy::default(), phones[0].time());
        for (phone, account) in phones.iter().zip(ACCOUNTS) {
            phone.enrol(&mut service, account, None);
        }
        service.challenges.clear();
        Self {
            dice: Dice::new(seed),
            service,
            phones,
            pushes: Vec::new(),
            requests: Vec::new(),
            responses: Vec::new(),
            known: HashMap::new(),
            approved: HashSet::new(),
            redeemed: HashSet::new(),
            ended: HashMap::new(),
        }
    }

    fn now(&self) -> Moment {
        self.phones[0].moment()
    }

    fn wait(&mut self, seconds: u64) {
        self.phones.iter_mut().for_each(|phone| phone.wait(seconds));
    }

    /// One sign-in, or two at once, and everything that the relay thinks of.
    fn schedule(&mut self) {
        for account in &ACCOUNTS[..1 + self.dice.below(2)] {
            let matching = self.dice.one(&["enter2", "enter6", "scan", "none"]).unwrap();
            let ask = Ask::matched_by(matching);
            let now = self.phones[0].time();
            self.pushes.extend(self.service.ask(account, &ask, now));
        }
        for _ in 0..self.dice.below(6) {
            self.push();
        }
        for who in 0..2 {
            if self.dice.chance(70) {
                self.poll(who);
            }
            self.decide(who);
        }
        for _ in 0..self.dice.below(4) {
            self.carry_badly();
            self.check();
        }
        let pause = self.dice.below(20) as u64;
        self.wait(pause);
        self.settle();
        self.check();
    }

    /// Brings some push, or what was made of it, to some phone.
    fn push(&mut self) {
        let Some(mut push) = self.dice.one(&self.pushes).cloned() else { return };
        if self.dice.chance(25) {
            push = self.altered(push.as_bytes());
        }
        let phone = &self.phones[self.dice.below(2)];
        let taken = phone.authenticator.take_push(&push, phone.moment());
        if let Ok(id) = taken {
            self.known.insert(id, jti(&push));
        }
    }

    fn poll(&mut self, who: usize) {
        let account = ACCOUNTS[who];
        let phone = &self.phones[who];
        let id = phone.authenticator.credentials(phone.moment()).unwrap()[0].id;
        let _ = phone.poll(&mut self.service, id);
        let of_account = self.service.credential(account).0.clone();
        let open = |known: &&approval_service::Challenge| {
            known.credential == of_account && known.state == "open"
        };
        for challenge in self.service.challenges.iter().filter(open) {
            // The same push once more gives the same request.
            let phone = &self.phones[who];
            let id = phone.authenticator.take_push(&challenge.message, phone.moment()).unwrap();
            self.known.insert(id, challenge.jti.clone());
        }
    }

    /// What the person does about what the phone shows.
    fn decide(&mut self, who: usize) {
        let phone = &self.phones[who];
        let now = phone.moment();
        for request in phone.authenticator.requests(now).unwrap() {
            if request.state != RequestState::Open || self.dice.chance(20) {
                continue;
            }
            let jti = &self.known[&request.id];
            let asked = self.service.challenges.iter().find(|known| known.jti == *jti);
            let Some(asked) = asked else { continue };
            let decided = match self.dice.below(10) {
                0 => phone.authenticator.deny(request.id, None, now),
                1 => phone.authenticator.report(request.id, None, now),
                2 => {
                    // The number of a page that somebody else looks at.
                    let page = ACCOUNTS[self.dice.below(2)];
                    let seen = self.service.newest_number(page);
                    let (id, proof) = (request.id, Proof::Presence);
                    let typed = phone.authenticator.approve(id, seen.as_deref(), &proof, now);
                    if typed.is_ok() && seen == asked.number {
                        self.approved.insert(jti.clone());
                    }
                    typed
                }
                _ => {
                    let number = match (&asked.number, asked.number.as_ref().map(String::len)) {
                        (Some(number), Some(22)) => {
                            Some(format!("approval://match?v=1&jti={jti}&m={number}"))
                        }
                        (number, _) => (*number).clone(),
                    };
                    let (id, proof) = (request.id, Proof::Presence);
                    let typed = phone.authenticator.approve(id, number.as_deref(), &proof, now);
                    if typed.is_ok() {
                        self.approved.insert(jti.clone());
                    }
                    typed
                }
            };
            match decided {
                Ok(())
                | Err(ApprovalsError::Approval(
                    ApprovalError::Over
                    | ApprovalError::Ambiguous
                    | ApprovalError::Unsettled
                    | ApprovalError::NoSuchMatch
                    | ApprovalError::OtherRequest,
                )) => {}
                other => panic!("{other:?}"),
            }
        }
    }

    /// Carries one of the things that are due, or what was made of it.
    fn carry_badly(&mut self) {
        let who = self.dice.below(2);
        let due = self.phones[who].authenticator.exchanges(self.now()).unwrap();
        let Some(exchange) = self.dice.one(&due).cloned() else { return };
        let mut request = phone::sent(exchange.request());
        self.requests.push((who, request.body.clone()));
        match self.dice.below(6) {
            0 => return self.phones[who].authenticator.not_sent(&exchange, self.now()),
            1 => request.body = self.altered(&request.body).into_bytes(),
            2 => request.body = with_the_other_s(&request.body),
            3 => request.body = self.dice.one(&self.requests).unwrap().1.clone(),
            _ => {}
        }
        let mut response = self.handle(&request);
        if self.dice.chance(20) {
            response = self.handle(&request);
        }
        self.responses.push(response.clone());
        match self.dice.below(6) {
            0 => return,
            1 => response.body = self.altered(&response.body).into_bytes(),
            2 => response = self.dice.one(&self.responses).unwrap().clone(),
            3 => response.status = *self.dice.one(&[400, 404, 409, 429, 500, 503]).unwrap(),
            _ => {}
        }
        self.hear(who, &exchange, response);
    }

    fn handle(&mut self, request: &Request) -> Response {
        let now = self.phones[0].time();
        self.service.handle(request, now)
    }

    fn hear(&mut self, who: usize, exchange: &Exchange, response: Response) {
        let now = self.now();
        let heard = phone::heard(response);
        let received = self.phones[who].authenticator.receive(exchange, &heard, now).unwrap();
        for event in received.events {
            // A receipt is believed only if it is the truth.
            if let ApprovalEvent::Receipt(id, Outcome::Approved) = event {
                let jti = &self.known[&id];
                let truth = self.service.challenges.iter().find(|known| known.jti == *jti);
                assert_eq!(truth.unwrap().state, "approved");
            }
        }
    }

    /// The relay is gone: everybody hears what became of what they decided.
    fn settle(&mut self) {
        // What failed a moment ago waits before it is sent again.
        self.wait(31);
        for phone in &self.phones {
            let now = phone.moment();
            loop {
                for event in phone.settle(&mut self.service) {
                    assert!(!matches!(event, ApprovalEvent::Failed(..)), "{event:?}");
                }
                let mut requests = phone.authenticator.requests(now).unwrap().into_iter();
                let unsettled = requests.find(|request| {
                    !matches!(request.state, RequestState::Open | RequestState::Over { .. })
                });
                let Some(RequestState::ProveAgain(Outcome::Chain)) =
                    unsettled.as_ref().map(|it| it.state)
                else {
                    assert!(unsettled.is_none(), "{unsettled:?}");
                    break;
                };
                // A receipt was lost, and its challenge is over: the decision is made once
                // more, on the head that the phone knows now.
                let id = unsettled.unwrap().id;
                let again = phone.authenticator.approve(id, None, &Proof::Presence, now);
                if again == Err(ApprovalError::Over.into()) {
                    break;
                }
                again.unwrap();
            }
        }
    }

    /// What holds whatever happened.
    fn check(&mut self) {
        for challenge in self.service.challenges.clone() {
            let jti = &challenge.jti;
            if challenge.state == "open" {
                continue;
            }
            let ended = *self.ended.entry(jti.clone()).or_insert(challenge.state);
            assert_eq!(ended, challenge.state, "what has ended stays as it is");
            if challenge.state == "approved" {
                assert!(self.approved.contains(jti), "nobody approved this");
                if self.service.redeem(jti, &challenge.session) {
                    assert!(self.redeemed.insert(jti.clone()), "one approval, two sessions");
                }
            }
        }
        for (phone, account) in self.phones.iter().zip(ACCOUNTS) {
            // No relay has the phones' keys, and none can have them suspended.
            assert_eq!(self.service.credential(account).1.state, State::Active);
            for item in phone.authenticator.history(phone.moment()).unwrap() {
                let Some(jti) = self.known.get(&item.id) else { continue };
                let approved = (item.decision, item.outcome)
                    == (Some(Decision::Approve), Some(Outcome::Approved));
                if approved {
                    assert_eq!(self.ended.get(jti), Some(&"approved"));
                }
            }
        }
        // What ended long ago stays so: only the newest are looked at again.
        let surplus = self.service.challenges.len().saturating_sub(16);
        self.service.challenges.drain(..surplus);
        keep_newest(&mut self.pushes);
        keep_newest(&mut self.requests);
        keep_newest(&mut self.responses);
    }

    /// One byte of it is another, or it ends early.
    fn altered(&mut self, bytes: &[u8]) -> String {
        let mut bytes = bytes.to_vec();
        if bytes.is_empty() {
            return String::new();
        }
        let place = self.dice.below(bytes.len());
        if self.dice.chance(10) {
            bytes.truncate(place);
        } else {
            let letters = b"ABCXYZabcxyz0189-_.{}\"";
            bytes[place] = *self.dice.one(letters).unwrap();
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }
}

fn keep_newest<T>(seen: &mut Vec<T>) {
    seen.drain(..seen.len().saturating_sub(32));
}

/// The challenge's identifier, as anybody can read it.
fn jti(push: &str) -> String {
    let payload = BASE64URL_NOPAD.decode(push.split('.').nth(1).unwrap().as_bytes()).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
    claims["jti"].as_str().unwrap().to_owned()
}

/// The same message with the other signature that its signature makes.
fn with_the_other_s(message: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(message.to_vec()).unwrap();
    let Some((input, signature)) = text.rsplit_once('.') else { return message.to_vec() };
    let Ok(mut signature) = BASE64URL_NOPAD.decode(signature.as_bytes()) else {
        return message.to_vec();
    };
    let order = data_encoding::HEXLOWER
        .decode(b"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551")
        .unwrap();
    let mut borrow = 0;
    for place in (0..32).rev() {
        let digit = i16::from(order[place]) - i16::from(signature[32 + place]) - borrow;
        borrow = i16::from(digit < 0);
        signature[32 + place] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    format!("{input}.{}", BASE64URL_NOPAD.encode(&signature)).into_bytes()
}

#[test]
fn whatever_a_relay_does_only_what_a_person_approved_is_approved_and_once() {
    let schedules: u64 = match std::env::var("AUTHENTICATOR_CORE_LONG") {
        Ok(_) => 12_000,
        Err(_) => 300,
    };
    let mut approved = 0;
    for world in 0..schedules / IN_A_ROW {
        let mut world = World::new(world);
        for _ in 0..IN_A_ROW {
            world.schedule();
        }
        approved += world.redeemed.len();
    }
    // It was not the relay that was tested alone.
    assert!(approved as u64 > schedules / 4, "{approved} of {schedules}");
}

#[test]
fn a_locked_vault_tells_a_relay_nothing() {
    let mut world = World::new(0);
    world.schedule();
    let phone = &world.phones[0];
    phone.authenticator.lock();
    let push = world.pushes.first().unwrap();
    let taken = phone.authenticator.take_push(push, phone.moment());
    assert_eq!(taken, Err(ApprovalsError::Vault(VaultError::Locked)));
}
