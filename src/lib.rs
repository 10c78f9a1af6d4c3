//! The core of a mobile authenticator.
//!
//! The core computes; the app supplies. Nothing in here reads a clock, opens a
//! socket or starts a thread: every function of time takes the time.
//!
//! | room | what it is for | whom it may know |
//! |---|---|---|
//! | [`Authenticator`] | the one object an app holds: opens the vault and joins the rooms | every room |
//! | [`otp`] | the codes a person types, and `otpauth` text in and out | `crypto`, [`Secret`], [`UnixTime`] |
//! | [`approval`] | the sign-ins a person approves: what a service asks, what the phone signs | `crypto`, [`Secret`], [`Moment`] |
//! | `transfer` | what comes in and goes out: QR codes, other apps' migration links | [`otp`] |
//! | [`vault`] | what is kept: the encrypted file, the keys to it, and when it locks | `crypto`, [`otp`], [`approval`], [`Moment`] |
//! | `crypto` | the only room that names a hash, a cipher or a curve | nobody |
//! | [`Secret`], [`SecretString`] | bytes and text that wipe themselves and never print | nobody |
//! | [`UnixTime`], [`Moment`] | time as a value | nobody |
//! | [`Clock`] | what servers say about the phone's clock | [`Moment`] |
//!
//! The test `tests/architecture.rs` keeps each room to its side of these walls.
//!
//! # Examples
//!
//! From the text of a QR code to the code on the screen:
//!
//! ```
//! use authenticator_core::UnixTime;
//! use authenticator_core::otp::{Account, Generator};
//!
//! let parsed = Account::from_uri(
//!     "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex",
//! )?;
//! assert_eq!(parsed.account.issuer(), Some("Ex"));
//! assert!(parsed.warnings.is_empty());
//!
//! let Generator::Totp(totp) = parsed.account.generator(None)? else {
//!     unreachable!("the text says totp");
//! };
//! let now = totp.code_at(UnixTime::from_secs(1_741_011_292));
//! assert_eq!(now.code.as_str(), "839825");
//! assert_eq!(now.code.groups().collect::<Vec<_>>(), ["839", "825"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![forbid(unsafe_code)]
#![deny(
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stderr,
    clippy::print_stdout,
    clippy::unreachable,
    clippy::unwrap_used
)]

pub mod approval;
mod authenticator;
mod clock;
mod clock_sample;
mod crypto;
mod key_store;
pub mod otp;
mod pin;
mod pin_blocklist;
#[cfg(test)]
#[path = "../tests/fuzz/replay.rs"]
mod replay;
mod secret;
mod text;
mod time;
#[cfg(feature = "transfer")]
pub mod transfer;
pub mod vault;

/// Holds the README's example to the truth.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}

pub use authenticator::{
    ApprovalsError, Authenticator, PinTries, Platform, PlatformAnswers, PlatformEnrolment,
    PlatformUnlock, Protection, Received, SlotSecrets, Unlocked,
};
pub use clock::Clock;
pub use clock_sample::{ClockError, ClockOffset, ClockSample};
pub use secret::{Secret, SecretString};
pub use time::{BootId, Moment, UnixTime};
