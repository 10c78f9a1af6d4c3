//! The service as a program, for tests in other languages: says its origin, and serves until
//! standard input ends, which is when the tests do.
//!
//! `approval-service [pin=none|optional|required] [hardware] [encrypted]`

use std::io::{Read, stdin};

use approval_service::{Policy, Site};

fn main() {
    let mut policy = Policy::default();
    for word in std::env::args().skip(1) {
        match &*word {
            "pin=none" => policy.pin = "none",
            "pin=optional" => policy.pin = "optional",
            "pin=required" => policy.pin = "required",
            "hardware" => policy.hardware = true,
            "encrypted" => policy.encrypted = true,
            _ => panic!("no word of this program: {word}"),
        }
    }
    let site = Site::new(policy);
    println!("{}", site.origin);
    let _ = stdin().read_to_end(&mut Vec::new());
}
