//! Public keys, as messages have them (RFC 7517).

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ParsedPublicKey};
use serde::{Deserialize, Serialize};

use crate::{Fault, decode, encode, hash};

/// A public key on P-256.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    crv: String,
    kty: String,
    pub(crate) x: String,
    pub(crate) y: String,
}

impl Jwk {
    pub(crate) fn of(point: &[u8]) -> Self {
        let (x, y) = point[1..].split_at(32);
        let (x, y) = (encode(x), encode(y));
        Self { crv: "P-256".to_owned(), kty: "EC".to_owned(), x, y }
    }

    /// Whether it is a point of the curve, in the one spelling that it has.
    ///
    /// # Errors
    ///
    /// [`Fault::Malformed`]: it is not.
    pub fn check(&self) -> Result<(), Fault> {
        let point = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, self.point()?);
        point.map(drop).map_err(|_| Fault::Malformed)
    }

    pub(crate) fn point(&self) -> Result<Vec<u8>, Fault> {
        let (x, y) = (decode(&self.x)?, decode(&self.y)?);
        if (&*self.kty, &*self.crv, x.len(), y.len()) != ("EC", "P-256", 32, 32) {
            return Err(Fault::Malformed);
        }
        Ok([&[4], &x[..], &y].concat())
    }

    /// Its thumbprint (RFC 7638): the members stand in the order of their names already.
    ///
    /// # Panics
    ///
    /// Never: four texts can be written.
    pub fn thumbprint(&self) -> String {
        hash(&serde_json::to_vec(self).unwrap())
    }
}

#[cfg(test)]
mod tests {
    use crate::{EncryptionKey, Fault, Jwk, seal};

    #[test]
    fn a_key_is_a_point_of_the_curve() {
        let key = EncryptionKey::make().public;
        assert_eq!(key.check(), Ok(()));
        let moved = Jwk { x: key.y.clone(), ..key.clone() };
        assert_eq!(moved.check(), Err(Fault::Malformed));
        assert_eq!(seal(&moved, "text"), Err(Fault::Malformed));
        let spelled = Jwk { kty: "ec".to_owned(), ..key };
        assert_eq!(spelled.check(), Err(Fault::Malformed));
    }
}
