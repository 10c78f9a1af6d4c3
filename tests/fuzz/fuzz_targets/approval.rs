#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| authenticator_core::approval::fuzzing::message(input));
