//! From a loaded page to a client that runs.

use std::{cell::RefCell, rc::Rc};

use wasm_bindgen::JsValue;

use super::{
    app::{App, Place, Shared},
    front::Front,
    listeners, page,
};

/// Starts the client of a game in its page; `make` makes what the game brings.
///
/// # Errors
/// The page lacks an element, or the browser what the game needs.
pub fn launch<F: Front>(make: impl FnOnce() -> Result<F, JsValue>) -> Result<Shared<F>, JsValue> {
    std::panic::set_hook(Box::new(|panic| {
        page::complain(&JsValue::from_str(&panic.to_string()));
        if let Some(body) = page::document().ok().and_then(|document| document.body()) {
            let _ = body.set_attribute("data-phase", "broken");
        }
    }));
    let app: Rc<RefCell<App<F>>> = App::new(make()?, place()?)?;
    listeners::connect(&app)?;
    app.borrow_mut().begin();
    Ok(app)
}

/// More letters of a room's name are not shown, and more than a room can have are not needed to find none.
const ROOM_LETTERS_MAX: usize = 40;

/// The room that a link names, in letters that a room may have; others may not show, or turn a sentence round.
fn room(named: &str) -> String {
    let shown = |letter: char| if letter.is_alphanumeric() || "-_".contains(letter) { letter } else { '?' };
    named.chars().take(ROOM_LETTERS_MAX).map(shown).collect()
}

/// Where the page came from is where the server is; `?room=name` names a room, and `?watch` is for those who come to watch.
fn place() -> Result<Place, JsValue> {
    let location = page::window()?.location();
    let scheme = if location.protocol()? == "https:" { "wss" } else { "ws" };
    let search = web_sys::UrlSearchParams::new_with_str(&location.search()?)?;
    let url = format!("{scheme}://{}/ws", location.host()?);
    Ok(Place { url, room: room(&search.get("room").unwrap_or_default()), watch: search.has("watch") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_room_is_named_in_letters_that_a_room_may_have_and_a_name_too_long_for_one_stays_too_long() {
        assert_eq!(room("duel-2_b"), "duel-2_b");
        assert_eq!(room("a<b> \u{202e}c"), "a?b???c");
        assert!(room(&"a".repeat(5000)).len() > tickwire_sync::protocol::limits::ROOM_BYTES_MAX);
    }
}
