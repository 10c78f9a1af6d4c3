//! `qr`: an account as a QR code.

use std::io::{self, IsTerminal};

use authenticator_core::SecretString;
use authenticator_core::otp::{Account, Warning};
use authenticator_core::transfer::qr::QrCode;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::arguments::Qr;
use crate::code::{hint, warn};
use crate::file::{self, Existing};
use crate::lines::Lines;
use crate::refusal::{Doubt, Refusal, Refused};
use crate::style::{self, RESET};
use crate::{End, Failure, output};

/// Light modules around a code (ISO/IEC 18004, section 9.1).
const QUIET_ZONE: u32 = 4;

/// Black on white, whatever the terminal's theme makes of its first 16 colours.
const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";

/// A code as JSON: the modules row by row, `1` for dark.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    size: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    rows: Option<Vec<Zeroizing<String>>>,
    warnings: Vec<Doubt<'a>>,
}

/// Shows the account, or writes a drawing of it.
pub(crate) fn run(arguments: &Qr) -> Result<End, Failure> {
    match show(arguments) {
        Err(Failure::Refused(refusal)) if arguments.json => {
            output::json(&Refused { error: &refusal })?;
            Ok(End::Refused)
        }
        other => other.map(|()| End::Done),
    }
}

fn show(arguments: &Qr) -> Result<(), Failure> {
    let text = match arguments.uri.expose() {
        "-" => only_line()?,
        _ => arguments.uri.clone(),
    };
    let parsed = Account::from_uri(text.expose()).map_err(Refusal::from)?;
    let code = QrCode::encode(parsed.account.to_uri().expose()).map_err(Refusal::from)?;
    let to_stdout = arguments.svg.as_ref().is_some_and(|path| path.as_os_str() == "-");
    if arguments.json && to_stdout {
        let message = "`--json` and a drawing cannot both go to standard output";
        return Err(Refusal::new("conflicting_output", message).into());
    }
    if let Some(path) = arguments.svg.as_ref().filter(|_| !to_stdout) {
        let existing = if arguments.force { Existing::Replace } else { Existing::Keep };
        file::write_secret(path, code.to_svg().expose(), existing)?;
    }
    if arguments.json {
        return json(&code, arguments.svg.is_none(), &parsed.warnings);
    }
    warn(&parsed.warnings, "");
    if to_stdout {
        output::line(code.to_svg().expose())?;
    } else if arguments.svg.is_none() {
        draw(&code, arguments.invert)?;
    }
    Ok(())
}

/// The only URI on standard input. Two are refused: which one is meant?
fn only_line() -> Result<SecretString, Refusal> {
    hint("a URI");
    let mut lines = Lines::new(io::stdin().lock());
    let line = lines
        .next()
        .ok_or_else(|| Refusal::new("no_uri", "there is no URI on standard input"))??;
    match lines.next() {
        None => line.text,
        Some(_) => Err(Refusal::new(
            "several_uris",
            "there are several URIs on standard input: give one at a time",
        )),
    }
}

fn json(code: &QrCode, with_rows: bool, warnings: &[Warning]) -> Result<(), Failure> {
    let digit = |&dark: &bool| if dark { '1' } else { '0' };
    let row = |row: &[bool]| Zeroizing::new(row.iter().map(digit).collect());
    let rows = with_rows.then(|| code.rows().map(row).collect());
    let warnings = Doubt::all(warnings);
    Ok(output::json(&Answer { size: code.size(), rows, warnings })?)
}

/// Draws `code` in half blocks, two modules a character.
///
/// On a terminal with colours it is black on white. Elsewhere the light modules
/// are what is drawn, as most terminals are dark; `invert` is for the others.
fn draw(code: &QrCode, invert: bool) -> Result<(), Failure> {
    let side = code.size() + 2 * QUIET_ZONE;
    let terminal = io::stdout().is_terminal();
    if terminal && crossterm::terminal::size().is_ok_and(|(width, _)| u32::from(width) < side) {
        let message = format!(
            "the code is {side} columns wide and the terminal is not: widen it, or use `--svg`"
        );
        return Err(Refusal::new("narrow_terminal", message).into());
    }
    let colours = style::colours_on_stdout();
    // The block is the dark module in black on white, and wherever asked for.
    let dark_is_drawn = colours || invert;
    let drawn = |x: u32, y: u32| {
        let dark = x.checked_sub(QUIET_ZONE).zip(y.checked_sub(QUIET_ZONE));
        // Below the last row of an odd number there is nothing.
        y < side && dark.is_some_and(|(x, y)| code.is_dark(x, y)) == dark_is_drawn
    };
    // A block takes three bytes: grown, the text would leave copies behind.
    let room = (3 * side + 32) * side.div_ceil(2);
    let mut text = Zeroizing::new(String::with_capacity(usize::try_from(room).unwrap_or(0)));
    for y in (0..side).step_by(2) {
        if colours {
            text.push_str(BLACK_ON_WHITE);
        }
        for x in 0..side {
            text.push(match (drawn(x, y), drawn(x, y + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            });
        }
        if colours {
            text.push_str(RESET);
        }
        text.push('\n');
    }
    Ok(output::text(&text)?)
}
