//! The command line as it was meant: what is wrong in a variable of the environment is said of the variable.

use std::{env, ffi::OsString};

use clap::{
    CommandFactory, Parser,
    error::{ContextKind, ContextValue, Error},
};

use crate::Cli;

impl Cli {
    /// Reads flags and environment; prints what was asked for or is wrong, and ends the program then.
    pub fn read() -> Self {
        Self::try_parse().unwrap_or_else(|error| {
            let note = variable(&error, |name| env::var_os(name));
            let code = error.exit_code();
            // Nobody is left to be told where it cannot be printed.
            let _ = error.print();
            if let Some(note) = note {
                eprintln!("\n{note}");
            }
            std::process::exit(code)
        })
    }
}

/// Says which variable an error is about, where it is about one: its value is the refused one.
fn variable(error: &Error, value_of: impl Fn(&str) -> Option<OsString>) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (flag, refused) = (text(ContextKind::InvalidArg)?, text(ContextKind::InvalidValue)?);
    let mut command = Cli::command();
    command.build();
    let argument = command.get_arguments().find(|argument| argument.to_string() == flag)?;
    let name = argument.get_env()?.to_str()?;
    let value = value_of(name)?;
    // A list is refused by one of its members.
    value.to_str()?.split(',').any(|member| member == refused).then(|| {
        format!("The value comes from the environment: {name}={}. Unset it, or give the flag.", value.display())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(arguments: &[&str], variables: &[(&str, &str)]) -> Option<String> {
        let all = [&["tickwire"], arguments].concat();
        let error = Cli::try_parse_from(all).expect_err("it is wrong");
        variable(&error, |name| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| OsString::from(*value))
        })
    }

    #[test]
    fn a_wrong_value_is_said_of_the_variable_that_it_stands_in_and_of_no_other() {
        let said = note(&["--tick-rate", "5"], &[("TICKWIRE_TICK_RATE", "5")]).expect("it is the variable's");
        assert!(said.contains("TICKWIRE_TICK_RATE=5"), "{said}");
        let said = note(&["--rooms", "a b"], &[("TICKWIRE_ROOMS", "main,a b")]).expect("it is in the list");
        assert!(said.contains("TICKWIRE_ROOMS=main,a b"), "{said}");
        assert_eq!(note(&["--tick-rate", "5"], &[("TICKWIRE_TICK_RATE", "60")]), None);
        assert_eq!(note(&["--tick-rate", "5"], &[]), None);
        assert_eq!(note(&["--no-such-flag"], &[("TICKWIRE_TICK_RATE", "5")]), None);
    }
}
