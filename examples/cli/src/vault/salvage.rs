//! `salvage` and `repair`: what is left of a damaged vault.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::path::Path;

use authenticator_core::vault::{Item, Older, Salvaged, VaultError};
use serde::Serialize;

use super::account::{self, Facts};
use super::init::protection_name;
use super::key_arguments::{Repair, Salvage, Way};
use super::opened::{Opened, now};
use super::place::Paths;
use crate::refusal::Refusal;
use crate::{End, Failure, output};

/// What was found, as JSON.
#[derive(Debug, Serialize)]
struct Found<'a> {
    accounts: usize,
    lost: Vec<String>,
    rolled_back: Option<u64>,
    is_complete: bool,
    /// The state folder cannot be read.
    #[serde(skip_serializing_if = "output::is_down")]
    guard_is_unavailable: bool,
    /// Only where nothing was changed: afterwards `list` shows them.
    #[serde(skip_serializing_if = "Option::is_none")]
    found: Option<Vec<Facts<'a>>>,
    #[serde(flatten)]
    repaired: Option<Repaired>,
}

/// What a repair made, as JSON.
#[derive(Debug, Serialize)]
struct Repaired {
    /// Where the damaged file is kept.
    kept: Option<String>,
    /// What opens the vault now; `null` if that is the recovery key alone.
    protection: Option<&'static str>,
}

/// `salvage`
pub(super) fn salvage(arguments: &Salvage) -> Result<End, Failure> {
    let way = &arguments.way;
    let opened = Opened::open_damaged(&arguments.place, way).map_err(|error| said(error, way))?;
    let report = report(&opened)?;
    let mut items = opened.vault.items(now()?).map_err(Refusal::from)?;
    items.extend(opened.vault.trash(now()?).map_err(Refusal::from)?);
    if arguments.place.json {
        let found = Some(items.iter().map(|item: &Item| Facts::of(item)).collect());
        let guard_is_unavailable = opened.guard_is_unavailable();
        output::json(&Found { found, guard_is_unavailable, ..Found::of(&report) })?;
        return Ok(End::Done);
    }
    account::write(&items, false)?;
    tell(&report)?;
    output::note(if report.is_complete {
        "Nothing is missing. If the vault does not open, `authenticator repair` makes one of this."
    } else {
        "It is not proved that this is everything, and the newest: accounts may be missing, or \
         older than they were. If you have no better copy, `authenticator repair --accept-older` \
         makes a vault of this."
    });
    Ok(End::Done)
}

/// `repair`
pub(super) fn repair(arguments: &Repair) -> Result<End, Failure> {
    let (place, way) = (&arguments.place, &arguments.way);
    let mut opened = Opened::open_damaged(place, way).map_err(|error| said(error, way))?;
    // A row that is lost shows that it is damaged. Without one it may be whole, and is left
    // alone then.
    if report(&opened)?.lost.is_empty() {
        opened = opened.unless_whole(place).map_err(|error| said(error, way))?;
    }
    let path = Paths::of(place)?.vault;
    let before = put_aside(&path);
    let older = if arguments.accept_older { Older::Accept } else { Older::Refuse };
    let report = opened.vault.repair(older, now()?).map_err(|error| match error {
        VaultError::RolledBack { missing } => not_the_newest(missing),
        error => Refusal::from(error),
    })?;
    let kept = put_aside(&path).into_iter().find(|name| !before.contains(name));
    let kept = kept.map(|name| name.to_string_lossy().into_owned());
    let protection = protection_name(&opened).ok();
    if place.json {
        let repaired = Some(Repaired { kept, protection });
        output::json(&Found { repaired, ..Found::of(&report) })?;
        return Ok(End::Done);
    }
    tell(&report)?;
    let kept =
        kept.map_or_else(String::new, |name| format!("; the damaged file is kept as {name}"));
    output::line(format_args!("The vault is repaired{kept}."))?;
    if protection.is_none() {
        output::warning(
            "the recovery key alone opens it: `authenticator recovery use` sets up what else does",
        );
    }
    Ok(End::Done)
}

impl Found<'_> {
    fn of(report: &Salvaged) -> Self {
        Self {
            accounts: report.accounts,
            lost: report.lost.iter().map(ToString::to_string).collect(),
            rolled_back: report.rolled_back,
            is_complete: report.is_complete,
            guard_is_unavailable: false,
            found: None,
            repaired: None,
        }
    }
}

fn report(opened: &Opened) -> Result<Salvaged, Refusal> {
    opened.vault.salvaged(now()?)?.ok_or_else(|| VaultError::NothingToRepair.into())
}

/// Says what was found.
fn tell(report: &Salvaged) -> std::io::Result<()> {
    let Salvaged { accounts, lost, rolled_back, .. } = report;
    output::line(format_args!(
        "Accounts that are whole: {accounts}, records lost: {}.",
        lost.len()
    ))?;
    if let Some(missing) = rolled_back {
        output::line(format_args!("It is an older copy: {missing} changes are missing."))?;
    }
    Ok(())
}

fn not_the_newest(missing: u64) -> Refusal {
    let message = "nothing proves that what is left is everything, and the newest: look at \
                   `authenticator salvage`, and if you have no better copy, take it with \
                   `authenticator repair --accept-older`";
    Refusal::new("rolled_back", message).with_missing(missing)
}

/// The names of what was put aside of the vault at `path`.
fn put_aside(path: &Path) -> BTreeSet<OsString> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let mut start = path.file_name().unwrap_or_default().to_owned();
    start.push(".damaged-");
    let is_meant = |name: &OsString| {
        let number = name.as_encoded_bytes().strip_prefix(start.as_encoded_bytes());
        // Not the log beside it.
        number.is_some_and(|number| number.iter().all(u8::is_ascii_digit))
    };
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new(".")));
    let names = entries.into_iter().flatten().flatten().map(|entry| entry.file_name());
    names.filter(is_meant).collect()
}

/// An error in words that help where the vault is known to be damaged.
fn said(mut refusal: Refusal, way: &Way) -> Refusal {
    let by_recovery_key = way.is_recovery_key();
    refusal.message = match refusal.kind {
        "damaged" => "not enough is left of the vault to open it: put a copy of it back".into(),
        // Nobody knows whether it was there.
        "slot_missing" | "slot_destroyed" if !by_recovery_key => {
            "what opens this vault was destroyed or damaged; `--recovery-key` opens it by the \
             recovery key"
                .into()
        }
        "slot_missing" => "the vault has no recovery key, or it was damaged".into(),
        // That works on a whole vault only.
        _ => refusal.message.replace("`authenticator recovery use`", "`--recovery-key`"),
    };
    refusal
}
