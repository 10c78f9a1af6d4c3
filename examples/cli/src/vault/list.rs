//! `list` and `search`: what is in a vault.

use super::account;
use super::arguments::{List, Search};
use super::opened::{Opened, now};
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// `list`
pub(super) fn list(arguments: &List) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let items = match arguments.trash {
        true => opened.vault.trash(now()?),
        false => opened.vault.items(now()?),
    };
    let items = items.map_err(Refusal::from)?;
    if items.is_empty() && !arguments.place.json {
        output::note(if arguments.trash {
            "The trash is empty."
        } else {
            "The vault is empty; `authenticator add` puts accounts into it."
        });
        return Ok(End::Done);
    }
    account::write(&items, arguments.place.json)?;
    Ok(End::Done)
}

/// `search`
pub(super) fn search(arguments: &Search) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let found = opened.vault.search(&arguments.words.join(" "), now()?);
    let found = found.map_err(Refusal::from)?;
    if found.is_empty() {
        let message = "no account has all these words; `authenticator list` shows all";
        return Err(Refusal::new("no_such_account", message).into());
    }
    account::write(&found, arguments.place.json)?;
    Ok(End::Done)
}
