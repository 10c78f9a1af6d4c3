//! `enrol`: this machine becomes a credential.

use authenticator_core::SecretString;
use authenticator_core::approval::{
    ApprovalEvent, ApprovalPin, CredentialId, Device, EnrolmentItem, ExchangeProblem, PinPolicy,
    Platform,
};
use serde::Serialize;

use super::super::ask;
use super::super::opened::{Opened, now};
use super::arguments::Enrol;
use super::carrier::Carrier;
use crate::lines::Lines;
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// What the person types into the page, as JSON.
#[derive(Debug, Serialize)]
struct Pairing<'a> {
    credential: String,
    service: &'a str,
    origin: &'a str,
    account: &'a str,
    pairing_code: &'a str,
}

pub(super) fn run(arguments: &Enrol) -> Result<End, Failure> {
    let link = link(arguments)?;
    let opened = Opened::open(&arguments.place)?;
    let begun = opened.vault.begin_enrolment(link.expose(), now()?);
    let id = begun.map_err(Refusal::from)?;
    match go_on(arguments, &opened, id) {
        Ok(end) => Ok(end),
        Err(failure) => {
            // Of an enrolment that was not confirmed, nothing is to be left.
            let _ = opened.vault.cancel_enrolment(id, now()?);
            Err(failure)
        }
    }
}

fn link(arguments: &Enrol) -> Result<SecretString, Refusal> {
    if arguments.uri.expose() != "-" {
        return Ok(SecretString::new(arguments.uri.expose().to_owned()));
    }
    let line = Lines::new(std::io::stdin().lock()).next();
    let nothing = || Refusal::new("no_uri", "nothing came from standard input");
    let text = line.ok_or_else(nothing)??.text?;
    Ok(SecretString::new(text.expose().trim().to_owned()))
}

fn go_on(arguments: &Enrol, opened: &Opened, id: CredentialId) -> Result<End, Failure> {
    let carrier = Carrier::new();
    let events = carrier.settle(opened)?;
    let known = opened.vault.enrolments(now()?).map_err(Refusal::from)?;
    let item = known.into_iter().find(|item| item.id == id);
    let asked = item.as_ref().and_then(|item| Some((item, item.confirm.as_ref()?)));
    let Some((item, confirm)) = asked else { return Err(failed(&events, id).into()) };
    let pin = confirmed(arguments, opened, item, &confirm.service, confirm.pin)?;
    let device = Device { name: arguments.name.clone(), platform: Platform::Other, push: None };
    let confirmed = opened.vault.confirm_enrolment(id, &device, pin.as_ref(), now()?);
    confirmed.map_err(Refusal::from)?;
    let events = carrier.settle(opened)?;
    let credentials = opened.vault.credentials(now()?).map_err(Refusal::from)?;
    let credential = credentials.iter().find(|known| known.id == id);
    let paired = credential.and_then(|known| Some((known, known.pairing_code.as_deref()?)));
    let Some((credential, code)) = paired else { return Err(failed(&events, id).into()) };
    if arguments.place.json {
        output::json(&Pairing {
            credential: id.to_string(),
            service: &credential.service,
            origin: &credential.origin,
            account: &credential.account,
            pairing_code: code,
        })?;
    } else {
        let (first, second) = code.split_at(code.len() / 2);
        output::line(format_args!(
            "Type {first} {second} into the page. Then `authenticator approvals` shows the test \
             that ends the enrolment of {} at {}.",
            credential.account, credential.service
        ))?;
    }
    Ok(End::Done)
}

/// The person's word that service and account are right, and the PIN.
fn confirmed(
    arguments: &Enrol,
    opened: &Opened,
    item: &EnrolmentItem,
    service: &str,
    policy: PinPolicy,
) -> Result<Option<ApprovalPin>, Refusal> {
    if !arguments.yes {
        let EnrolmentItem { origin, account, .. } = item;
        let question =
            format!("Approve sign-ins of {account} at {service} ({origin}) with this machine?");
        opened.while_asked(|| ask::agreed(&question))?;
    }
    let wants_pin = policy == PinPolicy::Required || arguments.with_pin;
    wants_pin.then(|| arguments.pin.choose(opened)).transpose()
}

/// Why an enrolment went no further.
fn failed(events: &[ApprovalEvent], id: CredentialId) -> Refusal {
    let problem = events.iter().find_map(|event| match event {
        // Nothing is sent later here: the enrolment is given up.
        ApprovalEvent::Failed(of, ExchangeProblem::Unavailable) if *of == id => Some(Refusal::new(
            "service_unavailable",
            "the service cannot be reached; nothing was enrolled. Begin anew on the page",
        )),
        ApprovalEvent::Failed(of, problem) if *of == id => Some(Refusal::from(*problem)),
        ApprovalEvent::EnrolmentVoid(of) if *of == id => Some(void()),
        _ => None,
    });
    problem.unwrap_or_else(void)
}

fn void() -> Refusal {
    let message = "the enrolment is over: its link was used, or is too old. Begin anew on the page";
    Refusal::new("enrolment_void", message)
}
