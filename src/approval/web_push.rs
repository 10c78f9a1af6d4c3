//! What a push service of the web delivers, opened: Web Push ([RFC 8291]), which is
//! `aes128gcm` ([RFC 8188]) in a single record.
//!
//! [RFC 8188]: https://www.rfc-editor.org/rfc/rfc8188
//! [RFC 8291]: https://www.rfc-editor.org/rfc/rfc8291

use std::fmt;

use serde::Serialize;
use zeroize::Zeroizing;

use super::device::{PushKind, PushTarget};
use super::error::ApprovalError;
use super::jose::{encode, to_json};
use super::refusal::Refusal;
use crate::Secret;
use crate::crypto::aead::{Aead, NONCE_LEN};
use crate::crypto::curve::{PrivateKey, PublicKey};
use crate::crypto::key::{Key, derive};
use crate::crypto::random;
use crate::crypto::stack::cleared;

/// What a push service carries at most (RFC 8030, section 7.2).
const MAX_BODY: usize = 4_096;
const SALT_LEN: usize = 16;
const AUTH_LEN: usize = 16;
/// A point, uncompressed.
const POINT_LEN: usize = 65;
/// The least record size that there is (RFC 8188, section 2.1).
const MIN_RECORD: u32 = 18;
/// Behind the text of a last record; zeros may follow.
pub(super) const DELIMITER: u8 = 2;

#[derive(Serialize)]
struct Subscription<'a> {
    endpoint: &'a str,
    keys: Keys<'a>,
}

#[derive(Serialize)]
struct Keys<'a> {
    p256dh: &'a str,
    auth: &'a str,
}

/// The keys of a Web Push subscription, where the app is what opens its payloads, as with
/// UnifiedPush: a browser does that itself.
///
/// Make one for each credential, so that services cannot tell from it that they share a
/// phone. What it opens is what `take_push` takes and a [`PreviewKey`](super::PreviewKey)
/// previews, and no more believed than any push; keep the bytes of both in the same place.
///
/// # Examples
///
/// ```
/// use authenticator_core::approval::{Refusal, WebPushKeys};
///
/// let keys = WebPushKeys::make()?;
/// let (p256dh, auth) = (keys.public(), keys.auth());
/// assert_eq!((p256dh.len(), auth.len()), (65, 16));
///
/// let kept = WebPushKeys::from_bytes(&keys.to_bytes())?;
/// assert_eq!(kept.open(b"not a payload"), Err(Refusal::Malformed));
/// # Ok::<(), authenticator_core::approval::ApprovalError>(())
/// ```
pub struct WebPushKeys {
    key: PrivateKey,
    /// On the heap, so that moving it leaves no copy behind.
    auth: Box<Zeroizing<[u8; AUTH_LEN]>>,
}

impl WebPushKeys {
    /// Random ones.
    ///
    /// # Errors
    ///
    /// [`ApprovalError::NoRandomness`].
    pub fn make() -> Result<Self, ApprovalError> {
        let mut auth = Box::new(Zeroizing::new([0; AUTH_LEN]));
        random::fill(&mut **auth)?;
        Ok(Self { key: PrivateKey::make()?, auth })
    }

    /// What [`WebPushKeys::to_bytes`] gave.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`]: this library did not write it.
    pub fn from_bytes(bytes: &Secret) -> Result<Self, Refusal> {
        let read = || {
            let (key, auth) = bytes.expose().split_last_chunk()?;
            Some(Self { key: PrivateKey::from_slice(key)?, auth: Box::new(Zeroizing::new(*auth)) })
        };
        read().ok_or(Refusal::Malformed)
    }

    /// They, as bytes to keep.
    pub fn to_bytes(&self) -> Secret {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(&*self.key.expose());
        bytes.extend_from_slice(&**self.auth);
        Secret::new(bytes)
    }

    /// `p256dh` of the subscription: a point, uncompressed.
    pub fn public(&self) -> [u8; POINT_LEN] {
        self.key.public().sec1()
    }

