//! What the phone sends, and what it was sent for.

use std::fmt;

use serde::Serialize;

use super::claims::Identifier;
use super::configuration::Configuration;
use super::credential::{CallKind, Credential};
use super::enrolment::well_known;
use super::error::ApprovalError;
use super::http::{HttpRequest, dpop};
use super::jose::to_json;
use super::judged::Judged;
use super::keys::DeviceKeys;
use super::pending::{Pending, PendingState};
use super::request::{CredentialId, RequestId};
use crate::Moment;

/// A request for the app to send, and to give back together with what came of it. It may be
/// dropped: what has to be sent is made again.
#[derive(Clone)]
pub struct Exchange {
    pub(crate) request: HttpRequest,
    pub(crate) credential: CredentialId,
    pub(crate) what: What,
    pub(crate) made: Moment,
    /// Whether the service has already asked for another nonce.
    pub(crate) is_repeated: bool,
}

/// What an exchange is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum What {
    FirstConfiguration,
    NextConfiguration,
    Enrolment,
    Reveal,
    Answer(RequestId),
    Call(Identifier),
    Poll(Identifier),
    Devices(Identifier),
}

/// What waits together. A new configuration may be what all else waits for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub(crate) enum Queue {
    Request(RequestId),
    Configuration(CredentialId),
    Credential(CredentialId),
}

impl Exchange {
    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The credential, or the enrolment, that it is for.
    pub fn credential(&self) -> CredentialId {
        self.credential
    }

    pub(crate) fn new(
        credential: CredentialId,
        what: What,
        request: HttpRequest,
        made: Moment,
    ) -> Self {
        Self { request, credential, what, made, is_repeated: false }
    }

    /// What waits after a failure.
    pub(crate) fn queue(&self) -> Queue {
        match self.what {
            What::Answer(id) => Queue::Request(id),
            What::NextConfiguration => Queue::Configuration(self.credential),
            _ => Queue::Credential(self.credential),
        }
    }

    /// Whether the device key has to prove who asks.
    pub(crate) fn needs_proof(&self) -> bool {
        matches!(self.what, What::Call(_) | What::Poll(_) | What::Devices(_))
    }

    /// Adds a proof by the device key, in the place of one that is there.
    pub(crate) fn prove(
        &mut self,
        credential: &Credential,
        store: &dyn DeviceKeys,
        nonce: Option<&str>,
        now: Judged,
    ) -> Result<(), ApprovalError> {
        self.request.headers.retain(|(name, _)| *name != "DPoP");
        let key = &credential.keys.device;
        let proof = key.sign(store, dpop(&self.request, key.public, nonce, now)?)?;
        self.request.headers.push(("DPoP", proof));
        Ok(())
    }
}

impl fmt::Debug for Exchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("url", &self.request.url).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
struct Ask<'a> {
    nonce: &'a Identifier,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<u64>,
}

impl Credential {
    /// What has to be sent for the credential itself, without proofs.
    pub(crate) fn due(&self, fetch: bool) -> Result<Vec<(What, HttpRequest)>, ApprovalError> {
        let configuration = self.accepted_configuration()?;
        let to = &configuration.claims.endpoints;
        let mut due = Vec::new();
        if fetch {
            let version = configuration.version();
            let url = format!("{}?after={version}", well_known(&self.iss));
            due.push((What::NextConfiguration, HttpRequest::get(url)));
        }
        if let Some(reveal) = self.pairing.as_ref().and_then(|pairing| pairing.reveal.as_ref()) {
            due.push((What::Reveal, HttpRequest::post_message(&to.reveal, reveal)));
        }
        for call in &self.calls {
            let endpoint = match call.kind {
                CallKind::PinChange => &to.pin,
                CallKind::Push => &to.push,
                CallKind::Removal | CallKind::OtherRemoval => &to.removal,
            };
            let kind = match call.kind {
                CallKind::PinChange => "application/jwt",
                _ => "application/json",
            };
            let request = HttpRequest::post(endpoint, kind, call.body.clone().into_bytes());
            due.push((What::Call(call.jti.clone()), request));
        }
        Ok(due)
    }

    /// The question what is new.
    pub(crate) fn poll(&self) -> Result<(What, HttpRequest), ApprovalError> {
        let configuration = self.accepted_configuration()?;
        let nonce = Identifier::make()?;
        let body = to_json(&Ask { nonce: &nonce, version: Some(configuration.version()) });
        let to = &configuration.claims.endpoints.poll;
        Ok((What::Poll(nonce), HttpRequest::post(to, "application/json", body)))
    }

    /// The question which devices there are.
    pub(crate) fn ask_devices(&self) -> Result<(What, HttpRequest), ApprovalError> {
        let configuration = self.accepted_configuration()?;
        let nonce = Identifier::make()?;
        let body = to_json(&Ask { nonce: &nonce, version: None });
        let to = &configuration.claims.endpoints.devices;
        Ok((What::Devices(nonce), HttpRequest::post(to, "application/json", body)))
    }
}

impl Pending {
    /// The answer, if one has to be sent.
    pub(crate) fn due(&self, configuration: &Configuration) -> Option<HttpRequest> {
        let PendingState::Decided(decided) = &self.state else { return None };
        let to = &configuration.claims.endpoints.answer;
        decided.again.is_none().then(|| HttpRequest::post_message(to, &decided.message))
    }
}
