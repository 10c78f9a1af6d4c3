//! `rm`, `undelete` and `purge`: the way out of a vault.

use authenticator_core::vault::{EntryId, Item};
use serde::Serialize;

use super::arguments::{Purge, Rm, Undelete};
use super::opened::{Opened, now};
use super::{account, ask};
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// What was destroyed, as JSON.
#[derive(Debug, Serialize)]
struct Purged {
    purged: Vec<String>,
}

/// `rm`
pub(super) fn rm(arguments: &Rm) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let items = each(&arguments.accounts, |reference| account::meant(&opened, reference))?;
    opened.vault.put_in_trash(&ids(&items), now()?).map_err(Refusal::from)?;
    report(&opened, "Trashed", &items, arguments.place.json)
}

/// `undelete`
pub(super) fn undelete(arguments: &Undelete) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let items = each(&arguments.accounts, |reference| account::meant_in_trash(&opened, reference))?;
    opened.vault.take_from_trash(&ids(&items), now()?).map_err(Refusal::from)?;
    report(&opened, "Restored", &items, arguments.place.json)
}

/// `purge`
pub(super) fn purge(arguments: &Purge) -> Result<End, Failure> {
    let json = arguments.place.json;
    let opened = Opened::open(&arguments.place)?;
    let items = if arguments.all {
        opened.vault.trash(now()?).map_err(Refusal::from)?
    } else {
        each(&arguments.accounts, |reference| account::meant_in_trash(&opened, reference))?
    };
    if !arguments.yes && !items.is_empty() {
        opened.while_asked(|| {
            for item in &items {
                output::note(&format!("  {}  {}", account::short(item.id()), account::title(item)));
            }
            ask::agreed("Nothing brings these back. Destroy them?")
        })?;
    }
    let ids = ids(&items);
    if !ids.is_empty() {
        opened.vault.purge(&ids, now()?).map_err(Refusal::from)?;
    }
    if json {
        output::json(&Purged { purged: ids.iter().map(ToString::to_string).collect() })?;
    } else {
        output::line(format_args!("Destroyed {}.", counted(ids.len())))?;
    }
    Ok(End::Done)
}

/// The accounts that are meant, each once.
fn each(
    references: &[String],
    meant: impl Fn(&str) -> Result<Item, Refusal>,
) -> Result<Vec<Item>, Refusal> {
    let mut items: Vec<Item> = Vec::new();
    for reference in references {
        let item = meant(reference)?;
        if items.iter().all(|other| other.id() != item.id()) {
            items.push(item);
        }
    }
    Ok(items)
}

fn ids(items: &[Item]) -> Vec<EntryId> {
    items.iter().map(|item| item.id()).collect()
}

/// Says what became of `items`.
fn report(opened: &Opened, done: &str, items: &[Item], json: bool) -> Result<End, Failure> {
    for item in items {
        let item = opened.vault.item(item.id(), now()?).map_err(Refusal::from)?;
        account::report(done, &item, json)?;
    }
    Ok(End::Done)
}

fn counted(count: usize) -> String {
    match count {
        0 => "nothing".to_owned(),
        1 => "one account".to_owned(),
        count => format!("{count} accounts"),
    }
}
