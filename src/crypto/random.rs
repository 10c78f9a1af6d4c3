//! Randomness from the operating system.

use ring::rand::{self, SystemRandom};

/// A random number of 31 bits, or `None` if the operating system gives no randomness.
pub(crate) fn make_u31() -> Option<u32> {
    let bytes: [u8; 4] = rand::generate(&SystemRandom::new()).ok()?.expose();
    Some(u32::from_be_bytes(bytes) >> 1)
}
