//! What people write (names, lines of chat, announcements, reasons), cleaned once, on the server. What is a slur is the business of `filter`.

use tickwire_sync::protocol::limits::{
    CHAT_BYTES_MAX, CHAT_GRAPHEMES_MAX, GRAPHEME_CHARS_MAX, MARKS_MAX, NAME_BYTES_MAX, NAME_GRAPHEMES_MAX,
    SANCTION_REASON_BYTES_MAX,
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
use unicode_segmentation::UnicodeSegmentation;

/// The name of somebody who gave none.
const NAMELESS: &str = "Pilot";
const BOT_NAMES: [&str; 48] = [
    "Vesper",
    "Rook",
    "Quill",
    "Mako",
    "Cinder",
    "Juno",
    "Talon",
    "Ozone",
    "Basalt",
    "Wisp",
    "Kestrel",
    "Nadir",
    "Fathom",
    "Echo Nine",
    "Lumen",
    "Brisk",
    "Zephyr",
    "Havoc",
    "Onyx",
    "Pike",
    "Sable",
    "Dynamo",
    "Umber",
    "Tinder",
    "Gale",
    "Isotope",
    "Crux",
    "Moraine",
    "Yonder",
    "Flint",
    "Perigee",
    "Static",
    "Argon",
    "Lodestar",
    "Bramble",
    "Karst",
    "Vector",
    "Ember",
    "Nomad",
    "Squall",
    "Halcyon",
    "Rivet",
    "Torque",
    "Oxbow",
    "Jackdaw",
    "Cobalt",
    "Penumbra",
    "Drift",
];

/// A name that can be shown, and that shows something.
pub(crate) fn name(wanted: &str) -> String {
    let cleaned = clean(wanted, NAME_BYTES_MAX, NAME_GRAPHEMES_MAX);
    if cleaned.is_empty() { NAMELESS.to_owned() } else { cleaned }
}

/// A line of chat that can be shown; `None` if nothing is left of it.
pub(crate) fn chat(line: &str) -> Option<String> {
    let cleaned = clean(line, CHAT_BYTES_MAX, CHAT_GRAPHEMES_MAX);
    (!cleaned.is_empty()).then_some(cleaned)
}

/// The reason of a kick, a mute or a ban; empty if there is none.
pub(crate) fn reason(given: &str) -> String {
    clean(given, SANCTION_REASON_BYTES_MAX, SANCTION_REASON_BYTES_MAX)
}

/// The name of a room's n-th bot: no two are alike.
pub(crate) fn bot_name(number: usize) -> String {
    let name = BOT_NAMES[number % BOT_NAMES.len()];
    match number / BOT_NAMES.len() {
        0 => name.to_owned(),
        generation => format!("{name} {}", generation + 1),
    }
}

/// Only what shows, in normal form C, in one line without spaces at its ends, and within limits.
fn clean(text: &str, bytes_max: usize, graphemes_max: usize) -> String {
    // Where something is taken out of a grapheme, its rest and the next one may become another. Each pass takes something out, or is the last.
    let mut shown = pass(text);
    loop {
        let again = pass(&shown);
        if again == shown {
            break;
        }
        shown = again;
    }
    let mut end = 0;
    for (at, grapheme) in shown.grapheme_indices(true).take(graphemes_max) {
        if at + grapheme.len() > bytes_max {
            break;
        }
        end = at + grapheme.len();
    }
    shown.truncate(end);
    shown.truncate(shown.trim_end().len());
    shown
}

fn pass(text: &str) -> String {
    let visible: String = text.chars().filter(|letter| !is_invisible(*letter)).nfc().collect();
    let mut words = String::new();
    for word in
        visible.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty())
    {
        if !words.is_empty() {
            words.push(' ');
        }
        words.extend(word.graphemes(true).flat_map(bounded));
    }
    words.truncate(words.trim_end().len());
    words
}

/// A grapheme within limits.
fn bounded(grapheme: &str) -> impl Iterator<Item = char> {
    let is_bare = grapheme.starts_with(is_combining_mark);
    let has_too_many_marks = grapheme.chars().filter(|letter| is_combining_mark(*letter)).count() > MARKS_MAX;
    let length_max = if is_bare {
        0
    } else if has_too_many_marks || grapheme.chars().count() > GRAPHEME_CHARS_MAX {
        1
    } else {
        GRAPHEME_CHARS_MAX
    };
    grapheme.chars().take(length_max)
}

