//! `inspect`: what a URI holds.

use authenticator_core::otp::{Account, Kind, Parsed};
use serde::Serialize;

use crate::arguments::Inspect;
use crate::code::{each, warn};
use crate::refusal::{Doubt, Refusal};
use crate::{End, Failure, names, output};

/// What a URI holds, as JSON.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    account: Facts<'a>,
    warnings: Vec<Doubt<'a>>,
}

/// An account's facts, in the order in which they are shown.
#[derive(Debug, Serialize)]
struct Facts<'a> {
    kind: &'static str,
    issuer: Option<&'a str>,
    name: &'a str,
    algorithm: &'static str,
    digits: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    counter: Option<u64>,
    secret_bits: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
}

/// Says what the argument, or each line, holds.
pub(crate) fn run(arguments: &Inspect) -> Result<End, Failure> {
    let mut first = true;
    each(&arguments.uri, arguments.json, |uri, place| {
        let Parsed { account, warnings } = Account::from_uri(uri).map_err(Refusal::from)?;
        let secret = arguments.reveal.then(|| account.secret_text());
        let facts = facts(&account, secret.as_ref().map(|secret| secret.expose()));
        if arguments.json {
            let warnings = Doubt::all(&warnings);
            return Ok(output::json(&Answer { account: facts, warnings })?);
        }
        warn(&warnings, place);
        if !std::mem::take(&mut first) {
            output::line("")?;
        }
        show(&facts)
    })
}

fn facts<'a>(account: &'a Account, secret: Option<&'a str>) -> Facts<'a> {
    let kind = account.kind();
    let counter = match kind {
        Kind::Hotp { counter, .. } => Some(counter),
        _ => None,
    };
    Facts {
        kind: names::kind(kind),
        issuer: account.issuer(),
        name: account.name(),
        algorithm: names::algorithm(kind),
        digits: kind.code_length(),
        period: kind.period().map(|period| period.as_secs()),
        counter,
        secret_bits: account.secret().expose().len() * 8,
        secret,
        image: account.image(),
    }
}

/// Writes `facts` for people, one a line.
fn show(facts: &Facts<'_>) -> Result<(), Failure> {
    output::line(format_args!("kind       {}", facts.kind))?;
    output::line(format_args!("issuer     {}", facts.issuer.unwrap_or("-")))?;
    output::line(format_args!("name       {}", facts.name))?;
    output::line(format_args!("algorithm  {}", facts.algorithm))?;
    output::line(format_args!("digits     {}", facts.digits))?;
    if let Some(period) = facts.period {
        output::line(format_args!("period     {period} seconds"))?;
    }
    if let Some(counter) = facts.counter {
        output::line(format_args!("counter    {counter}"))?;
    }
    match facts.secret {
        Some(secret) => output::line(format_args!("secret     {secret}"))?,
        None => {
            let bits = facts.secret_bits;
            output::line(format_args!("secret     {bits} bits (`--reveal` shows it)"))?;
        }
    }
    if let Some(image) = facts.image {
        output::line(format_args!("image      {image}"))?;
    }
    Ok(())
}
