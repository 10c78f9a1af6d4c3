//! A service that asks for approvals, built from `docs/approval-protocol.md` alone and on
//! other cryptography than ours: small, strict, and in this process.
#![allow(missing_debug_implementations, missing_docs, unreachable_pub, reason = "for tests alone")]
#![allow(clippy::missing_errors_doc, clippy::missing_panics_doc, reason = "for tests alone")]

mod answers;
mod calls;
mod challenges;
mod enrolment;
mod page;
mod site;

use std::collections::{HashMap, HashSet};

use approval_jose::{self as jose, EncryptionKey, Jwk, SigningKey, hash, identifier};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

pub use challenges::{Ask, Challenge};
use enrolment::Enrolment;
pub use site::{Site, now};

pub const ORIGIN: &str = "https://sign-in.example.com";
/// For how long a nonce of the service is good, seconds.
const NONCE_LIVES: u64 = 300;

#[derive(Clone)]
pub struct Request {
    pub method: String,
    pub url: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

/// Why a message is answered with an HTTP status, and not with a receipt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Fault {
    Malformed,
    BadSignature,
    UnknownCredential,
    UseNonce,
    Void,
}

impl From<jose::Fault> for Fault {
    fn from(fault: jose::Fault) -> Self {
        match fault {
            jose::Fault::Malformed => Self::Malformed,
            jose::Fault::BadSignature => Self::BadSignature,
        }
    }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum State {
    Enrolling,
    Active,
    Suspended,
    Revoked,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Head {
    pub seq: u64,
    pub ahash: String,
}

#[derive(Clone)]
pub struct PinState {
    key: Jwk,
    generation: u64,
    in_a_row: u32,
    in_all: u32,
    not_before: u64,
    is_disabled: bool,
}

#[derive(Clone)]
pub struct Credential {
    pub account: String,
    pub state: State,
    pub key: Jwk,
    /// Those that a rotation replaced.
    old_keys: Vec<Jwk>,
    envelope: Jwk,
    verification: Option<Jwk>,
    name: String,
    platform: String,
    pub push: Option<Value>,
    added: u64,
    pub head: Head,
    before: Option<String>,
    pub pin: Option<PinState>,
    revocation: Option<String>,
}

/// What the service asks for.
#[derive(Clone)]
pub struct Policy {
    pub pin: &'static str,
    pub matching: Vec<&'static str>,
    pub verifications: Vec<&'static str>,
    pub hardware: bool,
    pub encrypted: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            pin: "optional",
            matching: vec!["enter2", "enter6", "scan", "none"],
            verifications: vec!["presence", "pin", "biometric"],
            hardware: false,
            encrypted: false,
        }
    }
}

/// The service, with everything that it keeps: a copy is a backup.
#[derive(Clone)]
pub struct Service {
    pub origin: String,
    pub policy: Policy,
    signing: Vec<SigningKey>,
    pub encryption: EncryptionKey,
    published: Vec<String>,
    pub enrolments: Vec<Enrolment>,
    pub credentials: HashMap<String, Credential>,
    pub challenges: Vec<Challenge>,
    receipts: HashMap<String, String>,
    nonces: Vec<(String, u64)>,
    proofs: HashSet<String>,
    /// The PIN's proofs, as they are inside of their envelopes.
    pub opened: Vec<String>,
    /// Every request, if somebody wants them.
    pub log: Option<Vec<Request>>,
}

impl Service {
    pub fn new(policy: Policy, now: u64) -> Self {
        Self::at(ORIGIN, policy, now)
    }

    pub fn at(origin: &str, policy: Policy, now: u64) -> Self {
        let mut service = Self {
            origin: origin.to_owned(),
            policy,
            signing: vec![SigningKey::make().0],
            encryption: EncryptionKey::make(),
            published: Vec::new(),
            enrolments: Vec::new(),
            credentials: HashMap::new(),
            challenges: Vec::new(),
            receipts: HashMap::new(),
            nonces: Vec::new(),
            proofs: HashSet::new(),
            opened: Vec::new(),
            log: None,
        };
        service.publish(now);
        service
    }

