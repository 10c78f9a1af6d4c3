//! A phone's DPoP proofs (RFC 9449) are taken by `oidc-provider`, at its token endpoint.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::time::SystemTime;

use authenticator_core::approval::{CredentialId, Exchange, HttpResponse};
use serde_json::{Value, json};

use crate::node::node;
use crate::phone::{ACCOUNT, Phone};
use approval_service::{Policy, Service};

/// A provider of tokens, at an address of its own.
struct Provider {
    program: Child,
    asked: ChildStdin,
    said: BufReader<ChildStdout>,
    origin: String,
}

impl Provider {
    /// `None`, and a word about it, where there is none.
    fn start() -> Option<Self> {
        let mut node = node("approval_dpop.mjs")?;
        // It says that its keys and its memory are those of development.
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut program = node.spawn().expect("Node starts");
        let asked = program.stdin.take().unwrap();
        let said = BufReader::new(program.stdout.take().unwrap());
        let mut provider = Self { program, asked, said, origin: String::new() };
        provider.origin = provider.line()["origin"].as_str().unwrap().to_owned();
        Some(provider)
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// What it says to a request for a token with this proof.
    fn ask(&mut self, proof: &str) -> Value {
        writeln!(self.asked, "{proof}").unwrap();
        self.line()
    }

    /// That it refuses this proof, and why.
    fn refuses(&mut self, proof: &str, error: &str, why: &str) {
        let said = self.ask(proof);
        assert_eq!((&said["error"], &said["why"]), (&error.into(), &why.into()));
    }

    fn stop(self) {
        let Self { mut program, asked, .. } = self;
        drop(asked);
        assert!(program.wait().unwrap().success());
    }
}

fn proof(exchange: &Exchange) -> String {
    let headers = &exchange.request().headers;
    headers.iter().find(|(name, _)| *name == "DPoP").unwrap().1.clone()
}

/// The same with a bit of one part changed.
fn damaged(proof: &str, part: usize) -> String {
    let mut parts: Vec<String> = proof.split('.').map(str::to_owned).collect();
    let middle = parts[part].len() / 2;
    let other = if parts[part].as_bytes()[middle] == b'A' { "B" } else { "A" };
    parts[part].replace_range(middle..=middle, other);
    parts.join(".")
}

/// A phone whose clock shows the present less `late` seconds, since the provider has no other
/// clock, and which has been enrolled at the provider's address.
fn phone(provider: &Provider, late: u64) -> (Phone, Service, CredentialId) {
    let mut phone = Phone::new();
    let present = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    phone.wait(present - late - phone.time());
    let mut service = Service::at(&provider.origin, Policy::default(), phone.time());
    let id = phone.enrol(&mut service, ACCOUNT, None);
    // The service's nonces are forgotten.
    (phone.restart(), service, id)
}

#[test]
fn oidc_provider_takes_the_dpop_proofs_of_a_phone() {
    let Some(mut provider) = Provider::start() else { return };
    let (phone, service, id) = phone(&provider, 0);
    let poll = || phone.authenticator.poll(id, phone.moment()).unwrap();

    // All but the nonce is right.
    let first = poll();
    let said = provider.ask(&proof(&first));
    assert_eq!(said["error"], "use_dpop_nonce");
    assert_eq!(said["why"], "nonce is required in the DPoP proof");

    // A token endpoint says so with 400, and what is no authorization server with 401.
    let nonce = said["nonce"].as_str().unwrap().to_owned();
    let response = HttpResponse {
        status: 401,
        headers: vec![("DPoP-Nonce".to_owned(), nonce)],
        body: json!({ "error": "use_dpop_nonce" }).to_string().into_bytes(),
    };
    let received = phone.authenticator.receive(&first, &response, phone.moment()).unwrap();
    let right = proof(&received.again.unwrap());
    let said = provider.ask(&right);
    assert_eq!(said["status"], 200, "{said}");
    assert_eq!(said["jkt"], service.credential(ACCOUNT).1.key.thumbprint());

    provider.refuses(&right, "invalid_grant", "DPoP proof JWT Replay detected");
    let another = proof(&poll());
    for part in 0..3 {
        let damaged = damaged(&another, part);
        provider.refuses(&damaged, "invalid_dpop_proof", "invalid DPoP key binding");
    }
    let elsewhere = phone.authenticator.ask_devices(id, phone.moment()).unwrap();
    provider.refuses(&proof(&elsewhere), "invalid_dpop_proof", "DPoP proof htu mismatch");
    assert_eq!(provider.ask(&another)["status"], 200);
    provider.stop();
}

#[test]
fn oidc_provider_refuses_the_dpop_proofs_of_a_clock_that_is_late() {
    let Some(mut provider) = Provider::start() else { return };
    let (phone, _, id) = phone(&provider, 600);
    let late = proof(&phone.authenticator.poll(id, phone.moment()).unwrap());
    let why = "DPoP proof iat is not recent enough, use a DPoP nonce instead";
    provider.refuses(&late, "use_dpop_nonce", why);
    provider.stop();
}
