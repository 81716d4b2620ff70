//! The words of the player's language: the page loads them from one file a language (`assets/words`), and hands them over.
//!
//! Natively, where nothing but tests shows texts, they are the English ones.

use std::{cell::RefCell, fmt::Display, ops::RangeInclusive, rc::Rc};

use js_sys::{Array, Object};
use wasm_bindgen::{JsCast, JsValue};

/// What marks a part of a sentence as a unit of its own direction, and its end: a name in letters from left to right keeps its place in a
/// sentence that goes from right to left.
const ISOLATE: char = '\u{2068}';
const END_ISOLATE: char = '\u{2069}';
/// The letters of scripts that go from right to left.
const FROM_THE_RIGHT: RangeInclusive<char> = '\u{590}'..='\u{8ff}';

/// Texts by their keys, sorted.
type Words = Vec<(Box<str>, Rc<str>)>;

thread_local! {
    static WORDS: RefCell<Words> = RefCell::new(at_first());
}

#[cfg(target_family = "wasm")]
fn at_first() -> Words {
    Vec::new()
}

#[cfg(not(target_family = "wasm"))]
fn at_first() -> Words {
    let english = include_str!("../../../assets/words/en.json");
    let words: std::collections::BTreeMap<Box<str>, String> =
        serde_json::from_str(english).expect("the English words are texts by keys");
    words.into_iter().map(|(key, text)| (key, text.into())).collect()
}

/// Takes in the words of a language: an object of JavaScript whose keys and values are texts; what is no text is left out.
pub fn learn(words: &JsValue) {
    let mut learnt = Words::new();
    for entry in Object::entries(words.unchecked_ref()).iter() {
        let entry: Array = entry.unchecked_into();
        if let (Some(key), Some(text)) = (entry.get(0).as_string(), entry.get(1).as_string()) {
            // The standard library's sorting is more code than some hundred texts are worth.
            let at = place(&learnt, &key).unwrap_or_else(|at| at);
            learnt.insert(at, (key.into(), text.into()));
        }
    }
    WORDS.set(learnt);
}

/// Where a key stands, or else where it would.
fn place(words: &Words, key: &str) -> Result<usize, usize> {
    words.binary_search_by(|(known, _)| (**known).cmp(key))
}

/// The text of a key; the key itself where there is none, so that a game may say in place of a key what is to be read in every language.
pub fn text(key: &str) -> Rc<str> {
    WORDS.with_borrow(|words| place(words, key).map_or_else(|_| key.into(), |at| words[at].1.clone()))
}

/// A part of a text with places to fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part<'a> {
    /// As it stands.
    Text(&'a str),
    /// A place, by its name.
    Place(&'a str),
}

/// The parts of a text, in which `{name}` is a place.
pub fn parts(text: &str) -> impl Iterator<Item = Part<'_>> {
    text.split('{').enumerate().flat_map(|(at, piece)| {
        let (place, after) = if at == 0 { (None, piece) } else { split_place(piece) };
        place.map(Part::Place).into_iter().chain((!after.is_empty()).then_some(Part::Text(after)))
    })
}

fn split_place(piece: &str) -> (Option<&str>, &str) {
    piece.split_once('}').map_or((None, piece), |(place, after)| (Some(place), after))
}

/// The text of a key with its places filled, by their names.
pub fn fill(key: &str, values: &[(&str, &dyn Display)]) -> String {
    let (text, direction) = (text(key), text("language.direction"));
    let mut filled = String::new();
    for part in parts(&text) {
        match part {
            Part::Text(text) => filled.push_str(text),
            Part::Place(place) => {
                let value = values.iter().find(|(name, _)| *name == place);
                filled.push_str(&value.map(|(_, value)| isolated(value.to_string(), &direction)).unwrap_or_default());
            }
        }
    }
    filled
}

/// A text that keeps its own direction within a sentence of that one.
fn isolated(text: String, direction: &str) -> String {
    if direction == "ltr" && !text.chars().any(|letter| FROM_THE_RIGHT.contains(&letter)) {
        return text;
    }
    format!("{ISOLATE}{text}{END_ISOLATE}")
}

/// A name, say, that stands by itself on the page, and keeps its own direction there.
pub fn apart(text: &str) -> String {
    isolated(text.to_owned(), &self::text("language.direction"))
}

/// A number with so many digits after the language's decimal point.
pub fn decimal(number: f64, digits: usize) -> String {
    format!("{number:.digits$}").replace('.', &text("number.point"))
}

/// Milliseconds, with their unit.
pub fn millis(number: f64, digits: usize) -> String {
    fill("unit.ms", &[("number", &decimal(number, digits))])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn say(words: &[(&str, &str)]) {
        let mut words: Words = words.iter().map(|(key, text)| ((*key).into(), (*text).into())).collect();
        words.sort();
        WORDS.set(words);
    }

    #[test]
    fn a_text_is_found_by_its_key_and_without_one_the_key_is_shown() {
        assert_eq!((&*text("start.play"), &*text("Push to the left")), ("Play", "Push to the left"));
    }

    #[test]
    fn places_are_filled_in_the_order_of_the_language() {
        say(&[("language.direction", "ltr"), ("feed.destroyed", "{whom} \u{2190} {who}!")]);
        assert_eq!(fill("feed.destroyed", &[("who", &"Ada"), ("whom", &7)]), "7 \u{2190} Ada!");
        let text = text("feed.destroyed");
        let parts: Vec<_> = parts(&text).collect();
        assert_eq!(parts, [Part::Place("whom"), Part::Text(" \u{2190} "), Part::Place("who"), Part::Text("!")]);
    }

    #[test]
    fn what_is_of_another_direction_keeps_its_own() {
        let hebrew = "\u{5d0}\u{5d1}";
        say(&[("language.direction", "ltr"), ("greeting", "Hi {name}")]);
        assert_eq!(fill("greeting", &[("name", &"Zo\u{eb}")]), "Hi Zo\u{eb}");
        assert_eq!(fill("greeting", &[("name", &hebrew)]), format!("Hi \u{2068}{hebrew}\u{2069}"));
        say(&[("language.direction", "rtl"), ("greeting", "Hi {name}")]);
        assert_eq!(fill("greeting", &[("name", &"Ada")]), "Hi \u{2068}Ada\u{2069}");
        assert_eq!(apart("Ada!"), "\u{2068}Ada!\u{2069}");
    }

    #[test]
    fn numbers_have_the_point_of_the_language() {
        assert_eq!((decimal(1.26, 1), decimal(7.0, 0), millis(12.34, 1)), ("1.3".into(), "7".into(), "12.3 ms".into()));
        say(&[("number.point", ",")]);
        assert_eq!(decimal(1.26, 1), "1,3");
    }
}
