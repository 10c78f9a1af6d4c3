//! Which account is meant, and how it is shown.

use authenticator_core::otp::Kind;
use authenticator_core::vault::{EntryId, Item, VaultError};
use serde::Serialize;

use super::opened::{Opened, now};
use crate::refusal::{Candidate, Refusal};
use crate::{names, output, width};

/// The fewest digits of an id that name an account.
const FEWEST_DIGITS: usize = 4;
/// How many digits of an id are shown: two accounts hardly ever share them.
const SHOWN_DIGITS: usize = 8;
/// How many candidates are listed.
const MOST_CANDIDATES: usize = 10;

/// An account as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Facts<'a> {
    id: String,
    kind: &'static str,
    issuer: Option<&'a str>,
    name: &'a str,
    algorithm: &'static str,
    digits: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
    note: Option<&'a str>,
    tags: Vec<&'a str>,
    group: Option<&'a str>,
    pinned: bool,
    has_icon: bool,
    recovery_codes_left: usize,
    created: u64,
    trashed: Option<u64>,
}

impl<'a> Facts<'a> {
    pub(super) fn of(item: &'a Item) -> Self {
        let counter = match item.kind() {
            Kind::Hotp { counter, .. } => Some(counter),
            _ => None,
        };
        Self {
            id: item.id().to_string(),
            kind: names::kind(item.kind()),
            issuer: item.issuer(),
            name: item.name(),
            algorithm: names::algorithm(item.kind()),
            digits: item.kind().code_length(),
            period: item.kind().period().map(|period| period.as_secs()),
            counter,
            note: item.note(),
            tags: item.tags(),
            group: item.group(),
            pinned: item.is_pinned(),
            has_icon: item.has_icon(),
            recovery_codes_left: item.recovery_codes_left(),
            created: item.created().as_secs(),
            trashed: item.trashed().map(|time| time.as_secs()),
        }
    }
}

/// The start of an id, as a person types it.
pub(super) fn short(id: EntryId) -> String {
    id.to_string().chars().take(SHOWN_DIGITS).collect()
}

/// What an account is called in a sentence.
pub(super) fn title(item: &Item) -> String {
    match item.issuer() {
        Some(issuer) => format!("{issuer}: {}", item.name()),
        None => item.name().to_owned(),
    }
}

/// The account outside the trash that `reference` means.
pub(super) fn meant(opened: &Opened, reference: &str) -> Result<Item, Refusal> {
    let items = opened.vault.items(now()?)?;
    only(items, reference, "`authenticator list` shows all")
}

/// The account in the trash that `reference` means.
pub(super) fn meant_in_trash(opened: &Opened, reference: &str) -> Result<Item, Refusal> {
    let items = opened.vault.trash(now()?)?;
    only(items, reference, "`authenticator list --trash` shows what is in the trash")
}

/// The only one of `items` whose id begins with `reference`, or that has all its words.
/// What means two accounts means none.
fn only(items: Vec<Item>, reference: &str, hint: &str) -> Result<Item, Refusal> {
    if let Some(id) = EntryId::parse(reference) {
        let item = items.into_iter().find(|item| item.id() == id);
        return item.ok_or_else(|| VaultError::EntryNotFound.into());
    }
    let lower = reference.to_lowercase();
    let words: Vec<&str> = lower.split_whitespace().collect();
    let digits = lower.len() >= FEWEST_DIGITS && lower.bytes().all(|byte| byte.is_ascii_hexdigit());
    let mut found: Vec<Item> = items
        .into_iter()
        .filter(|item| {
            let by_id = digits && item.id().to_string().starts_with(&lower);
            by_id || (!words.is_empty() && has_words(item, &words))
        })
        .collect();
    match found.len() {
        0 => Err(Refusal::new("no_such_account", format!("no account is meant by that; {hint}"))),
        1 => Ok(found.remove(0)),
        count => Err(ambiguous(&found, count)),
    }
}

/// Whether all `words` occur, as in a search.
fn has_words(item: &Item, words: &[&str]) -> bool {
    let texts = [item.issuer(), Some(item.name()), item.group()];
    let texts = texts.into_iter().chain([item.note()]).flatten();
    let texts: Vec<String> = texts.chain(item.tags()).map(str::to_lowercase).collect();
    words.iter().all(|word| texts.iter().any(|text| text.contains(word)))
}

fn ambiguous(found: &[Item], count: usize) -> Refusal {
    let mut message = format!("{count} accounts are meant by that; say which one:");
    for item in found.iter().take(MOST_CANDIDATES) {
        message.push_str(&format!("\n  {}  {}", short(item.id()), title(item)));
    }
    if count > MOST_CANDIDATES {
        message.push_str("\n  …");
    }
    let candidates = found.iter().take(MOST_CANDIDATES).map(|item| Candidate {
        id: item.id().to_string(),
        issuer: item.issuer().map(str::to_owned),
        name: item.name().to_owned(),
    });
    Refusal::new("ambiguous_account", message).with_candidates(candidates.collect())
}

/// Writes accounts as a table, or as JSON.
pub(super) fn write(items: &[Item], json: bool) -> std::io::Result<()> {
    if json {
        return items.iter().try_for_each(|item| output::json(&Facts::of(item)));
    }
    let cells = |item: &Item| {
        let issuer = item.issuer().unwrap_or("-").to_owned();
        let mut more: Vec<String> = item.group().map(str::to_owned).into_iter().collect();
        more.extend(item.tags().iter().map(|tag| format!("#{tag}")));
        more.extend(item.is_pinned().then(|| "pinned".to_owned()));
        more.extend(match item.recovery_codes_left() {
            0 => None,
            1 => Some("1 recovery code".to_owned()),
            left => Some(format!("{left} recovery codes")),
        });
        let kind = names::kind(item.kind()).to_owned();
        // A vault that something else wrote may have anything in it.
        let visible = |text: &str| output::visible(text).to_string();
        [short(item.id()), visible(&issuer), visible(item.name()), kind, visible(&more.join(" "))]
    };
    let header = ["id", "issuer", "account", "kind", ""].map(str::to_owned);
    let rows: Vec<[String; 5]> = std::iter::once(header).chain(items.iter().map(cells)).collect();
    let widest = |column: usize| rows.iter().map(|row| width::of(&row[column])).max().unwrap_or(0);
    let widths = [widest(0), widest(1), widest(2), widest(3)];
    for row in &rows {
        let mut line = String::new();
        for (cell, columns) in row.iter().zip(widths) {
            line.push_str(cell);
            line.push_str(&" ".repeat(columns - width::of(cell) + 2));
        }
        line.push_str(&row[4]);
        output::line(line.trim_end())?;
    }
    Ok(())
}

/// Says what became of an account: in one line, or as JSON.
pub(super) fn report(done: &str, item: &Item, json: bool) -> std::io::Result<()> {
    if json {
        return output::json(&Facts::of(item));
    }
    output::line(format_args!("{done} {}  {}", short(item.id()), title(item)))
}
