//! What the service asks.

use serde_json::{Value, json};

use crate::{Service, State};
use approval_jose::{self as jose, digits, encode, hash, identifier, message_hash, random};

#[derive(Clone)]
pub struct Challenge {
    pub jti: String,
    pub txn: String,
    pub credential: String,
    pub kind: &'static str,
    pub message: String,
    pub hash: String,
    /// What the page shows.
    pub number: Option<String>,
    pub verifications: Vec<&'static str>,
    /// What the browser session holds.
    pub session: String,
    pub exp: u64,
    pub state: &'static str,
    pub is_redeemed: bool,
}

/// A question, before it is asked.
#[derive(Clone)]
pub struct Ask {
    pub kind: &'static str,
    pub matching: &'static str,
    pub verifications: Vec<&'static str>,
    pub lives: u64,
    pub context: Value,
}

impl Default for Ask {
    fn default() -> Self {
        Self {
            kind: "sign-in",
            matching: "enter2",
            verifications: vec!["presence"],
            lives: 60,
            context: json!({ "app": "Mail", "place": "Berlin", "device": "PC" }),
        }
    }
}

impl Ask {
    pub fn with_pin() -> Self {
        Self { verifications: vec!["pin"], ..Self::default() }
    }

    pub fn matched_by(matching: &'static str) -> Self {
        Self { matching, ..Self::default() }
    }
}

impl Service {
    /// Asks every active phone of an account, and gives each challenge as it is pushed.
    pub fn ask(&mut self, account: &str, ask: &Ask, now: u64) -> Vec<String> {
        let asked = self.credentials.iter().filter(|(_, known)| {
            known.account == account && [State::Active, State::Suspended].contains(&known.state)
        });
        let asked: Vec<_> = asked.map(|(id, _)| id.clone()).collect();
        let (txn, number) = (identifier(), number(ask.matching));
        let ask = |id: &String| self.ask_one(id, ask, (&txn, number.as_ref()), now);
        asked.iter().map(ask).collect()
    }

    pub(super) fn ask_one(
        &mut self,
        id: &str,
        ask: &Ask,
        (txn, number): (&str, Option<&String>),
        now: u64,
    ) -> String {
        let session = encode(&random::<16>());
        let jti = identifier();
        let mut context = ask.context.clone();
        context["account"] = self.credentials[id].account.clone().into();
        let claims = json!({
            "iss": self.origin,
            "aud": id,
            "jti": jti,
            "txn": txn,
            "iat": now,
            "exp": now + ask.lives,
            "kind": ask.kind,
            "ctx": context,
            "match": ask.matching,
            "uv": ask.verifications,
            "sess": hash(session.as_bytes()),
        });
        let message = self.sign("approval-challenge+jwt", &claims);
        let challenge = Challenge {
            jti,
            txn: txn.to_owned(),
            credential: id.to_owned(),
            kind: ask.kind,
            hash: message_hash(&message),
            message,
            number: number.cloned(),
            verifications: ask.verifications.clone(),
            session,
            exp: now + ask.lives,
            state: "open",
            is_redeemed: false,
        };
        let pushed = self.pushed(&challenge);
        self.challenges.push(challenge);
        pushed
    }

    /// The test that ends an enrolment.
    pub(super) fn ask_test(&mut self, id: &str, now: u64) {
        let with_pin = self.credentials[id].pin.is_some();
        let ask = Ask {
            kind: "test",
            verifications: if with_pin { vec!["pin"] } else { vec!["presence"] },
            context: json!({ "app": "Example" }),
            ..Ask::default()
        };
        let _ = self.ask_one(id, &ask, (&identifier(), number("enter2").as_ref()), now);
    }

    pub(super) fn pushed(&self, challenge: &Challenge) -> String {
        let to = &self.credentials[&challenge.credential].envelope;
        let message = &challenge.message;
        if self.policy.encrypted { jose::seal(to, message).unwrap() } else { message.clone() }
    }

    /// Ends what is over by the clock.
    pub(super) fn expire(&mut self, now: u64) {
        for challenge in &mut self.challenges {
            if challenge.state == "open" && challenge.exp <= now {
                challenge.state = "expired";
            }
        }
    }

    /// Ends one challenge, and with it those that the same sign-in sent to other phones.
    pub(super) fn end(&mut self, jti: &str, state: &'static str, siblings: &'static str) {
        let place = self.challenges.iter().position(|known| known.jti == jti).unwrap();
        self.challenges[place].state = state;
        let txn = self.challenges[place].txn.clone();
        for other in &mut self.challenges {
            if other.txn == txn && other.state == "open" {
                other.state = siblings;
            }
        }
    }

    fn newest_of(&self, account: &str) -> Option<&Challenge> {
        self.challenges.iter().rev().find(|known| {
            let credential = self.credentials.get(&known.credential);
            credential.is_some_and(|credential| credential.account == account)
        })
    }

    /// The newest challenge of an account.
    pub fn newest(&self, account: &str) -> &Challenge {
        self.newest_of(account).unwrap()
    }

    /// The number that the page shows, if it shows one.
    pub fn newest_number(&self, account: &str) -> Option<String> {
        self.newest_of(account)?.number.clone()
    }

    /// What the page shows as a QR code.
    pub fn newest_match_link(&self, account: &str) -> String {
        let newest = self.newest(account);
        format!("approval://match?v=1&jti={}&m={}", newest.jti, newest.number.as_ref().unwrap())
    }

    /// A browser session comes for the result: once, and only the one that asked.
    pub fn redeem(&mut self, jti: &str, session: &str) -> bool {
        let found = self.challenges.iter_mut().find(|known| known.jti == jti);
        let Some(challenge) = found else { return false };
        let fits = challenge.session == session
            && challenge.state == "approved"
            && ["sign-in", "transaction"].contains(&challenge.kind)
            && !challenge.is_redeemed;
        challenge.is_redeemed |= fits;
        fits
    }
}

fn number(matching: &str) -> Option<String> {
    match matching {
        "enter2" => Some(digits(2)),
        "enter6" => Some(digits(6)),
        "scan" => Some(encode(&random::<16>())),
        _ => None,
    }
}
