//! `credential`, `devices` and `approval-pin`: the accounts that this machine approves for.

use authenticator_core::approval::{
    ApprovalEvent, ApprovalPin, CredentialItem, ListedDevice, Outcome, Platform,
};
use serde::Serialize;

use super::super::ask;
use super::super::opened::{Opened, now};
use super::arguments::{
    ApprovalPinChange, CredentialForget, CredentialList, CredentialRemove, Devices,
};
use super::carrier::Carrier;
use super::meant;
use super::show::{self, CredentialFacts};
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// What became of a call, as JSON.
#[derive(Debug, Serialize)]
struct Called {
    credential: String,
    /// `None`: it is sent with the next command.
    outcome: Option<Outcome>,
}

/// A device of an account, as JSON.
#[derive(Debug, Serialize)]
struct DeviceFacts<'a> {
    credential: &'a str,
    id: &'a str,
    name: &'a str,
    platform: Platform,
    added: u64,
    last_used: Option<u64>,
    is_this: bool,
}

fn known(opened: &Opened) -> Result<Vec<CredentialItem>, Refusal> {
    Ok(opened.vault.credentials(now()?)?)
}

pub(super) fn the_credential(opened: &Opened, typed: &str) -> Result<CredentialItem, Refusal> {
    meant(known(opened)?, typed, |item| item.id.to_string(), "credential")
}

/// `credential list`
pub(super) fn list(arguments: &CredentialList) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    for item in known(&opened)? {
        match arguments.place.json {
            true => output::json(&CredentialFacts::from(&item))?,
            false => output::line(show::credential(&item))?,
        }
    }
    Ok(End::Done)
}

/// `devices`
pub(super) fn devices(arguments: &Devices) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let carrier = Carrier::new();
    let asked = match &arguments.credential {
        Some(typed) => vec![the_credential(&opened, typed)?],
        None => known(&opened)?.into_iter().filter(|item| item.ended.is_none()).collect(),
    };
    let mut end = End::Done;
    for item in asked {
        let exchange = opened.vault.ask_devices(item.id, now()?).map_err(Refusal::from)?;
        let mut events = Vec::new();
        carrier.carry(&opened, exchange, &mut events)?;
        for event in events {
            match event {
                ApprovalEvent::Devices(_, devices) => {
                    let id = item.id.to_string();
                    for device in &devices {
                        show_device(&id, device, arguments.place.json)?;
                    }
                }
                ApprovalEvent::Failed(_, problem) => {
                    end = End::Refused;
                    say(&problem.into(), arguments.place.json)?;
                }
                _ => {}
            }
        }
    }
    Ok(end)
}

fn show_device(credential: &str, device: &ListedDevice, json: bool) -> Result<(), Failure> {
    let ListedDevice { id, name, platform, is_this, .. } = device;
    let last_used = device.last_used.map(|time| time.as_secs());
    let added = device.added.as_secs();
    if json {
        let (platform, is_this) = (*platform, *is_this);
        output::json(&DeviceFacts { credential, id, name, platform, added, last_used, is_this })?;
    } else {
        let this = if *is_this { " · this one" } else { "" };
        output::line(format_args!("{id}  {name}{this}"))?;
    }
    Ok(())
}

/// Says why something did not go on, where the rest does.
pub(super) fn say(refusal: &Refusal, json: bool) -> Result<(), Failure> {
    if json {
        output::json(&crate::refusal::Refused { error: refusal })?;
    } else {
        output::error(&refusal.message);
    }
    Ok(())
}

/// `credential remove`
pub(super) fn remove(arguments: &CredentialRemove) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let item = the_credential(&opened, &arguments.credential)?;
    if !arguments.yes {
        let what = if arguments.device.is_some() { "the other device" } else { "this machine" };
        let (account, service) = (&item.account, &item.service);
        let question = format!("End the approvals of {account} at {service} by {what}?");
        opened.while_asked(|| ask::agreed(&question))?;
    }
    let device = arguments.device.as_deref();
    let removed = opened.vault.remove_credential(item.id, device, arguments.reason.into(), now()?);
    removed.map_err(Refusal::from)?;
    finish(&opened, &item, arguments.place.json, |event| match event {
        ApprovalEvent::Removal(id, outcome) if *id == item.id => Some(*outcome),
        _ => None,
    })
}

/// `credential forget`
pub(super) fn forget(arguments: &CredentialForget) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let vault = &opened.vault;
    let enrolments = vault.enrolments(now()?).map_err(Refusal::from)?.into_iter();
    let ids = known(&opened)?.into_iter().map(|item| item.id).chain(enrolments.map(|item| item.id));
    let id = meant(ids, &arguments.credential, |id| id.to_string(), "credential")?;
    if !arguments.yes {
        let question = "Its keys are deleted, and the service is not told. Forget it?";
        opened.while_asked(|| ask::agreed(question))?;
    }
    if vault.cancel_enrolment(id, now()?).is_err() {
        vault.forget_credential(id, now()?).map_err(Refusal::from)?;
    }
    match arguments.place.json {
        true => output::json(&serde_json::json!({ "forgotten": id.to_string() }))?,
        false => output::line("Forgotten.")?,
    }
    Ok(End::Done)
}

/// `approval-pin change`
pub(super) fn change_pin(arguments: &ApprovalPinChange) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let item = the_credential(&opened, &arguments.credential)?;
    let old = arguments.pin.read(&opened)?;
    let new = opened.while_asked(|| {
        let typed = ask::new_approval_pin(arguments.new_approval_pin_fd)?;
        Ok(ApprovalPin::choose(&typed)?)
    })?;
    let changed = opened.vault.change_approval_pin(item.id, &old, &new, now()?);
    changed.map_err(Refusal::from)?;
    finish(&opened, &item, arguments.place.json, |event| match event {
        ApprovalEvent::PinChange(id, outcome) if *id == item.id => Some(*outcome),
        _ => None,
    })
}

/// Sends a call, and says what became of it.
fn finish(
    opened: &Opened,
    item: &CredentialItem,
    json: bool,
    outcome: impl FnMut(&ApprovalEvent) -> Option<Outcome>,
) -> Result<End, Failure> {
    let events = Carrier::new().settle(opened)?;
    let outcome = events.iter().find_map(outcome);
    if json {
        output::json(&Called { credential: item.id.to_string(), outcome })?;
    } else {
        let said = outcome.map_or("it is sent with the next command", show::outcome_text);
        output::line(format_args!("{}: {said}.", item.account))?;
    }
    let is_done = matches!(outcome, None | Some(Outcome::Done | Outcome::PinChanged));
    Ok(End::refused_if(!is_done))
}
