//! `approvals`, `approve`, `deny`, `report`, `history`: what is asked, and what the person says.

use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

use authenticator_core::approval::{
    ApprovalEvent, ApprovalRequest, Decision, Matching, Outcome, Proof, Reason, RequestId,
    RequestKind, RequestState, Verification, poll_delay,
};
use serde::Serialize;

use super::super::ask;
use super::super::opened::{Opened, now};
use super::arguments::{Approvals, Approve, CredentialRotate, History, Refuse, TypedProof};
use super::carrier::Carrier;
use super::credential::{say, the_credential};
use super::meant;
use super::show::{self, PastFacts, RequestFacts};
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// What became of a decision, as JSON.
#[derive(Debug, Serialize)]
struct Decided {
    id: String,
    decision: Decision,
    /// `None`: nobody knows; it is sent again with the next command.
    outcome: Option<Outcome>,
    tries_left: Option<u64>,
    retry_at: Option<u64>,
}

fn known(opened: &Opened) -> Result<Vec<ApprovalRequest>, Refusal> {
    Ok(opened.vault.requests(now()?)?)
}

fn the_request(opened: &Opened, typed: &str) -> Result<ApprovalRequest, Refusal> {
    meant(known(opened)?, typed, |item| item.id.to_string(), "request")
}

/// Whether somebody can still say something to it.
fn is_open(request: &ApprovalRequest) -> bool {
    matches!(request.state, RequestState::Open | RequestState::ProveAgain(_))
}

/// `approvals`
pub(super) fn approvals(arguments: &Approvals) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let carrier = Carrier::new();
    let start = Instant::now();
    let mut seen = HashSet::new();
    let mut attempt = 0;
    loop {
        let end = ask_all(&opened, &carrier, arguments.place.json)?;
        let wall = now()?.wall;
        for request in known(&opened)?.iter().filter(|request| is_open(request)) {
            if seen.insert((request.id, matches!(request.state, RequestState::Open))) {
                attempt = 0;
                match arguments.place.json {
                    true => output::json(&RequestFacts::from(request))?,
                    false => output::line(show::request(request, wall))?,
                }
            }
        }
        if !arguments.watch {
            if seen.is_empty() && !arguments.place.json && end == End::Done {
                output::line("Nothing is to be approved.")?;
            }
            return Ok(end);
        }
        // What nobody can foresee keeps many programs from asking at once.
        let random = u8::try_from(start.elapsed().subsec_nanos() % 256).unwrap_or_default();
        let mut pause = poll_delay(attempt, random);
        attempt += 1;
        if let Some(seconds) = arguments.seconds {
            let left = Duration::from_secs(seconds).saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(End::Done);
            }
            pause = pause.min(left);
        }
        opened.suspend()?;
        thread::sleep(pause);
        opened.resume()?;
        opened.renew()?;
    }
}

/// Sends what is due, and asks every service what is new.
fn ask_all(opened: &Opened, carrier: &Carrier, json: bool) -> Result<End, Failure> {
    let mut events = carrier.settle(opened)?;
    for item in opened.vault.credentials(now()?).map_err(Refusal::from)? {
        if item.ended.is_none() {
            let exchange = opened.vault.poll(item.id, now()?).map_err(Refusal::from)?;
            carrier.carry(opened, exchange, &mut events)?;
        }
    }
    events.extend(carrier.settle(opened)?);
    let mut end = End::Done;
    for event in events {
        if let ApprovalEvent::Failed(_, problem) = event {
            end = End::Refused;
            say(&problem.into(), json)?;
        }
    }
    Ok(end)
}

/// `approve`
pub(super) fn approve(arguments: &Approve) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let request = the_request(&opened, &arguments.request)?;
    approve_one(&opened, &request, &arguments.proof, arguments.place.json)
}

