//! Hashes of a whole message.

use md5::Md5;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// `MD5(parts[0] ‖ parts[1] ‖ …)` ([RFC 1321]). For mOTP, which is defined by it,
/// and for nothing else: MD5 is broken.
///
/// [RFC 1321]: https://www.rfc-editor.org/rfc/rfc1321
pub(crate) fn md5(parts: &[&[u8]]) -> [u8; 16] {
    let mut hash = Md5::new();
    parts.iter().for_each(|part| hash.update(part));
    hash.finalize().into()
}

/// `SHA-256(parts[0] ‖ parts[1] ‖ …)` (FIPS 180-4), for a result that is a key.
pub(crate) fn sha256(parts: &[&[u8]]) -> Zeroizing<[u8; 32]> {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    let mut output = Zeroizing::new([0; 32]);
    hash.finalize_into((&mut *output).into());
    output
}
