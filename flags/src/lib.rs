//! What the command lines of Tickwire's programs share: numbers within bounds ([`whole`], [`decimal`]), switches in the environment ([`yes_or_no`]), help in two lengths
//! ([`brief`]), and errors that say where a wrong value comes from ([`read`], [`origin`]).

mod number;
mod refusal;

use std::{
    env,
    ffi::{OsStr, OsString},
    process,
};

use clap::{Arg, Command, CommandFactory, FromArgMatches, error::ErrorKind};

pub use self::number::{decimal, whole};

/// The command line of a program: as it is declared, and a negative number is a value like any other, so that it is refused as one
/// that is too low rather than as a flag that nobody knows.
pub fn command<P: CommandFactory>() -> Command {
    take_negative(P::command())
}

fn take_negative(command: Command) -> Command {
    let taking = |arg: Arg| if arg.get_action().takes_values() { arg.allow_negative_numbers(true) } else { arg };
    command.mut_args(taking).mut_subcommands(take_negative)
}

/// The same command line, whose `-h` names the flags of these ids alone; `--help` names all.
#[must_use]
pub fn brief(command: Command, essentials: &[&str]) -> Command {
    command.mut_args(|arg| {
        let is_essential = essentials.contains(&arg.get_id().as_str());
        arg.hide_short_help(!is_essential)
    })
}

/// Reads flags and environment; prints what was asked for or is wrong, and ends the program then.
pub fn read<P: FromArgMatches>(command: &Command) -> P {
    let read = command.clone().try_get_matches().and_then(|matches| P::from_arg_matches(&matches));
    read.unwrap_or_else(|error| {
        let error = refusal::helpful(error, command.clone());
        let code = error.exit_code();
        let is_of_a_value =
            code != 0 && !matches!(error.kind(), ErrorKind::UnknownArgument | ErrorKind::InvalidSubcommand);
        let origin = is_of_a_value.then(|| origin(command, &error.to_string())).flatten();
        // Nobody is left to be told where it cannot be printed.
        let _ = error.print();
        if let Some(origin) = origin {
            eprintln!("\n{origin}");
        }
        process::exit(code)
    })
}

/// Reads a flag that is on or off, as a variable has it.
///
/// # Errors
/// It is neither; what was expected.
pub fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.trim().to_ascii_lowercase().as_str() {
        "1" | "on" | "t" | "true" | "y" | "yes" => Ok(true),
        "0" | "off" | "f" | "false" | "n" | "no" => Ok(false),
        _ => Err("expected yes or no (true or false, on or off, 1 or 0)".to_owned()),
    }
}

/// Where the values of the flags come from that a problem names, as far as they come from the environment.
pub fn origin(command: &Command, problem: &str) -> Option<String> {
    let given: Vec<_> = env::args_os().skip(1).collect();
    origin_among(command, problem, &given, |name| env::var_os(name))
}

fn origin_among(
    command: &Command,
    problem: &str,
    given: &[OsString],
    value_of: impl Fn(&OsStr) -> Option<OsString>,
) -> Option<String> {
    let mut variables: Vec<(&OsStr, String)> = Vec::new();
    for arg in all_args(command) {
        let (Some(flag), Some(name)) = (arg.get_long(), arg.get_env()) else { continue };
        let is_new = variables.iter().all(|(known, _)| *known != name);
        if is_new && names(problem, flag) && !given.iter().any(|given| is_flag(given, flag)) && value_of(name).is_some()
        {
            // Not what is in it: that may be a secret, and what is printed is kept in logs.
            let line =
                format!("--{flag} comes from the environment: {}. Unset that, or give the flag.", name.display());
            variables.push((name, line));
        }
    }
    let lines: Vec<_> = variables.into_iter().map(|(_, line)| line).collect();
    (!lines.is_empty()).then(|| lines.join("\n"))
}

fn all_args(command: &Command) -> Vec<&Arg> {
    command.get_arguments().chain(command.get_subcommands().flat_map(all_args)).collect()
}

/// Whether a text names a flag, and not only a longer one that begins as it does.
fn names(text: &str, flag: &str) -> bool {
    let flag = format!("--{flag}");
    text.match_indices(&flag).any(|(at, _)| {
        let after = text[at + flag.len()..].chars().next();
        after.is_none_or(|letter| !letter.is_ascii_alphanumeric() && letter != '-')
    })
}

