//! `demo`: the first minute of somebody who has just cloned the repository.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::cargo::{self, cargo};
use crate::stop::Stop;

/// A picture with the QR codes of several accounts, whose secrets are no secrets.
const PICTURE: &str = "examples/cli/samples/accounts.png";

/// How the command line is run from here.
const PROGRAM: &str = "cargo run --quiet -p authenticator-cli --";

/// What to try next. The secret is the one that RFC 6238 publishes.
const NEXT: &str = "
You have just seen what an authenticator does: it read QR codes from a picture, kept
the accounts in an encrypted vault, and made the codes that a person types. The vault
of this demo is gone again. Try next:

  a vault of your own, with a PIN and a recovery key
    cargo run -p authenticator-cli -- init --pin

  an account from the picture of a QR code, or a link
    cargo run -p authenticator-cli -- add --scan examples/cli/samples/accounts.png

  its codes, live
    cargo run -p authenticator-cli -- codes --watch

  what a link asks for, and what is doubtful about it, without a vault
    cargo run -p authenticator-cli -- inspect 'otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

  the QR code of it, to scan with your phone
    cargo run -p authenticator-cli -- qr 'otpauth://totp/Example:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

  everything else it can do
    cargo run -p authenticator-cli -- --help

  everything that must hold before a change lands
    cargo xtask test
";

/// Fills a fresh vault, shows its codes for ten seconds, or once where nobody watches,
/// then what to try next.
pub(crate) fn run() -> Result<ExitCode, Stop> {
    println!("Building the command line");
    cargo::run(&mut cargo("build", &["--package", "authenticator-cli"]))?;

    let vault = Vault::new()?;
    println!("A vault in a temporary folder, and the QR codes in {PICTURE}.");
    println!("$ authenticator here is {PROGRAM}\n");
    vault.show(&["init"])?;
    // Two of its accounts have one secret, which would be refused otherwise.
    vault.show(&["add", "--keep", "--scan", PICTURE])?;
    vault.show(&["tag", "bank alice@", "work"])?;
    vault.show(&["list"])?;
    if io::stdout().is_terminal() {
        vault.show(&["codes", "--watch", "--for", "10"])?;
    }
    vault.show(&["codes"])?;
    vault.show(&["verify"])?;

    print!("{NEXT}");
    Ok(ExitCode::SUCCESS)
}

/// Shows and checks what somebody sees who runs the demo where nobody watches.
pub(crate) fn check() -> Result<(), Stop> {
    let vault = Vault::new()?;
    vault.show(&["init"])?;
    vault.show(&["add", "--keep", "--scan", PICTURE])?;
    let seen = cargo::read(&mut vault.authenticator(&["codes"]))?;
    print!("{seen}");
    match codes_in(&seen) {
        0 => Err(Stop::failed("the demo shows no code")),
        _ => Ok(()),
    }
}

/// A vault in a folder of its own, which goes with this value.
struct Vault(PathBuf);

impl Vault {
    fn new() -> Result<Self, Stop> {
        // Numbers of processes come again, and a run that was killed leaves its folder.
        let random = RandomState::new().hash_one(std::process::id());
        let name = format!("authenticator-demo-{random:016x}");
        let folder = std::env::temp_dir().join(name);
        // One that is there already is somebody else's.
        fs::create_dir(&folder)
            .map_err(|error| Stop::failed(format!("{}: {error}", folder.display())))?;
        Ok(Self(folder))
    }

    /// Runs a command on it, as a person types it.
    fn show(&self, arguments: &[&str]) -> Result<(), Stop> {
        println!("$ authenticator {}", arguments.iter().map(quoted).collect::<Vec<_>>().join(" "));
        cargo::run(&mut self.authenticator(arguments))?;
        println!();
        Ok(())
    }

    /// The command line on it.
    fn authenticator(&self, arguments: &[&str]) -> Command {
        let mut command =
            cargo("run", &["--quiet", "--package", "authenticator-cli", "--bin", "authenticator"]);
        command.args(["--", "--vault"]).arg(self.0.join("vault")).args(arguments);
        command
    }
}

impl Drop for Vault {
    fn drop(&mut self) {
        // What is left in a temporary folder goes with it.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A word as it is typed into a shell.
fn quoted(word: &&str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { (*word).to_owned() }
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
