//! Why a chore ends early.

use std::process::{ExitCode, ExitStatus};

/// The end of a chore that cannot go on: what to tell the person, and the exit code.
#[derive(Debug)]
pub(crate) struct Stop {
    pub(crate) code: ExitCode,
    pub(crate) reason: String,
}

impl Stop {
    /// Something did not hold.
    pub(crate) fn failed(reason: impl Into<String>) -> Self {
        Self { code: ExitCode::FAILURE, reason: reason.into() }
    }

    /// The chore could not even begin: a word it does not know, or a tool that is not there.
    pub(crate) fn misused(reason: impl Into<String>) -> Self {
        Self { code: ExitCode::from(2), reason: reason.into() }
    }

    /// A program that the chore called has failed; its exit code becomes ours.
    pub(crate) fn like(status: ExitStatus, reason: impl Into<String>) -> Self {
        // A program that a signal killed has no code of its own.
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
        Self { code: ExitCode::from(code), reason: reason.into() }
    }
}
