//! The commands that approve sign-ins: this machine as the phone.
//!
//! | file | what it is for |
//! |---|---|
//! | `arguments` | what may be typed |
//! | `carrier` | what is sent to services, and comes back |
//! | `enrol`, `credential` | the accounts that this machine approves for |
//! | `requests` | what is asked, and what the person says |
//! | `names`, `show` | how errors, requests and credentials are called and shown |

mod arguments;
mod carrier;
mod credential;
mod enrol;
mod names;
mod requests;
mod show;

pub(super) use arguments::ApprovalCommand;
use arguments::{ApprovalPinCommand, CredentialCommand, TypedPin};
use authenticator_core::approval::ApprovalPin;

use super::ask;
use super::opened::Opened;
use crate::refusal::Refusal;
use crate::{End, Failure};

/// Does what was asked.
pub(super) fn run(command: &ApprovalCommand) -> Result<End, Failure> {
    match command {
        ApprovalCommand::Enrol(arguments) => enrol::run(arguments),
        ApprovalCommand::Approvals(arguments) => requests::approvals(arguments),
        ApprovalCommand::Approve(arguments) => requests::approve(arguments),
        ApprovalCommand::Deny(arguments) => requests::deny(arguments),
        ApprovalCommand::Report(arguments) => requests::report(arguments),
        ApprovalCommand::History(arguments) => requests::history(arguments),
        ApprovalCommand::Devices(arguments) => credential::devices(arguments),
        ApprovalCommand::Credential(CredentialCommand::List(arguments)) => {
            credential::list(arguments)
        }
        ApprovalCommand::Credential(CredentialCommand::Rotate(arguments)) => {
            requests::rotate(arguments)
        }
        ApprovalCommand::Credential(CredentialCommand::Remove(arguments)) => {
            credential::remove(arguments)
        }
        ApprovalCommand::Credential(CredentialCommand::Forget(arguments)) => {
            credential::forget(arguments)
        }
        ApprovalCommand::ApprovalPin(ApprovalPinCommand::Change(arguments)) => {
            credential::change_pin(arguments)
        }
    }
}

impl TypedPin {
    /// The approval PIN, while the file is closed.
    fn read(&self, opened: &Opened) -> Result<ApprovalPin, Refusal> {
        opened.while_asked(|| Ok(ApprovalPin::read(&ask::approval_pin(self.approval_pin_fd)?)?))
    }

    /// A new one.
    fn choose(&self, opened: &Opened) -> Result<ApprovalPin, Refusal> {
        opened
            .while_asked(|| Ok(ApprovalPin::choose(&ask::new_approval_pin(self.approval_pin_fd)?)?))
    }
}

/// The one of `known` whose id begins with the digits that were `typed`.
fn meant<T>(
    known: impl IntoIterator<Item = T>,
    typed: &str,
    id: impl Fn(&T) -> String,
    what: &str,
) -> Result<T, Refusal> {
    let typed = typed.to_ascii_lowercase();
    let begins = |one: &T| typed.len() >= 4 && id(one).starts_with(&typed);
    let mut found = known.into_iter().filter(begins);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(one),
        (None, _) => Err(Refusal::new("approval_not_found", format!("there is no such {what}"))),
        (Some(_), Some(_)) => {
            let message = format!("several begin like that: type more of the {what}'s id");
            Err(Refusal::new("ambiguous_id", message))
        }
    }
}
