//! `pin`: set, changed, removed.
//!
//! A PIN beside the key file would guard nothing, as the file opens the vault alone. So
//! a vault that has a PIN demands both.

use authenticator_core::vault::{RecoveryKey, VaultError};
use authenticator_core::{Protection, SlotSecrets};
use serde::Serialize;

use super::ask;
use super::init::{WAIVER, protection_name};
use super::key_arguments::{PinChange, PinRemove, PinSet, Recovery};
use super::opened::{Opened, now, pin_cost};
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// What opens the vault now, as JSON.
#[derive(Debug, Serialize)]
struct Protected {
    protection: &'static str,
}

/// `pin set`
pub(super) fn set(arguments: &PinSet) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let vault = &opened.vault;
    if opened.pin().is_some() {
        let message = "the vault has a PIN already; `authenticator pin change` takes another";
        return Err(Refusal::new("pin_exists", message).into());
    }
    let has_key = vault.has_recovery_key();
    if !has_key && !arguments.no_recovery {
        return Err(Refusal::from(VaultError::RecoveryNeeded).into());
    }
    let (pin, recovery_key) = opened.while_asked(|| {
        let pin = ask::first_pin(arguments.place.pin_fd)?;
        Ok((pin, has_key.then(|| arguments.recovery.read()).transpose()?))
    })?;
    let cost = pin_cost();
    match &recovery_key {
        // Who types it has it.
        Some(key) => vault.confirm_recovery_key(key, now()?).map_err(Refusal::from)?,
        None => vault.waive_recovery(WAIVER, now()?).map_err(Refusal::from)?,
    }
    let secrets = SlotSecrets { pin: Some((&pin, cost)), recovery_key: recovery_key.as_ref() };
    vault.protect(Protection::PlatformAndPin, secrets, now()?).map_err(Refusal::from)?;
    report(&opened, arguments.place.json, "The vault demands its key file and the PIN.")
}

/// `pin change`
pub(super) fn change(arguments: &PinChange) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    if !opened.has_pin()? {
        let message = "the vault has no PIN; `authenticator pin set` gives it one";
        return Err(Refusal::new("slot_missing", message).into());
    }
    let pin = opened.while_asked(|| ask::new_pin(arguments.new_pin_fd))?;
    let cost = pin_cost();
    opened.vault.set_pin(&pin, cost, now()?).map_err(Refusal::from)?;
    report(&opened, arguments.place.json, "The vault has the new PIN.")
}

/// `pin remove`
pub(super) fn remove(arguments: &PinRemove) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    if !opened.has_pin()? {
        return Err(Refusal::new("slot_missing", "the vault has no PIN").into());
    }
    let recovery_key = arguments.recovery.of(&opened)?;
    let secrets = SlotSecrets { pin: None, recovery_key: recovery_key.as_ref() };
    let removed = opened.vault.protect(Protection::Platform, secrets, now()?);
    removed.map_err(Refusal::from)?;
    report(&opened, arguments.place.json, "The vault opens by its key file alone.")
}

impl Recovery {
    /// The recovery key, from where the person has it.
    pub(super) fn read(&self) -> Result<RecoveryKey, Refusal> {
        ask::recovery_key(self.recovery_fd)
    }

    /// The recovery key of `opened`, if it has one.
    pub(super) fn of(&self, opened: &Opened) -> Result<Option<RecoveryKey>, Refusal> {
        let has_key = opened.vault.has_recovery_key();
        has_key.then(|| opened.while_asked(|| self.read())).transpose()
    }
}

/// Says what opens the vault now.
pub(super) fn report(opened: &Opened, json: bool, done: &str) -> Result<End, Failure> {
    if json {
        output::json(&Protected { protection: protection_name(opened)? })?;
    } else {
        output::line(done)?;
    }
    Ok(End::Done)
}
