//! Web Push, where no browser opens its payloads.

use authenticator_core::{Secret, approval};

use crate::{Outcome, PushTarget};

/// The keys of a Web Push subscription (RFC 8291), where the app is what opens its payloads, as with
/// UnifiedPush: a browser does that itself.
///
/// Make one for each credential, so that services cannot tell from it that they share a phone, and keep
/// its bytes where those of the preview key are: a push comes while the vault is locked.
#[derive(uniffi::Object)]
pub struct WebPushKeys(approval::WebPushKeys);

#[uniffi::export]
impl WebPushKeys {
    /// Random ones.
    #[uniffi::constructor]
    pub fn make() -> Outcome<Self> {
        Ok(Self(approval::WebPushKeys::make()?))
    }

    /// What `reveal` gave.
    #[uniffi::constructor]
    pub fn from_bytes(bytes: &[u8]) -> Outcome<Self> {
        Ok(Self(approval::WebPushKeys::from_bytes(&Secret::new(bytes.to_vec()))?))
    }

    /// They, as bytes to keep. Overwrite them after use.
    pub fn reveal(&self) -> Vec<u8> {
        self.0.to_bytes().expose().to_vec()
    }

    /// Where the service is to send pushes, for the enrolment or `changePush`: the subscription to
    /// `endpoint`, the address that the push service gave.
    pub fn target(&self, endpoint: String) -> PushTarget {
        self.0.target(&endpoint).into()
    }

    /// What the payload of a push is: the text for `takePush` and `preview`.
    pub fn open(&self, payload: Vec<u8>) -> Outcome<String> {
        Ok(self.0.open(&payload)?)
    }
}
