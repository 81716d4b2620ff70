//! The pages of the examples: folders that a server takes as `--assets`.

/// A second game, to show what a game brings and what it finds.
pub const LINE: &str = concat!(env!("OUT_DIR"), "/line");
/// The arena plays itself in wasm: browser tests hold its hash against the same one made natively.
pub const TRACE: &str = concat!(env!("OUT_DIR"), "/trace");
