//! Calling cargo and other programs.

use std::env;
use std::ffi::OsStr;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::stop::Stop;

/// One of cargo's commands in the repository's root, with the lockfile as it is.
pub(crate) fn cargo(command: &str, arguments: &[&str]) -> Command {
    let mut cargo = at_root(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.arg(command);
    // The formatter resolves no dependencies and does not know the word.
    if command != "fmt" {
        cargo.arg("--locked");
    }
    cargo.args(arguments);
    cargo
}

/// A program in the repository's root, as if a person had called it.
///
/// `cargo run` tells this program of its own package in variables. They are
/// taken away again: a build script that reads one of them (ring's does) would
/// run again, and all that stands on it be built anew, each time a person calls
/// cargo in between.
pub(crate) fn at_root(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_of_our_package) {
            command.env_remove(name);
        }
    }
    command.current_dir(root());
    command
}

fn is_of_our_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || ["CARGO", "CARGO_BIN_NAME", "CARGO_CRATE_NAME"].contains(&variable)
}

/// The repository's root.
///
/// Asked for at run time, because checkouts may share the folder of builds, and
/// with it this program.
pub(crate) fn root() -> PathBuf {
    env::var_os("CARGO_MANIFEST_DIR")
        .and_then(|package| PathBuf::from(package).parent().map(PathBuf::from))
        .unwrap_or_else(|| ".".into())
}

/// Where cargo builds.
pub(crate) fn target() -> PathBuf {
    root().join(env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into()))
}

/// Runs a program to its end; what it prints is seen as it comes.
pub(crate) fn run(command: &mut Command) -> Result<(), Stop> {
    let name = command.get_program().to_string_lossy().into_owned();
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(Stop::like(status, format!("{name}: {status}"))),
        Err(error) => Err(Stop::failed(format!("{name}: {error}"))),
    }
}

/// Runs a program to its end and gives what it wrote to standard output.
pub(crate) fn read(command: &mut Command) -> Result<String, Stop> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| Stop::failed(format!("{name}: {error}")))?;
    if !output.status.success() {
        return Err(Stop::like(output.status, format!("{name}: {}", output.status)));
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a program runs and says that all is well; it is heard by nobody.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_a_person_are_kept() {
        assert!(is_of_our_package("CARGO_PKG_NAME"));
        assert!(is_of_our_package("CARGO_MANIFEST_DIR"));
        assert!(!is_of_our_package("CARGO_TARGET_DIR"));
        assert!(!is_of_our_package("CARGO_HOME"));
    }
}
