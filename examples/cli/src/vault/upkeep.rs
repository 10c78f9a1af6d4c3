//! `rotate` and `verify`: the health of a vault.

use authenticator_core::SlotSecrets;
use serde::Serialize;

use super::key_arguments::{Rotate, Verify};
use super::opened::{Opened, now, pin_cost};
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// That the master key is another one, as JSON.
#[derive(Debug, Serialize)]
struct Rotated {
    rotated: bool,
}

/// That the vault is sound, as JSON.
#[derive(Debug, Serialize)]
struct Sound {
    records: usize,
    accounts: usize,
    in_trash: usize,
    /// The state folder cannot be read.
    #[serde(skip_serializing_if = "output::is_down")]
    guard_is_unavailable: bool,
}

/// `rotate`
pub(super) fn rotate(arguments: &Rotate) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let recovery_key = arguments.recovery.of(&opened)?;
    let pin = opened.pin().map(|pin| (pin, pin_cost()));
    let secrets = SlotSecrets { pin, recovery_key: recovery_key.as_ref() };
    opened.vault.rotate(secrets, now()?).map_err(Refusal::from)?;
    if arguments.place.json {
        output::json(&Rotated { rotated: true })?;
    } else {
        output::line("The vault is encrypted under a new master key.")?;
    }
    Ok(End::Done)
}

/// `verify`
pub(super) fn verify(arguments: &Verify) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let vault = &opened.vault;
    let records = vault.verify(now()?).map_err(Refusal::from)?;
    let accounts = vault.items(now()?).map_err(Refusal::from)?.len();
    let in_trash = vault.trash(now()?).map_err(Refusal::from)?.len();
    if arguments.accept_rollback {
        vault.accept_rollback(now()?).map_err(Refusal::from)?;
    }
    if arguments.place.json {
        let guard_is_unavailable = opened.guard_is_unavailable();
        output::json(&Sound { records, accounts, in_trash, guard_is_unavailable })?;
    } else {
        output::line(format_args!(
            "The vault is sound. Accounts: {accounts}, in the trash: {in_trash}, records: {records}."
        ))?;
    }
    Ok(End::Done)
}
