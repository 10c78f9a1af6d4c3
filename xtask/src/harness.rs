//! What each language's test harness says at the end of its suites.

use crate::tally::Tally;

/// Who ran the tests, and so how it words what became of them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Harness {
    /// `cargo test`: a line for each suite.
    Cargo,
    /// Maven's Surefire: a line for each class.
    Surefire,
    /// Swift Testing: a line for each test, and one for the run.
    SwiftTesting,
    /// Python's unittest, which writes to standard error.
    Unittest,
}

impl Harness {
    /// What a run amounts to, by all that it wrote; none if it ran no suite.
    pub(crate) fn read(self, output: &str) -> Option<Tally> {
        match self {
            Self::Cargo => sum(output.lines().filter_map(cargo)),
            Self::Surefire => sum(output.lines().filter_map(surefire)),
            Self::SwiftTesting => swift_testing(output),
            Self::Unittest => unittest(output),
        }
    }
}

fn sum(suites: impl Iterator<Item = Tally>) -> Option<Tally> {
    suites.reduce(|mut sum, suite| {
        sum += suite;
        sum
    })
}

/// `test result: ok. 3 passed; 0 failed; 1 ignored; …`
fn cargo(line: &str) -> Option<Tally> {
    let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
    let count = |what: &str| -> Option<usize> {
        counts.split("; ").find_map(|part| part.strip_suffix(what)?.trim_end().parse().ok())
    };
    Some(Tally { passed: count("passed")?, failed: count("failed")?, skipped: count("ignored")? })
}

/// `[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 0, Time elapsed: 0.2 s -- in …`; a line
/// without the time is the sum of those before.
fn surefire(line: &str) -> Option<Tally> {
    let (_, counts) = line.split_once("Tests run: ")?;
    counts.contains("Time elapsed: ").then_some(())?;
    let mut counts = counts.split(", ");
    let run: usize = counts.next()?.parse().ok()?;
    let mut count = |what: &str| counts.next()?.strip_prefix(what)?.parse::<usize>().ok();
    let failed = count("Failures: ")? + count("Errors: ")?;
    let skipped = count("Skipped: ")?;
    Some(Tally { passed: run.checked_sub(failed + skipped)?, failed, skipped })
}

/// `✔ Test "a name" passed after 0.1 seconds.` and the like for each test, and at the end
/// `✔ Test run with 62 tests passed after 4.3 seconds.`
fn swift_testing(output: &str) -> Option<Tally> {
    let tests = || output.lines().filter_map(|line| line.trim_start().split_once(" Test "));
    let (_, run) = tests().find(|(_, test)| test.starts_with("run with "))?;
    let run: usize = run.strip_prefix("run with ")?.split(' ').next()?.parse().ok()?;
    let ended = |how: &str| {
        tests().filter(|(_, test)| !test.starts_with("run with ") && test.contains(how)).count()
    };
    let (failed, skipped) = (ended(" failed after "), ended(" skipped"));
    Some(Tally { passed: run.checked_sub(failed + skipped)?, failed, skipped })
}

/// `Ran 6 tests in 0.5s`, and then `OK`, or `FAILED (failures=1, errors=2, skipped=1)`.
fn unittest(output: &str) -> Option<Tally> {
    let run = output.lines().find_map(|line| line.strip_prefix("Ran ")?.split(' ').next());
    let run: usize = run?.parse().ok()?;
    let verdict = output.lines().rfind(|line| line.starts_with("OK") || line.starts_with("FAILED"));
    let count = |what: &str| -> usize {
        let found = verdict.and_then(|line| line.split_once(what));
        let digits = |rest: &str| rest.chars().take_while(char::is_ascii_digit).collect::<String>();
        found.and_then(|(_, rest)| digits(rest).parse().ok()).unwrap_or_default()
    };
    let failed = count("failures=") + count("errors=");
    let skipped = count("skipped=");
    Some(Tally { passed: run.checked_sub(failed + skipped)?, failed, skipped })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally(passed: usize, failed: usize, skipped: usize) -> Option<Tally> {
        Some(Tally { passed, failed, skipped })
    }

    #[test]
    fn suites_of_cargo_are_summed() {
        let output = "\
running 4 tests
test a ... ok

test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests authenticator_core
test result: FAILED. 11 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.31s
test result: none
test a ... test result: ok. 1 passed; 0 failed; 0 ignored
";
        assert_eq!(Harness::Cargo.read(output), tally(14, 1, 1));
    }

    #[test]
    fn classes_of_surefire_are_summed_once() {
        let output = "\
[INFO] Running org.example.CodesTest
[INFO] Tests run: 5, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 0.2 s -- in CodesTest
[ERROR] Tests run: 3, Failures: 1, Errors: 1, Skipped: 0, Time elapsed: 1 s <<< FAILURE! -- in B
[INFO] Results:
[ERROR] Tests run: 8, Failures: 1, Errors: 1, Skipped: 1
";
        assert_eq!(Harness::Surefire.read(output), tally(5, 2, 1));
    }

    #[test]
    fn tests_of_swift_are_counted_by_how_they_end() {
        let output = "\
\u{9} Executed 0 tests, with 0 failures (0 unexpected) in 0.0 (0.0) seconds
◇ Test run started.
◇ Test \"codes are RFC 6238's\" started.
✔ Test \"codes are RFC 6238's\" passed after 0.1 seconds.
✘ Test locks() recorded an issue at LifeTests.swift:3:5: Expectation failed
✘ Test locks() failed after 0.2 seconds with 1 issue.
➜ Test remembers() skipped.
✘ Test run with 9 tests failed after 0.3 seconds with 1 issue.
";
        assert_eq!(Harness::SwiftTesting.read(output), tally(7, 1, 1));
    }

    #[test]
    fn unittest_says_its_failures_after_the_number() {
        let good = "......\n------\nRan 6 tests in 0.563s\n\nOK\n";
        assert_eq!(Harness::Unittest.read(good), tally(6, 0, 0));
        let bad = "Ran 6 tests in 0.563s\n\nFAILED (failures=1, errors=2, skipped=1)\n";
        assert_eq!(Harness::Unittest.read(bad), tally(2, 3, 1));
    }

    #[test]
    fn a_run_without_a_suite_says_so() {
        use Harness::{Cargo, Surefire, SwiftTesting, Unittest};
        for harness in [Cargo, Surefire, SwiftTesting, Unittest] {
            assert_eq!(harness.read("all is well\n"), None, "{harness:?}");
        }
    }
}
