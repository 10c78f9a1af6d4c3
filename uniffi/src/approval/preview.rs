//! What a notification extension shows: without the vault.

use authenticator_core::{Secret, approval};

use super::{Matching, RequestDetails, RequestKind};
use crate::Outcome;
use crate::moment::{millis, seconds};

/// What a notification extension needs in order to open and verify what a push brought, and nothing
/// else: neither a device key nor an account's secret. Keep its bytes where only the app and its
/// extension read them (a Keychain access group, a file that Keystore seals); make it anew after every
/// round of exchanges.
#[derive(uniffi::Object)]
pub struct PreviewKey(pub(crate) approval::PreviewKey);

#[uniffi::export]
impl PreviewKey {
    /// What `reveal` gave.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: &[u8]) -> Outcome<Self> {
        Ok(Self(approval::PreviewKey::from_bytes(&Secret::new(bytes.to_vec()))?))
    }

    /// It, as bytes to keep. Overwrite them after use.
    pub fn reveal(&self) -> Vec<u8> {
        self.0.to_bytes().expose().to_vec()
    }

    /// What a push brought, opened and verified: what a notification may say. `wallMillis` is the wall
    /// clock, in milliseconds since 1970. On any error the notification keeps its general text: the
    /// push may be another credential's.
    pub fn preview(&self, push: String, wall_millis: i64) -> Outcome<ApprovalPreview> {
        Ok(self.0.preview(&push, seconds(wall_millis)?)?.into())
    }
}

/// What may be shown of a request before the app is opened. Decide on nothing by it: whether the request
/// was seen before, or is over, the vault alone knows.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ApprovalPreview {
    /// How the service calls itself.
    pub service: String,
    /// What it is for.
    pub kind: RequestKind,
    /// What is shown.
    pub details: RequestDetails,
    /// What the person will carry over from the page.
    pub matching: Matching,
    /// When it is over, by the service's clock, in milliseconds since 1970.
    pub expires_millis: i64,
}

impl From<approval::Preview> for ApprovalPreview {
    fn from(core: approval::Preview) -> Self {
        let approval::Preview { service, kind, details, matching, expires } = core;
        Self {
            service,
            kind: kind.into(),
            details: details.into(),
            matching: matching.into(),
            expires_millis: millis(expires),
        }
    }
}
