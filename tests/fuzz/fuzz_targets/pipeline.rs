#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    trainyard_tests::fuzz::pipeline::pipeline(input);
});
