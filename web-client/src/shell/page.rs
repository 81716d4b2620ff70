//! The page: its elements by id, and texts that touch it only when they change.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Element, HtmlElement, Window};

/// The window.
///
/// # Errors
/// This does not run in a page.
pub fn window() -> Result<Window, JsValue> {
    web_sys::window().ok_or_else(|| JsValue::from_str("there is no window here"))
}

/// The document.
///
/// # Errors
/// This does not run in a page.
pub fn document() -> Result<Document, JsValue> {
    window()?.document().ok_or_else(|| JsValue::from_str("there is no document here"))
}

/// Whether the player asked their system for less motion.
pub fn wants_calm() -> bool {
    let query = window().and_then(|window| window.match_media("(prefers-reduced-motion: reduce)"));
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// Takes a parameter out of the address.
///
/// # Errors
/// This does not run in a page.
pub fn forget_parameter(name: &str) -> Result<(), JsValue> {
    let window = window()?;
    let location = window.location();
    let rest = web_sys::UrlSearchParams::new_with_str(&location.search()?)?;
    rest.delete(name);
    let url = format!("{}?{}", location.pathname()?, String::from(rest.to_string()));
    window.history()?.replace_state_with_url(&JsValue::NULL, "", Some(url.trim_end_matches('?')))
}

/// The element of that id.
///
/// # Errors
/// The page has none, or one of another type: page and program are of different versions.
pub fn element<T: JsCast>(id: &str) -> Result<T, JsValue> {
    let element = document()?.get_element_by_id(id).and_then(|element| element.dyn_into().ok());
    element.ok_or_else(|| JsValue::from_str(&format!("the page has no fitting element with the id {id}")))
}

/// A new element of that tag and class at the end of `parent`.
///
/// # Errors
/// The browser refuses.
pub fn append(parent: &Element, tag: &str, class: &str) -> Result<HtmlElement, JsValue> {
    let element: HtmlElement = document()?.create_element(tag)?.unchecked_into();
    if !class.is_empty() {
        element.set_class_name(class);
    }
    parent.append_child(&element)?;
    Ok(element)
}

/// An element whose text the program sets.
#[derive(Debug)]
pub struct Text {
    element: HtmlElement,
    shown: String,
}

impl Text {
    /// The text of an element of the page.
    ///
    /// # Errors
    /// The page has no such element.
    pub fn of(id: &str) -> Result<Self, JsValue> {
        Ok(Self::inside(element(id)?))
    }

    /// The text of this element.
    pub fn inside(element: HtmlElement) -> Self {
        let shown = element.text_content().unwrap_or_default();
        Self { element, shown }
    }

    /// Shows `text`; nothing happens if it is shown already.
    pub fn set(&mut self, text: &str) {
        if self.shown != text {
            self.element.set_text_content(Some(text));
            text.clone_into(&mut self.shown);
        }
    }

    /// The element.
    pub fn element(&self) -> &HtmlElement {
        &self.element
    }
}

/// An element that is there or not.
#[derive(Debug)]
pub struct Panel {
    element: HtmlElement,
    open: bool,
}

impl Panel {
    /// An element of the page, which begins hidden.
    ///
    /// # Errors
    /// The page has no such element.
    pub fn of(id: &str) -> Result<Self, JsValue> {
        let element: HtmlElement = element(id)?;
        element.set_hidden(true);
        Ok(Self { element, open: false })
    }

    /// Shows or hides it.
    pub fn show(&mut self, open: bool) {
        if self.open != open {
            self.element.set_hidden(!open);
            self.open = open;
        }
    }

    /// Whether it is shown.
    pub fn is_open(&self) -> bool {
        self.open
    }
}

/// A CSS custom property of an element, as a number.
#[derive(Debug)]
pub struct Property {
    element: HtmlElement,
    name: &'static str,
    shown: f32,
}

impl Property {
    /// The property `name` of an element.
    pub fn of(element: HtmlElement, name: &'static str) -> Self {
        Self { element, name, shown: f32::NAN }
    }

    /// Sets it to a value with three digits; nothing happens if it is that already.
    pub fn set(&mut self, value: f32) {
        let rounded = (value * 1000.0).round() / 1000.0;
        if rounded.to_bits() != self.shown.to_bits() {
            self.shown = rounded;
            let _ = self.element.style().set_property(self.name, &rounded.to_string());
        }
    }
}

/// Writes to the console what no player can mend.
pub fn complain(error: &JsValue) {
    web_sys::console::error_1(error);
}
