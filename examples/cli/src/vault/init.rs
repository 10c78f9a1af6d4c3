//! `init`: a new vault.

use authenticator_core::{Authenticator, Protection, SlotSecrets};
use serde::Serialize;

use super::key_arguments::Init;
use super::opened::{Opened, now, pin_cost};
use super::place::{MissingKey, Paths};
use super::turn::Turn;
use super::{ask, recovery};
use crate::refusal::Refusal;
use crate::{End, Failure, output};
use authenticator_core::vault::VaultError;

/// What a person who does without a recovery key agreed to; the vault keeps it.
pub(super) const WAIVER: &str = "--no-recovery: a forgotten PIN loses everything";

/// A new vault as JSON.
#[derive(Debug, Serialize)]
struct Made<'a> {
    vault: std::borrow::Cow<'a, str>,
    protection: &'static str,
}

/// Makes a vault; with a PIN, everything that it needs is asked for first.
pub(super) fn run(arguments: &Init) -> Result<End, Failure> {
    let json = arguments.place.json;
    let paths = Paths::of(&arguments.place)?;
    paths.expect_none()?;
    if arguments.pin && json && !arguments.no_recovery {
        // Nobody types a recovery key back into a script.
        return Err(Refusal::from(VaultError::RecoveryNeeded).into());
    }
    let pin = match arguments.pin {
        true => Some(ask::first_pin(arguments.place.pin_fd)?),
        false => None,
    };
    paths.make_default_folder()?;
    let platform = paths.platform(MissingKey::Make)?;
    let turn = Turn::wait_for(&paths.state)?;
    let vault = Authenticator::create(&paths.vault, platform, now()?).map_err(Refusal::from)?;
    let opened = Opened::new(vault, turn);
    let vault = &opened.vault;
    let shown = paths.vault.to_string_lossy();
    if let Some(pin) = &pin {
        if !json {
            output::note("The vault is there, without its PIN yet.");
        }
        let recovery_key = if arguments.no_recovery {
            vault.waive_recovery(WAIVER, now()?).map_err(Refusal::from)?;
            None
        } else {
            let key = vault.issue_recovery_key(None, now()?).map_err(Refusal::from)?;
            recovery::show_and_confirm(&opened, &key)?;
            Some(key)
        };
        let cost = pin_cost();
        opened.renew()?;
        let secrets = SlotSecrets { pin: Some((pin, cost)), recovery_key: recovery_key.as_ref() };
        vault.protect(Protection::PlatformAndPin, secrets, now()?).map_err(Refusal::from)?;
    }
    let protection = protection_name(&opened)?;
    if json {
        output::json(&Made { vault: shown, protection })?;
    } else {
        output::line(format_args!("Made the vault {shown}"))?;
        output::note(if arguments.pin {
            "It opens by its key file and the PIN together."
        } else {
            "It opens by the key file beside it: whoever has both files has the accounts. \
             `authenticator pin set` adds a PIN."
        });
    }
    Ok(End::Done)
}

/// What opens a vault, as it is called in JSON.
pub(super) fn protection_name(opened: &Opened) -> Result<&'static str, Refusal> {
    Ok(match opened.vault.protection()? {
        Protection::Platform => "platform",
        Protection::Pin => "pin",
        Protection::PlatformOrPin => "platform_or_pin",
        Protection::PlatformAndPin => "platform_and_pin",
    })
}
