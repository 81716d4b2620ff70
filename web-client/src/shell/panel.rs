//! The settings panel: which key does what, and what else a player chooses. A page may lack it; then all is as the game has it.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Element, HtmlDialogElement, HtmlElement, HtmlInputElement};

use super::{
    bindings::{Bindings, Bound, KEYS_MAX, label, labels},
    page::{self, Text},
    settings,
    words::{fill, text},
};

/// What stands in the place of the key that is waited for.
const LISTENS: &str = "…";

/// What else is chosen in the panel: the id of its checkbox, its key among the settings, and what holds until it is chosen.
const CHOICES: [(&str, &str, bool); 2] =
    [("settings-rumble", settings::RUMBLE, true), ("settings-calm", settings::CALM, false)];

/// What a key or a click in the panel was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// The panel took it: the browser is to do nothing about it.
    Taken,
    /// It is the browser's.
    Left,
}

/// A place for a key: that of an action among all, and the key's own among the action's.
type Place = (usize, usize);

/// The settings panel.
#[derive(Debug)]
pub struct Panel {
    dialog: HtmlDialogElement,
    rows: HtmlElement,
    /// For each action what it is called, and the buttons that show its keys.
    actions: Vec<(Text, [Text; KEYS_MAX])>,
    said: Text,
    /// The place that the next key goes to.
    listens: Option<Place>,
    /// A click of the mouse became a key, and its end is not to choose the button that it was over.
    skips_click: bool,
}

impl Panel {
    /// The panel of the page, with a row for each action; `None` if the page has none.
    ///
    /// # Errors
    /// The page has the panel in part.
    pub fn new(bindings: &Bindings) -> Result<Option<Self>, JsValue> {
        let Ok(dialog) = page::element::<HtmlDialogElement>("settings") else { return Ok(None) };
        let rows: HtmlElement = page::element("settings-keys")?;
        let mut actions = Vec::new();
        for action in bindings.actions() {
            let row = page::append(&rows, "tr", "")?;
            let head = page::append(&row, "th", "")?;
            head.set_attribute("scope", "row")?;
            let button = |at: usize| {
                let cell = page::append(&row, "td", "")?;
                let button = page::append(&cell, "button", "quiet")?;
                button.set_attribute("type", "button")?;
                button.set_id(&format!("key-{}-{at}", action.name));
                Ok::<_, JsValue>(Text::inside(button))
            };
            actions.push((Text::inside(head), [button(0)?, button(1)?]));
        }
        for (id, key, or_else) in CHOICES {
            if let Ok(choice) = page::element::<HtmlInputElement>(id) {
                choice.set_checked(settings::flag(key).unwrap_or(or_else));
            }
        }
        let said = Text::of("settings-said")?;
        let mut panel = Self { dialog, rows, actions, said, listens: None, skips_click: false };
        panel.show(bindings);
        Ok(Some(panel))
    }

    /// The dialog, to listen to.
    pub fn dialog(&self) -> &HtmlDialogElement {
        &self.dialog
    }

    /// Whether it is open: keys are its own then.
    pub fn is_open(&self) -> bool {
        self.dialog.open()
    }

    /// Opens it.
    pub fn open(&mut self) {
        self.said.set(&text("settings.advice"));
        if !self.is_open() {
            let _ = self.dialog.show_modal();
        }
    }

    /// Closes it.
    pub fn close(&mut self) {
        self.dialog.close();
    }

    /// A key went down while it is open.
    pub fn key(&mut self, code: &str, repeats: bool, bindings: &mut Bindings) -> Use {
        let Some((action, at)) = self.listens else { return Use::Left };
        match code {
            // The key that chose the place may still be down.
            _ if repeats => {}
            "Escape" => self.stop(bindings, &text("settings.advice")),
            "Delete" => {
                bindings.clear(action, at);
                self.keep(bindings, &text("settings.advice"));
            }
            _ => self.bind(code, bindings),
        }
        Use::Taken
    }

    /// A button of the mouse went down on `target`.
    pub fn mouse(&mut self, button: i16, target: &Element, bindings: &mut Bindings) -> Use {
        self.skips_click = false;
        let Some(place) = self.listens else { return Use::Left };
        let over = target.closest("button, input, label, select, summary").ok().flatten();
        let is_own = over.as_ref().is_none_or(|over| self.place_of(over) == Some(place));
        if !is_own {
            // Who clicks on something else has thought better of it.
            self.stop(bindings, &text("settings.advice"));
            return Use::Left;
        }
        self.skips_click = button == 0;
        self.bind(&format!("Mouse{button}"), bindings);
        Use::Taken
    }

