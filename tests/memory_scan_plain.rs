//! `tests/memory_scan/` once more, in a program that does not overwrite what it frees: so
//! it is seen what the library does by itself.

#[cfg(target_os = "linux")]
#[path = "memory_scan/accounts.rs"]
mod accounts;
#[cfg(target_os = "linux")]
#[path = "memory_scan/approvals.rs"]
mod approvals;
#[cfg(target_os = "linux")]
#[path = "memory_scan/cases.rs"]
mod cases;
#[cfg(target_os = "linux")]
#[path = "support/phone.rs"]
mod phone;
#[cfg(target_os = "linux")]
#[path = "memory_scan/scan.rs"]
mod scan;
#[cfg(target_os = "linux")]
#[path = "memory_scan/secrets.rs"]
mod secrets;
#[cfg(target_os = "linux")]
#[cfg(target_os = "linux")]
#[path = "memory_scan/subject.rs"]
mod subject;
#[cfg(target_os = "linux")]
#[path = "support/mod.rs"]
mod support;

use std::io::{self, Write};

/// Whether memory that is freed is overwritten whoever frees it.
#[cfg(target_os = "linux")]
const WIPES_ALL: bool = false;

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