/// `credential rotate`
pub(super) fn rotate(arguments: &CredentialRotate) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let item = the_credential(&opened, &arguments.credential)?;
    if ask_all(&opened, &Carrier::new(), arguments.place.json)? == End::Refused {
        return Ok(End::Refused);
    }
    let requests = known(&opened)?;
    let request = requests.iter().find(|request| {
        request.credential == item.id && request.kind == RequestKind::Rotate && is_open(request)
    });
    let begin = || {
        let message = "the service asks for no new keys: begin it on the service's page";
        Refusal::new("nothing_to_rotate", message)
    };
    approve_one(&opened, request.ok_or_else(begin)?, &arguments.proof, arguments.place.json)
}

fn approve_one(
    opened: &Opened,
    request: &ApprovalRequest,
    typed: &TypedProof,
    json: bool,
) -> Result<End, Failure> {
    let is_new = request.state == RequestState::Open;
    let number = match &typed.number {
        None if is_new && request.matching != Matching::Nothing => {
            output::note(&show::request(request, now()?.wall));
            Some(opened.while_asked(|| ask::shown("Number on the page: "))?)
        }
        number => number.clone(),
    };
    let proof = match request.verifications.contains(&Verification::Presence) {
        true => Proof::Presence,
        false => Proof::Pin(typed.pin.read(opened)?),
    };
    // The number of a request that is to be proved again was given before.
    let number = number.filter(|_| is_new);
    let approved = opened.vault.approve(request.id, number.as_deref(), &proof, now()?);
    approved.map_err(Refusal::from)?;
    finish(opened, request.id, Decision::Approve, json)
}

/// `deny`
pub(super) fn deny(arguments: &Refuse) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let id = the_request(&opened, &arguments.request)?.id;
    let denied = opened.vault.deny(id, arguments.reason.map(Reason::from), now()?);
    denied.map_err(Refusal::from)?;
    finish(&opened, id, Decision::Deny, arguments.place.json)
}

/// `report`
pub(super) fn report(arguments: &Refuse) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let id = the_request(&opened, &arguments.request)?.id;
    let reported = opened.vault.report(id, arguments.reason.map(Reason::from), now()?);
    reported.map_err(Refusal::from)?;
    finish(&opened, id, Decision::Report, arguments.place.json)
}

/// Sends a decision, and says what became of it.
fn finish(opened: &Opened, id: RequestId, decision: Decision, json: bool) -> Result<End, Failure> {
    let events = Carrier::new().settle(opened)?;
    let outcome = events.iter().find_map(|event| match event {
        ApprovalEvent::Receipt(of, outcome) | ApprovalEvent::ProveAgain(of, outcome)
            if *of == id =>
        {
            Some(*outcome)
        }
        _ => None,
    });
    let request = known(opened)?.into_iter().find(|request| request.id == id);
    let tries_left = request.as_ref().and_then(|request| request.tries_left);
    let retry_at = request.and_then(|request| request.retry_at).map(|time| time.as_secs());
    if json {
        let id = id.to_string();
        output::json(&Decided { id, decision, outcome, tries_left, retry_at })?;
    } else {
        let said = match (outcome, decision) {
            (Some(outcome), _) => show::outcome_text(outcome),
            // An approve is of no use later.
            (None, Decision::Approve) => "nobody knows what became of it: look at the page",
            (None, _) => "it is sent with the next command",
        };
        let tries = tries_left.filter(|_| outcome == Some(Outcome::WrongPin));
        let tries = tries.map(|left| format!("; {left} tries are left")).unwrap_or_default();
        output::line(format_args!("{}: {said}{tries}", show::short(id)))?;
    }
    let is_right = match decision {
        Decision::Approve => outcome == Some(Outcome::Approved),
        _ => matches!(outcome, None | Some(Outcome::Denied | Outcome::Reported | Outcome::Late)),
    };
    Ok(End::refused_if(!is_right))
}

/// `history`
pub(super) fn history(arguments: &History) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let now = now()?;
    for item in opened.vault.history(now).map_err(Refusal::from)? {
        match arguments.place.json {
            true => output::json(&PastFacts::from(&item))?,
            false => output::line(show::past(&item, now.wall))?,
        }
    }
    Ok(End::Done)
}
