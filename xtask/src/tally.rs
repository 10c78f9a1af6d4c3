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

    /// What a whole run amounts to, by what its harness says.
    ///
    /// A test that skips itself looks passed to the harness, so each such line
    /// moves one test from passed to skipped. A run that failed without a failed
    /// test (it did not build, it crashed), or that ran no suite, is one failure.
    pub(crate) fn of_run(said: Option<Self>, skips: usize, succeeded: bool) -> Self {
        let mut sum = said.unwrap_or_default();
        sum.passed = sum.passed.saturating_sub(skips);
        sum.skipped += skips;
        if sum.failed == 0 && (!succeeded || said.is_none()) {
            sum += Self::FAILED;
        }
        sum
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

    const GOOD: Tally = Tally { passed: 15, failed: 0, skipped: 1 };

    #[test]
    fn a_test_that_skipped_itself_has_not_passed() {
        let sum = Tally::of_run(Some(GOOD), 2, true);

        assert_eq!(sum, Tally { passed: 13, failed: 0, skipped: 3 });
    }

    #[test]
    fn failed_tests_are_counted_once() {
        let bad = Tally { failed: 2, ..GOOD };

        assert_eq!(Tally::of_run(Some(bad), 0, false), bad);
    }

    #[test]
    fn a_run_that_broke_off_has_failed() {
        assert_eq!(Tally::of_run(None, 0, false), Tally::FAILED);
        assert_eq!(Tally::of_run(Some(GOOD), 0, false), Tally { failed: 1, ..GOOD });
    }

    #[test]
    fn a_run_without_a_suite_has_failed() {
        assert_eq!(Tally::of_run(None, 0, true), Tally::FAILED);
    }
}
