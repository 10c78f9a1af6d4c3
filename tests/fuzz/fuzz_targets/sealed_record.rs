#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| authenticator_core::vault::fuzzing::sealed_record(
    input
));
