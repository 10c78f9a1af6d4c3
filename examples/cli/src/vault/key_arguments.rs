//! What may be typed to the commands of the vault: what opens it.

use clap::{Args, Subcommand};

use super::arguments::Place;

/// `init`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator init
  authenticator init --pin

Without --pin, the vault opens by its key file alone: whoever has both files has the
accounts. With --pin it asks for a PIN too, and a recovery key is shown to be written
down: a forgotten PIN would lose everything.")]
pub(crate) struct Init {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Demand a PIN or password besides the key file
    #[arg(long)]
    pub(crate) pin: bool,
    /// No recovery key: a forgotten PIN loses everything
    #[arg(long, requires = "pin")]
    pub(crate) no_recovery: bool,
}

/// `pin`
#[derive(Debug, Subcommand)]
pub(crate) enum PinCommand {
    /// Demand a PIN besides the key file
    Set(PinSet),
    /// Take another PIN
    Change(PinChange),
    /// Open by the key file alone again
    Remove(PinRemove),
}

/// `pin set`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator pin set
  authenticator pin set --pin-fd 3 --recovery-fd 4 3< pin.txt 4< key.txt

Asks for the new PIN twice, and for the recovery key, which shows that you have it.")]
pub(crate) struct PinSet {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) recovery: Recovery,
    /// No recovery key: a forgotten PIN loses everything
    #[arg(long)]
    pub(crate) no_recovery: bool,
}

/// `pin change`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator pin change
  authenticator pin change --pin-fd 3 --new-pin-fd 4 3< old.txt 4< new.txt")]
pub(crate) struct PinChange {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Read the new PIN from this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) new_pin_fd: Option<u32>,
}

/// `pin remove`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator pin remove")]
pub(crate) struct PinRemove {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) recovery: Recovery,
}

/// Where the recovery key comes from.
#[derive(Args, Debug)]
pub(crate) struct Recovery {
    /// Read the recovery key from this file descriptor
    #[arg(long, value_name = "N")]
    pub(crate) recovery_fd: Option<u32>,
}

/// `recovery`
#[derive(Debug, Subcommand)]
pub(crate) enum RecoveryCommand {
    /// Make a recovery key; the one before opens nothing any more
    New(RecoveryNew),
    /// Show that you have written the recovery key down
    Confirm(RecoveryConfirm),
    /// Open the vault with the recovery key, and set up anew what else opens it
    Use(RecoveryUse),
}

/// `recovery new`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator recovery new
  authenticator recovery new --json

Shows the key and asks for it. With --no-confirm or --json nobody is asked: the key
counts as none until `authenticator recovery confirm`.")]
pub(crate) struct RecoveryNew {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Do not ask for the key
    #[arg(long)]
    pub(crate) no_confirm: bool,
    /// Do not ask before the key that there is opens nothing any more
    #[arg(long)]
    pub(crate) yes: bool,
}

/// `recovery confirm`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator recovery confirm")]
pub(crate) struct RecoveryConfirm {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) recovery: Recovery,
}

/// `recovery use`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator recovery use
  authenticator recovery use --no-pin

For a PIN that was forgotten or destroyed, and for a key file that is gone: makes a
new one, and asks for a new PIN where the vault had one.")]
pub(crate) struct RecoveryUse {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) recovery: Recovery,
    /// Open by the key file alone from now on
    #[arg(long)]
    pub(crate) no_pin: bool,
}

/// `rotate`
#[derive(Args, Debug)]
#[command(after_help = "\
Example:
  authenticator rotate

For a copy of the key file or of the vault that somebody may have: what is written
from now on, they cannot read with it. PIN and recovery key stay and are asked for.")]
pub(crate) struct Rotate {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) recovery: Recovery,
}

/// `salvage`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator salvage
  authenticator salvage --recovery-key

Shows the accounts that are whole, and what is lost. The vault is not written to.")]
pub(crate) struct Salvage {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) way: Way,
}

/// `repair`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator repair
  authenticator repair --accept-older

Look at `authenticator salvage` first. The damaged file is kept beside the vault, as
NAME.damaged-1.")]
pub(crate) struct Repair {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) way: Way,
    /// Take what is left for the newest, though accounts may be missing or older than
    /// they were
    #[arg(long)]
    pub(crate) accept_older: bool,
}

/// How a damaged vault is opened: as a whole one, or by its recovery key.
#[derive(Args, Debug)]
pub(crate) struct Way {
    /// Open it by the recovery key, where the key file or the PIN does not any more
    #[arg(long)]
    pub(crate) recovery_key: bool,
    /// Read the recovery key from this file descriptor, and open it by that
    #[arg(long, value_name = "N")]
    pub(crate) recovery_fd: Option<u32>,
}

impl Way {
    /// Whether the recovery key is what opens it.
    pub(crate) fn is_recovery_key(&self) -> bool {
        self.recovery_key || self.recovery_fd.is_some()
    }
}

/// `verify`
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  authenticator verify
  authenticator verify --accept-rollback")]
pub(crate) struct Verify {
    #[command(flatten)]
    pub(crate) place: Place,
    /// Take an older file for the newest, as after a backup was restored
    #[arg(long)]
    pub(crate) accept_rollback: bool,
}
