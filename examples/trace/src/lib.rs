//! The arena plays itself in wasm: rooms, rules and brains, which the arena's page has no use for.

use wasm_bindgen::prelude::wasm_bindgen;

/// The hash of a game that plays itself from `seed` for `ticks` ticks, in hexadecimal: every machine must get the same.
#[wasm_bindgen]
pub fn trace_hash(seed: u32, ticks: u32) -> String {
    format!("{:016x}", tickwire_arena::trace::hash(u64::from(seed), ticks))
}
