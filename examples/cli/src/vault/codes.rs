//! `codes`: the codes of a vault.

use authenticator_core::otp::Kind;
use authenticator_core::vault::Item;
use serde::Serialize;

use super::account;
use super::arguments::Codes;
use super::clock::{self, ClockFacts, Told};
use super::opened::{Opened, now};
use super::table::VaultRows;
use crate::refusal::Refusal;
use crate::rows::Source;
use crate::{End, Failure, output, watch};

/// The code of one account, as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    id: String,
    issuer: Option<&'a str>,
    name: &'a str,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    seconds_left: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockFacts>,
}

/// Gives the codes of all accounts, or of those that are named.
pub(super) fn run(arguments: &Codes) -> Result<End, Failure> {
    // Before anybody is asked for a PIN: it tells the time of this moment.
    let told = Told::read(&arguments.server)?;
    let json = arguments.place.json;
    if arguments.accounts.is_empty() {
        let mut rows = VaultRows::open(&arguments.place, told)?;
        if let Some(facts) = rows.clock().filter(|_| !json) {
            facts.say();
        }
        let until = arguments.watch.then_some(arguments.seconds);
        return watch::show(&mut rows, until, json);
    }
    let opened = Opened::open(&arguments.place)?;
    told.teach(&opened.vault)?;
    // All that are meant are known before the first counter goes up.
    let references = arguments.accounts.iter();
    let items = references.map(|reference| account::meant(&opened, reference));
    let items = items.collect::<Result<Vec<Item>, Refusal>>()?;
    let periods = items.iter().filter_map(|item| item.kind().period());
    let clock = told.facts(&opened.vault, clock::shortest(periods), now()?);
    if let Some(facts) = clock.as_ref().filter(|_| !json) {
        facts.say();
    }
    for item in &items {
        give(&opened, item, &told, clock, json)?;
    }
    Ok(End::Done)
}

/// Writes the code of `item`: its next one, where it goes by a counter.
fn give(
    opened: &Opened,
    item: &Item,
    told: &Told,
    clock: Option<ClockFacts>,
    json: bool,
) -> Result<(), Failure> {
    let now = now()?;
    let mut answer = Answer {
        id: item.id().to_string(),
        issuer: item.issuer(),
        name: item.name(),
        code: "",
        seconds_left: None,
        period: None,
        counter: None,
        clock,
    };
    let code = if let Kind::Hotp { .. } = item.kind() {
        // The counter of this moment: the account may have been named twice.
        let present = opened.vault.item(item.id(), now).map_err(Refusal::from)?;
        if let Kind::Hotp { counter, .. } = present.kind() {
            answer.counter = Some(counter);
        }
        opened.vault.next_hotp_code(item.id(), now).map_err(Refusal::from)?
    } else {
        let time = told.time(&opened.vault, now)?;
        let all = opened.vault.codes(time, now).map_err(Refusal::from)?;
        let code = all.into_iter().find(|(id, _)| *id == item.id()).map(|(_, code)| code);
        let gone = || Refusal::new("entry_not_found", "there is no such account in the vault");
        let code = code.ok_or_else(gone)?.map_err(Refusal::from)?;
        answer.seconds_left = Some(code.seconds_left_at(time));
        answer.period = Some(code.period.as_secs());
        code.code
    };
    answer.code = code.as_str();
    if json {
        output::json(&answer)?;
    } else {
        output::line(answer.code)?;
    }
    Ok(())
}
