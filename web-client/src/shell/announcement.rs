//! What admins want everybody to notice: a notice on the page, and, where nobody looks at it and the player once agreed, one of the browser's own.

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use web_sys::{Notification, NotificationOptions, NotificationPermission};

use super::page::{self, Panel, Text};

/// For how long a notice is shown, in seconds.
const SHOWN_SECONDS: f64 = 15.0;
/// What the browser's notices are called. A newer one takes the place of an older one.
const TITLE: &str = "Tickwire";

/// The notice of the page, and the button that asks for the browser's.
#[derive(Debug)]
pub struct Announcement {
    panel: Panel,
    text: Text,
    until: f64,
    /// Asks for permission; it is hidden where there is nothing to ask.
    ask: Panel,
    /// Whether the panel was open in which that button is.
    offered: bool,
}

impl Announcement {
    /// The notice of the page.
    ///
    /// # Errors
    /// The page has no such elements.
    pub fn new() -> Result<Self, JsValue> {
        let (panel, text, ask) =
            (Panel::of("announcement")?, Text::of("announcement-text")?, Panel::of("notify-button")?);
        Ok(Self { panel, text, until: 0.0, ask, offered: false })
    }

    /// Something was announced.
    pub fn add(&mut self, text: &str, now: f64) {
        self.text.set(text);
        self.until = now + SHOWN_SECONDS;
        self.panel.show(true);
        if page::document().is_ok_and(|document| document.hidden())
            && permission() == Some(NotificationPermission::Granted)
        {
            let options = NotificationOptions::new();
            options.set_body(text);
            options.set_tag(TITLE);
            // Some browsers of phones have the name and not the thing.
            let _ = Notification::new_with_options(TITLE, &options);
        }
    }

    /// The player has seen it.
    pub fn dismiss(&mut self) {
        self.until = 0.0;
        self.panel.show(false);
    }

    /// Lets an old notice go.
    pub fn age(&mut self, now: f64) {
        if now > self.until {
            self.panel.show(false);
        }
    }

    /// Shows the button where it is of use, each time when the panel is opened in which it is. To look that up holds the page up: the browser's
    /// tabs ask another process.
    pub fn offer(&mut self, is_open: bool) {
        if is_open && !self.offered {
            self.ask.show(permission() == Some(NotificationPermission::Default));
        }
        self.offered = is_open;
    }

    /// Asks the player whether the browser may show notices; browsers want this from a click.
    pub fn ask(&mut self) {
        self.ask.show(false);
        if permission().is_some() {
            // The answer is looked up when it is needed.
            let _ = Notification::request_permission();
        }
    }
}

/// Whether the browser shows notices of this page; `None` where it has none, as on pages that are not encrypted.
fn permission() -> Option<NotificationPermission> {
    let window = page::window().ok()?;
    let has = Reflect::has(&window, &JsValue::from_str("Notification")).unwrap_or(false);
    has.then(Notification::permission)
}
