//! Standard output and standard error.

use std::fmt::{Display, Write as _};
use std::io::{self, Write};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::style::{self, RESET, Style};

/// `text` on one line, whatever it has in it: percent-encoded is what would end the line,
/// steer the terminal, or turn the direction of writing and mislead who reads it. In a URI
/// that is the same text.
pub(crate) fn visible(text: &str) -> Zeroizing<String> {
    // Every byte becomes three at the most: grown, it would leave copies of a secret behind.
    let mut shown = Zeroizing::new(String::with_capacity(3 * text.len()));
    for character in text.chars() {
        let misleading = matches!(
            character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
        );
        if character.is_control() || misleading {
            for byte in character.encode_utf8(&mut [0; 4]).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(shown, "%{byte:02X}");
            }
        } else {
            shown.push(character);
        }
    }
    shown
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_makes_two_lines() {
        let shown = visible("a\r\nb\u{2028}\x1b[2J\u{202e}é");

        assert_eq!(*shown, "a%0D%0Ab%E2%80%A8%1B[2J%E2%80%AEé");
    }
}
