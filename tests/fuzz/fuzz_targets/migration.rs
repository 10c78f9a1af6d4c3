#![no_main]

#[path = "../promises/migration.rs"]
mod migration;

libfuzzer_sys::fuzz_target!(|input: &[u8]| migration::check(input));