    /// A click, by mouse or by a key, on something in the rows: the next key goes there.
    pub fn choose(&mut self, target: &Element, bindings: &Bindings) {
        let place = target.closest("button").ok().flatten().and_then(|button| self.place_of(&button));
        if core::mem::take(&mut self.skips_click) || place.is_none() {
            return;
        }
        self.listens = place;
        self.said.set(&text("settings.asks"));
        self.show(bindings);
    }

    /// The rows, to listen to.
    pub fn rows(&self) -> &HtmlElement {
        &self.rows
    }

    /// Goes back to the game's own keys.
    pub fn reset(&mut self, bindings: &mut Bindings) {
        bindings.reset();
        self.keep(bindings, &text("settings.were-reset"));
    }

    /// Something else was chosen.
    pub fn chosen(&self) {
        for (id, key, _) in CHOICES {
            if let Ok(choice) = page::element::<HtmlInputElement>(id) {
                settings::set(key, choice.checked());
            }
        }
    }

    /// It was closed: no key is waited for any more.
    pub fn closed(&mut self, bindings: &Bindings) {
        self.stop(bindings, &text("settings.advice"));
    }

    /// The page speaks another language now.
    pub fn words_changed(&mut self, bindings: &Bindings) {
        self.stop(bindings, &text("settings.advice"));
    }

    fn place_of(&self, button: &Element) -> Option<Place> {
        let mut rows = self.actions.iter().enumerate();
        rows.find_map(|(action, (_, keys))| {
            keys.iter().position(|key| **key.element() == *button).map(|at| (action, at))
        })
    }

    fn bind(&mut self, code: &str, bindings: &mut Bindings) {
        let Some((action, at)) = self.listens else { return };
        let (key, own) = (label(code), text(bindings.actions()[action].label));
        match bindings.bind(action, at, code) {
            // It goes on listening.
            Bound::Refused => {
                let refused = fill("settings.refused", &[("key", &key)]);
                self.said.set(&format!("{refused} {}", text("settings.asks")));
            }
            Bound::Done => {
                let says = fill("settings.bound", &[("action", &own), ("key", &key)]);
                self.keep(bindings, &says);
            }
            Bound::TakenFrom(other) => {
                let says = fill("settings.taken", &[("action", &own), ("key", &key), ("other", &text(other))]);
                self.keep(bindings, &says);
            }
        }
    }

    /// The keys are others now.
    fn keep(&mut self, bindings: &Bindings, says: &str) {
        settings::set(settings::KEYS, bindings.line());
        self.stop(bindings, says);
        hint(bindings).unwrap_or_else(|error| page::complain(&error));
    }

    fn stop(&mut self, bindings: &Bindings, says: &str) {
        self.listens = None;
        self.said.set(says);
        self.show(bindings);
    }

    fn show(&mut self, bindings: &Bindings) {
        for (action, (head, row)) in self.actions.iter_mut().enumerate() {
            let own = text(bindings.actions()[action].label);
            head.set(&own);
            for (at, button) in row.iter_mut().enumerate() {
                let listens = self.listens == Some((action, at));
                let code = &bindings.keys(action)[at];
                let shown = match code.as_str() {
                    _ if listens => LISTENS.to_owned(),
                    "" => text("settings.no-key").to_string(),
                    code => label(code),
                };
                button.set(&shown);
                let name = fill("settings.place", &[("action", &own), ("key", &shown)]);
                let _ = button.element().set_attribute("aria-label", &name);
                let _ = button.element().class_list().toggle_with_force("listens", listens);
                let _ = button.element().class_list().toggle_with_force("none", code.is_empty());
            }
        }
    }
}

/// Shows on the start screen which keys there are: in each element with `data-hint`, which names actions, those of a single one, or of several
/// the first of each.
///
/// # Errors
/// The browser refuses.
pub fn hint(bindings: &Bindings) -> Result<(), JsValue> {
    let hints = page::document()?.query_selector_all("[data-hint]")?;
    for at in 0..hints.length() {
        let Some(hint) = hints.get(at).and_then(|node| node.dyn_into::<Element>().ok()) else { continue };
        let names = hint.get_attribute("data-hint").unwrap_or_default();
        let names: Vec<&str> = names.split_whitespace().collect();
        let most = if names.len() == 1 { KEYS_MAX } else { 1 };
        let mut shown: Vec<String> = Vec::new();
        for (action, _) in bindings.actions().iter().enumerate().filter(|(_, action)| names.contains(&action.name)) {
            shown.extend(labels(bindings.keys(action)).into_iter().take(most));
        }
        hint.set_text_content(None);
        for label in shown {
            page::append(&hint, "kbd", "")?.set_text_content(Some(&label));
        }
    }
    Ok(())
}
