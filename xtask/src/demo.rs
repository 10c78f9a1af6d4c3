//! `demo`: the first minute of somebody who has just cloned the repository.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, ExitCode, Stdio};

use crate::cargo::{self, cargo};
use crate::stop::Stop;

/// A picture with the QR codes of several accounts, whose secrets are no secrets.
const PICTURE: &str = "examples/cli/samples/accounts.png";

/// What to try next. The secret is the one that RFC 6238 publishes.
const NEXT: &str = "
You have just seen what an authenticator does: it read QR codes from a picture
and made the codes that a person types. Try next:

  one code, of the secret that RFC 6238 publishes
    cargo run -p authenticator-cli -- code 'otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

  what such a link asks for, and what is doubtful about it
    cargo run -p authenticator-cli -- inspect 'otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

  the QR code of it, to scan with your phone
    cargo run -p authenticator-cli -- qr 'otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

  the links in a picture of QR codes
    cargo run -p authenticator-cli -- scan examples/cli/samples/accounts.png

  everything else it can do
    cargo run -p authenticator-cli -- --help

  everything that must hold before a change lands
    cargo xtask test
";

/// Shows live codes for ten seconds, or once where nobody watches, then what to try next.
pub(crate) fn run() -> Result<ExitCode, Stop> {
    println!("Building the command line");
    cargo::run(&mut cargo("build", &["--package", "authenticator-cli"]))?;

    println!("Reading the QR codes in {PICTURE}");
    let links = scan()?;
    println!("It holds {} accounts. Their codes:\n", links.lines().count());
    let mut watch = if io::stdout().is_terminal() {
        authenticator(&["watch", "--for", "10", "-"])
    } else {
        authenticator(&["watch", "-"])
    };
    feed(&mut watch, &links)?;

    print!("{NEXT}");
    Ok(ExitCode::SUCCESS)
}

/// Shows and checks what somebody sees who runs the demo where nobody watches.
pub(crate) fn check() -> Result<(), Stop> {
    let links = scan()?;
    let seen = feed(authenticator(&["watch", "-"]).stdout(Stdio::piped()), &links)?;
    print!("{seen}");
    match codes_in(&seen) {
        0 => Err(Stop::failed("the demo shows no code")),
        _ => Ok(()),
    }
}

/// The links in the picture, one a line.
fn scan() -> Result<String, Stop> {
    let links = cargo::read(&mut authenticator(&["scan", PICTURE]))?;
    if links.trim().is_empty() {
        return Err(Stop::failed(format!("no QR code was read in {PICTURE}")));
    }
    Ok(links)
}

/// The command line, as a person calls it.
fn authenticator(arguments: &[&str]) -> Command {
    let mut command =
        cargo("run", &["--quiet", "--package", "authenticator-cli", "--bin", "authenticator"]);
    command.arg("--").args(arguments);
    command
}

/// Runs a program that reads `input`, and gives what it wrote where that was asked for.
fn feed(command: &mut Command, input: &str) -> Result<String, Stop> {
    let unstarted = |error: io::Error| Stop::failed(format!("authenticator: {error}"));

    let mut child = command.stdin(Stdio::piped()).spawn().map_err(unstarted)?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that ends before it has read everything says why in its exit code.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(unstarted)?;
    if !output.status.success() {
        return Err(Stop::like(output.status, format!("authenticator: {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// In how many lines a code stands: six to ten digits, perhaps in groups of three or more.
fn codes_in(text: &str) -> usize {
    text.lines().filter(|line| has_code(line)).count()
}

fn has_code(line: &str) -> bool {
    let mut digits = 0;
    for word in line.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()) {
        let is_group = word.len() >= 3 && word.bytes().all(|byte| byte.is_ascii_digit());
        digits = if is_group { digits + word.len() } else { 0 };
        if (6..=10).contains(&digits) {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_found_however_they_are_grouped() {
        assert!(has_code("Example  alice  287082  17 s"));
        assert!(has_code("Example  alice  287 082  17 s"));
        assert!(has_code("9428 7082"));
        assert!(has_code("│ 287 082 │"));
    }

    #[test]
    fn other_numbers_are_no_code() {
        assert!(!has_code("2026-11-22 10:30"));
        assert!(!has_code("alice 123 and 456"));
        assert!(!has_code("17 s left, account 12345"));
        assert_eq!(codes_in("alice\n287082\n\nbob 081804"), 2);
    }
}
