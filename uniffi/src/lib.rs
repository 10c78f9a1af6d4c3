//! The door: `authenticator-core` for Kotlin, Swift and Python.
//!
//! It converts and decides nothing. What is said here is read in those languages: every
//! public item is an item there, and its documentation goes with it.
//!
//! Rules of this crate:
//!
//! - Secrets come in as `&[u8]`, which is not copied, and go out only where the name of the call says
//!   so. No record, no error and no text that is printed holds one; a code is for the screen.
//! - Every call that can fail, and every call that could panic, gives [`AuthenticatorError`].
//! - Calls are synchronous. The platform's traits are called while no lock is held.

#![allow(missing_debug_implementations, reason = "how something prints, UniFFI says")]
#![allow(clippy::missing_errors_doc, reason = "the one error says what causes each variant")]

mod account;
mod approval;
mod authenticator;
mod codes;
mod device_keys;
mod draft;
mod error;
mod item;
mod migration;
mod moment;
mod panics;
mod platform;
mod problem;
mod qr;
mod reveal;
mod secrets;

pub use account::{AccountKind, AccountWarning, Algorithm, Parameter, usual_account_kind};
pub use approval::{
    AccountDevice, ApprovalCredential, ApprovalEnrolment, ApprovalEvent, ApprovalExchange,
    ApprovalHistoryItem, ApprovalOutcome, ApprovalPinPolicy, ApprovalPreview, ApprovalProblem,
    ApprovalRequest, CredentialState, Decision, DecisionReason, DeviceDescription, DevicePlatform,
    EnrolmentConfirmation, EnrolmentLink, ExchangeProblem, HttpHeader, HttpRequest, HttpResponse,
    Matching, NotificationState, PreviewKey, PushKind, PushTarget, ReceivedResponse, Refusal,
    RequestDetails, RequestKind, RequestState, RevocationReason, Verification, VerificationMessage,
    WebPushKeys, check_new_approval_pin, parse_enrolment_link, poll_delay_millis,
};
pub use authenticator::{
    AuthenticatorHandle, AutoLock, ClockOffset, ClockSample, PinTries, Protection, Salvaged,
    Unlocked,
};
pub use codes::CounterCode;
pub use device_keys::{DeviceKey, DeviceKeys, KeyAttestation, KeyPurpose};
pub use draft::{AccountDraft, Added, Edit};
pub use error::AuthenticatorError;
pub use item::Item;
pub use migration::{MigrationCollector, MigrationEntry, MigrationProgress};
pub use moment::Moment;
pub use panics::{PanicListener, set_panic_listener};
pub use platform::{KeyWrapper, PlatformError, RollbackGuard, SecurityLevel};
pub use problem::{
    AccountProblem, ForeignApp, MigrationProblem, PinProblem, QrProblem, RecoveryKeyProblem,
};
pub use qr::{QrCode, QrReading, ScannedText, read_qr_codes};
pub use reveal::{ExportRefusal, MigrationExport, RefusedExport, RevealedAccount};
pub use secrets::{
    PinCost, PlatformAnswers, PlatformEnrolment, RecoveryKey, calibrate_pin_cost, check_new_pin,
};

/// What a call gives.
type Outcome<T> = Result<T, AuthenticatorError>;

// UniFFI's own buffers wipe nothing, and secrets pass through them.
#[cfg(feature = "wiping-allocator")]
#[global_allocator]
static ALLOCATOR: zeroizing_alloc::ZeroAlloc<std::alloc::System> =
    zeroizing_alloc::ZeroAlloc(std::alloc::System);

/// The version of this library, as `1.2.3`.
#[uniffi::export]
pub fn library_version() -> String {
    env!("CARGO_PKG_VERSION").to_owned()
}

uniffi::setup_scaffolding!();
