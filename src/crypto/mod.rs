//! The only room that names a hash, a cipher or a curve.

pub(crate) mod aead;
pub(crate) mod curve;
#[cfg(test)]
mod curve_vectors;
pub(crate) mod digest;
pub(crate) mod hmac;
pub(crate) mod key;
pub(crate) mod password;
pub(crate) mod random;
pub(crate) mod stack;
#[cfg(test)]
mod vectors;
