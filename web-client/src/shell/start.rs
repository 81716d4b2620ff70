//! The start screen: one field, one button.

use wasm_bindgen::JsValue;
use web_sys::{HtmlInputElement, Storage};

use super::{name::clean, page};

const NAME_KEY: &str = "tickwire-name";

/// The start screen.
#[derive(Debug)]
pub struct StartScreen {
    field: HtmlInputElement,
    /// Where the browser remembers; `None` where the player forbids it.
    storage: Option<Storage>,
}

impl StartScreen {
    /// The start screen of the page, with the name of last time in its field.
    ///
    /// # Errors
    /// The page has no such field.
    pub fn new() -> Result<Self, JsValue> {
        let field: HtmlInputElement = page::element("name")?;
        let storage = page::window()?.local_storage().ok().flatten();
        let known = storage.as_ref().and_then(|storage| storage.get_item(NAME_KEY).ok().flatten());
        if let Some(name) = known {
            field.set_value(&name);
        }
        Ok(Self { field, storage })
    }

    /// Puts the cursor into the field.
    pub fn focus(&self) {
        let _ = self.field.focus();
        self.field.select();
    }

    /// The name in the field, which is remembered.
    pub fn name(&self) -> String {
        let name = clean(&self.field.value());
        self.field.set_value(&name);
        if let Some(storage) = &self.storage {
            let _ = storage.set_item(NAME_KEY, &name);
        }
        let _ = self.field.blur();
        name
    }
}
