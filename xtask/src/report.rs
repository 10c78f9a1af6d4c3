//! What `test` tells: each step as it runs, and one line that sums them up.

use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;

use crate::cargo;
use crate::harness::Harness;
use crate::stop::Stop;
use crate::tally::{SKIPPED, Tally};

/// The steps so far. One that fails stops none of the others: a person sees all at once.
#[derive(Debug, Default)]
pub(crate) struct Report {
    tally: Tally,
    failures: Vec<String>,
    skips: Vec<String>,
}

impl Report {
    /// Runs a step that holds, and what it has made is given, or does not.
    pub(crate) fn step<T>(
        &mut self,
        name: &str,
        work: impl FnOnce() -> Result<T, Stop>,
    ) -> Option<T> {
        println!("\n== {name} ==");
        match work() {
            Ok(made) => {
                self.tally += Tally::PASSED;
                Some(made)
            }
            Err(stop) => {
                eprintln!("{}", stop.reason);
                self.tally += Tally::FAILED;
                self.failures.push(name.to_owned());
                None
            }
        }
    }

    /// Runs a program that holds or does not.
    pub(crate) fn command(&mut self, name: &str, command: &mut Command) {
        self.step(name, || cargo::run(command));
    }

    /// Runs a suite whose every test counts.
    pub(crate) fn tests(&mut self, name: &str, harness: Harness, command: &mut Command) {
        println!("\n== {name} ==");
        let mut run = Run::default();
        match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
            Ok(child) => run = watch(child),
            Err(error) => eprintln!("{}: {error}", command.get_program().display()),
        }

        let said = harness.read(&format!("{}\n{}", run.stdout, run.stderr));
        let skips = run.stderr.lines().filter_map(|line| line.strip_prefix(SKIPPED));
        let skips: Vec<String> = skips.map(str::to_owned).collect();
        let tally = Tally::of_run(said, skips.len(), run.succeeded);
        if tally.failed > 0 {
            self.failures.push(name.to_owned());
        }
        self.tally += tally;
        self.skips.extend(skips);
    }

    /// Notes that a suite was not run because a person said so.
    pub(crate) fn skip(&mut self, name: &str, flag: &str) {
        println!("\n== {name} ==\n{SKIPPED}{name}, because of {flag}");
        self.tally.skipped += 1;
        self.skips.push(format!("{name}, because of {flag}"));
    }

    /// Prints the sum as the last line and gives the exit code.
    ///
    /// Where `CI` is true nothing may be skipped: there every tool can be installed.
    pub(crate) fn finish(self) -> ExitCode {
        println!("\n== result ==");
        for skip in &self.skips {
            println!("{SKIPPED}{skip}");
        }
        for failure in &self.failures {
            println!("failed: {failure}");
        }
        let Tally { passed, failed, skipped } = self.tally;
        println!("{passed} passed, {failed} failed, {skipped} skipped");
        let strict = env::var_os("CI").is_some_and(|value| value == "true");
        if holds(self.tally, strict) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}

/// Whether a change may land.
fn holds(tally: Tally, strict: bool) -> bool {
    tally.failed == 0 && !(strict && tally.skipped > 0)
}

/// How a run of tests ended, and what it wrote.
#[derive(Default)]
struct Run {
    succeeded: bool,
    stdout: String,
    stderr: String,
}

/// Shows what a run of tests prints while it is read.
fn watch(mut child: Child) -> Run {
    let stderr = child.stderr.take();
    let errors = thread::spawn(|| stderr.map(|pipe| echo(pipe, io::stderr())).unwrap_or_default());
    let stdout = child.stdout.take().map(|pipe| echo(pipe, io::stdout())).unwrap_or_default();
    let succeeded = child.wait().is_ok_and(|status| status.success());
    Run { succeeded, stdout, stderr: errors.join().unwrap_or_default() }
}

/// Copies line by line, so that the two streams do not cut each other's lines.
fn echo(from: impl Read, mut to: impl Write) -> String {
    let mut from = BufReader::new(from);
    let mut all = Vec::new();
    let mut start = 0;
    while from.read_until(b'\n', &mut all).is_ok_and(|read| read > 0) {
        // Where nobody listens any more, the run is still read to its end.
        let _ = to.write_all(&all[start..]);
        start = all.len();
    }
    String::from_utf8_lossy(&all).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_skipped_fails_only_where_nothing_may_be() {
        let skipped = Tally { passed: 3, failed: 0, skipped: 1 };

        assert!(holds(Tally::PASSED, true));
        assert!(holds(skipped, false));
        assert!(!holds(skipped, true));
        assert!(!holds(Tally::FAILED, false));
    }

    #[test]
    fn an_echo_keeps_every_byte() {
        let mut heard = Vec::new();

        let text = echo(&b"one\ntwo\nno end"[..], &mut heard);

        assert_eq!(heard, b"one\ntwo\nno end");
        assert_eq!(text, "one\ntwo\nno end");
    }
}
