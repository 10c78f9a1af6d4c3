//! The core of a mobile authenticator.
#![forbid(unsafe_code)]
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::unreachable,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::print_stderr
)]

mod secret;
#[cfg(feature = "transfer")]
pub mod transfer;

pub use secret::SecretString;
