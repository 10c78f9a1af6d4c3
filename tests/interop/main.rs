//! Codes and URIs agree with programs that others wrote: pyotp and oathtool; vaults with
//! a reader that was written from the format's page alone; and a copied vault is of no use
//! to whoever guesses an approval PIN.
//!
//! `cargo xtask test` provides both. Where one is missing, the tests that need it say
//! so and are counted as skipped.

mod accounts;
mod approval_messages;
mod approval_pin;
mod approval_vectors;
mod oathtool;
#[path = "../support/phone.rs"]
mod phone;
mod pyotp;
#[path = "../support/mod.rs"]
mod support;
mod vault;

use std::io::{self, Write};

/// Says that a test could not run, past the test harness, so that it is counted.
fn skip(reason: &str) {
    // One write, so that the lines of several tests do not mix.
    let line = format!("skipped: {reason}\n");
    io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
}
