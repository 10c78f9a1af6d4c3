//! What a computation leaves on the stack and in registers.
//!
//! Keys lie on the heap and are wiped there, but whoever computes with one copies it: a
//! cipher to its round keys, a hash to its block, a function to the place of what it
//! returns. Nobody wipes those copies, and a thread that does nothing afterwards keeps
//! them for as long as it lives.

use zeroize::zeroize_stack;

use super::aead;

/// Deeper than any computation with a secret reaches; `tests/memory_scan/` would find what
/// lies below. (So much is overwritten in half a microsecond.)
const DEPTH: usize = 32 * 1024;

/// Does `work`, and overwrites what it left on the stack and of plaintext in registers, also where
/// it panics.
pub(crate) fn cleared<T>(work: impl FnOnce() -> T) -> T {
    let _overwritten = Overwritten;
    apart(work)
}

/// Overwrites the registers of the cipher, and the stack below whoever drops it.
struct Overwritten;

impl Drop for Overwritten {
    fn drop(&mut self) {
        aead::overwrite_registers();
        zeroize_stack::<DEPTH>();
    }
}

/// In a frame of its own: in the caller's it would not be overwritten.
#[inline(never)]
fn apart<T>(work: impl FnOnce() -> T) -> T {
    work()
}
