//! Refusals of words that are out of place, in words that help.

use clap::{
    Command,
    error::{ContextKind, ContextValue, Error, ErrorKind},
};

/// The same error, or a better one: of a flag that belongs to a command, and of a word that is no command.
pub(super) fn helpful(error: Error, mut command: Command) -> Error {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let name = command.get_name().to_owned();
    let better = match error.kind() {
        ErrorKind::UnknownArgument => text(ContextKind::InvalidArg).and_then(|flag| {
            let long = flag.strip_prefix("--")?.split('=').next()?;
            let has = |command: &Command| command.get_arguments().any(|arg| arg.get_long() == Some(long));
            let owner = command.get_subcommands().find(|owner| has(owner))?;
            (!has(&command)).then(|| format!("--{long} belongs to a command: {name} {} --{long}", owner.get_name()))
        }),
        ErrorKind::ArgumentConflict => text(ContextKind::InvalidSubcommand).and_then(|word| {
            let is_unknown = command.find_subcommand(word).is_none();
            is_unknown
                .then(|| format!("'{word}' is out of place: it is no command, and nothing before it waits for a value"))
        }),
        _ => None,
    };
    match better {
        Some(better) => {
            let kind = error.kind();
            command.error(kind, better)
        }
        None => error,
    }
}
