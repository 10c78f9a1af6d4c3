//! The codes that are shown.

use authenticator_core::otp::{Code, CodeError, TimedCode};
use authenticator_core::vault::{CodePair, EntryId};

use crate::moment::millis;

/// What an account shows at one moment. A code is a secret for as long as it lives: it is for the
/// screen, not for a log.
#[derive(Clone, uniffi::Enum)]
pub enum CodeState {
    /// A code by the time.
    Timed {
        /// The account.
        id: String,
        /// The code, as it is typed.
        code: String,
        /// The one that follows; none only at the end of time.
        next_code: Option<String>,
        /// The lengths of the groups that the code is shown in, left to right: 3 and 3.
        groups: Vec<i32>,
        /// Since when it is valid: milliseconds since 1970.
        valid_from_millis: i64,
        /// When it is over, and the next one begins: milliseconds since 1970.
        valid_until_millis: i64,
    },
    /// Codes go by a counter: call `nextHotpCode` when one is needed.
    Counter {
        /// The account.
        id: String,
    },
    /// The account's own PIN is not kept, so that there is no code.
    PinRequired {
        /// The account.
        id: String,
    },
    /// The account cannot be read from the vault now.
    Unreadable {
        /// The account.
        id: String,
    },
}

impl CodeState {
    pub(crate) fn new(id: EntryId, code: Result<CodePair, CodeError>) -> Self {
        let id = id.to_string();
        match code {
            Ok(CodePair { code, next }) => Self::Timed {
                id,
                code: code.code.as_str().to_owned(),
                next_code: next.map(|next| next.code.as_str().to_owned()),
                groups: groups(&code.code),
                valid_from_millis: millis(code.valid_from),
                valid_until_millis: until(&code),
            },
            Err(CodeError::CounterBased) => Self::Counter { id },
            Err(CodeError::PinRequired) => Self::PinRequired { id },
            Err(_) => Self::Unreadable { id },
        }
    }
}

fn until(code: &TimedCode) -> i64 {
    millis(code.valid_from).saturating_add(i64::from(code.period.as_secs()) * 1000)
}

pub(crate) fn groups(code: &Code) -> Vec<i32> {
    code.group_lengths().iter().filter_map(|length| i32::try_from(*length).ok()).collect()
}

/// A code by a counter, which is given once.
#[derive(Clone, uniffi::Record)]
pub struct CounterCode {
    /// The code, as it is typed.
    pub code: String,
    /// The lengths of the groups that it is shown in, left to right.
    pub groups: Vec<i32>,
}

impl From<Code> for CounterCode {
    fn from(code: Code) -> Self {
        Self { groups: groups(&code), code: code.as_str().to_owned() }
    }
}