    /// Publishes a configuration with the keys that there are, signed by the oldest.
    pub fn publish(&mut self, now: u64) {
        let endpoint = |name: &str| format!("{}/approval/{name}", self.origin);
        let names = ["enrolment", "reveal", "poll", "answer", "pin", "devices", "push", "removal"];
        let endpoints: HashMap<_, _> = names.map(|name| (name, endpoint(name))).into();
        let keys: Vec<_> = self.signing.iter().map(|key| &key.public).collect();
        let claims = json!({
            "iss": self.origin,
            "iat": now,
            "exp": now + 30 * 24 * 60 * 60,
            "version": self.published.len() + 1,
            "protocol": [1],
            "name": "Example",
            "keys": keys,
            "encryption_key": self.encryption.public,
            "endpoints": endpoints,
            "policy": {
                "pin": self.policy.pin,
                "match": self.policy.matching,
                "uv": self.policy.verifications,
                "hardware": self.policy.hardware,
                "encrypted": self.policy.encrypted,
            },
        });
        self.published.push(self.signing[0].sign("approval-configuration+jwt", &claims));
    }

    /// Introduces a signing key, which the old one vouches for; the old one goes with the
    /// next configuration.
    pub fn replace_signing_key(&mut self, now: u64) {
        self.signing.push(SigningKey::make().0);
        self.publish(now);
        let old = self.signing.remove(0);
        self.publish(now);
        drop(old);
    }

    pub fn replace_encryption_key(&mut self, now: u64) {
        self.encryption = EncryptionKey::make();
        self.publish(now);
    }

    fn sign(&self, typ: &str, claims: &impl Serialize) -> String {
        // The newest, which the newest configuration has.
        self.signing[self.signing.len() - 1].sign(typ, claims)
    }

    pub fn credential(&self, account: &str) -> (&String, &Credential) {
        let mut found = self
            .credentials
            .iter()
            .filter(|(_, known)| known.account == account && known.state != State::Revoked);
        let one = found.next().unwrap();
        assert!(found.next().is_none(), "{account} has several");
        one
    }

    /// What an administrator or the person does at the page.
    pub fn set_state(&mut self, account: &str, state: State) {
        let id = self.credential(account).0.clone();
        self.credentials.get_mut(&id).unwrap().state = state;
    }

    pub fn revoke(&mut self, id: &str, reason: &str, now: u64) {
        let claims = json!({
            "iss": self.origin, "aud": id, "jti": identifier(), "iat": now, "reason": reason,
        });
        let revocation = self.sign("approval-revocation+jwt", &claims);
        let credential = self.credentials.get_mut(id).unwrap();
        credential.state = State::Revoked;
        credential.revocation = Some(revocation);
        // Nothing of it is left to count.
        credential.pin = None;
    }

    /// Answers a request as a server does.
    pub fn handle(&mut self, request: &Request, now: u64) -> Response {
        self.log.iter_mut().for_each(|log| log.push(request.clone()));
        let well_known = format!("{}/.well-known/approval-configuration", self.origin);
        if let (Some(query), "GET") = (request.url.strip_prefix(&well_known), &*request.method) {
            return self.configuration(query);
        }
        let endpoint = request.url.strip_prefix(&format!("{}/approval/", self.origin));
        let (Some(endpoint), "POST") = (endpoint, &*request.method) else {
            return response(404, "not-found");
        };
        if request.body.len() > 16_384 {
            return response(400, "malformed");
        }
        let Ok(body) = std::str::from_utf8(&request.body) else {
            return response(400, "malformed");
        };
        let answered = match endpoint {
            "enrolment" => self.take_enrolment(body, now),
            "reveal" => self.take_reveal(body, now),
            "answer" => self.take_answer(body, now),
            _ => self.proven(request, now).and_then(|id| match endpoint {
                "poll" => self.poll(&id, body, now),
                "devices" => self.devices(&id, body, now),
                "pin" => self.change_pin(&id, body, now),
                "push" => self.change_push(&id, body, now),
                "removal" => self.remove(&id, body, now),
                _ => Err(Fault::Malformed),
            }),
        };
        let mut response = match answered {
            Ok(message) => Response { status: 200, headers: Vec::new(), body: message.into() },
            Err(Fault::Malformed) => response(400, "malformed"),
            Err(Fault::BadSignature) => response(400, "bad-signature"),
            Err(Fault::UnknownCredential) => response(404, "unknown-credential"),
            Err(Fault::Void) => response(409, "void"),
            Err(Fault::UseNonce) => response(401, "use_dpop_nonce"),
        };
        if response.status == 401 {
            let nonce = identifier();
            self.nonces.push((nonce.clone(), now + NONCE_LIVES));
            response.headers.push(("DPoP-Nonce".to_owned(), nonce));
        }
        response
    }

