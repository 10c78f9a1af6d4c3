#![no_main]

#[path = "../promises/qr.rs"]
mod qr;

libfuzzer_sys::fuzz_target!(|input: &[u8]| qr::check(input));
