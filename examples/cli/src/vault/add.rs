//! `add`: accounts into a vault.

use std::io::{self, IsTerminal};

use authenticator_core::SecretString;
use authenticator_core::otp::{Account, Algorithm, Digits, Kind, Parsed, Period};
use authenticator_core::vault::{Added, Duplicates, Entry, EntryId};
use serde::Serialize;

use super::account::{Facts, short, title};
use super::arguments::{Add, Hash, Typed, TypedKind};
use super::ask;
use super::opened::{Opened, now};
use crate::code::{hint, warn};
use crate::lines::Lines;
use crate::picture;
use crate::refusal::{Doubt, Refusal, Refused};
use crate::{End, Failure, output};

/// An account that was added, as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    account: Facts<'a>,
    warnings: Vec<Doubt<'a>>,
}

/// Something that is to be added, and where it stands, in words that go before a warning.
struct Wanted {
    place: String,
    parsed: Result<Parsed, Refusal>,
}

/// Reads everything first: the vault is open for no longer than it takes to add it, in
/// one change.
pub(super) fn run(arguments: &Add) -> Result<End, Failure> {
    let json = arguments.place.json;
    let wanted = wanted(arguments)?;
    let opened = Opened::open(&arguments.place)?;
    let duplicates = if arguments.keep { Duplicates::Keep } else { Duplicates::Refuse };
    let entries: Vec<Entry> = wanted
        .iter()
        .filter_map(|wanted| wanted.parsed.as_ref().ok())
        .map(|parsed| Entry::new(parsed.account.clone()))
        .collect();
    let added = match entries.is_empty() {
        true => Vec::new(),
        false => opened.vault.add_all(entries, duplicates, now()?).map_err(Refusal::from)?,
    };
    let mut added = added.into_iter();
    let only = wanted.len() == 1;
    let mut any_refused = false;
    for Wanted { place, parsed } in &wanted {
        let done = match parsed {
            Ok(parsed) => added_one(added.next()).map(|id| (id, &parsed.warnings)),
            Err(refusal) => Err(refusal.clone()),
        };
        match done {
            Ok((id, warnings)) => {
                let item = opened.vault.item(id, now()?).map_err(Refusal::from)?;
                if json {
                    let warnings = Doubt::all(warnings);
                    output::json(&Answer { account: Facts::of(&item), warnings })?;
                } else {
                    output::line(format_args!("Added {}  {}", short(id), title(&item)))?;
                    warn(warnings, place);
                }
            }
            Err(refusal) if only => return Err(refusal.into()),
            Err(refusal) => {
                any_refused = true;
                if json {
                    output::json(&Refused { error: &refusal })?;
                } else {
                    output::line(format_args!("error: {refusal}"))?;
                }
            }
        }
    }
    Ok(End::refused_if(any_refused))
}

/// Where the account is, or why it was not added.
fn added_one(added: Option<Added>) -> Result<EntryId, Refusal> {
    let like = |kind, what: &str, id: EntryId| {
        let message = format!("{what}: {}; `--keep` adds it all the same", short(id));
        Err(Refusal::new(kind, message).with_id(id.to_string()))
    };
    match added {
        Some(Added::New(id)) => Ok(id),
        Some(Added::SameAccount(id)) => {
            like("same_account", "the vault has this account already", id)
        }
        Some(Added::SameName(id)) => {
            like("same_name", "the vault has an account of this name with another secret", id)
        }
        None => Err(Refusal::new("unknown", "the vault did not say what became of it")),
    }
}

/// Everything that is to be added, in order.
fn wanted(arguments: &Add) -> Result<Vec<Wanted>, Refusal> {
    if arguments.manual {
        let parsed = typed(&arguments.typed)?;
        return Ok(vec![Wanted { place: String::new(), parsed: Ok(parsed) }]);
    }
    let mut all = Vec::new();
    if !arguments.scan.is_empty() {
        for (number, path) in (1..).zip(&arguments.scan) {
            let codes = picture::codes(path)?;
            if codes.is_empty() {
                let missing = Refusal::new("no_code", "there is no QR code in the picture");
                let place = format!("picture {number}: ");
                all.push(Wanted { place, parsed: Err(missing) });
            }
            for code in codes {
                let text = code.map_err(Refusal::from);
                all.push(Wanted {
                    place: String::new(),
                    parsed: text.and_then(|text| read(&text)),
                });
            }
        }
        return Ok(all);
    }
    if arguments.uri.expose() != "-" {
        return Ok(vec![Wanted { place: String::new(), parsed: read(&arguments.uri) }]);
    }
    hint("URIs, one a line");
    for line in Lines::new(io::stdin().lock()) {
        let line = line?;
        let place = format!("line {}: ", line.number);
        all.push(Wanted { place, parsed: line.text.and_then(|text| read(&text)) });
    }
    if all.is_empty() {
        return Err(Refusal::new("no_uri", "there is no URI on standard input"));
    }
    Ok(all)
}

fn read(text: &SecretString) -> Result<Parsed, Refusal> {
    Ok(Account::from_uri(text.expose())?)
}

/// An account that a person types.
fn typed(typed: &Typed) -> Result<Parsed, Refusal> {
    let kind = typed.kind()?;
    // A script gives the secret alone on standard input, and the rest as arguments.
    let ask = |given: &Option<String>, prompt: &str| match given {
        Some(text) => Ok(text.clone()),
        None if io::stdin().is_terminal() => ask::shown(prompt),
        None => Ok(String::new()),
    };
    let issuer = ask(&typed.issuer, "Issuer (such as the service's name): ")?;
    let name = ask(&typed.name, "Account (such as your address there): ")?;
    let secret = if io::stdin().is_terminal() {
        ask::hidden("Secret: ", "standard input")?
    } else {
        let line = Lines::new(io::stdin().lock()).next();
        let missing = || Refusal::new("missing_secret", "there is no secret on standard input");
        line.ok_or_else(missing)??.text?
    };
    Ok(Account::from_typed_secret(&issuer, &name, kind, secret.expose().trim())?)
}

impl Typed {
    /// How the codes are made.
    fn kind(&self) -> Result<Kind, Refusal> {
        let numbers = self.digits.is_some() || self.algorithm.is_some();
        let misplaced = match self.kind {
            TypedKind::Totp => self.counter.is_some(),
            TypedKind::Hotp => self.period.is_some(),
            _ => numbers || self.period.is_some() || self.counter.is_some(),
        };
        if misplaced {
            return Err(Refusal::new(
                "conflicting_parameter",
                "digits, period, algorithm and counter do not all go with this type",
            ));
        }
        let algorithm = self.algorithm.map(Algorithm::from).unwrap_or_default();
        let digits = self.digits.map(Digits::new).transpose()?.unwrap_or_default();
        Ok(match self.kind {
            TypedKind::Totp => {
                let period = self.period.map(Period::from_secs).transpose()?.unwrap_or_default();
                Kind::Totp { algorithm, digits, period }
            }
            TypedKind::Hotp => {
                Kind::Hotp { algorithm, digits, counter: self.counter.unwrap_or_default() }
            }
            TypedKind::Steam => Kind::Steam,
            TypedKind::Motp => Kind::Motp,
            TypedKind::Yandex => Kind::Yandex,
        })
    }
}

impl From<Hash> for Algorithm {
    fn from(hash: Hash) -> Self {
        match hash {
            Hash::Sha1 => Self::Sha1,
            Hash::Sha224 => Self::Sha224,
            Hash::Sha256 => Self::Sha256,
            Hash::Sha384 => Self::Sha384,
            Hash::Sha512 => Self::Sha512,
        }
    }
}
