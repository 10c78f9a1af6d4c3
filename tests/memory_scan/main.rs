//! What is left in memory once a vault is locked: another process opens one, uses it and
//! locks it, and this one searches the other's memory for every key and secret.
//!
//! | file | what it is for |
//! |---|---|
//! | `cases` | what was done before the search, and what may be found after it |
//! | `subject` | the process that is looked into |
//! | `accounts`, `approvals`, `secrets` | what there is to be found |
//! | `scan` | the search |
//!
//! `docs/memory.md` says what this shows and what it cannot show.

#[cfg(target_os = "linux")]
mod accounts;
#[cfg(target_os = "linux")]
mod approvals;
#[cfg(target_os = "linux")]
mod cases;
#[cfg(target_os = "linux")]
#[path = "../support/phone.rs"]
mod phone;
#[cfg(target_os = "linux")]
mod scan;
#[cfg(target_os = "linux")]
mod secrets;
#[cfg(target_os = "linux")]
mod subject;
#[cfg(target_os = "linux")]
#[path = "../support/mod.rs"]
mod support;

use std::alloc::System;
use std::io::{self, Write};

use zeroizing_alloc::ZeroAlloc;

/// Whether memory that is freed is overwritten whoever frees it. `memory_scan_plain.rs`
/// searches without that.
#[cfg(target_os = "linux")]
const WIPES_ALL: bool = true;

/// As the command line has it, and an app should.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// Says that a test could not run, past the test harness, so that it is counted.
fn skip(reason: &str) {
    // One write, so that the lines of several tests do not mix.
    let line = format!("skipped: {reason}\n");
    io::stderr().write_all(line.as_bytes()).expect("standard error can be written");
}

#[cfg(not(target_os = "linux"))]
#[test]
fn nothing_is_left_in_memory() {
    skip("memory_scan: only Linux has /proc/PID/mem");
}
