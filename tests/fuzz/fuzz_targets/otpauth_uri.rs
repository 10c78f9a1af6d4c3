#![no_main]

#[path = "../promises/otpauth_uri.rs"]
mod otpauth_uri;

libfuzzer_sys::fuzz_target!(|input: &[u8]| otpauth_uri::check(input));
