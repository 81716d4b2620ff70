//! What people in the room say. Their text enters the page as text alone.

use tickwire_sync::protocol::limits::CHAT_BYTES_MAX;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement, HtmlInputElement};

use super::page::{self, Panel};

/// How many lines are kept.
const LINES_MAX: usize = 50;
/// A line is shown for so long while the chat is closed, in seconds.
const SHOWN_SECONDS: f64 = 12.0;

struct Line {
    element: HtmlElement,
    text: String,
    said: f64,
    old: bool,
}

/// The chat.
pub struct Chat {
    root: Element,
    log: Element,
    form: Panel,
    field: HtmlInputElement,
    lines: Vec<Line>,
}

impl Chat {
    /// The chat of the page.
    ///
    /// # Errors
    /// The page has no such elements.
    pub fn new() -> Result<Self, JsValue> {
        let form = Panel::of("chat-form")?;
        let (root, log, field) = (page::element("chat")?, page::element("chat-log")?, page::element("chat-input")?);
        Ok(Self { root, log, form, field, lines: Vec::new() })
    }

    /// Whether the player is typing.
    pub fn is_open(&self) -> bool {
        self.form.is_open()
    }

    /// Lets the player type.
    pub fn open(&mut self) {
        self.form.show(true);
        let _ = self.root.class_list().add_1("open");
        let _ = self.field.focus();
    }

    /// Takes what was typed, if anything, and closes.
    pub fn take(&mut self) -> Option<String> {
        let said = sayable(&self.field.value());
        self.close();
        said
    }

    /// Closes, and forgets what was typed.
    pub fn close(&mut self) {
        self.field.set_value("");
        let _ = self.field.blur();
        self.form.show(false);
        let _ = self.root.class_list().remove_1("open");
    }

    /// A line was said, in a manner that the page's styles know, as the mark before the name is; by nobody, if `name` is empty.
    ///
    /// # Errors
    /// The browser refuses a new element.
    pub fn add(&mut self, manner: &str, (badge, name): (&str, &str), text: &str, now: f64) -> Result<(), JsValue> {
        let element = page::append(&self.log, "li", manner)?;
        if !name.is_empty() {
            let whose = page::append(&element, "b", "")?;
            whose.set_text_content(Some(name));
            whose.set_attribute("data-badge", badge)?;
        }
        page::append(&element, "span", "")?.set_text_content(Some(text));
        let line = if name.is_empty() { text.to_owned() } else { format!("{name}: {text}") };
        self.lines.push(Line { element, text: line, said: now, old: false });
        if self.lines.len() > LINES_MAX {
            self.lines.remove(0).element.remove();
        }
        self.log.set_scroll_top(self.log.scroll_height());
        Ok(())
    }

    /// Lets old lines fade.
    pub fn age(&mut self, now: f64) {
        for line in self.lines.iter_mut().filter(|line| !line.old && now - line.said > SHOWN_SECONDS) {
            line.old = true;
            let _ = line.element.class_list().add_1("old");
        }
    }

    /// Every line that is kept, oldest first.
    pub fn lines(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| line.text.as_str())
    }
}

/// A typed line as it may be sent; `None` if there is nothing in it.
fn sayable(typed: &str) -> Option<String> {
    let mut text = typed.trim().to_owned();
    while text.len() > CHAT_BYTES_MAX {
        text.pop();
    }
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_line_is_not_said_and_a_long_one_is_cut_between_characters() {
        assert_eq!(sayable("  \t"), None);
        assert_eq!(sayable(" hello "), Some("hello".to_owned()));
        let long = sayable(&"\u{e9}".repeat(300)).unwrap();
        assert_eq!(long.len(), CHAT_BYTES_MAX);
    }
}
