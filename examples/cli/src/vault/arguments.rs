//! What may be typed to the commands of the vault: accounts. What opens it is in
//! `key_arguments`.

use std::path::PathBuf;

use authenticator_core::SecretString;
use clap::{Args, Subcommand, ValueEnum};

use super::approvals::ApprovalCommand;
use super::clock::ServerTime;
use super::key_arguments::{Init, PinCommand, RecoveryCommand, Repair, Rotate, Salvage, Verify};
use super::recovery_codes::RecoveryCodes;
use crate::arguments::secret;

/// The commands that keep accounts.
#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Make a vault, in which accounts are kept encrypted
    Init(Init),
    /// Put accounts into the vault
    Add(Add),
    /// Show what is in the vault
    List(List),
    /// Find accounts by words
    Search(Search),
    /// Give the codes of the vault
    Codes(Codes),
    /// Change an account
    Edit(Edit),
    /// Put labels on an account, or take them off
    Tag(Tag),
    /// Write a note on an account
    Note(Note),
    /// Keep, show and cross off the recovery codes of an account
    RecoveryCodes(RecoveryCodes),
    /// Move an account in the list
    Move(Move),
    /// Put accounts into the trash
    Rm(Rm),
    /// Take accounts out of the trash
    Undelete(Undelete),
    /// Destroy accounts that are in the trash
    Purge(Purge),
    /// Undo the last change of accounts; once more brings it back
    Undo(Undo),
    /// Set, change or remove the PIN of the vault
    #[command(subcommand)]
    Pin(PinCommand),
    /// The key that opens the vault when all else is lost
    #[command(subcommand)]
    Recovery(RecoveryCommand),
    /// Encrypt the vault anew under a new master key
    Rotate(Rotate),
    /// Check that everything in the vault is as it was written
    Verify(Verify),
    /// Show what is left of a damaged vault
    Salvage(Salvage),
    /// Make a vault of what is left of a damaged one
    Repair(Repair),
    #[command(flatten)]
    Approvals(ApprovalCommand),
}

/// Where the vault is, and how it answers.
#[derive(Args, Debug)]
pub(crate) struct Place {
    /// The vault's file [default: in the system's folder for data]
    #[arg(long, value_name = "PATH")]
    pub(crate) vault: Option<PathBuf>,
    /// Read the vault's PIN from this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) pin_fd: Option<u32>,
    /// Write JSON, one object a line
    #[arg(long)]
    pub(crate) json: bool,
}

/// `add`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator add < accounts.txt
  authenticator add --scan screenshot.png
  authenticator add --manual --issuer Example

An account that seems to be there already is refused, unless `--keep` is given.
When this returns, what was added outlasts a loss of power.")]
pub(crate) struct Add {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Add it even if it seems to be there already
    #[arg(long)]
    pub(crate) keep: bool,
    /// Read the QR codes in a PNG or JPEG picture; `-` is standard input
    #[arg(long, value_name = "IMAGE", conflicts_with = "uri")]
    pub(crate) scan: Vec<PathBuf>,
    /// Ask for everything; the secret is asked for without an echo, or is the first line
    /// of standard input
    #[arg(long, conflicts_with_all = ["uri", "scan"])]
    pub(crate) manual: bool,
    #[command(flatten)]
    pub(crate) typed: Typed,
    /// An otpauth, steam or motp URI; `-` reads one a line from standard input
    #[arg(default_value = "-", hide_default_value = true, value_parser = secret)]
    pub(crate) uri: SecretString,
}

/// What a person types of an account that has no URI, besides its secret.
#[derive(Args, Debug)]
pub(crate) struct Typed {
    /// Who issued the secret
    #[arg(long, requires = "manual")]
    pub(crate) issuer: Option<String>,
    /// Whose account it is
    #[arg(long, requires = "manual")]
    pub(crate) name: Option<String>,
    /// How its codes are made
    #[arg(long = "type", value_name = "KIND", requires = "manual", default_value = "totp")]
    pub(crate) kind: TypedKind,
    /// Digits of a code, 1 to 10 [default: 6]
    #[arg(long, requires = "manual")]
    pub(crate) digits: Option<u8>,
    /// Seconds that a code lives [default: 30]
    #[arg(long, value_name = "SECONDS", requires = "manual")]
    pub(crate) period: Option<u32>,
    /// The hash [default: sha1]
    #[arg(long, value_name = "HASH", requires = "manual")]
    pub(crate) algorithm: Option<Hash>,
    /// The counter of the next code [default: 0]
    #[arg(long, requires = "manual")]
    pub(crate) counter: Option<u64>,
}

/// A kind of account.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum TypedKind {
    Totp,
    Hotp,
    Steam,
    Motp,
    Yandex,
}

