//! What the page calls: `assets/main.js` starts the program, browser tests ask what is going on.

use std::cell::OnceCell;

use tickwire_web_client::shell::{app::Shared, launch};
use wasm_bindgen::prelude::*;

use crate::ArenaFront;

thread_local! {
    static APP: OnceCell<Shared<ArenaFront>> = const { OnceCell::new() };
}

/// Starts the client in its page.
///
/// # Errors
/// The page lacks an element, or the browser WebGL2.
#[wasm_bindgen]
pub fn start() -> Result<(), JsValue> {
    let app = launch::launch(ArenaFront::new)?;
    APP.with(|cell| cell.set(app).map_err(|_| JsValue::from_str("the client was started already")))
}

/// What is going on, as JSON: for tests. It is made from the same state that is drawn.
#[wasm_bindgen]
pub fn state() -> String {
    APP.with(|cell| cell.get().map_or_else(|| "{\"phase\":\"loading\"}".to_owned(), |app| app.borrow().report()))
}

/// The hash of a game that plays itself from `seed` for `ticks` ticks, in hexadecimal: every machine must get the same.
#[wasm_bindgen]
pub fn trace_hash(seed: u32, ticks: u32) -> String {
    format!("{:016x}", tickwire_arena::trace::hash(u64::from(seed), ticks))
}
