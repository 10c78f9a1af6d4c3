//! The approval PIN, as it is typed.

use authenticator_core::approval::ApprovalPin;

use crate::Outcome;
use crate::secrets::pin_text;

/// Checks whether an approval PIN may be a new one, before it is asked for a second time. UTF-8. Have
/// the person choose another than the vault's: nothing on the phone could tell, and whoever learns
/// the one should not have the other.
#[uniffi::export]
pub fn check_new_approval_pin(pin: &[u8]) -> Outcome<()> {
    new_approval_pin(pin).map(drop)
}

/// One that was typed to approve.
pub(crate) fn typed_approval_pin(typed: &[u8]) -> Outcome<ApprovalPin> {
    Ok(ApprovalPin::read(&pin_text(typed)?)?)
}

/// One that was typed to be a new one.
pub(crate) fn new_approval_pin(typed: &[u8]) -> Outcome<ApprovalPin> {
    Ok(ApprovalPin::choose(&pin_text(typed)?)?)
}