/// A hash of TOTP and HOTP.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

/// `list`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator list
  authenticator list --trash --json")]
pub(crate) struct List {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Show what is in the trash instead
    #[arg(long)]
    pub(crate) trash: bool,
}

/// `search`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator search example alice

Every word has to occur, in either case: in issuer, name, group, note or a tag.")]
pub(crate) struct Search {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The words
    #[arg(required = true, value_name = "WORD")]
    pub(crate) words: Vec<String>,
}

/// `codes`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator codes
  authenticator codes --watch
  authenticator codes bank
  authenticator codes --server-date 'Sun, 06 Nov 1994 08:49:37 GMT' --corrected

Of an account by counter, a code is given only where it is named: it is used up then.")]
pub(crate) struct Codes {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Draw the table anew each second; q ends it
    #[arg(long, conflicts_with = "accounts")]
    pub(crate) watch: bool,
    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS", requires = "watch")]
    pub(crate) seconds: Option<u64>,
    #[command(flatten)]
    pub(crate) server: ServerTime,
    /// Only of these accounts, the codes alone: digits of an id, or words that match one
    #[arg(value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,
}

/// `edit`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator edit bank --name alice@example.com --group work
  authenticator edit 1f3a --note ''
  authenticator edit bank --icon bank.png

An empty text removes what was there.")]
pub(crate) struct Edit {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The account: digits of its id, or words that match it alone
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) changes: Changes,
}

/// What `edit` changes.
#[derive(Args, Debug)]
#[group(required = true, multiple = true)]
pub(crate) struct Changes {
    /// Who issued the secret
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) issuer: Option<String>,
    /// Whose account it is
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) name: Option<String>,
    /// What you want to remember
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) note: Option<String>,
    /// The group that it stands in
    #[arg(long, allow_hyphen_values = true)]
    pub(crate) group: Option<String>,
    /// Whether it stands before the others
    #[arg(long)]
    pub(crate) pinned: Option<YesNo>,
    /// A picture for it, in any format and at most 32 KiB; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "no_icon")]
    pub(crate) icon: Option<PathBuf>,
    /// Take its picture off
    #[arg(long)]
    pub(crate) no_icon: bool,
    /// Ask for the PIN of an mOTP or Yandex account, and keep it; a script gives it on
    /// standard input
    #[arg(long)]
    pub(crate) account_pin: bool,
}

/// Yes or no.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum YesNo {
    Yes,
    No,
}

/// `tag`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator tag bank work money --remove private")]
pub(crate) struct Tag {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The account: digits of its id, or words that match it alone
    pub(crate) account: String,
    /// Labels to put on it
    #[arg(required_unless_present = "remove", value_name = "TAG")]
    pub(crate) tags: Vec<String>,
    /// A label to take off it
    #[arg(long, value_name = "TAG")]
    pub(crate) remove: Vec<String>,
}

/// `note`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator note bank 'the branch in the High Street'
  authenticator note bank - < note.txt

An empty text removes the note.")]
pub(crate) struct Note {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The account: digits of its id, or words that match it alone
    pub(crate) account: String,
    /// The note; `-` reads it from standard input
    #[arg(allow_hyphen_values = true)]
    pub(crate) text: String,
}

/// `move`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator move bank --before mail
  authenticator move bank --last")]
pub(crate) struct Move {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The account: digits of its id, or words that match it alone
    pub(crate) account: String,
    #[command(flatten)]
    pub(crate) to: Destination,
}

/// Where `move` puts an account.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(crate) struct Destination {
    /// Before this account
    #[arg(long, value_name = "ACCOUNT")]
    pub(crate) before: Option<String>,
    /// To the end
    #[arg(long)]
    pub(crate) last: bool,
}

/// `rm`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator rm bank")]
pub(crate) struct Rm {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The accounts: digits of an id, or words that match one alone
    #[arg(required = true, value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,
}

/// `undelete`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator undelete bank")]
pub(crate) struct Undelete {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The accounts in the trash: digits of an id, or words that match one alone
    #[arg(required = true, value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,
}

/// `purge`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator purge bank
  authenticator purge --all --yes

Nothing brings back what was purged: asks before it does it.")]
pub(crate) struct Purge {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Everything in the trash
    #[arg(long, conflicts_with = "accounts")]
    pub(crate) all: bool,
    /// Do not ask
    #[arg(long)]
    pub(crate) yes: bool,
    /// The accounts in the trash: digits of an id, or words that match one alone
    #[arg(required_unless_present = "all", value_name = "ACCOUNT")]
    pub(crate) accounts: Vec<String>,
}

/// `undo`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator undo")]
pub(crate) struct Undo {
    #[command(flatten)]
    pub(crate) place: Place,
}
