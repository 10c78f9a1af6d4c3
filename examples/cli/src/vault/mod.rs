//! The commands that keep accounts in a vault.
//!
//! | file | what it is for |
//! |---|---|
//! | `arguments`, `key_arguments` | what may be typed |
//! | `place`, `turn`, `moment`, `opened` | where the vault is, whose turn it is, what the clocks show, how it is opened |
//! | `ask` | secrets from a prompt, a file descriptor or the environment |
//! | `account` | which account is meant, and how it is shown |
//! | `advice` | what is said about an error, and what to do next |
//! | `add`, `list`, `codes`, `table`, `change`, `recovery_codes`, `trash` | the accounts |
//! | `clock` | how far the machine's clock is off |
//! | `approvals` | sign-ins that are approved |
//! | `init`, `pin`, `recovery`, `upkeep`, `salvage` | what opens the vault, and its health |

mod account;
mod add;
mod advice;
mod approvals;
mod arguments;
mod ask;
mod change;
mod clock;
mod codes;
mod init;
mod key_arguments;
mod list;
mod moment;
mod opened;
mod pin;
mod place;
mod recovery;
mod recovery_codes;
mod salvage;
mod table;
mod trash;
mod turn;
mod upkeep;

use std::path::PathBuf;

pub(crate) use arguments::VaultCommand;
pub(crate) use clock::ClockFacts;

use crate::refusal::Refused;
use crate::{End, Failure, output};
use arguments::Place;
use key_arguments::{PinCommand, RecoveryCommand};

/// Does what was asked of the vault; `before` is the `--vault` in front of the command.
pub(crate) fn run(mut command: VaultCommand, before: Option<PathBuf>) -> Result<End, Failure> {
    let place = place_of(&mut command);
    place.vault = place.vault.take().or(before);
    let json = place.json;
    let end = match command {
        VaultCommand::Init(arguments) => init::run(&arguments),
        VaultCommand::Add(arguments) => add::run(&arguments),
        VaultCommand::List(arguments) => list::list(&arguments),
        VaultCommand::Search(arguments) => list::search(&arguments),
        VaultCommand::Codes(arguments) => codes::run(&arguments),
        VaultCommand::Edit(arguments) => change::edit(&arguments),
        VaultCommand::Tag(arguments) => change::tag(&arguments),
        VaultCommand::Note(arguments) => change::note(&arguments),
        VaultCommand::RecoveryCodes(arguments) => recovery_codes::run(&arguments),
        VaultCommand::Move(arguments) => change::move_to(&arguments),
        VaultCommand::Undo(arguments) => change::undo(&arguments),
        VaultCommand::Rm(arguments) => trash::rm(&arguments),
        VaultCommand::Undelete(arguments) => trash::undelete(&arguments),
        VaultCommand::Purge(arguments) => trash::purge(&arguments),
        VaultCommand::Pin(PinCommand::Set(arguments)) => pin::set(&arguments),
        VaultCommand::Pin(PinCommand::Change(arguments)) => pin::change(&arguments),
        VaultCommand::Pin(PinCommand::Remove(arguments)) => pin::remove(&arguments),
        VaultCommand::Recovery(RecoveryCommand::New(arguments)) => recovery::new(&arguments),
        VaultCommand::Recovery(RecoveryCommand::Confirm(arguments)) => {
            recovery::confirm(&arguments)
        }
        VaultCommand::Recovery(RecoveryCommand::Use(arguments)) => recovery::use_key(&arguments),
        VaultCommand::Rotate(arguments) => upkeep::rotate(&arguments),
        VaultCommand::Verify(arguments) => upkeep::verify(&arguments),
        VaultCommand::Salvage(arguments) => salvage::salvage(&arguments),
        VaultCommand::Repair(arguments) => salvage::repair(&arguments),
        VaultCommand::Approvals(command) => approvals::run(&command),
    };
    match end {
        Err(Failure::Refused(refusal)) if json => {
            output::json(&Refused { error: &refusal })?;
            Ok(End::Refused)
        }
        other => other,
    }
}

fn place_of(command: &mut VaultCommand) -> &mut Place {
    match command {
        VaultCommand::Init(arguments) => &mut arguments.place,
        VaultCommand::Add(arguments) => &mut arguments.place,
        VaultCommand::List(arguments) => &mut arguments.place,
        VaultCommand::Search(arguments) => &mut arguments.place,
        VaultCommand::Codes(arguments) => &mut arguments.place,
        VaultCommand::Edit(arguments) => &mut arguments.place,
        VaultCommand::Tag(arguments) => &mut arguments.place,
        VaultCommand::Note(arguments) => &mut arguments.place,
        VaultCommand::RecoveryCodes(arguments) => &mut arguments.place,
        VaultCommand::Move(arguments) => &mut arguments.place,
        VaultCommand::Undo(arguments) => &mut arguments.place,
        VaultCommand::Rm(arguments) => &mut arguments.place,
        VaultCommand::Undelete(arguments) => &mut arguments.place,
        VaultCommand::Purge(arguments) => &mut arguments.place,
        VaultCommand::Pin(PinCommand::Set(arguments)) => &mut arguments.place,
        VaultCommand::Pin(PinCommand::Change(arguments)) => &mut arguments.place,
        VaultCommand::Pin(PinCommand::Remove(arguments)) => &mut arguments.place,
        VaultCommand::Recovery(RecoveryCommand::New(arguments)) => &mut arguments.place,
        VaultCommand::Recovery(RecoveryCommand::Confirm(arguments)) => &mut arguments.place,
        VaultCommand::Recovery(RecoveryCommand::Use(arguments)) => &mut arguments.place,
        VaultCommand::Rotate(arguments) => &mut arguments.place,
        VaultCommand::Verify(arguments) => &mut arguments.place,
        VaultCommand::Salvage(arguments) => &mut arguments.place,
        VaultCommand::Repair(arguments) => &mut arguments.place,
        VaultCommand::Approvals(command) => command.place(),
    }
}
