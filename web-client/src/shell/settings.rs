//! What the browser remembers of a player's choices: one JSON object in its storage, for every part of the page and for the game.
//!
//! Each choice has a key, and each part that has one knows its own. What is not there, or not of the kind that is asked for, counts as not chosen;
//! so does everything in an object of another version, or in what is no JSON.

use js_sys::{JSON, Object, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::Storage;

use super::page;

/// Where the object lies.
const KEY: &str = "tickwire-settings";
/// The object's version: another one means other things by its keys.
const VERSION: f64 = 1.0;
/// The key of the version.
const VERSION_KEY: &str = "version";
/// No more text than this is kept, in UTF-16 units: remapped keys take some hundred.
const LENGTH_MAX: u32 = 16_384;

/// The player's name.
pub const NAME: &str = "name";
/// Whether the network panel is open.
pub const NETWORK_PANEL: &str = "networkPanel";
/// Which key does what, as [`super::bindings::Bindings::line`] has it.
pub const KEYS: &str = "keys";
/// Whether the view is to keep still, whatever happens.
pub const CALM: &str = "calm";
/// Whether gamepads shake.
pub const RUMBLE: &str = "rumble";

/// What is kept; `None` where the player forbids it. It is read anew each time, since another tab may have changed it.
fn storage() -> Option<Storage> {
    page::window().ok()?.local_storage().ok().flatten()
}

fn read() -> Option<Object> {
    let text = storage()?.get_item(KEY).ok().flatten()?;
    let object: Object = JSON::parse(&text).ok()?.dyn_into().ok()?;
    (Reflect::get(&object, &VERSION_KEY.into()).ok()?.as_f64()? == VERSION).then_some(object)
}

/// What was chosen for `key`, as it was set.
pub fn get(key: &str) -> Option<JsValue> {
    let object = read()?;
    Reflect::get(&object, &key.into()).ok().filter(|value| !value.is_undefined())
}

/// A text that was chosen.
pub fn text(key: &str) -> Option<String> {
    get(key)?.as_string()
}

/// A number that was chosen, within a range.
pub fn number(key: &str, range: core::ops::RangeInclusive<f64>) -> Option<f64> {
    get(key)?.as_f64().filter(|number| range.contains(number))
}

/// A yes or no that was chosen.
pub fn flag(key: &str) -> Option<bool> {
    get(key)?.as_bool()
}

/// Remembers a choice: a text, a number, a flag, or whatever JSON can hold. What cannot be kept lasts for as long as the page.
pub fn set(key: &str, value: impl Into<JsValue>) {
    let Some(storage) = storage() else { return };
    let object = read().unwrap_or_default();
    let written = [(VERSION_KEY, VERSION.into()), (key, value.into())]
        .iter()
        .try_for_each(|(key, value)| Reflect::set(&object, &(*key).into(), value).map(drop))
        .and_then(|()| JSON::stringify(&object));
    if let Ok(text) = written
        && text.length() <= LENGTH_MAX
    {
        let _ = storage.set_item(KEY, &String::from(text));
    }
}
