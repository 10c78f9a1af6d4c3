//! What may be typed to the commands of approvals.

use authenticator_core::SecretString;
use authenticator_core::approval::{Reason, RevocationReason};
use clap::{Args, Subcommand, ValueEnum};

use super::super::arguments::Place;
use crate::arguments::secret;

/// The commands that approve sign-ins.
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalCommand {
    /// Enrol this machine with a service that asks for approvals
    Enrol(Enrol),
    /// Ask what is to be approved, and show it
    Approvals(Approvals),
    /// Approve a request
    Approve(Approve),
    /// Deny a request
    Deny(Refuse),
    /// Deny a request that somebody else has made, and tell the service
    Report(Refuse),
    /// Show the devices that approve for an account
    Devices(Devices),
    /// Show what was asked, and what became of it
    History(History),
    /// The accounts that this machine approves for
    #[command(subcommand)]
    Credential(CredentialCommand),
    /// The PIN that a service checks
    #[command(subcommand)]
    ApprovalPin(ApprovalPinCommand),
}

/// `credential`
#[derive(Debug, Subcommand)]
pub(crate) enum CredentialCommand {
    /// Show them
    List(CredentialList),
    /// Replace the keys of one, as the service's page asks for it
    Rotate(CredentialRotate),
    /// End one at the service, and delete its keys
    Remove(CredentialRemove),
    /// Forget one that the service has ended, or an enrolment that came to nothing
    Forget(CredentialForget),
}

/// `approval-pin`
#[derive(Debug, Subcommand)]
pub(crate) enum ApprovalPinCommand {
    /// Take another PIN
    Change(ApprovalPinChange),
}

/// `enrol`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator enrol 'approval://enrol?v=1&iss=…'
  authenticator enrol - < link.txt

Shows the service and the account and asks; then shows six digits to type into the page.
`authenticator approvals` shows the test that follows, and `approve` ends it.")]
pub(crate) struct Enrol {
    #[command(flatten)]
    pub(crate) place: Place,
    /// How you know this machine
    #[arg(long, default_value = "Terminal")]
    pub(crate) name: String,
    /// Set a PIN, where the service leaves it to you
    #[arg(long)]
    pub(crate) with_pin: bool,
    #[command(flatten)]
    pub(crate) pin: TypedPin,
    /// Do not ask whether service and account are the right ones
    #[arg(long)]
    pub(crate) yes: bool,
    /// What the page's QR code says; `-` reads it from standard input
    #[arg(default_value = "-", hide_default_value = true, value_parser = secret)]
    pub(crate) uri: SecretString,
}

/// Where an approval PIN comes from.
#[derive(Args, Debug)]
pub(crate) struct TypedPin {
    /// Read the approval PIN from this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) approval_pin_fd: Option<u32>,
}

/// What an approval takes.
#[derive(Args, Debug)]
pub(crate) struct TypedProof {
    /// The number on the page, or what its QR code says
    #[arg(long, value_name = "N")]
    pub(crate) number: Option<String>,
    #[command(flatten)]
    pub(crate) pin: TypedPin,
}

/// `approvals`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator approvals
  authenticator approvals --watch --json")]
pub(crate) struct Approvals {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Go on asking, and show what comes; Ctrl-C ends it
    #[arg(long)]
    pub(crate) watch: bool,
    /// End after so many seconds
    #[arg(long = "for", value_name = "SECONDS", requires = "watch")]
    pub(crate) seconds: Option<u64>,
}

/// `approve`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator approve 3f21 --number 42
  authenticator approve 3f21 --number 'approval://match?…'
  authenticator approve 3f21 --approval-pin-fd 3 3< pin.txt

The number is the one on the page that you sign in on. A wrong one ends the request.")]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) proof: TypedProof,
    /// The request: digits of its id
    pub(crate) request: String,
}

/// `deny`, `report`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator deny 3f21
  authenticator report 3f21 --reason not-me")]
pub(crate) struct Refuse {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Why
    #[arg(long)]
    pub(crate) reason: Option<Why>,
    /// The request: digits of its id
    pub(crate) request: String,
}

/// Why a request is denied.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Why {
    NotMe,
    Mistake,
}

impl From<Why> for Reason {
    fn from(why: Why) -> Self {
        match why {
            Why::NotMe => Self::NotMe,
            Why::Mistake => Self::Mistake,
        }
    }
}

/// `devices`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator devices 5b0c")]
pub(crate) struct Devices {
    #[command(flatten)]
    pub(crate) place: Place,
    /// The credential: digits of its id; all, if none is named
    pub(crate) credential: Option<String>,
}

/// `history`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator history --json")]
pub(crate) struct History {
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `credential list`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator credential list")]
pub(crate) struct CredentialList {
    #[command(flatten)]
    pub(crate) place: Place,
}

/// `credential rotate`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator credential rotate 5b0c --number 42

Begin it on the service's page, which shows the number: nobody replaces keys in silence.")]
pub(crate) struct CredentialRotate {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) proof: TypedProof,
    /// The credential: digits of its id
    pub(crate) credential: String,
}

/// `credential remove`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator credential remove 5b0c
  authenticator credential remove 5b0c --device 2Hb… --reason lost")]
pub(crate) struct CredentialRemove {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Another device of the same account, as `devices` lists it
    #[arg(long, value_name = "ID")]
    pub(crate) device: Option<String>,
    /// Why
    #[arg(long, default_value = "removed")]
    pub(crate) reason: End,
    /// Do not ask before
    #[arg(long)]
    pub(crate) yes: bool,
    /// The credential: digits of its id
    pub(crate) credential: String,
}

/// Why a credential ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum End {
    Removed,
    Lost,
    Suspected,
}

impl From<End> for RevocationReason {
    fn from(end: End) -> Self {
        match end {
            End::Removed => Self::Removed,
            End::Lost => Self::Lost,
            End::Suspected => Self::Suspected,
        }
    }
}

/// `credential forget`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator credential forget 5b0c")]
pub(crate) struct CredentialForget {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Do not ask before
    #[arg(long)]
    pub(crate) yes: bool,
    /// The credential or the enrolment: digits of its id
    pub(crate) credential: String,
}

/// `approval-pin change`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator approval-pin change 5b0c")]
pub(crate) struct ApprovalPinChange {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) pin: TypedPin,
    /// Read the new PIN from this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) new_approval_pin_fd: Option<u32>,
    /// The credential: digits of its id
    pub(crate) credential: String,
}

impl ApprovalCommand {
    /// Where the vault is, and how it answers.
    pub(in crate::vault) fn place(&mut self) -> &mut Place {
        match self {
            Self::Enrol(arguments) => &mut arguments.place,
            Self::Approvals(arguments) => &mut arguments.place,
            Self::Approve(arguments) => &mut arguments.place,
            Self::Deny(arguments) | Self::Report(arguments) => &mut arguments.place,
            Self::Devices(arguments) => &mut arguments.place,
            Self::History(arguments) => &mut arguments.place,
            Self::Credential(CredentialCommand::List(arguments)) => &mut arguments.place,
            Self::Credential(CredentialCommand::Rotate(arguments)) => &mut arguments.place,
            Self::Credential(CredentialCommand::Remove(arguments)) => &mut arguments.place,
            Self::Credential(CredentialCommand::Forget(arguments)) => &mut arguments.place,
            Self::ApprovalPin(ApprovalPinCommand::Change(arguments)) => &mut arguments.place,
        }
    }
}
