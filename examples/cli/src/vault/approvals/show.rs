//! Requests, credentials and what became of them, as they are shown.

use std::fmt;

use authenticator_core::UnixTime;
use authenticator_core::approval::{
    ApprovalRequest, CredentialItem, CredentialState, Decision, Details, HistoryItem, Matching,
    Outcome, RequestKind, RequestState, RevocationReason, Verification,
};
use serde::Serialize;

/// What was signed for the person, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Shown<'a> {
    app: &'a str,
    account: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ip: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    place: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    browser: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payee: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purpose: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<&'a str>,
}

impl<'a> From<&'a Details> for Shown<'a> {
    fn from(details: &'a Details) -> Self {
        Self {
            app: &details.app,
            account: &details.account,
            ip: details.ip.as_deref(),
            place: details.place.as_deref(),
            device: details.device.as_deref(),
            browser: details.browser.as_deref(),
            payee: details.payee.as_deref(),
            amount: details.amount.as_deref(),
            purpose: details.purpose.as_deref(),
            name: details.name.as_deref(),
        }
    }
}

/// `Mail as ann`, and where that comes from.
struct Line<'a>(RequestKind, &'a Details);

impl fmt::Display for Line<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(kind, details) = self;
        let Details { app, account, .. } = details;
        let text = |part: &Option<String>| part.clone().unwrap_or_default();
        match kind {
            RequestKind::SignIn => write!(f, "sign-in to {app} as {account}")?,
            RequestKind::Transaction => {
                let (amount, payee) = (text(&details.amount), text(&details.payee));
                write!(f, "{app}, {account}: pay {amount} to {payee}")?;
            }
            RequestKind::AddDevice => {
                write!(f, "add the device {} to {app}, {account}", text(&details.name))?;
            }
            RequestKind::Rotate => write!(f, "replace this machine's keys for {app}, {account}")?,
            RequestKind::Test => write!(f, "test of {app}, {account}")?,
            _ => write!(f, "{app}, {account}")?,
        }
        let from =
            [&details.purpose, &details.place, &details.device, &details.browser, &details.ip];
        from.into_iter().flatten().try_for_each(|part| write!(f, " · {part}"))
    }
}

/// The digits of an id that tell it from others.
pub(super) fn short(id: impl fmt::Display) -> String {
    format!("{:.8}", id)
}

/// A request, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct RequestFacts<'a> {
    id: String,
    credential: String,
    service: &'a str,
    origin: &'a str,
    kind: RequestKind,
    shows: Shown<'a>,
    #[serde(rename = "match")]
    matching: Matching,
    verifications: &'a [Verification],
    received: u64,
    expires: u64,
    state: &'static str,
    outcome: Option<Outcome>,
    tries_left: Option<u64>,
    retry_at: Option<u64>,
    last_approved: Option<u64>,
    is_new_app: bool,
    is_new_place: bool,
}

impl<'a> From<&'a ApprovalRequest> for RequestFacts<'a> {
    fn from(request: &'a ApprovalRequest) -> Self {
        let (state, outcome) = match request.state {
            RequestState::Open => ("open", None),
            RequestState::Sent(_) => ("sent", None),
            RequestState::ProveAgain(outcome) => ("prove-again", Some(outcome)),
            RequestState::Over { outcome, .. } => ("over", Some(outcome)),
            _ => (crate::names::UNKNOWN, None),
        };
        Self {
            id: request.id.to_string(),
            credential: request.credential.to_string(),
            service: &request.service,
            origin: &request.origin,
            kind: request.kind,
            shows: (&request.details).into(),
            matching: request.matching,
            verifications: &request.verifications,
            received: request.received.as_secs(),
            expires: request.expires.as_secs(),
            state,
            outcome,
            tries_left: request.tries_left,
            retry_at: request.retry_at.map(UnixTime::as_secs),
            last_approved: request.last_approved.map(UnixTime::as_secs),
            is_new_app: request.is_new_app,
            is_new_place: request.is_new_place,
        }
    }
}

