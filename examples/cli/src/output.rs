//! Standard output and standard error.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

use crate::style::{self, RESET, Style};

/// Writes `line` and a line feed to standard output.
pub(crate) fn line(line: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{line}")
}

/// Writes `text` as it is to standard output.
pub(crate) fn text(text: &str) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text.as_bytes())?;
    stdout.flush()
}

/// Writes `value` as one line of JSON to standard output.
///
/// It goes there directly: a text in between would leave a copy of what `value`
/// may hold.
pub(crate) fn json(value: &impl Serialize) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    serde_json::to_writer(&mut stdout, value)?;
    writeln!(stdout)
}

/// Whether `flag` is down: for fields that are written where they are up.
pub(crate) fn is_down(flag: &bool) -> bool {
    !flag
}

/// Says to the person at the terminal why something was refused.
pub(crate) fn error(message: &str) {
    labelled("error:", Style::Red, message);
}

/// Says to the person at the terminal what was doubtful.
pub(crate) fn warning(message: &str) {
    labelled("warning:", Style::Yellow, message);
}

/// Says something to the person at the terminal.
pub(crate) fn note(message: &str) {
    // There is nowhere left to say that standard error is closed.
    let _ = writeln!(io::stderr().lock(), "{message}");
}

fn labelled(label: &str, style: Style, message: &str) {
    if style::colours_on_stderr() {
        note(&format!("{}{label}{RESET} {message}", style.start()));
    } else {
        note(&format!("{label} {message}"));
    }
}
