//! Names and chat, cleaned once, on the server.

use tickwire_sync::protocol::limits::{CHAT_BYTES_MAX, NAME_BYTES_MAX, NAME_CHARS_MAX};

/// The name of somebody who gave none.
const NAMELESS: &str = "Pilot";
const BOT_NAMES: [&str; 16] = [
    "Anvil", "Bellows", "Crucible", "Dross", "Ember", "Flux", "Galena", "Hammer", "Ingot", "Kiln", "Ladle", "Mandrel",
    "Nickel", "Ochre", "Pewter", "Quench",
];

/// A name that can be shown: no control characters, white space folded, cut to its limit.
pub(crate) fn name(wanted: &str) -> String {
    let cleaned = clean(wanted, NAME_BYTES_MAX, NAME_CHARS_MAX);
    if cleaned.is_empty() { NAMELESS.to_owned() } else { cleaned }
}

/// A line of chat that can be shown; `None` if nothing is left of it.
pub(crate) fn chat(line: &str) -> Option<String> {
    let cleaned = clean(line, CHAT_BYTES_MAX, CHAT_BYTES_MAX);
    (!cleaned.is_empty()).then_some(cleaned)
}

/// The name of a room's n-th bot.
pub(crate) fn bot_name(number: usize) -> String {
    let name = BOT_NAMES[number % BOT_NAMES.len()];
    match number / BOT_NAMES.len() {
        0 => name.to_owned(),
        generation => format!("{name} {}", generation + 1),
    }
}

fn clean(text: &str, bytes_max: usize, chars_max: usize) -> String {
    let mut out = String::new();
    let words = text.split(|letter: char| letter.is_whitespace() || is_invisible(letter));
    for word in words.filter(|word| !word.is_empty()) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    let mut end = out.char_indices().nth(chars_max).map_or(out.len(), |(at, _)| at).min(bytes_max);
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    out.truncate(end);
    out.truncate(out.trim_end().len());
    out
}

/// Control characters, those that show nothing (Unicode's default ignorable ones, and the blank Braille pattern), and those that turn the
/// direction of text around.
fn is_invisible(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{180b}'..='\u{180f}')
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}')
        || matches!(letter, '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}')
        || matches!(letter, '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_cut_and_cleaned() {
        assert_eq!(name("  Ada \n\u{202e} Lovelace  "), "Ada Lovelace");
        assert_eq!(name("abcdefghijklmnopqrstuvwxyz").chars().count(), NAME_CHARS_MAX);
        assert!(name(&"\u{1f680}".repeat(40)).len() <= NAME_BYTES_MAX);
        for invisible in ["\u{200b}", "\u{3164}", "\u{2800}", "\u{115f}\u{1160}", "\u{e0041}", "\u{61c}"] {
            assert_eq!(name(&format!(" {invisible} ")), NAMELESS, "{invisible:?}");
        }
    }

    #[test]
    fn an_empty_line_of_chat_is_none() {
        assert_eq!(chat("\r\n"), None);
        assert_eq!(chat("gg  wp").as_deref(), Some("gg wp"));
    }

    #[test]
    fn bots_have_names_of_their_own() {
        let names: std::collections::BTreeSet<_> = (0..40).map(bot_name).collect();
        assert_eq!(names.len(), 40);
        assert!(names.iter().all(|bot| name(bot) == *bot));
    }
}
