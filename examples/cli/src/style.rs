//! Whether there are colours: only on a terminal, and never with `NO_COLOR`.

use std::env;
use std::io::{self, IsTerminal};

/// Whether what goes to standard output may be coloured.
pub(crate) fn colours_on_stdout() -> bool {
    io::stdout().is_terminal() && wanted()
}

/// Whether what goes to standard error may be coloured.
pub(crate) fn colours_on_stderr() -> bool {
    io::stderr().is_terminal() && wanted()
}

/// Whether the person wants colours: `NO_COLOR` (whatever it says, unless empty)
/// and a terminal called `dumb` speak against them.
fn wanted() -> bool {
    let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    !refused && env::var_os("TERM").is_none_or(|terminal| terminal != "dumb")
}

/// How a piece of text stands out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Style {
    /// Not at all.
    Plain,
    /// What is looked for.
    Bold,
    /// What may be overlooked.
    Dim,
    /// All is well.
    Green,
    /// Not much time left.
    Yellow,
    /// Hardly any time left, or refused.
    Red,
}

impl Style {
    /// What switches the style on ([ECMA-48], SGR); [`RESET`] switches it off.
    ///
    /// [ECMA-48]: https://ecma-international.org/publications-and-standards/standards/ecma-48/
    pub(crate) const fn start(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Bold => "\x1b[1m",
            Self::Dim => "\x1b[2m",
            Self::Green => "\x1b[32m",
            Self::Yellow => "\x1b[33m",
            Self::Red => "\x1b[31m",
        }
    }
}

/// Switches every style off.
pub(crate) const RESET: &str = "\x1b[0m";
