//! What a typed line means: a line of chat, or a command that becomes a message of its own. The server never looks for commands in what is said.

use tickwire_sync::{
    PlayerNumber,
    protocol::{Order, Rank, Sanction},
};

use super::words::{fill, text};

/// How long a mute holds for which no time was typed, in seconds.
const MUTE_SECONDS: u32 = 600;

/// What can be typed, for whoever asks: keys of the words, each for those of a rank and above.
const HELP: [(Rank, &str); 6] = [
    (Rank::Player, "commands.talk"),
    (Rank::Player, "commands.names"),
    (Rank::Moderator, "commands.moderate"),
    (Rank::Moderator, "commands.by-address"),
    (Rank::Moderator, "commands.lift"),
    (Rank::Admin, "commands.announce"),
];

/// What somebody can type, line by line.
pub fn help(rank: Rank) -> Vec<String> {
    HELP.iter().filter(|(needed, _)| *needed <= rank).map(|(_, key)| text(key).to_string()).collect()
}

/// What a typed line means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Typed<'a> {
    /// For everybody.
    Chat(&'a str),
    /// For the own team.
    Team(&'a str),
    /// For one player.
    Whisper(PlayerNumber, &'a str),
    /// For the server, if the role permits it.
    Order(Order<'a>),
    /// What can be typed is asked for.
    Help,
    /// Who has which number is asked for.
    Who,
}

/// Reads a line, among players of these numbers and names.
///
/// # Errors
/// A sentence for whoever typed it.
pub fn read<'a>(line: &'a str, players: &[(PlayerNumber, &str)]) -> Result<Typed<'a>, String> {
    let Some(command) = line.strip_prefix('/') else { return Ok(Typed::Chat(line)) };
    let (word, rest) = split(command);
    let order = match word {
        "help" | "?" => return Ok(Typed::Help),
        "who" => return Ok(Typed::Who),
        "t" | "team" => return Ok(Typed::Team(something(rest)?)),
        "w" | "whisper" => {
            let (to, text) = player(rest, players)?;
            return Ok(Typed::Whisper(to, something(text)?));
        }
        "announce" | "announce-all" => Order::Announce { everywhere: word == "announce-all", text: something(rest)? },
        "kick" => {
            let (player, reason) = player(rest, players)?;
            Order::Kick { player, reason }
        }
        "mute" | "muteip" => Order::Mute(sanction(rest, players, word == "muteip", Some(MUTE_SECONDS))?),
        "ban" | "banip" => Order::Ban(sanction(rest, players, word == "banip", None)?),
        "unmute" | "unban" => {
            let number = rest.trim_start_matches('#').parse();
            Order::Lift { number: number.map_err(|_| fill("commands.takes-number", &[("command", &word)]))? }
        }
        "bans" => Order::List,
        _ => return Err(fill("commands.unknown", &[("command", &word)])),
    };
    Ok(Typed::Order(order))
}

/// The first word, and what follows.
fn split(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim())
}

fn something(said: &str) -> Result<&str, String> {
    if said.is_empty() { Err(text("commands.nothing").to_string()) } else { Ok(said) }
}

fn sanction<'a>(
    rest: &'a str,
    players: &[(PlayerNumber, &str)],
    by_address: bool,
    otherwise: Option<u32>,
) -> Result<Sanction<'a>, String> {
    let (player, rest) = player(rest, players)?;
    let (seconds, reason) = timed(rest, otherwise)?;
    Ok(Sanction { player, by_address, seconds, reason })
}

/// The time that a text begins with, and what follows; where it begins with none, `otherwise` and all of it. What looks like a time and is none is
/// no reason: it was a slip, and what it would do might be for good.
fn timed(text: &str, otherwise: Option<u32>) -> Result<(Option<u32>, &str), String> {
    let (word, after) = split(text);
    match seconds(word) {
        _ if word == "forever" => Ok((None, after)),
        Some(seconds) => Ok((Some(seconds), after)),
        None if word.starts_with(|letter: char| letter.is_ascii_digit()) => {
            Err(fill("commands.no-time", &[("word", &word)]))
        }
        None => Ok((otherwise, text)),
    }
}

/// A time as it is typed; `None` if the word is none.
fn seconds(word: &str) -> Option<u32> {
    let (at, unit) = word.char_indices().next_back()?;
    let unit = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 86_400,
        _ => return None,
    };
    let count: u32 = word[..at].parse().ok()?;
    Some(count.saturating_mul(unit))
}

/// The player that a text begins with, by number or by name, and what follows.
fn player<'a>(typed: &'a str, players: &[(PlayerNumber, &str)]) -> Result<(PlayerNumber, &'a str), String> {
    let (word, rest) = split(typed);
    if let Some(number) = word.strip_prefix('#').and_then(|number| number.parse().ok()) {
        return Ok((number, rest));
    }
    let named = players.iter().filter_map(|(number, name)| Some((name.len(), *number, after_name(typed, name)?)));
    let mut named: Vec<_> = named.collect();
    let longest = named.iter().map(|(length, ..)| *length).max().unwrap_or(0);
    named.retain(|(length, ..)| *length == longest);
    match named[..] {
        [] if word.is_empty() => Err(text("commands.whom").to_string()),
        [] => Err(fill("commands.nobody", &[("name", &word)])),
        [(_, number, rest)] => Ok((number, rest.trim())),
        _ => {
            let numbers: Vec<_> = named.iter().map(|(_, number, _)| format!("#{number}")).collect();
            Err(fill("commands.several", &[("numbers", &numbers.join(", "))]))
        }
    }
}

