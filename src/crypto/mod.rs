//! The only room that names a hash, a cipher or a curve.

pub(crate) mod digest;
pub(crate) mod hmac;
#[cfg(feature = "transfer")]
pub(crate) mod random;
