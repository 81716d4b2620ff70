//! See `tickwire_fuzz::session`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tickwire_fuzz::session(bytes));