/// Those that show nothing (Unicode's default ignorable ones, and the blank Braille pattern), and those that turn the direction of text around.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
        || matches!(letter, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(letter, '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(letter, '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}')
        || matches!(letter, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*, sample::select};

    use super::*;

    /// Letters that do harm, among ordinary ones.
    fn nasty() -> impl Strategy<Value = String> {
        let letters = "aZ \u{e9}\n\t\u{7}\u{200b}\u{202e}\u{2066}\u{300}\u{301}\u{323}\u{338}\u{345}\u{489}\u{1100}\u{1161}\u{11a8}\u{ac00}\
                       \u{915}\u{94d}\u{937}\u{93e}\u{b47}\u{b3e}\u{600}\u{1f468}\u{200d}\u{1f3fb}\u{1f1e6}\u{fe0f}\u{e0041}\u{3164}\u{212b}";
        let letters: Vec<char> = letters.chars().collect();
        let letter = prop_oneof![4 => select(letters), 1 => any::<char>()];
        vec(letter, 0..80).prop_map(|letters| letters.into_iter().collect())
    }

    proptest! {
        #[test]
        fn what_is_cleaned_is_short_visible_one_line_and_clean_already(text in nasty()) {
            let cleaned = clean(&text, CHAT_BYTES_MAX, 20);
            prop_assert!(cleaned.len() <= CHAT_BYTES_MAX && cleaned.graphemes(true).count() <= 20);
            prop_assert!(!cleaned.contains(is_invisible) && !cleaned.contains(char::is_control), "{cleaned:?}");
            prop_assert_eq!(cleaned.nfc().collect::<String>(), cleaned.clone());
            prop_assert!(cleaned.split(' ').all(|word| !word.is_empty()) || cleaned.is_empty(), "{cleaned:?}");
            for grapheme in cleaned.graphemes(true) {
                prop_assert!(!grapheme.starts_with(is_combining_mark), "{cleaned:?}");
                prop_assert!(grapheme.chars().count() <= GRAPHEME_CHARS_MAX, "{cleaned:?}");
                prop_assert!(grapheme.chars().filter(|letter| is_combining_mark(*letter)).count() <= MARKS_MAX);
            }
            prop_assert_eq!(clean(&cleaned, CHAT_BYTES_MAX, 20), cleaned);
        }

        #[test]
        fn a_name_shows_something_and_fits(text in nasty()) {
            let name = name(&text);
            prop_assert!(!name.trim().is_empty() && name.len() <= NAME_BYTES_MAX, "{name:?}");
            prop_assert!(name.graphemes(true).count() <= NAME_GRAPHEMES_MAX, "{name:?}");
        }

        #[test]
        fn plain_text_stays_as_it_is(text in "[a-zA-Z0-9<>&'\"äöüßéñЖ字]{1,16}") {
            prop_assert_eq!(chat(&text), Some(text));
        }
    }

    #[test]
    fn a_name_is_cut_and_cleaned() {
        assert_eq!(name("  Ada \n\u{202e} Lovelace  "), "Ada Lovelace");
        assert_eq!(name("abcdefghijklmnopqrstuvwxyz").chars().count(), NAME_GRAPHEMES_MAX);
        assert!(name(&"\u{1f680}".repeat(40)).len() <= NAME_BYTES_MAX);
        for invisible in
            ["\u{200b}", "\u{3164}", "\u{2800}", "\u{115f}\u{1160}", "\u{e0041}", "\u{61c}", "\u{301}\u{301}"]
        {
            assert_eq!(name(&format!(" {invisible} ")), NAMELESS, "{invisible:?}");
        }
    }

    #[test]
    fn a_letter_is_one_however_it_is_written_and_marks_do_not_pile_up() {
        assert_eq!(name("Zoe\u{308}"), "Zo\u{eb}");
        assert_eq!(chat(&format!("o{}k", "\u{336}".repeat(40))).as_deref(), Some("ok"));
        let vietnamese = "Vi\u{1ec7}t";
        assert_eq!(name("Vie\u{323}\u{302}t"), vietnamese);
        let sixteen = "e\u{301}".repeat(20);
        assert_eq!(name(&sixteen).graphemes(true).count(), 16);
    }

    #[test]
    fn a_word_that_was_split_by_what_does_not_show_is_one_again() {
        assert_eq!(chat("s\u{200b}p\u{ad}am").as_deref(), Some("spam"));
    }

    #[test]
    fn an_empty_line_of_chat_is_none() {
        assert_eq!(chat("\r\n"), None);
        assert_eq!(chat("gg  wp").as_deref(), Some("gg wp"));
    }

    #[test]
    fn bots_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = (0..120).map(bot_name).collect();
        assert_eq!(names.len(), 120);
        assert!(names.iter().all(|bot| name(bot) == *bot));
    }
}