    fn configuration(&self, query: &str) -> Response {
        let found = match query.strip_prefix("?after=") {
            Some(version) => version.parse().ok().and_then(|version: usize| {
                self.published.get(version.min(self.published.len() - 1))
            }),
            None => self.published.last().filter(|_| query.is_empty()),
        };
        let Some(message) = found else { return response(404, "not-found") };
        Response { status: 200, headers: Vec::new(), body: message.clone().into() }
    }

    /// The credential whose device key proved that it sent `request`, by DPoP.
    fn proven(&mut self, request: &Request, now: u64) -> Result<String, Fault> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct ProofHead {
            typ: String,
            alg: String,
            jwk: Jwk,
        }
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Proof {
            htm: String,
            htu: String,
            iat: u64,
            jti: String,
            nonce: Option<String>,
            bh: String,
        }
        let mut proofs = request.headers.iter().filter(|(name, _)| name == "DPoP");
        let (Some((_, text)), None) = (proofs.next(), proofs.next()) else {
            return Err(Fault::Malformed);
        };
        let header = text.split('.').next().unwrap();
        let head: ProofHead = jose::json(&jose::decode(header)?)?;
        if (&*head.typ, &*head.alg) != ("dpop+jwt", "ES256") {
            return Err(Fault::Malformed);
        }
        let proof: Proof = jose::verified(text, &head.jwk)?;
        let fits = proof.htm == request.method
            && proof.htu == request.url
            && proof.bh == hash(&request.body)
            && proof.iat.abs_diff(now) <= 600;
        if !fits {
            return Err(Fault::Malformed);
        }
        self.nonces.retain(|(_, until)| *until > now);
        let nonce = proof.nonce.as_ref();
        let is_known = nonce.is_some_and(|one| self.nonces.iter().any(|(known, _)| known == one));
        // A proof that comes twice is asked for anew, too: a retry of the network's own.
        if !is_known || !self.proofs.insert(proof.jti) {
            return Err(Fault::UseNonce);
        }
        let mut found = self.credentials.iter().filter(|(_, known)| known.key == head.jwk);
        found.next().map(|(id, _)| id.clone()).ok_or(Fault::UnknownCredential)
    }

    fn receipt(&self, id: &str, about: &Receipt<'_>, now: u64) -> String {
        let credential = &self.credentials[id];
        let mut claims = json!({
            "iss": self.origin,
            "aud": id,
            "iat": now,
            "jti": about.jti,
            "ahash": about.ahash,
            "result": about.result,
            "head": { "seq": credential.head.seq, "ahash": credential.head.ahash },
        });
        if let Some(pin) = &credential.pin {
            let left = if pin.is_disabled { 0 } else { 10 - pin.in_a_row };
            claims["tries_left"] = left.into();
            claims["pin_generation"] = pin.generation.into();
            if about.result == "pin-delayed" {
                claims["retry_at"] = pin.not_before.into();
            }
        }
        if let Some(keys) = &about.keys {
            claims["keys"] = keys.clone();
        }
        self.sign("approval-receipt+jwt", &claims)
    }
}

/// What a receipt says.
struct Receipt<'a> {
    jti: &'a str,
    ahash: &'a str,
    result: &'a str,
    keys: Option<Value>,
}

fn response(status: u16, error: &str) -> Response {
    let body = json!({ "error": error }).to_string().into_bytes();
    Response { status, headers: Vec::new(), body }
}
