//! See `tickwire_fuzz::recording`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tickwire_fuzz::recording(bytes));
