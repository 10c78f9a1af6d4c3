//! The goals of the benchmark, and the arithmetic that holds measurements against them.
//!
//! Goals are ratios within one process: nanoseconds differ from machine to
//! machine and from minute to minute, what two ways cost each other does not.

use std::collections::HashMap;
use std::fmt;

use Bound::{AtLeast, AtMost};

/// The medians of one round in nanoseconds, by group and id.
pub(crate) type Round = HashMap<&'static str, f64>;

/// A measured ratio of two benchmarks that must keep to one side of a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// What is compared, for a person.
    pub(crate) what: &'static str,
    /// Group and id of the benchmark above the line.
    pub(crate) over: &'static str,
    /// Group and id of the one below it.
    pub(crate) under: &'static str,
    pub(crate) bound: Bound,
}

/// Which side, and of which number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

/// `floor` is the work that no implementation on these hashes can avoid: two
/// compressions, one after the other.
pub(crate) const GOALS: [Goal; 8] = [
    goal("SHA-1 code", "sha1/totp-rs", "sha1/ours", AtLeast(1.8)),
    goal("SHA-1 code, to the floor", "sha1/ours", "sha1/floor", AtMost(1.55)),
    goal("SHA-256 code", "sha256/totp-rs", "sha256/ours", AtLeast(1.6)),
    goal("SHA-512 code", "sha512/totp-rs", "sha512/ours", AtLeast(1.8)),
    goal("10 000 accounts", "batch_10000/totp-rs", "batch_10000/ours", AtLeast(2.3)),
    goal("plain link", "uri_plain/totp-rs", "uri_plain/ours", AtLeast(2.0)),
    goal("full link", "uri_full/totp-rs", "uri_full/ours", AtLeast(2.0)),
    goal("SHA-512 link", "uri_sha512/totp-rs", "uri_sha512/ours", AtLeast(2.0)),
];

const fn goal(what: &'static str, over: &'static str, under: &'static str, bound: Bound) -> Goal {
    Goal { what, over, under, bound }
}

/// Every benchmark that a round must have measured, in the order in which it is shown.
pub(crate) const BENCHMARKS: [&str; 17] = [
    "sha1/ours",
    "sha1/totp-rs",
    "sha1/floor",
    "sha256/ours",
    "sha256/totp-rs",
    "sha256/floor",
    "sha512/ours",
    "sha512/totp-rs",
    "sha512/floor",
    "batch_10000/ours",
    "batch_10000/totp-rs",
    "uri_plain/ours",
    "uri_plain/totp-rs",
    "uri_full/ours",
    "uri_full/totp-rs",
    "uri_sha512/ours",
    "uri_sha512/totp-rs",
];

/// The middle of several rounds, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl Spread {
    /// Of one value a round; `None` if there was no round.
    pub(crate) fn of(rounds: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = rounds.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (&least, &most) = (sorted.first()?, sorted.last()?);
        let (below, above) = (sorted[(sorted.len() - 1) / 2], sorted[sorted.len() / 2]);
        Some(Self { median: (below + above) / 2.0, least, most })
    }
}

impl Goal {
    /// The ratio of each round, then the middle of the rounds: what slows one
    /// round down slows both sides of its ratio.
    pub(crate) fn measured(&self, rounds: &[Round]) -> Option<Spread> {
        let ratio = |round: &Round| Some(round.get(self.over)? / round.get(self.under)?);
        Spread::of(rounds.iter().filter_map(ratio))
    }

    /// Whether a ratio reaches the goal.
    pub(crate) fn is_met_by(&self, ratio: f64) -> bool {
        match self.bound {
            AtLeast(bound) => ratio >= bound,
            AtMost(bound) => ratio <= bound,
        }
    }

    /// The two sides as `totp-rs ÷ ours`.
    pub(crate) fn sides(&self) -> String {
        let side = |id: &'static str| id.split_once('/').map_or(id, |(_, side)| side);
        format!("{} ÷ {}", side(self.over), side(self.under))
    }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AtLeast(bound) => write!(f, "≥ {bound}"),
            AtMost(bound) => write!(f, "≤ {bound}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_an_even_number_lies_between_two() {
        let odd = Spread::of([3.0, 1.0, 2.0]);
        let even = Spread::of([4.0, 1.0, 2.0, 3.0]);

        assert_eq!(odd, Some(Spread { median: 2.0, least: 1.0, most: 3.0 }));
        assert_eq!(even, Some(Spread { median: 2.5, least: 1.0, most: 4.0 }));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn a_round_that_was_slow_on_both_sides_changes_no_ratio() {
        // The second round ran at a third of the speed.
        let rounds = [(200.0, 100.0), (600.0, 300.0), (210.0, 100.0)]
            .map(|(theirs, ours)| Round::from([("sha1/totp-rs", theirs), ("sha1/ours", ours)]));

        let spread = GOALS[0].measured(&rounds);

        assert_eq!(spread, Some(Spread { median: 2.0, least: 2.0, most: 2.1 }));
    }

    #[test]
    fn a_goal_is_met_at_its_bound() {
        assert!(GOALS[0].is_met_by(1.8));
        assert!(!GOALS[0].is_met_by(1.79));
        assert!(GOALS[1].is_met_by(1.55));
        assert!(!GOALS[1].is_met_by(1.56));
    }

    #[test]
    fn goals_compare_what_is_measured() {
        for goal in GOALS {
            assert!(BENCHMARKS.contains(&goal.over), "{}", goal.over);
            assert!(BENCHMARKS.contains(&goal.under), "{}", goal.under);
        }
    }
}
