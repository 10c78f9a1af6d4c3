//! What a service asks, as an app sees it, whichever protocol it came by.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! row_id {
    ($(#[$about:meta])* $name:ident) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
        pub struct $name([u8; 16]);

        impl $name {
            /// The identifier that is these bytes.
            pub const fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(bytes)
            }

            /// Its bytes.
            pub const fn as_bytes(&self) -> &[u8; 16] {
                &self.0
            }

            /// Reads 32 hexadecimal digits, as `Display` writes them.
            pub fn parse(text: &str) -> Option<Self> {
                let bytes = data_encoding::HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok()?;
                bytes.try_into().ok().map(Self)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&data_encoding::HEXLOWER.encode(&self.0))
            }
        }
    };
}

row_id!(
    /// A request on this phone: 16 random bytes, drawn when it came. No secret, and of no
    /// meaning to the service.
    RequestId
);

row_id!(
    /// A credential of this phone, also while it is enrolled: 16 random bytes, drawn when the
    /// enrolment began. No secret, and of no meaning to the service.
    CredentialId
);

/// What the person carries over from the page to the phone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Matching {
    /// Two digits, typed.
    #[serde(rename = "enter2")]
    TwoDigits,
    /// Six digits, typed.
    #[serde(rename = "enter6")]
    SixDigits,
    /// A QR code, scanned.
    #[serde(rename = "scan")]
    Scan,
    /// Nothing: a tap alone.
    #[serde(rename = "none")]
    Nothing,
}

/// How it is known that the person answers, and not whoever holds the phone.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verification {
    /// It is not: the phone is there.
    Presence,
    /// The approval PIN, which the service checks.
    Pin,
    /// A biometric, by a key that is bound to it.
    Biometric,
}

/// What a request is for.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum RequestKind {
    /// Somebody signs in.
    SignIn,
    /// Somebody pays.
    Transaction,
    /// Another device is to be added.
    AddDevice,
    /// This phone's keys are to be replaced by new ones.
    Rotate,
    /// The end of an enrolment.
    Test,
}

/// What the person decides. There is no default.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// It is the person's, and they want it.
    Approve,
    /// Not now, or a mistake.
    Deny,
    /// Somebody else asked: the service is told of an attack.
    Report,
}

/// Why somebody denies or reports.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The person did not ask for it.
    NotMe,
    /// The person asked for it by mistake.
    Mistake,
    /// Another phone has this phone's keys.
    Clone,
}

/// What the person is shown, all of it signed by the service: show at least what is there.
///
/// Texts have 1 to 256 characters, without those that mislead. They are texts, never links or markup.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Details {
    /// What is signed in to.
    pub app: String,
    /// Whose account.
    pub account: String,
    /// The address that it came from.
    pub ip: Option<String>,
    /// Where that is thought to be.
    pub place: Option<String>,
    /// The device that it came from.
    pub device: Option<String>,
    /// The browser that it came from.
    pub browser: Option<String>,
    /// Who is paid.
    pub payee: Option<String>,
    /// How much, with its currency.
    pub amount: Option<String>,
    /// What for.
    pub purpose: Option<String>,
    /// The device that is to be added.
    pub name: Option<String>,
}
