//! Summing what the test suites said.

use std::ops::AddAssign;

/// How a line begins by which a test says that it could not run.
///
/// It goes straight to standard error, where the test harness lets it through.
pub(crate) const SKIPPED: &str = "skipped: ";

/// How many checks passed, failed and could not run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Tally {
    pub(crate) passed: usize,
    pub(crate) failed: usize,
    pub(crate) skipped: usize,
}

impl Tally {
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };
    pub(crate) const FAILED: Self = Self { passed: 0, failed: 1, skipped: 0 };

    /// What a whole run of `cargo test` amounts to.
    ///
    /// A test that skips itself looks passed to the harness, so each such line
    /// moves one test from passed to skipped. A run that failed without a failed
    /// test (it did not build, it crashed), or that ran no suite, is one failure.
    pub(crate) fn of_run(stdout: &str, skips: usize, succeeded: bool) -> Self {
        let mut sum = Self::default();
        let mut suites = 0;
        for suite in stdout.lines().filter_map(Self::of_suite) {
            sum += suite;
            suites += 1;
        }
        sum.passed = sum.passed.saturating_sub(skips);
        sum.skipped += skips;
        if sum.failed == 0 && (!succeeded || suites == 0) {
            sum += Self::FAILED;
        }
        sum
    }

    /// Reads a suite's last line: `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    fn of_suite(line: &str) -> Option<Self> {
        let (_, counts) = line.strip_prefix("test result: ")?.split_once(". ")?;
        let count = |what: &str| -> Option<usize> {
            counts.split("; ").find_map(|part| part.strip_suffix(what)?.trim_end().parse().ok())
        };
        Some(Self {
            passed: count("passed")?,
            failed: count("failed")?,
            skipped: count("ignored")?,
        })
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
running 4 tests
test a ... ok

test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.00s

   Doc-tests authenticator_core
test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.31s
";
    const BAD: &str =
        "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n";

    #[test]
    fn suites_are_summed() {
        let sum = Tally::of_run(GOOD, 0, true);

        assert_eq!(sum, Tally { passed: 15, failed: 0, skipped: 1 });
    }

    #[test]
    fn a_test_that_skipped_itself_has_not_passed() {
        let sum = Tally::of_run(GOOD, 2, true);

        assert_eq!(sum, Tally { passed: 13, failed: 0, skipped: 3 });
    }

    #[test]
    fn failed_tests_are_counted_once() {
        let sum = Tally::of_run(&format!("{GOOD}{BAD}"), 0, false);

        assert_eq!(sum, Tally { passed: 16, failed: 2, skipped: 1 });
    }

    #[test]
    fn a_run_that_broke_off_has_failed() {
        assert_eq!(Tally::of_run("", 0, false), Tally::FAILED);
        assert_eq!(Tally::of_run(GOOD, 0, false), Tally { passed: 15, failed: 1, skipped: 1 });
    }

    #[test]
    fn a_run_without_a_suite_has_failed() {
        assert_eq!(Tally::of_run("all is well\n", 0, true), Tally::FAILED);
    }

    #[test]
    fn other_lines_are_no_suite() {
        assert_eq!(Tally::of_suite("test result: none"), None);
        assert_eq!(Tally::of_suite("test a ... test result: ok. 1 passed; 0 failed"), None);
    }
}
