//! Codes and URIs agree with programs that others wrote: pyotp and oathtool; vaults with
//! a reader that was written from the format's page alone; approvals with `jwcrypto`, `jose`,
//! `oidc-provider` and `pywebpush`; and a copied vault is of no use to whoever guesses an
//! approval PIN.
//!
//! `cargo xtask test` provides them all. Where one is missing, the tests that need it say
//! so and are counted as skipped.

mod accounts;
mod approval_dpop;
mod approval_jose;
mod approval_messages;
mod approval_pin;
mod approval_vectors;
mod node;
mod oathtool;
#[path = "../support/phone.rs"]
mod phone;
mod pyotp;
#[path = "../support/mod.rs"]
mod support;
mod vault;
mod web_push;

use std::io::{self, Write};
use std::process::{Command, Stdio};

use serde_json::Value;

/// Says that a test could not run, past the test harness, so that it is counted.
fn skip(reason: &str) {
    // One write, so that the lines of several tests do not mix.
    let line = format!("skipped: {reason}\n");
    io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
}

/// What a program says to `asked`, both in JSON.
fn answer(program: &mut Command, asked: &Value) -> Value {
    let mut started =
        program.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut stdin = started.stdin.take().unwrap();
    stdin.write_all(asked.to_string().as_bytes()).expect("the program reads");
    drop(stdin);
    let output = started.wait_with_output().unwrap();
    assert!(output.status.success(), "{:?}: {}", program.get_program(), output.status);
    serde_json::from_slice(&output.stdout).unwrap()
}
