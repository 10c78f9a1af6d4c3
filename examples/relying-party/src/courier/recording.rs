//! A transport that keeps what it is given, and keys and targets to give it, for tests.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;

use super::http::{HttpRequest, HttpResponse, Transport, Unreached};
use super::{Delivery, Push, PushKind, PushTarget};

/// The moment that these tests are at.
pub(crate) const NOW: u64 = 1_453_480_568;

/// Keeps requests, and answers them in turn; when it has no answer left, it is not reached.
#[derive(Default)]
pub(crate) struct Recording {
    sent: Mutex<Vec<HttpRequest>>,
    answers: Mutex<VecDeque<HttpResponse>>,
}

impl Recording {
    pub(crate) fn answering(answers: impl IntoIterator<Item = HttpResponse>) -> Arc<Self> {
        let answers = Mutex::new(answers.into_iter().collect());
        Arc::new(Self { sent: Mutex::default(), answers })
    }

    /// What was sent since it was last asked.
    pub(crate) fn sent(&self) -> Vec<HttpRequest> {
        std::mem::take(&mut self.sent.lock().unwrap())
    }
}

impl Transport for Recording {
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unreached> {
        self.sent.lock().unwrap().push(request.clone());
        self.answers.lock().unwrap().pop_front().ok_or(Unreached::Silent)
    }
}

pub(crate) fn status(status: u16) -> HttpResponse {
    HttpResponse { status, retry_after: None, body: Vec::new() }
}

pub(crate) fn later(status: u16, retry_after: &str) -> HttpResponse {
    HttpResponse { status, retry_after: Some(retry_after.to_owned()), body: Vec::new() }
}

pub(crate) fn saying(status: u16, body: &str) -> HttpResponse {
    HttpResponse { status, retry_after: None, body: body.as_bytes().to_vec() }
}

pub(crate) fn target(kind: PushKind, target: &str) -> PushTarget {
    PushTarget { kind, target: target.to_owned() }
}

/// A push of `p` that is over 60 s from [`NOW`].
pub(crate) fn push<'a>(target: &'a PushTarget, p: &'a str) -> Delivery<'a> {
    Delivery::Push(Push { target, p, exp: NOW + 60 })
}

/// A key for ECDSA on P-256, as PKCS#8.
pub(crate) fn ecdsa_key() -> Vec<u8> {
    let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
    made.unwrap().as_ref().to_vec()
}

/// A key for RSA, as PKCS#8 in PEM, and the public one.
pub(crate) fn rsa_key() -> (String, Vec<u8>) {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let public = aws_lc_rs::signature::KeyPair::public_key(&pair).as_ref().to_vec();
    (pem(pair.as_der().unwrap().as_ref()), public)
}

pub(crate) fn pem(der: &[u8]) -> String {
    let text = BASE64.encode(der);
    let lines: Vec<&str> =
        text.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap()).collect();
    format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", lines.join("\n"))
}

/// Header and claims of a token that ECDSA on P-256 signed with the key of this point, by the
/// judgement of another implementation than the one that signed it.
pub(crate) fn verified(token: &str, point: &str) -> (Value, Value) {
    let decode = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).unwrap();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let key = VerifyingKey::from_sec1_bytes(&decode(point)).unwrap();
    key.verify(input.as_bytes(), &Signature::from_slice(&decode(signature)).unwrap()).unwrap();
    let (header, claims) = input.split_once('.').unwrap();
    let json = |text| serde_json::from_slice(&decode(text)).unwrap();
    (json(header), json(claims))
}