    /// `auth` of the subscription, which the service alone is told.
    pub fn auth(&self) -> [u8; AUTH_LEN] {
        **self.auth
    }

    /// Where the service sends pushes, as it is told: the subscription, as the Push API writes it.
    /// `endpoint` is the address that the push service gave.
    pub fn target(&self, endpoint: &str) -> PushTarget {
        let keys = Keys { p256dh: &encode(&self.public()), auth: &encode(&self.auth()) };
        let json = to_json(&Subscription { endpoint, keys });
        let target = String::from_utf8_lossy(&json).into_owned();
        PushTarget { kind: PushKind::Webpush, target }
    }

    /// What a push brought: `p`.
    ///
    /// # Errors
    ///
    /// [`Refusal::Malformed`]: it is no payload of one record and at most 4 096 bytes, is for
    /// other keys, or was altered.
    pub fn open(&self, body: &[u8]) -> Result<String, Refusal> {
        cleared(|| self.opened(body)).ok_or(Refusal::Malformed)
    }

    fn opened(&self, body: &[u8]) -> Option<String> {
        let (salt, rest) = body.split_first_chunk::<SALT_LEN>()?;
        let (size, rest) = rest.split_first_chunk()?;
        let (length, rest) = rest.split_first()?;
        let (sender, record) = rest.split_first_chunk::<POINT_LEN>()?;
        // The one member that nothing authenticates: it says how long records are, and here
        // there is one.
        let size = u32::from_be_bytes(*size);
        let is_single = size >= MIN_RECORD && record.len() <= usize::try_from(size).ok()?;
        if !is_single || usize::from(*length) != POINT_LEN || body.len() > MAX_BODY {
            return None;
        }

        let shared = self.key.agree(&PublicKey::from_sec1(sender)?)?;
        let material = self.material(&shared, sender);
        let (aead, nonce) = record_key(salt, &material)?;
        let padded = aead.open(nonce, b"", record)?;
        let end = padded.iter().rposition(|byte| *byte != 0)?;
        let (text, last) = (padded.get(..end)?, padded.get(end)?);
        (*last == DELIMITER).then(|| std::str::from_utf8(text).ok().map(str::to_owned))?
    }

    /// What both sides derive the record's key from (RFC 8291, section 3.3).
    fn material(&self, shared: &Key, sender: &[u8; POINT_LEN]) -> Key {
        derive(&**self.auth, shared.expose(), &[b"WebPush: info\0", &self.public(), sender])
    }
}

#[cfg(any(test, fuzzing, feature = "internals"))]
impl WebPushKeys {
    /// `padded` as the record of a body for these keys, whatever it is.
    pub(super) fn seal(&self, padded: &[u8]) -> Option<Vec<u8>> {
        let sender = PrivateKey::make().ok()?;
        let material = self.material(&sender.agree(&self.key.public())?, &sender.public().sec1());
        let salt = [7; SALT_LEN];
        let (aead, nonce) = record_key(&salt, &material)?;
        let mut record = padded.to_vec();
        aead.seal_with(nonce, b"", &mut record).ok()?;
        let size = 4_096_u32.to_be_bytes();
        Some([&salt[..], &size, &[65], &sender.public().sec1(), &record].concat())
    }
}

/// What the only record is sealed with (RFC 8188, sections 2.2 and 2.3): it has the number 0, by
/// which the nonce stays as it is.
fn record_key(salt: &[u8], material: &Key) -> Option<(Aead, [u8; NONCE_LEN])> {
    let key = derive(salt, material.expose(), &[b"Content-Encoding: aes128gcm\0"]);
    let nonce = derive(salt, material.expose(), &[b"Content-Encoding: nonce\0"]);
    let aead = Aead::new_128(key.expose().first_chunk()?);
    Some((aead, *nonce.expose().first_chunk()?))
}

impl fmt::Debug for WebPushKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("WebPushKeys(..)")
    }
}

#[cfg(test)]
#[path = "web_push_tests.rs"]
mod tests;
