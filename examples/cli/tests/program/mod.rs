//! The real program, run as a person or a script runs it.
#![allow(dead_code, reason = "each test file uses its own part of this one")]

#[cfg(target_os = "linux")]
pub(crate) mod terminal;

use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::thread;

use serde_json::Value;

/// The program under test.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_authenticator");
/// The sample list.
pub(crate) const LIST: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/accounts.txt");
/// The sample picture, with a code for each line of the list.
pub(crate) const PICTURE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/samples/accounts.png");
/// RFC 4226's secret in base32.
pub(crate) const SECRET: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/// An account with nothing doubtful about it.
pub(crate) const URI: &str =
    "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex";

/// A run to be made.
#[derive(Debug)]
pub(crate) struct Run {
    command: Command,
    stdin: Vec<u8>,
}

impl Run {
    /// The program with `arguments` and nothing on standard input.
    pub(crate) fn of(arguments: &[&str]) -> Self {
        let mut command = Command::new(PROGRAM);
        // Nothing of the person who runs the tests.
        command.args(arguments).env_remove("AUTHENTICATOR_PIN").env_remove("AUTHENTICATOR_NEW_PIN");
        Self { command, stdin: Vec::new() }
    }

    /// Sets a variable for it.
    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Gives it `input`.
    pub(crate) fn stdin(mut self, input: &[u8]) -> Self {
        self.stdin = input.to_owned();
        self
    }

    /// Runs it to its end.
    pub(crate) fn end(mut self) -> Ended {
        let pipes = self.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = pipes.stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        // It may end before it has read everything.
        let writer = thread::spawn(move || drop(input.write_all(&self.stdin)));
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ended::from(output)
    }

    /// Runs it; it must end well.
    pub(crate) fn done(self) -> Ended {
        self.end().code(0)
    }

    /// Runs it; something must be refused.
    pub(crate) fn refused(self) -> Ended {
        self.end().code(1)
    }
}

/// A run that has ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The exit code; `None` after a signal.
    pub(crate) code: Option<i32>,
    /// Standard output.
    pub(crate) stdout: String,
    /// Standard error.
    pub(crate) stderr: String,
}

impl Ended {
    fn code(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:?}");
        self
    }

    /// Each line of standard output as JSON.
    pub(crate) fn json(&self) -> Vec<Value> {
        self.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

/// A folder of a test's own, gone when it is dropped.
#[derive(Debug)]
pub(crate) struct Folder(tempfile::TempDir);

impl Folder {
    /// The folder of the test called `name`.
    pub(crate) fn of(name: &str) -> Self {
        let named = format!("authenticator-{name}-");
        Self(tempfile::Builder::new().prefix(&named).tempdir().unwrap())
    }

    /// A path in it, as an argument.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }
}

/// A vault of a test's own.
#[derive(Debug)]
pub(crate) struct Vault(Folder);

impl Vault {
    /// The place for one, where none is yet.
    pub(crate) fn none(test: &str) -> Self {
        Self(Folder::of(test))
    }

    /// An empty one.
    pub(crate) fn empty(test: &str) -> Self {
        let vault = Self::none(test);
        vault.run(&["init"]).done();
        vault
    }

    /// One with the accounts of the sample picture.
    pub(crate) fn full(test: &str) -> Self {
        let vault = Self::empty(test);
        vault.run(&["add", "--keep", "--scan", PICTURE]).done();
        vault
    }

    /// A command on it.
    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        Run::of(&[&["--vault", &self.path("vault")], arguments].concat())
    }

    /// The vault's file, or one beside it.
    pub(crate) fn path(&self, name: &str) -> String {
        self.0.path(name)
    }
}
