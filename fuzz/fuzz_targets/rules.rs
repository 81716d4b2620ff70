//! See `tickwire_fuzz::rules`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tickwire_fuzz::rules(bytes));
