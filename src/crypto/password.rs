//! A PIN or password stretched to a key: Argon2id ([RFC 9106]).
//!
//! [RFC 9106]: https://www.rfc-editor.org/rfc/rfc9106

use argon2::{Algorithm, Argon2, Params, Version};

use super::key::Key;
use super::stack::cleared;

/// The 32-byte Argon2id tag of `password`; `None` if the system has not the memory for it,
/// or if these parameters are none (less memory than 8 KiB for each lane, say).
pub(crate) fn stretch(
    password: &[u8],
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Option<Key> {
    let params = Params::new(memory_kib, passes, lanes, Some(32)).ok()?;
    let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    cleared(|| {
        let mut tag = zeroize::Zeroizing::new([0; 32]);
        argon2.hash_password_into(password, salt, &mut *tag).ok()?;
        Key::from_slice(&*tag)
    })
}