/// A request for a person, on three lines.
pub(super) fn request(request: &ApprovalRequest, now: UnixTime) -> String {
    let id = short(request.id);
    let what = Line(request.kind, &request.details);
    let age = now.as_secs().saturating_sub(request.received.as_secs());
    let left = request.expires.as_secs().saturating_sub(now.as_secs());
    let wanted = match request.matching {
        Matching::TwoDigits => "the two digits on the page",
        Matching::SixDigits => "the six digits on the page",
        Matching::Scan => "what the page's QR code says",
        _ => "no number",
    };
    let by_pin = !request.verifications.contains(&Verification::Presence);
    let mut more = String::new();
    for (is_so, text) in [
        (by_pin, ", and the approval PIN"),
        (request.is_new_app, " · an app that is new here"),
        (request.is_new_place, " · a place that is new here"),
    ] {
        more.push_str(if is_so { text } else { "" });
    }
    if let RequestState::ProveAgain(outcome) = request.state {
        more.push_str(&format!(" · {}: prove it again", outcome_text(outcome)));
    }
    format!(
        "{id}  {what}\n          {} ({})\n          {age} s ago, {left} s left · needs {wanted}{more}",
        request.service, request.origin
    )
}

/// Something that is over, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct PastFacts<'a> {
    id: String,
    credential: String,
    service: &'a str,
    origin: &'a str,
    kind: RequestKind,
    shows: Shown<'a>,
    received: u64,
    decision: Option<Decision>,
    outcome: Option<Outcome>,
}

impl<'a> From<&'a HistoryItem> for PastFacts<'a> {
    fn from(item: &'a HistoryItem) -> Self {
        Self {
            id: item.id.to_string(),
            credential: item.credential.to_string(),
            service: &item.service,
            origin: &item.origin,
            kind: item.kind,
            shows: (&item.details).into(),
            received: item.received.as_secs(),
            decision: item.decision,
            outcome: item.outcome,
        }
    }
}

/// Something that is over, for a person.
pub(super) fn past(item: &HistoryItem, now: UnixTime) -> String {
    let id = short(item.id);
    let age = now.as_secs().saturating_sub(item.received.as_secs());
    let what = Line(item.kind, &item.details);
    let became = item.outcome.map_or("nobody knows what became of it", outcome_text);
    format!("{id}  {age:>8} s ago  {became}: {what} · {} ({})", item.service, item.origin)
}

/// A credential, as JSON.
#[derive(Debug, Serialize)]
pub(super) struct CredentialFacts<'a> {
    id: String,
    service: &'a str,
    origin: &'a str,
    account: &'a str,
    state: CredentialState,
    ended: Option<RevocationReason>,
    added: u64,
    is_in_hardware: bool,
    has_pin: bool,
    tries_left: Option<u64>,
    pairing_code: Option<&'a str>,
    pending_calls: usize,
}

impl<'a> From<&'a CredentialItem> for CredentialFacts<'a> {
    fn from(item: &'a CredentialItem) -> Self {
        Self {
            id: item.id.to_string(),
            service: &item.service,
            origin: &item.origin,
            account: &item.account,
            state: item.state,
            ended: item.ended,
            added: item.added.as_secs(),
            is_in_hardware: item.is_in_hardware,
            has_pin: item.has_pin,
            tries_left: item.tries_left,
            pairing_code: item.pairing_code.as_deref(),
            pending_calls: item.pending_calls,
        }
    }
}

/// A credential, for a person.
pub(super) fn credential(item: &CredentialItem) -> String {
    let id = short(item.id);
    let state = match item.state {
        CredentialState::Enrolling => "is being enrolled",
        CredentialState::Active => "approves",
        CredentialState::Suspended => "is suspended: enrol anew",
        CredentialState::Revoked => "was ended by the service",
        _ => "is in a state that this program does not know",
    };
    format!("{id}  {} · {} ({}) · {state}", item.account, item.service, item.origin)
}

/// What became of something, in a few words.
pub(super) const fn outcome_text(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Approved => "approved",
        Outcome::Denied => "denied",
        Outcome::Reported => "reported",
        Outcome::Late => "noted, after its end",
        Outcome::WrongMatch => "wrong number: the request is over, the next has another",
        Outcome::WrongPin => "wrong approval PIN",
        Outcome::PinDelayed => "too many wrong PINs: wait",
        Outcome::PinDisabled => "the approval PIN is disabled: enrol anew",
        Outcome::NotVerified => "the service did not accept the proof",
        Outcome::Chain => "another answer came before",
        Outcome::Suspended => "the credential is suspended",
        Outcome::Revoked => "the credential was ended",
        Outcome::Unknown => "the service does not know it",
        Outcome::Answered => "answered on another device",
        Outcome::Burned => "ended by a wrong number",
        Outcome::Cancelled => "cancelled",
        Outcome::Expired => "nobody answered in time",
        Outcome::Tampered => "what was answered is not what was asked",
        Outcome::PinChanged => "the PIN was changed",
        Outcome::Done => "done",
        Outcome::NotAllowed => "the service does not allow it",
        _ => "something that this program does not know",
    }
}
