//! "HTTP": what phones send, and who proves by DPoP (RFC 9449) to have sent it.

use approval_jose::{self as jose, Jwk, MAX_BODY, hash};
use serde::Deserialize;

use super::credential::Credential;
use super::members::is_identifier;
use super::{Approvals, Fault};
use crate::store::{Store, StoreError, Tx};

/// For how long a nonce of ours is good, seconds.
const NONCE_LIVES: u64 = 300;

/// A request of a phone.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Behind the origin, with its query.
    pub path: &'a str,
    /// Every `DPoP` header.
    pub proofs: Vec<&'a str>,
    /// The body.
    pub body: &'a [u8],
}

/// What a phone is answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// Of the body.
    pub content_type: &'static str,
    /// For the phone's next DPoP proof.
    pub nonce: Option<String>,
    /// When it may ask again, seconds.
    pub retry_after: Option<u64>,
    /// The body.
    pub body: String,
}

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
    // A nonce of ours says when it was made.
    #[serde(rename = "iat")]
    _iat: u64,
    jti: String,
    #[serde(default, deserialize_with = "jose::there")]
    nonce: Option<String>,
    bh: String,
}

impl Approvals {
    /// Whether a path is one of this protocol's.
    pub fn is_asked(path: &str) -> bool {
        path.starts_with("/.well-known/approval-configuration") || path.starts_with("/approval/")
    }

    /// Answers a phone. What it brings about is durable before it is told.
    ///
    /// # Errors
    ///
    /// [`StoreError`]: nothing was done.
    pub fn handle(
        &self,
        store: &Store,
        request: &Request<'_>,
        now: u64,
    ) -> Result<Response, StoreError> {
        let answered = store.transact(|tx| match self.answer(tx, request, now) {
            Err(Fault::Store(error)) => Err(error),
            answered => Ok(answered),
        })?;
        Ok(match answered {
            Ok(message) => Response { content_type: "application/jwt", ..response(200, message) },
            // Of the last, no phone hears.
            Err(Fault::Malformed | Fault::Reported) => error(400, "malformed"),
            Err(Fault::BadSignature) => error(400, "bad-signature"),
            Err(Fault::UnknownCredential) => error(404, "unknown-credential"),
            Err(Fault::Void) => error(409, "void"),
            Err(Fault::UseNonce) => {
                let nonce = jose::encode(&self.sealer.seal("nonce", &now.to_be_bytes()));
                Response { nonce: Some(nonce), ..error(401, "use_dpop_nonce") }
            }
            Err(Fault::SlowDown(wait)) => {
                Response { retry_after: Some(wait), ..error(429, "slow-down") }
            }
            Err(Fault::Store(error)) => return Err(error),
        })
    }

    fn answer(&self, tx: &mut dyn Tx, request: &Request<'_>, now: u64) -> Result<String, Fault> {
        if let Some(query) = request.path.strip_prefix("/.well-known/approval-configuration") {
            let after = match query.strip_prefix("?after=") {
                Some(version) => Some(version.parse().map_err(|_| Fault::Malformed)?),
                None if query.is_empty() => None,
                None => return Err(Fault::Malformed),
            };
            return self.configuration(tx, after);
        }
        let endpoint = request.path.strip_prefix("/approval/").ok_or(Fault::Malformed)?;
        let body = Some(request.body).filter(|body| body.len() <= MAX_BODY);
        let body = body.and_then(|body| std::str::from_utf8(body).ok()).ok_or(Fault::Malformed)?;
        match endpoint {
            "enrolment" => self.take_enrolment(tx, body, now),
            "reveal" => self.take_reveal(tx, body, now),
            "answer" => self.take_answer(tx, body, now),
            "poll" | "devices" | "pin" | "push" | "removal" => {
                let mut by = self.proven(tx, request, now)?;
                match endpoint {
                    "poll" => self.poll(tx, &by, body, now),
                    "devices" => self.devices(tx, &by, body, now),
                    "pin" => self.change_pin(tx, &mut by, body, now),
                    "push" => self.change_push(tx, &mut by, body, now),
                    _ => self.remove(tx, &mut by, body, now),
                }
            }
            _ => Err(Fault::Malformed),
        }
    }

    /// The credential whose device key proves that it sent the request.
    fn proven(
        &self,
        tx: &mut dyn Tx,
        request: &Request<'_>,
        now: u64,
    ) -> Result<Credential, Fault> {
        let [text] = request.proofs[..] else { return Err(Fault::Malformed) };
        if text.len() > MAX_BODY {
            return Err(Fault::Malformed);
        }
        let header = text.split('.').next().unwrap_or_default();
        let head: ProofHead = jose::json(&jose::decode(header)?)?;
        if (&*head.typ, &*head.alg) != ("dpop+jwt", "ES256") {
            return Err(Fault::Malformed);
        }
        let proof: Proof = jose::verified(text, &head.jwk)?;
        let fits = proof.htm == request.method
            && proof.htu.strip_prefix(&self.origin) == Some(request.path)
            && proof.bh == hash(request.body)
            && is_identifier(&proof.jti);
        if !fits {
            return Err(Fault::Malformed);
        }
        let is_fresh = proof.nonce.as_ref().is_some_and(|nonce| self.is_fresh(nonce, now));
        if !is_fresh {
            return Err(Fault::UseNonce);
        }
        let credential = self.credential_of_key(tx, &head.jwk)?.ok_or(Fault::UnknownCredential)?;
        // Only then, so that strangers fill no table. One that comes twice is asked for anew, too: a
        // retry of the network's own.
        let is_first = tx.execute(
            "INSERT INTO proofs (jti, until) VALUES ($1, $2) ON CONFLICT (jti) DO NOTHING",
            &[
                hash(format!("{} {}", credential.id, proof.jti).as_bytes()).into(),
                (now + NONCE_LIVES).into(),
            ],
        )?;
        if is_first == 1 { Ok(credential) } else { Err(Fault::UseNonce) }
    }

    /// Any instance knows the nonces of all: they say when they were made.
    fn is_fresh(&self, nonce: &str, now: u64) -> bool {
        let opened = jose::decode(nonce).ok().and_then(|sealed| {
            self.sealer.open("nonce", &sealed).ok()?.try_into().ok().map(u64::from_be_bytes)
        });
        opened.is_some_and(|made| made <= now + 10 && now < made + NONCE_LIVES)
    }
}

fn response(status: u16, body: String) -> Response {
    Response { status, content_type: "application/json", nonce: None, retry_after: None, body }
}

fn error(status: u16, code: &str) -> Response {
    response(status, serde_json::json!({ "error": code }).to_string())
}
