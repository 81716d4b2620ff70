//! The start screen: one field, one button.

use wasm_bindgen::JsValue;
use web_sys::HtmlInputElement;

use super::{name::clean, page, settings};

/// The start screen.
#[derive(Debug)]
pub struct StartScreen {
    field: HtmlInputElement,
}

impl StartScreen {
    /// The start screen of the page, with the name of last time in its field.
    ///
    /// # Errors
    /// The page has no such field.
    pub fn new() -> Result<Self, JsValue> {
        let field: HtmlInputElement = page::element("name")?;
        if let Some(name) = settings::text(settings::NAME) {
            field.set_value(&name);
        }
        Ok(Self { field })
    }

    /// Puts the cursor into the field.
    pub fn focus(&self) {
        let _ = self.field.focus();
        self.field.select();
    }

    /// The name in the field, which is remembered; if there is none, one that everybody may have.
    pub fn name(&self) -> String {
        let typed = self.field.value();
        let name = clean(&typed);
        if !typed.trim().is_empty() {
            self.field.set_value(&name);
            settings::set(settings::NAME, &name);
        }
        let _ = self.field.blur();
        name
    }
}
