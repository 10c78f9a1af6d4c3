//! Why something was refused, as it is said outside.

use std::fmt;
use std::time::Duration;

use authenticator_core::otp::{AccountError, CodeError, Warning};
use authenticator_core::transfer::qr::QrError;
use serde::Serialize;
use serde::ser::{SerializeStruct, Serializer};

use crate::names;

/// A name for programs, a sentence for people, and the data that belongs to it.
///
/// No text in it was typed, piped or scanned; names of accounts come out of the vault.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Refusal {
    pub(crate) kind: &'static str,
    #[serde(flatten)]
    data: Box<Data>,
    pub(crate) message: String,
}

/// What a program needs to know besides the name.
#[derive(Clone, Debug, Default, Serialize)]
struct Data {
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    parameter: Option<&'static str>,
    /// The account that something is like.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tries_left: Option<u8>,
    /// How long the next try has to wait.
    #[serde(skip_serializing_if = "Option::is_none")]
    wait_seconds: Option<u64>,
    /// How many changes an older copy of the vault lacks.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    candidates: Vec<Candidate>,
}

/// An account that may have been meant.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Candidate {
    pub(crate) id: String,
    pub(crate) issuer: Option<String>,
    pub(crate) name: String,
}

impl Refusal {
    /// A refusal of this program's own.
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        Self { kind, data: Box::default(), message: message.into() }
    }

    /// With the account that something is like.
    pub(crate) fn with_id(mut self, id: String) -> Self {
        self.data.id = Some(id);
        self
    }

    /// With the tries that are left.
    pub(crate) fn with_tries_left(mut self, left: u8) -> Self {
        self.data.tries_left = Some(left);
        self
    }

    /// With how long the next try has to wait, the second that has begun included.
    pub(crate) fn with_wait(mut self, wait: Duration) -> Self {
        self.data.wait_seconds = Some(whole_seconds(wait));
        self
    }

    /// With the number of changes that are missing.
    pub(crate) fn with_missing(mut self, missing: u64) -> Self {
        self.data.missing = Some(missing);
        self
    }

    /// With the accounts that may have been meant.
    pub(crate) fn with_candidates(mut self, candidates: Vec<Candidate>) -> Self {
        self.data.candidates = candidates;
        self
    }

    /// A line of the input is not UTF-8.
    pub(crate) fn not_utf8() -> Self {
        Self::new("not_utf8", "the line is not UTF-8 text")
    }
}

/// `KIND: why`, for a line of output that stands in place of a result.
impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, self.message)
    }
}

impl From<AccountError> for Refusal {
    fn from(error: AccountError) -> Self {
        let mut refusal = Self::new(names::account_error(error), error.to_string());
        match error {
            AccountError::OtherApp { app } => refusal.data.app = Some(names::app(app)),
            AccountError::ConflictingParameter(parameter) => {
                refusal.data.parameter = Some(parameter.name());
            }
            _ => {}
        }
        refusal
    }
}

impl From<CodeError> for Refusal {
    fn from(error: CodeError) -> Self {
        Self::new(names::code_error(error), error.to_string())
    }
}

impl From<QrError> for Refusal {
    fn from(error: QrError) -> Self {
        Self::new(names::qr_error(error), error.to_string())
    }
}

/// The JSON in place of a result: `{"error":{…}}`.
#[derive(Debug, Serialize)]
pub(crate) struct Refused<'a> {
    pub(crate) error: &'a Refusal,
}

/// A warning as JSON: its name and its data.
#[derive(Debug)]
pub(crate) struct Doubt<'a>(&'a Warning);

impl<'a> Doubt<'a> {
    /// All of `warnings`, in order.
    pub(crate) fn all(warnings: &'a [Warning]) -> Vec<Self> {
        warnings.iter().map(Self).collect()
    }
}

impl Serialize for Doubt<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let data = match self.0 {
            Warning::IgnoredParameter(name) => Some(("name", name.as_str())),
            Warning::DefaultedParameter(parameter) | Warning::UnusualNumber(parameter) => {
                Some(("parameter", parameter.name()))
            }
            _ => None,
        };
        let mut object = serializer.serialize_struct("Warning", 1 + usize::from(data.is_some()))?;
        object.serialize_field("kind", names::warning(self.0))?;
        if let Some((key, value)) = data {
            object.serialize_field(key, value)?;
        }
        object.end()
    }
}
/// A time to wait, rounded up.
pub(crate) fn whole_seconds(wait: Duration) -> u64 {
    wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
}
