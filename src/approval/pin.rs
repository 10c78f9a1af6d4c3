//! The approval PIN, which the service checks: `docs/approval-protocol.md`, "The approval
//! PIN".

use std::fmt;

use zeroize::Zeroizing;

use super::claims::{Hash, Jwk, Whole};
use super::error::ApprovalError;
use crate::SecretString;
use crate::crypto::curve::PrivateKey;
use crate::crypto::key::derive_two;
use crate::crypto::password::stretch;
use crate::crypto::random::{self, NoRandomness};
use crate::pin::{PinError, PinText};

const MOST_BYTES: usize = 64;
const PURPOSE: &[u8] = b"authenticator-core approval PIN 1";

/// What a PIN key is derived with, beside the PIN: nothing of it depends on the PIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PinSalt {
    pub(crate) salt: [u8; 32],
    pub(crate) memory_kib: u32,
    pub(crate) passes: u32,
    /// How often a PIN of this credential was set.
    pub(crate) generation: Whole,
}

impl PinSalt {
    const LEAST_MEMORY: u32 = 65_536;
    const MOST_MEMORY: u32 = 1_048_576;
    const LEAST_PASSES: u32 = 3;
    const MOST_PASSES: u32 = 64;

    /// For the `generation`th PIN.
    pub(super) fn make(generation: Whole) -> Result<Self, NoRandomness> {
        let (memory_kib, passes) = (Self::LEAST_MEMORY, Self::LEAST_PASSES);
        Ok(Self { salt: random::make()?, memory_kib, passes, generation })
    }

    /// Whether the cost is within its bounds: it is never moved into them, since that
    /// would be another key.
    pub(crate) fn is_sensible(&self) -> bool {
        (Self::LEAST_MEMORY..=Self::MOST_MEMORY).contains(&self.memory_kib)
            && (Self::LEAST_PASSES..=Self::MOST_PASSES).contains(&self.passes)
            && self.generation > Whole::ZERO
    }
}

/// The PIN that a person approves with. Only the service knows whether it is right: nothing
/// on the phone tells.
///
/// It is not the vault's PIN, which the phone has something to check by, and must not be
/// the same. Spelled as [`vault::Pin`](crate::vault::Pin) is: digits of every script are
/// the same. Wiped when it is dropped.
///
/// # Examples
///
/// ```
/// use authenticator_core::SecretString;
/// use authenticator_core::approval::ApprovalPin;
/// use authenticator_core::vault::PinError;
///
/// let typed = |text: &str| SecretString::new(text.to_owned());
///
/// assert!(ApprovalPin::choose(&typed("482913")).is_ok());
/// assert_eq!(ApprovalPin::choose(&typed("111111")).unwrap_err(), PinError::TooCommon);
/// // What is typed to approve is not judged: a wrong one costs a try at the service.
/// assert!(ApprovalPin::read(&typed("1111")).is_ok());
/// ```
pub struct ApprovalPin(PinText);

impl ApprovalPin {
    /// What was typed to approve.
    ///
    /// # Errors
    ///
    /// - [`PinError::Empty`]: nothing but white space.
    /// - [`PinError::TooLong`]: more than 64 bytes.
    pub fn read(typed: &SecretString) -> Result<Self, PinError> {
        Self::fitting(PinText::read(typed)?)
    }

    /// What was typed to be the new approval PIN.
    ///
    /// # Errors
    ///
    /// As [`ApprovalPin::read`], and
    ///
    /// - [`PinError::TooShort`]: fewer than 6 characters.
    /// - [`PinError::TooCommon`]: it is among the first that anybody tries.
    pub fn choose(typed: &SecretString) -> Result<Self, PinError> {
        Self::fitting(PinText::choose(typed)?)
    }

    fn fitting(text: PinText) -> Result<Self, PinError> {
        if text.as_bytes().len() > MOST_BYTES { Err(PinError::TooLong) } else { Ok(Self(text)) }
    }

    /// The PIN's key, which any PIN has.
    ///
    /// # Errors
    ///
    /// [`ApprovalError::OutOfMemory`], alone.
    pub(super) fn key(&self, with: &PinSalt) -> Result<PinKey, ApprovalError> {
        let PinSalt { salt, memory_kib, passes, .. } = with;
        let out_of_memory = || ApprovalError::OutOfMemory { needed_kib: *memory_kib };
        let stretched = stretch(self.0.as_bytes(), salt, *memory_kib, *passes, 1);
        let stretched = stretched.ok_or_else(out_of_memory)?;
        let (first, second) = derive_two(&with.salt, stretched.expose(), &[PURPOSE]);
        let mut wide = Zeroizing::new([0; 48]);
        let bytes = first.expose().iter().chain(second.expose());
        wide.iter_mut().zip(bytes).for_each(|(to, from)| *to = *from);
        let key = PrivateKey::from_wide(&wide).ok_or_else(out_of_memory)?;
        let public = Jwk(key.public());
        Ok(PinKey { key, public })
    }
}

impl fmt::Debug for ApprovalPin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApprovalPin(..)")
    }
}

/// The key of a PIN. It lives for one proof; neither it nor its public half is kept or sent
/// in the clear.
pub(super) struct PinKey {
    pub(super) key: PrivateKey,
    pub(super) public: Jwk,
}

impl PinKey {
    pub(super) fn thumbprint(&self) -> Hash {
        self.public.thumbprint()
    }
}
