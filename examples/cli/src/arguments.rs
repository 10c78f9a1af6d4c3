//! What may be typed: commands, arguments, and their help.

use std::convert::Infallible;
use std::path::PathBuf;

use authenticator_core::SecretString;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::vault::VaultCommand;

/// Verification codes in the terminal.
///
/// Keeps the accounts that services show as QR codes in an encrypted vault and gives
/// their codes, or does so once, from a URI, without keeping it.
#[derive(Debug, Parser)]
#[command(
    name = "authenticator",
    version,
    arg_required_else_help = true,
    after_help = "\
Examples:
  authenticator init
  authenticator add --scan screenshot.png
  authenticator codes --watch
  authenticator code < accounts.txt
  authenticator scan screenshot.png | authenticator watch -
  authenticator qr - < account.txt

Exit codes: 0 done, 1 refused, 2 wrong usage.
Other users of this machine can see arguments: give secrets on standard input."
)]
pub(crate) struct Arguments {
    /// The vault's file, for the commands that keep accounts
    #[arg(long, value_name = "PATH")]
    pub(crate) vault: Option<PathBuf>,
    /// What to do.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    #[command(flatten)]
    Vault(VaultCommand),
    /// Give the code of an account, or of each line of standard input
    Code(Code),
    /// Say what a URI holds, without its secret
    Inspect(Inspect),
    /// Show the codes of a list as a live table
    Watch(Watch),
    /// Show an account as a QR code
    Qr(Qr),
    /// Read the QR codes in pictures
    Scan(Scan),
    /// Write the completions of a shell to standard output
    Completions(Completions),
    /// Write the manual: one page to standard output, or all into a folder
    Man(Man),
}

/// The PIN of accounts that need one.
#[derive(Args, Debug)]
#[group(multiple = false)]
pub(crate) struct Pin {
    /// PIN of mOTP and Yandex accounts; other users can see it here
    #[arg(long, value_parser = secret)]
    pub(crate) pin: Option<SecretString>,
    /// File whose first line is the PIN
    #[arg(long, value_name = "FILE")]
    pub(crate) pin_file: Option<PathBuf>,
}

/// `code`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator code < accounts.txt
  authenticator code --json --at 1741011292 - < accounts.txt
  authenticator code --pin-file pin.txt - < account.txt

From standard input, each line that is not blank gives one line, in order; a line
that is refused gives `error: KIND: why`, and the exit code is 1. Warnings go to
standard error.")]
pub(crate) struct Code {
    /// Moment of the code, in seconds since 1970 [default: now]
    #[arg(long, value_name = "UNIX")]
    pub(crate) at: Option<u64>,
    #[command(flatten)]
    pub(crate) pin: Pin,
    /// Write one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// An otpauth, steam or motp URI; `-` reads one a line from standard input
    #[arg(default_value = "-", hide_default_value = true, value_parser = secret)]
    pub(crate) uri: SecretString,
}

/// `inspect`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator inspect < account.txt
  authenticator inspect --json --reveal - < accounts.txt")]
pub(crate) struct Inspect {
    /// Write one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// Show the secret too
    #[arg(long)]
    pub(crate) reveal: bool,
    /// An otpauth, steam or motp URI; `-` reads one a line from standard input
    #[arg(default_value = "-", hide_default_value = true, value_parser = secret)]
    pub(crate) uri: SecretString,
}

/// `watch`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator watch accounts.txt
  authenticator scan screenshot.png | authenticator watch -
  authenticator watch accounts.txt | cat
  authenticator watch --json --for 60 accounts.txt

Keys: q, Esc and Ctrl-C end it; arrows, PageUp, PageDown, Home and End scroll.
Where standard output is no terminal, the table is written once.")]
pub(crate) struct Watch {
    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS")]
    pub(crate) seconds: Option<u64>,
    #[command(flatten)]
    pub(crate) pin: Pin,
    /// Write one JSON object a second (one in all without --for and a terminal)
    #[arg(long)]
    pub(crate) json: bool,
    /// File with one URI a line; `-` is standard input
    pub(crate) file: PathBuf,
}

/// `qr`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator qr - < account.txt
  authenticator qr --svg account.svg - < account.txt

What is shown is the account's canonical URI, which every app reads. It holds the
secret: whoever photographs it has the account.")]
pub(crate) struct Qr {
    /// Write a drawing to a new file that only you can read; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,
    /// Replace the file if there is one
    #[arg(long, requires = "svg")]
    pub(crate) force: bool,
    /// Swap dark and light, for a light terminal without colours
    #[arg(long, conflicts_with_all = ["svg", "json"])]
    pub(crate) invert: bool,
    /// Write the modules as one JSON object
    #[arg(long)]
    pub(crate) json: bool,
    /// An otpauth, steam or motp URI; `-` reads it from standard input
    #[arg(value_parser = secret)]
    pub(crate) uri: SecretString,
}

/// `scan`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator scan screenshot.png
  authenticator scan *.png | authenticator watch -

Writes the text of each code, one a line; control characters in it are written as
in a URI (%0A).")]
pub(crate) struct Scan {
    /// Write one JSON object a line
    #[arg(long)]
    pub(crate) json: bool,
    /// PNG or JPEG pictures; `-` is standard input
    #[arg(required = true, value_name = "IMAGE")]
    pub(crate) images: Vec<PathBuf>,
}

/// `completions`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator completions bash > ~/.local/share/bash-completion/completions/authenticator")]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: Shell,
}

/// `man`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator man | man -l -
  authenticator man ~/.local/share/man/man1")]
pub(crate) struct Man {
    /// Folder for one page a command
    pub(crate) dir: Option<PathBuf>,
}

/// Takes an argument into keeping. Every text is one.
pub(crate) fn secret(text: &str) -> Result<SecretString, Infallible> {
    Ok(SecretString::new(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
