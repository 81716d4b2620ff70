//! See `tickwire_fuzz::link`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tickwire_fuzz::link(bytes));
