//! Names under ships, as text of the page: sharp at every density, in every script.

use std::fmt::Write;

use glam::Vec2;
use wasm_bindgen::JsValue;
use web_sys::{Element, HtmlElement};

use super::palette::{Colour, css};
use crate::shell::page::{self, Text};

/// The most names at once: in a greater crowd nobody could read them.
const LABELS_MAX: usize = 64;

#[derive(Debug)]
struct Label {
    element: HtmlElement,
    text: Text,
    colour: Option<Colour>,
    shown: bool,
}

/// All names that are shown.
#[derive(Debug)]
pub struct Labels {
    parent: Element,
    pool: Vec<Label>,
    used: usize,
    transform: String,
}

impl Labels {
    /// The labels of the page.
    ///
    /// # Errors
    /// The page has no place for them.
    pub fn new() -> Result<Self, JsValue> {
        Ok(Self { parent: page::element("labels")?, pool: Vec::new(), used: 0, transform: String::new() })
    }

    /// A new frame begins.
    pub fn begin(&mut self) {
        self.used = 0;
    }

    /// Shows a name centred at a place of the page, in CSS pixels.
    ///
    /// # Errors
    /// The browser refuses a new element.
    pub fn add(&mut self, name: &str, at: Vec2, colour: Colour) -> Result<(), JsValue> {
        if self.used == LABELS_MAX {
            return Ok(());
        }
        if self.used == self.pool.len() {
            let element = page::append(&self.parent, "div", "label")?;
            self.pool.push(Label { text: Text::inside(element.clone()), element, colour: None, shown: true });
        }
        let label = &mut self.pool[self.used];
        self.used += 1;
        label.text.set(name);
        if label.colour != Some(colour) {
            label.colour = Some(colour);
            label.element.style().set_property("--tint", &css(colour))?;
        }
        if !label.shown {
            label.shown = true;
            label.element.set_hidden(false);
        }
        self.transform.clear();
        let _ = write!(self.transform, "translate(-50%, 0) translate({:.1}px, {:.1}px)", at.x, at.y);
        label.element.style().set_property("transform", &self.transform)
    }

    /// The frame ends: names of ships that are gone go too.
    pub fn end(&mut self) {
        for label in &mut self.pool[self.used..] {
            if label.shown {
                label.shown = false;
                label.element.set_hidden(true);
            }
        }
    }
}
