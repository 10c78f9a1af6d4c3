//! Secrets: from a prompt without an echo, a file descriptor, or the environment.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Write};

use authenticator_core::SecretString;
use authenticator_core::vault::{Pin, RecoveryKey};

use crate::file;
use crate::interrupt::Interrupts;
use crate::lines::Lines;
use crate::refusal::Refusal;

/// The vault's PIN, for scripts.
const PIN: &str = "AUTHENTICATOR_PIN";
/// The PIN that it is to have, for scripts.
const NEW_PIN: &str = "AUTHENTICATOR_NEW_PIN";
/// The PIN that a service checks, for scripts.
const APPROVAL_PIN: &str = "AUTHENTICATOR_APPROVAL_PIN";
/// The one that it is to be, for scripts.
const NEW_APPROVAL_PIN: &str = "AUTHENTICATOR_NEW_APPROVAL_PIN";
const PIN_OTHERWISE: &str = "`--pin-fd` or AUTHENTICATOR_PIN";

/// The PIN of a vault that has one.
pub(super) fn pin(descriptor: Option<u32>) -> Result<Pin, Refusal> {
    let given = given(descriptor, Some(PIN))?;
    let typed = given.map_or_else(|| hidden("PIN of the vault: ", PIN_OTHERWISE), Ok)?;
    Ok(Pin::read(&typed)?)
}

/// The first PIN of a vault; typed twice.
pub(super) fn first_pin(descriptor: Option<u32>) -> Result<Pin, Refusal> {
    chosen(given(descriptor, Some(PIN))?, PIN_OTHERWISE)
}

/// Another PIN of a vault; typed twice.
pub(super) fn new_pin(descriptor: Option<u32>) -> Result<Pin, Refusal> {
    chosen(given(descriptor, Some(NEW_PIN))?, "`--new-pin-fd` or AUTHENTICATOR_NEW_PIN")
}

fn chosen(given: Option<SecretString>, otherwise: &str) -> Result<Pin, Refusal> {
    if let Some(given) = given {
        return Ok(Pin::choose(&given)?);
    }
    let typed = hidden("New PIN or password, at least 6 characters: ", otherwise)?;
    let pin = Pin::choose(&typed)?;
    if hidden("Once more: ", otherwise)?.expose() != typed.expose() {
        return Err(Refusal::new("pins_differ", "the two PINs differ: nothing was changed"));
    }
    Ok(pin)
}

/// The recovery key, as it was written down.
pub(super) fn recovery_key(descriptor: Option<u32>) -> Result<RecoveryKey, Refusal> {
    let given = given(descriptor, None)?;
    let typed = given.map_or_else(|| hidden("Recovery key: ", "`--recovery-fd`"), Ok)?;
    Ok(RecoveryKey::parse(&typed)?)
}

/// The PIN that a service checks.
pub(super) fn approval_pin(descriptor: Option<u32>) -> Result<SecretString, Refusal> {
    let otherwise = "`--approval-pin-fd` or AUTHENTICATOR_APPROVAL_PIN";
    let given = given(descriptor, Some(APPROVAL_PIN))?;
    given.map_or_else(|| hidden("Approval PIN: ", otherwise), Ok)
}

/// A new one; typed twice.
pub(super) fn new_approval_pin(descriptor: Option<u32>) -> Result<SecretString, Refusal> {
    let otherwise = "a file descriptor or AUTHENTICATOR_NEW_APPROVAL_PIN";
    if let Some(given) = given(descriptor, Some(NEW_APPROVAL_PIN))? {
        return Ok(given);
    }
    let typed = hidden("New approval PIN, at least 6 characters: ", otherwise)?;
    if hidden("Once more: ", otherwise)?.expose() != typed.expose() {
        return Err(Refusal::new("pins_differ", "the two PINs differ: nothing was changed"));
    }
    Ok(typed)
}

/// What a script gives: by a file descriptor or, second, a variable.
fn given(descriptor: Option<u32>, variable: Option<&str>) -> Result<Option<SecretString>, Refusal> {
    if let Some(descriptor) = descriptor {
        return first_line(descriptor).map(Some);
    }
    let Some(value) = variable.and_then(std::env::var_os) else { return Ok(None) };
    let text = value.into_string().map_err(|_| Refusal::not_utf8())?;
    Ok(Some(SecretString::new(text)))
}

/// The first line that is not blank of what an open file descriptor gives.
fn first_line(descriptor: u32) -> Result<SecretString, Refusal> {
    let line = if descriptor == 0 {
        Lines::new(io::stdin().lock()).next()
    } else {
        let opened = File::open(format!("/dev/fd/{descriptor}"));
        let opened = opened.map_err(|error| file::unreadable("the file descriptor", &error))?;
        Lines::new(opened).next()
    };
    let nothing = || Refusal::new("no_secret", "nothing came from the file descriptor");
    let text = line.ok_or_else(nothing)??.text?;
    Ok(SecretString::new(text.expose().trim().to_owned()))
}

/// What a person types at the terminal, wherever standard input comes from; it is not
/// shown. `otherwise` is how it can be given without a terminal.
pub(super) fn hidden(prompt: &str, otherwise: &str) -> Result<SecretString, Refusal> {
    let interrupts = Interrupts::held();
    let typed = rpassword::prompt_password(prompt);
    match typed {
        Ok(typed) => Ok(SecretString::new(typed)),
        Err(error) if error.kind() == io::ErrorKind::Interrupted => {
            interrupts.follow();
            Err(cancelled())
        }
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Err(cancelled()),
        Err(_) => Err(Refusal::new(
            "no_terminal",
            format!("there is no terminal to ask at; a script gives it by {otherwise}"),
        )),
    }
}

/// What a person types at the terminal, shown; the first line of standard input
/// elsewhere.
pub(super) fn shown(prompt: &str) -> Result<String, Refusal> {
    if io::stdin().is_terminal() {
        let mut stderr = io::stderr().lock();
        // Without a prompt it can be answered still.
        let _ = write!(stderr, "{prompt}").and_then(|()| stderr.flush());
    }
    let mut line = String::new();
    let read = io::stdin().lock().read_line(&mut line);
    match read.map_err(|error| file::unreadable("the input", &error))? {
        0 => Err(cancelled()),
        _ => Ok(line.trim().to_owned()),
    }
}

/// Whether a person says yes.
pub(super) fn agreed(question: &str) -> Result<(), Refusal> {
    if !io::stdin().is_terminal() {
        return Err(Refusal::new(
            "not_confirmed",
            "nobody is there to be asked; `--yes` does it without asking",
        ));
    }
    match shown(&format!("{question} [y/N] "))?.to_lowercase().as_str() {
        "y" | "yes" => Ok(()),
        _ => Err(cancelled()),
    }
}

fn cancelled() -> Refusal {
    Refusal::new("cancelled", "nothing was done")
}
