//! `edit`, `tag`, `note`, `move` and `undo`: changes of accounts.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use authenticator_core::SecretString;
use authenticator_core::vault::{self, VaultError};
use serde::Serialize;
use zeroize::Zeroizing;

use super::arguments::{Edit, Move, Note, Place, Tag, Undo, YesNo};
use super::opened::{Opened, now};
use super::{account, ask};
use crate::refusal::Refusal;
use crate::{End, Failure, file, output};

/// The longest note that is read; a longer one than a vault keeps is refused there.
const LONGEST_NOTE: u64 = 64 * 1024;
/// The longest picture that a vault keeps.
const LONGEST_ICON: u64 = 32 * 1024;

/// What `undo` says, as JSON.
#[derive(Debug, Serialize)]
struct Undone {
    undone: bool,
}

/// `edit`
pub(super) fn edit(arguments: &Edit) -> Result<End, Failure> {
    let changes = &arguments.changes;
    // An empty text is none.
    let some = |text: &String| Some(text.clone()).filter(|text| !text.trim().is_empty());
    let mut edits = Vec::new();
    edits.extend(changes.issuer.as_ref().map(|text| vault::Edit::Issuer(some(text))));
    edits.extend(changes.name.as_ref().map(|text| vault::Edit::Name(text.clone())));
    edits.extend(changes.note.as_ref().map(|text| vault::Edit::Note(some(text))));
    edits.extend(changes.group.as_ref().map(|text| vault::Edit::Group(some(text))));
    edits.extend(changes.pinned.map(|pinned| vault::Edit::Pinned(pinned == YesNo::Yes)));
    if changes.no_icon {
        edits.push(vault::Edit::Icon(None));
    } else if let Some(path) = &changes.icon {
        edits.push(vault::Edit::Icon(Some(icon(path)?)));
    }
    if changes.account_pin {
        let prompt = "PIN of the account (nothing removes it): ";
        let pin = if io::stdin().is_terminal() {
            ask::hidden(prompt, "standard input")?
        } else {
            SecretString::new(ask::shown(prompt)?)
        };
        let pin = Some(pin).filter(|pin| !pin.expose().trim().is_empty());
        edits.push(vault::Edit::Pin(pin));
    }
    change(&arguments.place, &arguments.account, |_| edits)
}

/// `tag`
pub(super) fn tag(arguments: &Tag) -> Result<End, Failure> {
    change(&arguments.place, &arguments.account, |item| {
        let mut tags: Vec<String> = item.tags().into_iter().map(str::to_owned).collect();
        tags.extend(arguments.tags.iter().cloned());
        tags.retain(|tag| !arguments.remove.contains(tag));
        vec![vault::Edit::Tags(tags)]
    })
}

/// `note`
pub(super) fn note(arguments: &Note) -> Result<End, Failure> {
    let text = match arguments.text.as_str() {
        "-" => from_stdin()?,
        text => text.to_owned(),
    };
    let note = Some(text).filter(|text| !text.trim().is_empty());
    change(&arguments.place, &arguments.account, |_| vec![vault::Edit::Note(note)])
}

/// `move`
pub(super) fn move_to(arguments: &Move) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    let item = account::meant(&opened, &arguments.account)?;
    let before = arguments.to.before.as_ref();
    let before = before.map(|reference| account::meant(&opened, reference)).transpose()?;
    let before = before.map(|item| item.id());
    opened.vault.move_before(item.id(), before, now()?).map_err(Refusal::from)?;
    account::report("Moved", &item, arguments.place.json)?;
    Ok(End::Done)
}

/// `undo`
pub(super) fn undo(arguments: &Undo) -> Result<End, Failure> {
    let opened = Opened::open(&arguments.place)?;
    opened.vault.undo(now()?).map_err(Refusal::from)?;
    if arguments.place.json {
        output::json(&Undone { undone: true })?;
    } else {
        output::line("Undone; once more brings it back.")?;
    }
    Ok(End::Done)
}

/// Changes the account that `reference` means.
fn change(
    place: &Place,
    reference: &str,
    edits: impl FnOnce(&vault::Item) -> Vec<vault::Edit>,
) -> Result<End, Failure> {
    let opened = Opened::open(place)?;
    let item = account::meant(&opened, reference)?;
    opened.vault.edit(item.id(), edits(&item), now()?).map_err(Refusal::from)?;
    let item = opened.vault.item(item.id(), now()?).map_err(Refusal::from)?;
    account::report("Changed", &item, place.json)?;
    Ok(End::Done)
}

/// A picture for an account, as it is.
fn icon(path: &Path) -> Result<Vec<u8>, Refusal> {
    let read = |source: &mut dyn Read| {
        let mut bytes = Vec::new();
        source.take(LONGEST_ICON + 1).read_to_end(&mut bytes).map(|_| bytes)
    };
    let bytes = if path.as_os_str() == "-" {
        read(&mut io::stdin().lock())
    } else {
        file::open(path).and_then(|mut file| read(&mut file))
    };
    let bytes = bytes.map_err(|error| file::unreadable("the picture", &error))?;
    if bytes.is_empty() {
        return Err(Refusal::new("unreadable_file", "the picture is empty"));
    }
    if u64::try_from(bytes.len()).is_ok_and(|length| length > LONGEST_ICON) {
        let message = "the picture is larger than 32 KiB: give a smaller one";
        return Err(Refusal::new("too_large", message));
    }
    Ok(bytes)
}

fn from_stdin() -> Result<String, Refusal> {
    let mut bytes = Zeroizing::new(Vec::new());
    let read = io::stdin().lock().take(LONGEST_NOTE + 1).read_to_end(&mut bytes);
    let read = read.map_err(|error| file::unreadable("the input", &error))?;
    if u64::try_from(read).is_ok_and(|length| length > LONGEST_NOTE) {
        return Err(VaultError::TooLarge.into());
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| Refusal::not_utf8())?;
    Ok(text.trim_end().to_owned())
}
