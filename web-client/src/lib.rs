//! Tickwire's client for the browser.
//!
//! Two floors: [`net`] and [`shell`] know no game (the connection, the clock, the input loop, the page around it), [`arena`] is how
//! the arena is played and drawn. `assets/main.js` loads this program and calls [`start`]; browser tests ask [`state`].

pub mod arena;
pub mod net;
pub mod shell;

use std::{
    cell::{OnceCell, RefCell},
    rc::Rc,
};

use wasm_bindgen::prelude::*;

use crate::{
    arena::ArenaFront,
    shell::{
        app::{App, Place},
        listeners, page,
    },
};

thread_local! {
    static APP: OnceCell<Rc<RefCell<App<ArenaFront>>>> = const { OnceCell::new() };
}

/// Starts the client in its page.
///
/// # Errors
/// The page lacks an element, or the browser WebGL2.
#[wasm_bindgen]
pub fn start() -> Result<(), JsValue> {
    std::panic::set_hook(Box::new(|panic| {
        page::complain(&JsValue::from_str(&panic.to_string()));
        if let Some(body) = page::document().ok().and_then(|document| document.body()) {
            let _ = body.set_attribute("data-phase", "broken");
        }
    }));
    let app = App::new(ArenaFront::new()?, place()?)?;
    listeners::connect(&app)?;
    app.borrow_mut().begin();
    APP.with(|cell| cell.set(app).map_err(|_| JsValue::from_str("the client was started already")))
}

/// Where the page came from is where the server is; `?room=name` names a room, and `?watch` is for those who come to watch.
fn place() -> Result<Place, JsValue> {
    let location = page::window()?.location();
    let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
    let search = web_sys::UrlSearchParams::new_with_str(&location.search()?)?;
    let url = format!("{scheme}://{}/ws", location.host()?);
    Ok(Place { url, room: search.get("room").unwrap_or_default(), watch: search.has("watch") })
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
