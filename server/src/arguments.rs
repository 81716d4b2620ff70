//! The command line of a server as people meet it: what its help tells, and what is said of a problem.

use clap::Command;

use crate::Cli;

/// The flags that the short help names, by id.
const ESSENTIALS: [&str; 12] =
    ["port", "host", "tls_cert", "tls_key", "rooms", "map", "mode", "bots", "max_players", "auth", "data_dir", "log"];

impl Cli {
    /// Reads flags and environment; prints what was asked for or is wrong, and ends the program then. The help names `maps`, those that ship.
    pub fn read(maps: &[&str]) -> Self {
        tickwire_flags::read(&Self::described(maps))
    }

    /// Says where the values of the flags come from that a problem of the start names, as far as they come from the environment.
    pub fn origin(problem: &str) -> Option<String> {
        tickwire_flags::origin(&Self::described(&[]), problem)
    }

    fn described(maps: &[&str]) -> Command {
        let command = tickwire_flags::brief(tickwire_flags::command::<Self>(), &ESSENTIALS);
        if maps.is_empty() {
            return command;
        }
        let map = format!("Map to play: one that ships ({}), or a file", maps.join(", "));
        command.mut_arg("map", |arg| arg.help(map))
    }
}

#[cfg(test)]
mod tests {
    use clap::Arg;

    use super::*;

    /// The flags of a server, apart from those that every program has.
    fn flags(command: &Command) -> impl Iterator<Item = &Arg> {
        command.get_arguments().filter(|arg| !["help", "version"].contains(&arg.get_id().as_str()))
    }

    #[test]
    fn the_help_has_every_flag_under_a_heading_with_its_variable_and_the_short_one_a_dozen() {
        let mut command = Cli::described(&["here", "there"]);
        command.build();
        for flag in flags(&command) {
            assert!(flag.get_help_heading().is_some(), "{flag} has no heading");
            assert!(flag.get_env().is_some(), "{flag} has no variable");
        }
        let long = command.render_long_help().to_string();
        assert!(long.contains("one that ships (here, there), or a file"), "{long}");
        for expected in ["--stall", "[env: PORT=", "[env: TICKWIRE_STALL=", "The game:\n", "Limits:\n"] {
            assert!(long.contains(expected), "{expected} in {long}");
        }
        let short = command.render_help().to_string();
        assert!(!short.contains("--stall") && !short.contains("Limits:"), "{short}");
        assert!(ESSENTIALS.iter().all(|id| short.contains(&format!("--{}", id.replace('_', "-")))), "{short}");
    }
    #[test]
    fn the_tables_of_the_docs_have_every_flag_with_its_variable_and_default_in_the_order_of_the_help() {
        let mut command = Cli::described(&[]);
        command.build();
        let mut heading = "";
        let mut rows = Vec::new();
        let document = include_str!("../../docs/flags.md");
        let (document, _) = document.split_once("\n# Flags of other programs").expect("they come last");
        for line in document.lines() {
            heading = line.strip_prefix("## ").unwrap_or(heading);
            if line.starts_with("| `--") {
                let cells: Vec<_> = line.split(" | ").map(|cell| cell.trim_matches(['|', ' ', '`'])).collect();
                rows.push((heading, cells));
            }
        }
        let mut rows = rows.into_iter();
        for flag in flags(&command) {
            let long = format!("--{}", flag.get_long().expect("each has one"));
            let variable = flag.get_env().and_then(|name| name.to_str()).expect("each has one");
            let (heading, cells) = rows.next().unwrap_or_else(|| panic!("docs/flags.md lacks {long}"));
            assert_eq!(Some(heading), flag.get_help_heading(), "docs/flags.md at {long}");
            assert_eq!(cells[..2], [&*long, variable], "docs/flags.md");
            let default: Vec<_> = flag.get_default_values().iter().filter_map(|value| value.to_str()).collect();
            if flag.get_action().takes_values() && !default.is_empty() {
                assert_eq!(cells[2], default.join(","), "docs/flags.md at {long}");
            }
        }
        assert_eq!(rows.next(), None, "docs/flags.md has a flag that the server has not");
    }
}
