//! Keys on P-256 ([FIPS 186-5]): ECDSA with SHA-256, and ECDH.
//!
//! [FIPS 186-5]: https://csrc.nist.gov/pubs/fips/186-5/final

use std::fmt;

use ecdsa::hazmat::sign_prehashed_rfc6979;
use p256::elliptic_curve::Curve;
use p256::elliptic_curve::bigint::{NonZero, U256, U384};
use p256::elliptic_curve::ecdh::diffie_hellman;
use p256::elliptic_curve::ff::PrimeField;
use p256::elliptic_curve::point::AffineCoordinates;
use p256::{NistP256, NonZeroScalar};
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use sha2::Sha256;
use zeroize::{Zeroize, Zeroizing};

use super::digest::sha256;
use super::key::Key;
use super::random::{self, NoRandomness};
use super::stack::cleared;

/// `r ‖ s`, as RFC 7518, section 3.4, writes a signature.
pub(crate) type Signature = [u8; 64];

/// A private key: a number from 1 to n − 1, on the heap so that moving it leaves no copy
/// behind.
pub(crate) struct PrivateKey(Box<NonZeroScalar>);

impl PrivateKey {
    /// A random one.
    pub(crate) fn make() -> Result<Self, NoRandomness> {
        let mut bytes = Zeroizing::new([0; 32]);
        loop {
            random::fill(&mut *bytes)?;
            // One in 2^32 is too large.
            if let Some(key) = Self::from_slice(&*bytes) {
                return Ok(key);
            }
        }
    }

    /// The key that is `bytes`, big-endian, if there are 32 and they are one.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        cleared(|| {
            let bytes: [u8; 32] = bytes.try_into().ok()?;
            let scalar = NonZeroScalar::from_repr(bytes.into()).into_option()?;
            Some(Self(Box::new(scalar)))
        })
    }

    /// `(wide mod (n − 1)) + 1`: every key is as likely as another, but for one in 2^128.
    pub(crate) fn from_wide(wide: &[u8; 48]) -> Option<Self> {
        cleared(|| {
            let largest = NonZero::new(NistP256::ORDER.get().wrapping_sub(&U256::ONE));
            let rest = U384::from_be_slice(wide).rem(&largest.into_option()?);
            let scalar = NonZeroScalar::from_uint(rest.wrapping_add(&U256::ONE)).into_option()?;
            Some(Self(Box::new(scalar)))
        })
    }

    /// The number, big-endian.
    pub(crate) fn expose(&self) -> Zeroizing<[u8; 32]> {
        cleared(|| Zeroizing::new(self.0.to_repr().into()))
    }

    pub(crate) fn public(&self) -> PublicKey {
        cleared(|| {
            let point = p256::PublicKey::from_secret_scalar(&self.0);
            let point = point.as_affine();
            PublicKey { x: point.x().into(), y: point.y().into() }
        })
    }

    /// The signature of `message`, the same each time ([RFC 6979]).
    ///
    /// [RFC 6979]: https://www.rfc-editor.org/rfc/rfc6979
    pub(crate) fn sign(&self, message: &[u8]) -> Signature {
        let hash = sha256(&[message]);
        cleared(|| {
            let (signature, _) = sign_prehashed_rfc6979::<NistP256, Sha256>(&self.0, &*hash, &[]);
            signature.to_bytes().into()
        })
    }

    /// The secret shared with whoever has the private key of `public`: the x coordinate of
    /// what both come to (NIST SP 800-56A, section 5.7.1.2).
    pub(crate) fn agree(&self, public: &PublicKey) -> Option<Key> {
        let public = p256::PublicKey::from_sec1_bytes(&public.sec1()).ok()?;
        cleared(|| {
            let shared = diffie_hellman(&*self.0, public.as_affine());
            Key::from_slice(shared.raw_secret_bytes())
        })
    }
}

impl Drop for PrivateKey {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(..)")
    }
}

/// A public key: a point of the curve.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct PublicKey {
    x: [u8; 32],
    y: [u8; 32],
}

impl PublicKey {
    /// The point that `bytes` are, uncompressed (SEC 1, section 2.3.3); `None` if they are
    /// none of the curve's.
    pub(crate) fn from_sec1(bytes: &[u8]) -> Option<Self> {
        let (form, coordinates) = bytes.split_first()?;
        let (x, y) = coordinates.split_first_chunk()?;
        let y = y.try_into().ok()?;
        (*form == 4).then(|| Self::from_coordinates(x, y))?
    }

    /// The point with these coordinates, if it is one of the curve's.
    pub(crate) fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Option<Self> {
        let key = Self { x: *x, y: *y };
        p256::PublicKey::from_sec1_bytes(&key.sec1()).ok().map(|_| key)
    }

    /// The coordinates, big-endian.
    pub(crate) const fn coordinates(&self) -> (&[u8; 32], &[u8; 32]) {
        (&self.x, &self.y)
    }

    /// The point, uncompressed.
    pub(crate) fn sec1(&self) -> [u8; 65] {
        let mut bytes = [4; 65];
        let point = self.x.iter().chain(&self.y);
        bytes.iter_mut().skip(1).zip(point).for_each(|(to, from)| *to = *from);
        bytes
    }

    /// Whether `signature` is one of `message` by this key.
    pub(crate) fn verifies(&self, message: &[u8], signature: &Signature) -> bool {
        let bytes = self.sec1();
        let key = UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, &bytes[..]);
        key.verify(message, signature).is_ok()
    }
}

/// A signature as key stores write it (`ECDSA-Sig-Value`, RFC 3279, in DER), as `r ‖ s`.
pub(crate) fn signature_from_der(der: &[u8]) -> Option<Signature> {
    Some(ecdsa::Signature::<NistP256>::from_der(der).ok()?.to_bytes().into())
}

/// A signature as key stores write it.
pub(crate) fn signature_to_der(signature: &Signature) -> Option<Vec<u8>> {
    let signature = ecdsa::Signature::<NistP256>::from_slice(signature).ok()?;
    Some(signature.to_der().as_bytes().to_vec())
}
