//! What a notification extension shows: without the vault, and without keeping anything.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::challenge::{Addressee, VerifiedChallenge};
use super::claims::{Identifier, Jwk, Origin, Text};
use super::credential::Credential;
use super::error::ApprovalError;
use super::jose::{decode, encode, json, to_json};
use super::judged::Judged;
use super::refusal::Refusal;
use super::request::{Details, Matching, RequestKind};
use crate::crypto::curve::PrivateKey;
use crate::{Secret, UnixTime};

/// What a notification extension needs to open and verify what a push brought, and nothing
/// else: neither a device key nor an account's secret. Keep its bytes where only the app and
/// its extension read them (a Keychain group, a Keystore-sealed file); make it anew when the
/// credential's keys or the service's configuration changed.
///
/// # Examples
///
/// ```
/// use authenticator_core::approval::{PreviewKey, Refusal};
/// use authenticator_core::{Secret, UnixTime};
///
/// // What is read where the app left it; here, nothing.
/// let key = PreviewKey::from_bytes(&Secret::new(b"{}".to_vec()));
///
/// assert_eq!(key.unwrap_err(), Refusal::Malformed);
/// ```
pub struct PreviewKey(Kept);

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    iss: Origin,
    aud: Identifier,
    name: Text,
    keys: Vec<Jwk>,
    /// Base64url.
    envelope: Zeroizing<String>,
}

/// What may be shown of a request before the app is opened.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Preview {
    /// How the service calls itself.
    pub service: String,
    /// What it is for.
    pub kind: RequestKind,
    /// What is shown.
    pub details: Details,
    /// What the person will have to carry over from the page.
    pub matching: Matching,
    /// When it is over, by the service's clock.
    pub expires: UnixTime,
}

impl PreviewKey {
    pub(crate) fn of(credential: &Credential) -> Result<Self, ApprovalError> {
        let configuration = credential.accepted_configuration()?;
        Ok(Self(Kept {
            iss: credential.iss.clone(),
            aud: credential.id.clone(),
            name: configuration.claims.name.clone(),
            keys: configuration.claims.keys.clone(),
            envelope: Zeroizing::new(encode(credential.keys.envelope.secret.expose())),
        }))
    }

    /// What [`PreviewKey::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`]: this library did not write it.
    pub fn from_bytes(bytes: &Secret) -> Result<Self, Refusal> {
        json(bytes.expose()).map(Self)
    }

    /// It, as bytes to keep.
    pub fn to_bytes(&self) -> Secret {
        Secret::new(to_json(&self.0))
    }

    /// What a push brought, opened and verified: what a notification may say. By the wall
    /// clock alone, and without what needs the vault: that a request was seen before, that
    /// the credential still counts.
    ///
    /// # Errors
    ///
    /// Any [`Refusal`]: the notification keeps its general text.
    pub fn preview(&self, push: &str, now: UnixTime) -> Result<Preview, Refusal> {
        let kept = &self.0;
        let envelope = decode(&kept.envelope).map(Zeroizing::new)?;
        let envelope = PrivateKey::from_slice(&envelope).ok_or(Refusal::Malformed)?;
        let to = Addressee {
            iss: &kept.iss,
            credential: &kept.aud,
            signing: &kept.keys,
            envelope: &envelope,
            envelope_kid: Jwk(envelope.public()).thumbprint(),
        };
        let challenge = VerifiedChallenge::verify(&to, push, Judged::unconfirmed(now))?;
        Ok(Preview {
            service: kept.name.as_str().to_owned(),
            kind: challenge.kind,
            details: challenge.details,
            matching: challenge.matching,
            expires: challenge.exp.time(),
        })
    }
}

impl fmt::Debug for PreviewKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PreviewKey(..)")
    }
}
