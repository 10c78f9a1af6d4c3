//! The arithmetic that holds measurements against goals.
//!
//! Most goals are ratios within one round: nanoseconds differ from machine to
//! machine and from minute to minute, what two ways cost each other does not.

use std::collections::HashMap;
use std::fmt;

use Bound::{AtLeast, AtMost};

/// The medians of one round by group and id: nanoseconds, or bytes of what is stored.
pub(crate) type Round = HashMap<&'static str, f64>;

/// What was measured, and the number to one side of which it must keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    /// What is compared, for a person.
    pub(crate) what: &'static str,
    pub(crate) measure: Measure,
    pub(crate) bound: Bound,
}

/// What a goal is about. Benchmarks are named by group and id.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Measure {
    /// The first in terms of the second.
    Ratio(&'static str, &'static str),
    /// One time: what a person waits.
    Milliseconds(&'static str),
    /// One size.
    Megabytes(&'static str),
}

/// Which side, and of which number.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound {
    AtLeast(f64),
    AtMost(f64),
}

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
    /// The number of each round, then the middle of the rounds: what slows one round
    /// down slows both sides of its ratio.
    pub(crate) fn measured(&self, rounds: &[Round]) -> Option<Spread> {
        Spread::of(rounds.iter().filter_map(|round| self.measure.of(round)))
    }

    /// Whether a number reaches the goal.
    pub(crate) fn is_met_by(&self, measured: f64) -> bool {
        match self.bound {
            AtLeast(bound) => measured >= bound,
            AtMost(bound) => measured <= bound,
        }
    }
}

impl Measure {
    fn of(self, round: &Round) -> Option<f64> {
        let value = |id| round.get(id).copied();
        match self {
            Self::Ratio(over, under) => Some(value(over)? / value(under)?),
            Self::Milliseconds(id) | Self::Megabytes(id) => Some(value(id)? / 1e6),
        }
    }
}

/// As `totp-rs ÷ ours`, or the unit.
impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let side = |id: &'static str| id.split_once('/').map_or(id, |(_, side)| side);
        match self {
            Self::Ratio(over, under) => write!(f, "{} ÷ {}", side(over), side(under)),
            Self::Milliseconds(id) => write!(f, "{}, ms", side(id)),
            Self::Megabytes(id) => write!(f, "{}, MB", side(id)),
        }
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

    const RATIO: Goal =
        Goal { what: "", measure: Measure::Ratio("a/theirs", "a/ours"), bound: AtLeast(1.8) };
    const TIME: Goal =
        Goal { what: "", measure: Measure::Milliseconds("a/ours"), bound: AtMost(20.0) };

    #[test]
    fn a_round_that_was_slow_on_both_sides_changes_no_ratio() {
        // The second round ran at a third of the speed.
        let rounds = [(200.0, 100.0), (600.0, 300.0), (210.0, 100.0)]
            .map(|(theirs, ours)| Round::from([("a/theirs", theirs), ("a/ours", ours)]));

        let spread = RATIO.measured(&rounds);

        assert_eq!(spread, Some(Spread { median: 2.0, least: 2.0, most: 2.1 }));
        assert_eq!(RATIO.measured(&[Round::from([("a/ours", 1.0)])]), None);
    }

    #[test]
    fn a_time_is_shown_in_milliseconds_and_a_size_in_megabytes() {
        let round = Round::from([("a/ours", 2_500_000.0)]);

        assert_eq!(TIME.measure.of(&round), Some(2.5));
        assert_eq!(Measure::Megabytes("a/ours").of(&round), Some(2.5));
        assert_eq!(TIME.measure.to_string(), "ours, ms");
        assert_eq!(RATIO.measure.to_string(), "theirs ÷ ours");
    }

    #[test]
    fn a_goal_is_met_at_its_bound() {
        assert!(RATIO.is_met_by(1.8));
        assert!(!RATIO.is_met_by(1.79));
        assert!(TIME.is_met_by(20.0));
        assert!(!TIME.is_met_by(20.01));
    }
}
