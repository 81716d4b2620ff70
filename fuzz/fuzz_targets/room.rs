//! See `tickwire_fuzz::room`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tickwire_fuzz::room(bytes));
