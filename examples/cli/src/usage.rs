//! What is said when the arguments are wrong.
//!
//! The parser's own messages repeat what was typed, and that may be a URI or a
//! PIN. Here nothing is said but words that stand in this program.

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory};

use crate::arguments::Arguments;
use crate::{output, style};

/// The exit code of wrong usage.
const USAGE: u8 = 2;

/// Answers arguments that are not a command: with help, or with one sentence.
pub(crate) fn answer(error: &clap::Error) -> ExitCode {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let text = error.render();
            let shown = if style::colours_on_stdout() {
                output::text(&text.ansi().to_string())
            } else {
                output::text(&text.to_string())
            };
            // A reader who has seen enough is not an error.
            shown.map_or(ExitCode::SUCCESS, |()| ExitCode::SUCCESS)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::note(error.render().to_string().trim_end());
            ExitCode::from(USAGE)
        }
        _ => {
            output::error(&format!("{}; see `authenticator --help`", sentence(error)));
            ExitCode::from(USAGE)
        }
    }
}

/// Answers a vault that was given to a command which keeps nothing.
pub(crate) fn no_vault_here() -> ExitCode {
    output::error("this command keeps nothing, and has no `--vault`; see `authenticator --help`");
    ExitCode::from(USAGE)
}

/// What is wrong, in words of our own.
fn sentence(error: &clap::Error) -> String {
    let named = |kind| known(error, kind);
    let suggestion = |kind| named(kind).map_or(String::new(), |name| format!(", perhaps `{name}`"));
    match error.kind() {
        ErrorKind::UnknownArgument => format!(
            "there is an argument too many, or an option that is not known here{}",
            suggestion(ContextKind::SuggestedArg)
        ),
        ErrorKind::InvalidSubcommand => {
            format!("there is no such command{}", suggestion(ContextKind::SuggestedSubcommand))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            match named(ContextKind::InvalidArg) {
                Some(name) => format!("the value of `{name}` is missing or not a possible one"),
                None => "a value is missing or not a possible one".to_owned(),
            }
        }
        ErrorKind::MissingRequiredArgument => match named(ContextKind::InvalidArg) {
            Some(name) => format!("`{name}` is missing"),
            None => "an argument is missing".to_owned(),
        },
        ErrorKind::ArgumentConflict => match named(ContextKind::InvalidArg) {
            Some(name) => {
                format!("`{name}` is given twice, or together with what it excludes")
            }
            None => "two arguments exclude each other".to_owned(),
        },
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8 text".to_owned(),
        ErrorKind::MissingSubcommand => "a command is missing".to_owned(),
        _ => "the arguments were not understood".to_owned(),
    }
}

/// The names in the error's context that this program itself has.
///
/// Whether the parser put our own name or the user's text there is its affair: a
/// text is shown only if it is one of ours.
fn known(error: &clap::Error, kind: ContextKind) -> Option<String> {
    let said: Vec<&str> = match error.get(kind)? {
        ContextValue::String(text) => vec![text],
        ContextValue::Strings(texts) => texts.iter().map(String::as_str).collect(),
        _ => return None,
    };
    let mut command = Arguments::command();
    // Only then do its arguments know how they are shown.
    command.build();
    let mut names: Vec<String> = names_of(&command).collect();
    for command in command.get_subcommands() {
        names.extend(names_of(command).chain(command.get_subcommands().flat_map(names_of)));
    }
    let ours: Vec<&str> =
        said.into_iter().filter(|said| names.iter().any(|name| name == said)).collect();
    (!ours.is_empty()).then(|| ours.join("`, `"))
}

/// A command's name, and how its arguments are shown and typed.
fn names_of(command: &Command) -> impl Iterator<Item = String> + '_ {
    let shown = command.get_arguments().map(ToString::to_string);
    let typed = command.get_arguments().filter_map(|argument| argument.get_long());
    let typed = typed.map(|long| format!("--{long}"));
    std::iter::once(command.get_name().to_owned()).chain(shown).chain(typed)
}
