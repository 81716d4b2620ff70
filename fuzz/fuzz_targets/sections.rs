//! See `tickwire_fuzz::sections`.

#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| tickwire_fuzz::sections(bytes));