/// What follows a name that a text begins with, in capitals or not.
fn after_name<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let mut letters = text.chars();
    let same = |one: char, other: char| one.to_lowercase().eq(other.to_lowercase());
    let begins = name.chars().all(|letter| letters.next().is_some_and(|typed| same(typed, letter)));
    let rest = letters.as_str();
    (begins && !rest.starts_with(|letter: char| !letter.is_whitespace())).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAYERS: [(PlayerNumber, &str); 6] =
        [(0, "Ada"), (3, "Ada Lovelace"), (5, "Zo\u{eb}"), (7, "Twin"), (9, "Twin"), (11, "10m")];

    fn order(line: &str) -> Order<'_> {
        match read(line, &PLAYERS) {
            Ok(Typed::Order(order)) => order,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn what_begins_without_a_slash_is_said_to_everybody() {
        assert_eq!(read("kick Ada", &PLAYERS), Ok(Typed::Chat("kick Ada")));
        assert_eq!(read("<b>/w</b>", &PLAYERS), Ok(Typed::Chat("<b>/w</b>")));
    }

    #[test]
    fn a_whisper_finds_the_longest_name_in_capitals_or_not_and_a_number() {
        assert_eq!(read("/w ada behind you", &PLAYERS), Ok(Typed::Whisper(0, "behind you")));
        assert_eq!(read("/w Ada lovelace  hello", &PLAYERS), Ok(Typed::Whisper(3, "hello")));
        assert_eq!(read("/w ZO\u{cb} hi", &PLAYERS), Ok(Typed::Whisper(5, "hi")));
        assert_eq!(read("/w #9 hi", &PLAYERS), Ok(Typed::Whisper(9, "hi")));
        assert_eq!(read("/t left", &PLAYERS), Ok(Typed::Team("left")));
    }

    #[test]
    fn who_is_not_found_or_not_alone_is_said() {
        assert!(read("/w Adam hi", &PLAYERS).is_err_and(|why| why.contains("Nobody here is called Adam")));
        assert!(read("/kick Twin", &PLAYERS).is_err_and(|why| why.contains("#7, #9")));
        assert!(read("/w", &PLAYERS).is_err_and(|why| why.contains("Whom")));
        assert!(read("/w Ada", &PLAYERS).is_err_and(|why| why.contains("nothing to say")));
        assert!(read("/fly", &PLAYERS).is_err_and(|why| why.contains("/help")));
        assert!(read("/unban Ada", &PLAYERS).is_err_and(|why| why.contains("/bans")));
    }

    #[test]
    fn a_time_is_read_where_one_is_typed_and_otherwise_it_is_the_usual_one() {
        let sanction = |by_address, seconds, reason| Sanction { player: 0, by_address, seconds, reason };
        assert_eq!(order("/mute Ada 10m spam spam"), Order::Mute(sanction(false, Some(600), "spam spam")));
        assert_eq!(order("/mute Ada spam"), Order::Mute(sanction(false, Some(MUTE_SECONDS), "spam")));
        assert_eq!(order("/ban Ada"), Order::Ban(sanction(false, None, "")));
        assert_eq!(order("/ban Ada 2d mean"), Order::Ban(sanction(false, Some(172_800), "mean")));
        assert_eq!(order("/banip Ada forever"), Order::Ban(sanction(true, None, "")));
        assert_eq!(order("/ban Ada 99999999d"), Order::Ban(sanction(false, Some(u32::MAX), "")));
        assert_eq!(order("/muteip Ada 30s"), Order::Mute(sanction(true, Some(30), "")));
        for line in ["/ban Ada 10 spam", "/mute Ada 10x spam", "/banip Ada 1.5h"] {
            assert!(read(line, &PLAYERS).is_err_and(|why| why.contains("is no time")), "{line}");
        }
        assert_eq!(order("/kick 10m 10m"), Order::Kick { player: 11, reason: "10m" });
    }

    #[test]
    fn the_help_has_orders_for_those_alone_who_may_give_them() {
        let [player, moderator, admin] = [Rank::Player, Rank::Moderator, Rank::Admin].map(help);
        let orders =
            |help: &[String]| help.iter().filter(|line| line.contains("/kick") || line.contains("/bans")).count();
        assert_eq!((orders(&player), orders(&moderator), orders(&admin)), (0, 2, 2));
        let announces = |help: &[String]| help.iter().any(|line| line.contains("/announce"));
        assert!(!announces(&moderator) && announces(&admin));
        assert!(player.iter().any(|line| line.contains("/w NAME")) && admin.starts_with(&player));
    }

    #[test]
    fn the_rest_is_read_too() {
        assert_eq!(order("/announce Restart at ten"), Order::Announce { everywhere: false, text: "Restart at ten" });
        assert_eq!(order("/announce-all x"), Order::Announce { everywhere: true, text: "x" });
        assert_eq!((order("/unban 3"), order("/unmute #4")), (Order::Lift { number: 3 }, Order::Lift { number: 4 }));
        assert_eq!(order("/bans"), Order::List);
        assert_eq!((read("/help", &[]), read("/who", &[])), (Ok(Typed::Help), Ok(Typed::Who)));
    }
}
