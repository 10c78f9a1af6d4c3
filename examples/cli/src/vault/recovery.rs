//! `recovery`: the key on paper.

use std::io;

use authenticator_core::vault::{RecoveryKey, VaultError};
use authenticator_core::{Protection, SlotSecrets};
use serde::Serialize;

use super::ask;
use super::key_arguments::{RecoveryConfirm, RecoveryNew, RecoveryUse};
use super::opened::{Opened, now, pin_cost};
use super::pin::report;
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// How often a mistyped key is asked for again.
const ATTEMPTS: usize = 3;

/// A recovery key as JSON.
#[derive(Debug, Serialize)]
struct Issued<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_key: Option<&'a str>,
    confirmed: bool,
}

/// `recovery new`
pub(super) fn new(arguments: &RecoveryNew) -> Result<End, Failure> {
    let json = arguments.place.json;
    let opened = Opened::open(&arguments.place)?;
    // Only where there is a PIN is it sealed anew, which has its cost.
    let pin = opened.pin().map(|pin| (pin, pin_cost()));
    let is_confirmed = opened.vault.is_recovery_key_confirmed(now()?).map_err(Refusal::from)?;
    if is_confirmed && !arguments.yes {
        let question = "The recovery key that was confirmed will open nothing any more. Go on?";
        opened.while_asked(|| ask::agreed(question))?;
    }
    opened.renew()?;
    let key = opened.vault.issue_recovery_key(pin, now()?).map_err(Refusal::from)?;
    if json {
        let text = key.text();
        let issued = Issued { recovery_key: Some(text.expose()), confirmed: false };
        output::json(&issued).map_err(unseen)?;
    } else if arguments.no_confirm {
        output::line(key.text().expose()).map_err(unseen)?;
        output::note(
            "It counts as none until `authenticator recovery confirm`, which asks for it.",
        );
    } else {
        show_and_confirm(&opened, &key)?;
    }
    Ok(End::Done)
}

/// `recovery confirm`
pub(super) fn confirm(arguments: &RecoveryConfirm) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let key = opened.while_asked(|| arguments.recovery.read())?;
    opened.vault.confirm_recovery_key(&key, now()?).map_err(Refusal::from)?;
    if arguments.place.json {
        output::json(&Issued { recovery_key: None, confirmed: true })?;
    } else {
        output::line("The recovery key is confirmed.")?;
    }
    Ok(End::Done)
}

/// What nobody saw is no key that anybody has.
fn unseen(_: io::Error) -> Refusal {
    let message = "the new recovery key could not be written out, and the one before it opens \
                   nothing any more: run `authenticator recovery new` again";
    Refusal::new("recovery_key_not_shown", message)
}

/// Shows a new key, and asks for it until it is right.
pub(super) fn show_and_confirm(opened: &Opened, key: &RecoveryKey) -> Result<(), Failure> {
    output::note("Write this recovery key down. It opens the vault when all else is lost:\n");
    output::line(key.text().expose()).map_err(unseen)?;
    output::note("\nType it, to show that you have it; spaces and hyphens do not matter.");
    for left in (0..ATTEMPTS).rev() {
        opened.suspend()?;
        let typed = ask::recovery_key(None);
        opened.resume()?;
        let confirmed = match typed {
            Ok(typed) => {
                opened.renew()?;
                opened.vault.confirm_recovery_key(&typed, now()?).map_err(Refusal::from)
            }
            Err(refusal) => Err(refusal),
        };
        match confirmed {
            Ok(()) => {
                output::note("That is it.");
                return Ok(());
            }
            // Asked in vain: nobody is there, or does not want to.
            Err(refusal) if left == 0 || ["cancelled", "no_terminal"].contains(&refusal.kind) => {
                let message = "the recovery key was not confirmed and counts as none until \
                               `authenticator recovery confirm`; one that there was before \
                               opens nothing any more";
                return Err(Refusal::new("recovery_not_confirmed", message).into());
            }
            Err(refusal) => output::error(&refusal.message),
        }
    }
    Ok(())
}

/// `recovery use`
pub(super) fn use_key(arguments: &RecoveryUse) -> Result<End, Failure> {
    let json = arguments.place.json;
    let opened = Opened::open_with_recovery_key(&arguments.place, arguments.recovery.recovery_fd)?;
    let vault = &opened.vault;
    let refused = |error: VaultError| Failure::from(Refusal::from(error));
    if arguments.no_pin {
        let secrets = SlotSecrets { pin: None, recovery_key: opened.recovery_key() };
        vault.protect(Protection::Platform, secrets, now()?).map_err(refused)?;
        return report(&opened, json, "The vault opens by its key file alone.");
    }
    if !opened.has_pin()? {
        vault.enrol_platform(now()?).map_err(refused)?;
        return report(&opened, json, "The vault opens by its key file again.");
    }
    let pin = opened.while_asked(|| ask::first_pin(arguments.place.pin_fd))?;
    let cost = pin_cost();
    // A vault whose key file opens it alone has its new key to learn too.
    if matches!(vault.protection(), Ok(Protection::PlatformOrPin)) {
        vault.enrol_platform(now()?).map_err(refused)?;
    }
    vault.set_pin(&pin, cost, now()?).map_err(refused)?;
    report(&opened, json, "The vault opens by its key file and the new PIN.")
}
