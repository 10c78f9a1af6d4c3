//! `authenticator`: a terminal authenticator on [`authenticator_core`].
//!
//! | file | what it is for |
//! |---|---|
//! | `arguments`, `usage` | what may be typed, and what is said when it was not |
//! | `code`, `inspect`, `qr`, `scan`, `watch`, `shell` | one command each |
//! | `names`, `refusal` | how kinds, warnings and errors are called outside |
//! | `lines`, `pin`, `picture`, `file` | what comes in, within limits, and what goes into files |
//! | `vault` | the commands that keep accounts |
//! | `output`, `style` | standard output and standard error |
//! | `rows`, `table`, `width`, `screen` | the table of codes and the terminal under it |
//! | `interrupt` | Ctrl-C at a prompt |

mod arguments;
mod code;
mod file;
mod inspect;
mod interrupt;
mod lines;
mod names;
mod output;
mod picture;
mod pin;
mod qr;
mod refusal;
mod rows;
mod scan;
mod screen;
mod shell;
mod style;
mod table;
mod usage;
mod vault;
mod watch;
mod width;

use std::alloc::System;
use std::io;
use std::process::ExitCode;

use arguments::{Arguments, Command};
use clap::Parser;
use refusal::Refusal;
use zeroizing_alloc::ZeroAlloc;

/// Overwrites all memory that is freed: what was typed, read and shown passes through
/// libraries that wipe nothing.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

/// What is in memory when it crashes would be a file that everybody finds.
fn leave_no_core_dump() {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, setrlimit};
        // Where that is refused, the system decides, as for any other program.
        let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    }
}

/// How a command ended that had its say on standard output.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum End {
    /// Everything was done.
    Done,
    /// Something was refused, and the output says what.
    Refused,
}

impl End {
    /// The end of a command of which `any` part was refused.
    fn refused_if(any: bool) -> Self {
        if any { Self::Refused } else { Self::Done }
    }
}

/// Why a command ended before its time.
#[derive(Debug)]
enum Failure {
    /// It was refused as a whole.
    Refused(Refusal),
    /// Its output could not be written.
    Output(io::Error),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn main() -> ExitCode {
    leave_no_core_dump();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::answer(&error),
    };
    let place = arguments.vault;
    if place.is_some() && !matches!(arguments.command, Command::Vault(_)) {
        return usage::no_vault_here();
    }
    let end = match arguments.command {
        Command::Vault(command) => vault::run(command, place),
        Command::Code(code) => code::run(&code),
        Command::Inspect(inspect) => inspect::run(&inspect),
        Command::Watch(watch) => watch::run(&watch),
        Command::Qr(qr) => qr::run(&qr),
        Command::Scan(scan) => scan::run(&scan),
        Command::Completions(completions) => shell::completions(&completions),
        Command::Man(man) => shell::man(&man),
    };
    match end {
        Ok(End::Done) => ExitCode::SUCCESS,
        Ok(End::Refused) => ExitCode::FAILURE,
        Err(Failure::Refused(refusal)) => {
            output::error(&refusal.message);
            ExitCode::FAILURE
        }
        // Whoever reads has seen enough, as `head` does.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => {
            output::error(&format!("the output cannot be written: {}", file::reason(&error)));
            ExitCode::FAILURE
        }
    }
}
