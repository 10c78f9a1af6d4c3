//! `recovery-codes`: the one-time codes with which a service lets a person in who has no
//! authenticator. Not to be confused with the vault's own recovery key.

use std::io;
use std::path::{Path, PathBuf};

use authenticator_core::SecretString;
use authenticator_core::vault::{Edit, RecoveryCode};
use clap::Args;
use serde::Serialize;

use super::account;
use super::arguments::Place;
use super::opened::{Opened, now};
use crate::lines::Lines;
use crate::refusal::Refusal;
use crate::{End, Failure, file, output};

/// One more than a vault keeps for an account: more need not be read to be refused.
const MOST_READ: usize = 65;

/// `recovery-codes`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator recovery-codes bank
  authenticator recovery-codes bank --set codes.txt
  authenticator recovery-codes bank --used 3

Without an option, shows them. They are secrets: no code is ever an argument.")]
pub(crate) struct RecoveryCodes {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The account: digits of its id, or words that match it alone
    account: String,
    #[command(flatten)]
    change: Change,
}

/// What becomes of the codes.
#[derive(Args, Debug)]
#[group(multiple = false)]
struct Change {
    /// Keep these in place of all that are there, one a line; `-` is standard input,
    /// /dev/fd/N a file descriptor
    #[arg(long, value_name = "FILE")]
    set: Option<PathBuf>,
    /// Cross off the code that is shown with this number
    #[arg(long, value_name = "NUMBER")]
    used: Option<usize>,
    /// Forget all of them
    #[arg(long)]
    clear: bool,
}

/// The codes of an account, as JSON.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    id: String,
    recovery_codes: Vec<ShownCode<'a>>,
}

/// One of them, as JSON.
#[derive(Serialize)]
struct ShownCode<'a> {
    code: &'a str,
    used: bool,
}

/// Shows, sets or crosses off.
pub(super) fn run(arguments: &RecoveryCodes) -> Result<End, Failure> {
    let json = arguments.place.json;
    let set = match &arguments.change {
        Change { set: Some(path), .. } => Some(read(path)?),
        Change { clear, .. } => clear.then(Vec::new),
    };
    let opened = Opened::open(&arguments.place)?;
    let item = account::meant(&opened, &arguments.account)?;
    let known = || opened.vault.reveal(item.id(), now()?).map_err(Refusal::from);
    let codes = match (set, arguments.change.used) {
        (Some(codes), _) => codes,
        (None, Some(number)) => crossed_off(known()?.recovery_codes, number)?,
        (None, None) => {
            show(&item.id().to_string(), &known()?.recovery_codes, json)?;
            return Ok(End::Done);
        }
    };
    let edits = vec![Edit::RecoveryCodes(codes)];
    opened.vault.edit(item.id(), edits, now()?).map_err(Refusal::from)?;
    let item = opened.vault.item(item.id(), now()?).map_err(Refusal::from)?;
    account::report("Changed", &item, json)?;
    if !json {
        output::note(&format!("Recovery codes that are left: {}.", item.recovery_codes_left()));
    }
    Ok(End::Done)
}

fn show(id: &str, codes: &[RecoveryCode], json: bool) -> io::Result<()> {
    if json {
        let shown =
            codes.iter().map(|code| ShownCode { code: code.code.expose(), used: code.used });
        let recovery_codes = shown.collect();
        return output::json(&Shown { id: id.to_owned(), recovery_codes });
    }
    if codes.is_empty() {
        output::note("The account has no recovery codes; `--set` keeps some.");
    }
    for (number, RecoveryCode { code, used }) in (1..).zip(codes) {
        let used = if *used { "  used" } else { "" };
        // A stranger's text, as it was downloaded.
        let code = output::visible(code.expose());
        output::line(format_args!("{number:2}  {}{used}", code.as_str()))?;
    }
    Ok(())
}

fn crossed_off(mut codes: Vec<RecoveryCode>, number: usize) -> Result<Vec<RecoveryCode>, Refusal> {
    let code = number.checked_sub(1).and_then(|place| codes.get_mut(place));
    let code = code.ok_or_else(|| {
        let message = "no recovery code has that number; without `--used`, they are shown with \
                       their numbers";
        Refusal::new("no_such_recovery_code", message)
    })?;
    code.used = true;
    Ok(codes)
}

/// The codes in a file, one a line; none of them is used up yet.
fn read(path: &Path) -> Result<Vec<RecoveryCode>, Refusal> {
    let codes = if path.as_os_str() == "-" {
        each(Lines::new(io::stdin().lock()))
    } else {
        let opened = file::open(path);
        each(Lines::new(opened.map_err(|error| file::unreadable("the list", &error))?))
    }?;
    if codes.is_empty() {
        let message = "there is no code in the list; `--clear` forgets those that are kept";
        return Err(Refusal::new("no_secret", message));
    }
    Ok(codes)
}

fn each(lines: Lines<impl io::Read>) -> Result<Vec<RecoveryCode>, Refusal> {
    let codes = lines.take(MOST_READ).map(|line| {
        let code = line?.text?;
        Ok(RecoveryCode { code: SecretString::new(code.expose().trim().to_owned()), used: false })
    });
    codes.collect()
}

/// Shows whether it is used, and not the code.
impl std::fmt::Debug for ShownCode<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ShownCode").field("used", &self.used).finish_non_exhaustive()
    }
}
