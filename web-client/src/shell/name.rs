//! The name that a player types, as it is sent.

use tickwire_sync::protocol::limits::NAME_BYTES_MAX;

use super::words::text;

/// A typed name without what does not show: spaces at its ends, rows of them, control characters; cut to the bytes that the server takes. Who
/// typed none has one all the same.
pub fn clean(typed: &str) -> String {
    let mut name = String::new();
    let shown =
        typed.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
    for word in shown {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(word);
    }
    while name.len() > NAME_BYTES_MAX || name.ends_with(' ') {
        name.pop();
    }
    if name.is_empty() { text("start.nameless").to_string() } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_loses_spaces_and_what_does_not_show() {
        assert_eq!(clean("  Ada\t\n  Love\u{7}lace "), "Ada Love lace");
        assert_eq!(clean("Grace"), "Grace");
    }

    #[test]
    fn a_long_name_is_cut_between_characters() {
        assert_eq!(clean(&format!("{} pq", "a".repeat(NAME_BYTES_MAX - 1))), "a".repeat(NAME_BYTES_MAX - 1));
        assert!(clean(&"\u{1f680}".repeat(40)).len() <= NAME_BYTES_MAX);
        assert!(clean(&"\u{1f680}".repeat(40)).chars().all(|letter| letter == '\u{1f680}'));
    }

    #[test]
    fn nobody_is_nameless() {
        assert_eq!(clean("   "), "Pilot");
    }
}
