//! `code`: the code of an account, or of each line of standard input.

use std::io::{self, IsTerminal};
use std::time::{SystemTime, UNIX_EPOCH};

use authenticator_core::otp::{Account, Generator, Kind, Parsed, Warning};
use authenticator_core::{SecretString, UnixTime};
use serde::Serialize;

use crate::arguments::Code;
use crate::lines::Lines;
use crate::refusal::{Doubt, Refusal, Refused};
use crate::{End, Failure, names, output};

/// A code as JSON.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Answer<'a> {
    ByTime { code: &'a str, next: Option<&'a str>, seconds_left: u64, warnings: Vec<Doubt<'a>> },
    ByCounter { code: &'a str, counter: u64, warnings: Vec<Doubt<'a>> },
}

/// Gives the code of the argument, or of each line.
pub(crate) fn run(arguments: &Code) -> Result<End, Failure> {
    let pin = arguments.pin.read()?;
    let code_of = |uri: &str, place: &str| {
        let time = match arguments.at {
            Some(secs) => UnixTime::from_secs(secs),
            None => now()?,
        };
        let Parsed { account, warnings } = Account::from_uri(uri).map_err(Refusal::from)?;
        let generator = account.generator(pin.as_ref()).map_err(Refusal::from)?;
        if !arguments.json {
            warn(&warnings, place);
        }
        answer(&account, &generator, time, &warnings, arguments.json)
    };
    each(&arguments.uri, arguments.json, code_of)
}

/// Writes the code of `account` at `time`.
fn answer(
    account: &Account,
    generator: &Generator,
    time: UnixTime,
    warnings: &[Warning],
    json: bool,
) -> Result<(), Failure> {
    let doubts = Doubt::all(warnings);
    match generator {
        Generator::Totp(totp) => {
            let now = totp.code_at(time);
            if !json {
                return Ok(output::line(now.code.as_str())?);
            }
            let next = totp.next_code_at(time);
            let next = next.as_ref().map(|next| next.code.as_str());
            let seconds_left = now.seconds_left_at(time);
            let code = now.code.as_str();
            output::json(&Answer::ByTime { code, next, seconds_left, warnings: doubts })?;
        }
        Generator::Hotp(hotp) => {
            let Kind::Hotp { counter, .. } = account.kind() else {
                return Err(Refusal::new(names::UNKNOWN, "the account has no counter").into());
            };
            let code = hotp.code(counter);
            if !json {
                return Ok(output::line(code.as_str())?);
            }
            output::json(&Answer::ByCounter { code: code.as_str(), counter, warnings: doubts })?;
        }
    }
    Ok(())
}

/// Does `one` for the URI in `argument` or, if that is `-`, for each line of
/// standard input, and puts each refusal where the result would stand.
///
/// `one` also gets where the URI stands, in words that go before a warning.
pub(crate) fn each(
    argument: &SecretString,
    json: bool,
    mut one: impl FnMut(&str, &str) -> Result<(), Failure>,
) -> Result<End, Failure> {
    if argument.expose() != "-" {
        return match one(argument.expose(), "") {
            Err(Failure::Refused(refusal)) if json => {
                output::json(&Refused { error: &refusal })?;
                Ok(End::Refused)
            }
            other => other.map(|()| End::Done),
        };
    }
    hint("URIs, one a line");
    let mut any_refused = false;
    for line in Lines::new(io::stdin().lock()) {
        let line = line?;
        let place = format!("line {}: ", line.number);
        let done = line.text.map_err(Failure::from).and_then(|text| one(text.expose(), &place));
        match done {
            Ok(()) => {}
            Err(Failure::Refused(refusal)) => {
                any_refused = true;
                if json {
                    output::json(&Refused { error: &refusal })?;
                } else {
                    output::line(format_args!("error: {refusal}"))?;
                }
            }
            Err(output) => return Err(output),
        }
    }
    Ok(End::refused_if(any_refused))
}

/// Says what is waited for, where a person would otherwise look at nothing.
pub(crate) fn hint(what: &str) {
    if io::stdin().is_terminal() {
        output::note(&format!("Reading {what}; Ctrl-D ends."));
    }
}

/// Says each warning on standard error, after `place`.
pub(crate) fn warn(warnings: &[Warning], place: &str) {
    for warning in warnings {
        output::warning(&format!("{place}{}", names::warning_sentence(warning)));
    }
}

/// The present moment.
///
/// # Errors
///
/// The clock stands before 1970, so that every code would be wrong.
pub(crate) fn now() -> Result<UnixTime, Refusal> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| {
        Refusal::new("wrong_clock", "the system's clock stands before 1970: set it")
    })?;
    Ok(UnixTime::from_secs(since.as_secs()))
}
