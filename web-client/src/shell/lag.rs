//! The sliders of the simulated network, and the badge that says that it is on.

use std::time::Duration;

use tickwire_sync::lag::{LagSettings, Stall};
use wasm_bindgen::JsValue;
use web_sys::{HtmlElement, HtmlInputElement, Storage};

use super::{
    page::{self, Text},
    words::{fill, millis, text},
};

/// Where the tab remembers the sliders, so that a reload does not change the network.
const SLIDERS_KEY: &str = "tickwire-lag";
/// What the third slider chooses from: its name, as a key of the words, the chance of a stall in each second and each way, its milliseconds.
const STALLS: [(&str, f32, u64); 3] = [("lag.off", 0.0, 0), ("lag.rare", 0.02, 300), ("lag.often", 0.15, 300)];

/// Where the three sliders are: milliseconds of lag, milliseconds of jitter, which of [`STALLS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sliders([u16; 3]);

impl Sliders {
    fn parse(text: &str) -> Option<Self> {
        let mut numbers = text.split(' ').map(|number| number.parse().ok());
        let sliders = [numbers.next()??, numbers.next()??, numbers.next()??];
        numbers.next().is_none().then_some(Self(sliders))
    }

    fn text(self) -> String {
        self.0.map(|number| number.to_string()).join(" ")
    }

    fn stalls(self) -> (&'static str, f32, u64) {
        STALLS[usize::from(self.0[2]).min(STALLS.len() - 1)]
    }

    fn settings(self) -> LagSettings {
        let [lag, jitter, _] = self.0.map(|number| Duration::from_millis(number.into()));
        let (_, chance, millis) = self.stalls();
        LagSettings { lag, jitter, stall: Stall { chance, duration: Duration::from_millis(millis) } }
    }

    /// What stands beside each slider.
    fn words(self) -> [String; 3] {
        let [lag, jitter, _] = self.0;
        [millis(lag.into(), 0), millis(jitter.into(), 0), text(self.stalls().0).to_string()]
    }
}

/// The sliders and their badge.
#[derive(Debug)]
pub struct LagControls {
    sliders: [HtmlInputElement; 3],
    words: [Text; 3],
    badge: HtmlElement,
    storage: Option<Storage>,
}

impl LagControls {
    /// The sliders of the page, as the tab remembers them.
    ///
    /// # Errors
    /// The page has no such elements.
    pub fn new() -> Result<Self, JsValue> {
        let ids = ["lag-time", "lag-jitter", "lag-stalls"];
        let [lag, jitter, stalls] = ids.map(page::element);
        let [lag_words, jitter_words, stalls_words] = ids.map(|id| Text::of(&format!("{id}-value")));
        let storage = page::window()?.session_storage().ok().flatten();
        let mut controls = Self {
            sliders: [lag?, jitter?, stalls?],
            words: [lag_words?, jitter_words?, stalls_words?],
            badge: page::element("lag-badge")?,
            storage,
        };
        let known = controls.storage.as_ref().and_then(|storage| storage.get_item(SLIDERS_KEY).ok().flatten());
        let sliders = known.as_deref().and_then(Sliders::parse).unwrap_or_default();
        for (slider, value) in controls.sliders.iter().zip(sliders.0) {
            slider.set_value(&value.to_string());
        }
        controls.show();
        Ok(controls)
    }

    /// Where the sliders are. The browser keeps each within its range.
    fn read(&self) -> Sliders {
        Sliders([0, 1, 2].map(|at: usize| self.sliders[at].value().parse().unwrap_or_default()))
    }

    /// The network that the sliders describe.
    pub fn settings(&self) -> LagSettings {
        self.read().settings()
    }

    /// A slider was moved: shows and remembers it, and gives the network.
    pub fn changed(&mut self) -> LagSettings {
        self.show();
        if let Some(storage) = &self.storage {
            let _ = storage.set_item(SLIDERS_KEY, &self.read().text());
        }
        self.settings()
    }

    /// The page speaks another language now.
    pub fn words_changed(&mut self) {
        self.show();
    }

    fn show(&mut self) {
        let sliders = self.read();
        let words = sliders.words();
        for ((text, slider), words) in self.words.iter_mut().zip(&self.sliders).zip(&words) {
            let _ = slider.set_attribute("aria-valuetext", words);
            text.set(words);
        }
        let [lag, jitter, stalls] = &words;
        let title = fill("lag.simulated", &[("lag", lag), ("jitter", jitter), ("stalls", stalls)]);
        let _ = self.badge.set_attribute("title", &title);
        self.badge.set_hidden(!sliders.settings().is_on());
    }

    /// Gives the keys to the sliders.
    pub fn enter(&self) {
        let _ = self.sliders[0].focus();
    }

    /// Gives the keys back to the game.
    pub fn leave(&self) {
        for slider in &self.sliders {
            let _ = slider.blur();
        }
    }

    /// Whether a slider has the keys.
    pub fn has_keys(&self) -> bool {
        let active = page::document().ok().and_then(|document| document.active_element());
        active.is_some_and(|active| self.sliders.iter().any(|slider| active.is_same_node(Some(slider))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sliders_are_remembered_as_they_are_and_nonsense_is_forgotten() {
        let sliders = Sliders([120, 30, 1]);
        assert_eq!(Sliders::parse(&sliders.text()), Some(sliders));
        for nonsense in ["", "1 2", "1 2 3 4", "a b c", "-1 0 0", "1 2 99999"] {
            assert_eq!(Sliders::parse(nonsense), None, "{nonsense:?}");
        }
    }

    #[test]
    fn sliders_are_the_network_that_their_words_say() {
        assert!(!Sliders::default().settings().is_on());
        let settings = Sliders([120, 30, 2]).settings();
        assert_eq!(
            settings.to_string(),
            "120 ms of lag, up to 30 ms of jitter each way, stalls of 300 ms (15 % a second each way)"
        );
        assert_eq!(Sliders([120, 30, 1]).words(), ["120 ms", "30 ms", "rare"]);
        assert_eq!(Sliders([0, 0, 9]).words()[2], "often");
        assert!(Sliders([0, 0, 1]).settings().is_on());
    }
}
