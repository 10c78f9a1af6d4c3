#![no_main]

#[path = "../promises/vault_file.rs"]
mod vault_file;

libfuzzer_sys::fuzz_target!(|input: &[u8]| vault_file::check(input));
