//! Randomness from the operating system.

use ring::rand::{self, SystemRandom};

/// A random number that is not negative, or `None` if the operating system gives no
/// randomness.
pub(crate) fn make_i31() -> Option<i32> {
    let bytes: [u8; 4] = rand::generate(&SystemRandom::new()).ok()?.expose();
    Some(i32::from_be_bytes(bytes) & i32::MAX)
}
