#![no_main]

use trainyard_format::opener::answer;
use trainyard_tests::fuzz::file_map::{file_map, LIMITS};

libfuzzer_sys::fuzz_target!(|input: &[u8]| {
    file_map(input, |request| answer(&request, LIMITS));
});