/// Whether an argument is that flag, with or without its value.
fn is_flag(given: &OsStr, flag: &str) -> bool {
    let rest = given.to_str().and_then(|given| given.strip_prefix("--")).and_then(|given| given.strip_prefix(flag));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
}

#[cfg(test)]
mod tests {
    use clap::{Args, Parser, Subcommand};

    use super::*;

    #[derive(Debug, Parser)]
    #[command(name = "one", args_conflicts_with_subcommands = true)]
    struct One {
        #[command(subcommand)]
        other: Option<Other>,
        /// How many
        #[arg(long, env = "ONE_MANY", default_value_t = 3, value_parser = whole(1..=9_u8, "of them"))]
        many: u8,
        /// How many more
        #[arg(long, env = "ONE_MANY_MORE", value_parser = whole(1..=9_u8, "of them"))]
        many_more: Option<u8>,
        /// Whether
        #[arg(long)]
        whether: bool,
    }

    #[derive(Debug, Subcommand)]
    enum Other {
        Two(Two),
    }

    #[derive(Args, Debug)]
    struct Two {
        #[arg(long, env = "ONE_SHARE", value_parser = decimal(0.0..=1.0, "(a share)"))]
        share: f64,
    }

    fn refused(arguments: &[&str]) -> String {
        let all = [&["one"], arguments].concat();
        command::<One>().try_get_matches_from(all).expect_err("it is wrong").to_string()
    }

    #[test]
    fn a_word_out_of_place_is_said_to_be() {
        let helped = |arguments: &[&str]| {
            let all = [&["one"], arguments].concat();
            let command = command::<One>();
            let error = command.clone().try_get_matches_from(all).expect_err("it is wrong");
            refusal::helpful(error, command).to_string()
        };
        assert!(helped(&["--share", "0.5"]).contains("--share belongs to a command: one two --share"));
        assert!(helped(&["--shares", "0.5"]).contains("unexpected argument '--shares'"));
        assert!(helped(&["--whether", "yes"]).contains("'yes' is out of place"));
        assert!(helped(&["--whether", "two", "--share", "1"]).contains("cannot be used with '--whether'"));
    }

    #[test]
    fn a_switch_of_the_environment_is_yes_or_no_in_some_words() {
        assert_eq!((yes_or_no("1"), yes_or_no("Off")), (Ok(true), Ok(false)));
        assert!(yes_or_no("maybe").is_err_and(|why| why.contains("yes or no")));
    }

    fn said(problem: &str, given: &[&str], variables: &[(&str, &str)]) -> Option<String> {
        let given: Vec<OsString> = given.iter().map(OsString::from).collect();
        origin_among(&command::<One>(), problem, &given, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value))
        })
    }

    #[test]
    fn a_negative_number_is_a_value_that_is_too_low() {
        assert!(refused(&["--many", "-1"]).contains("'-1' for '--many <MANY>': too low"));
        assert!(refused(&["two", "--share", "-0.5"]).contains("'-0.5' for '--share <SHARE>': too low"));
        assert!(refused(&["--many", "--whether"]).contains("a value is required for '--many <MANY>'"));
    }

    #[test]
    fn a_short_help_names_what_is_essential_and_a_long_one_everything() {
        let mut command = brief(command::<One>(), &["many"]);
        let short = command.render_help().to_string();
        assert!(short.contains("--many ") && !short.contains("--many-more") && !short.contains("--whether"), "{short}");
        let long = command.render_long_help().to_string();
        assert!(long.contains("--many ") && long.contains("--many-more") && long.contains("--whether"), "{long}");
    }

    #[test]
    fn a_wrong_value_is_said_of_the_variable_that_it_stands_in_and_of_no_other() {
        let variables = [("ONE_MANY", "99"), ("ONE_SHARE", "2")];
        let many = said(&refused(&["--many", "99"]), &[], &variables);
        assert_eq!(
            many.expect("it is so"),
            "--many comes from the environment: ONE_MANY. Unset that, or give the flag."
        );
        assert_eq!(said("--many 99: no", &["--many", "99"], &variables), None, "the flag counts");
        assert_eq!(said("--many 99: no", &["--many=99"], &variables), None);
        assert!(said("--many 99: no", &["--many-more", "99"], &variables).is_some());
        assert_eq!(said("--many-more 99: no", &[], &variables), None);
        let both = said("--share and --many do not go together", &["two"], &variables).expect("they are named");
        assert!(both.contains(": ONE_SHARE.") && both.contains(": ONE_MANY."), "{both}");
    }
}
