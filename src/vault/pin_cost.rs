//! What one try of a PIN costs: the phone some time, a guesser the same each time.

use std::hint::black_box;
use std::time::Duration;

use super::VaultError;
use crate::crypto::key::Key;
use crate::crypto::password;

const LEAST_MEMORY: u32 = 19_456;
const MOST_MEMORY: u32 = 65_536;
const LEAST_PASSES: u32 = 2;
const MOST_PASSES: u32 = 64;

/// What a try is to take; 250 to 1000 ms are as good.
const TARGET: Duration = Duration::from_millis(500);
/// As close to [`TARGET`] as measuring again would bring it.
const CLOSE: std::ops::RangeInclusive<Duration> =
    Duration::from_millis(400)..=Duration::from_millis(625);
const MOST_MEASUREMENTS: u32 = 4;
/// By how much one measurement may raise the cost: one that is far too small must not
/// lead to a stretch of many seconds before the next one tells.
const MOST_GROWTH: u64 = 8;

/// The parameters of Argon2id ([RFC 9106]) that a PIN is stretched with, within the
/// bounds of `docs/vault-format.md`.
///
/// # Examples
///
/// The app measures with its own clock, once per phone; the core reads none:
///
/// ```
/// use std::time::Instant;
///
/// use authenticator_core::vault::PinCost;
///
/// let cost = PinCost::calibrated(|cost| {
///     let start = Instant::now();
///     cost.stretch_sample().ok()?;
///     Some(start.elapsed())
/// });
///
/// assert!(cost.memory_kib() >= PinCost::FLOOR.memory_kib());
/// assert!(cost.passes() >= PinCost::FLOOR.passes());
/// ```
///
/// [RFC 9106]: https://www.rfc-editor.org/rfc/rfc9106
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct PinCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl PinCost {
    /// The least cost that a vault is locked with: 19 456 KiB (19 MiB), 2 passes.
    pub const FLOOR: Self = Self { memory_kib: LEAST_MEMORY, passes: LEAST_PASSES, lanes: 1 };

    /// These parameters: memory in KiB from 19 456 to 65 536, 2 to 64 passes, 1 lane.
    ///
    /// `None` if one of them is out of its bounds. It is not moved into them: other
    /// parameters are another key.
    pub const fn new(memory_kib: u32, passes: u32, lanes: u32) -> Option<Self> {
        if memory_kib < LEAST_MEMORY
            || memory_kib > MOST_MEMORY
            || passes < LEAST_PASSES
            || passes > MOST_PASSES
            || lanes != 1
        {
            return None;
        }
        Some(Self { memory_kib, passes, lanes })
    }

    /// The cost at which one stretch takes this phone about half a second.
    ///
    /// `measure` says how long [`PinCost::stretch_sample`] takes, or `None` where that
    /// fails for want of memory: then the last cost that had enough is taken. It is asked
    /// four times at most. Memory, which a guesser can save the least, is raised first, up
    /// to 64 MiB, then the passes. A phone too slow for the least cost gets the least,
    /// a time of zero says that the clock is none, and the default is taken.
    pub fn calibrated(mut measure: impl FnMut(Self) -> Option<Duration>) -> Self {
        let (mut cost, mut measured) = (Self::FLOOR, Self::FLOOR);
        for _ in 0..MOST_MEASUREMENTS {
            let Some(took) = measure(cost) else { return measured };
            if took.is_zero() {
                return Self::default();
            }
            measured = cost;
            cost = measured.brought_to_target(took);
            if cost == measured || CLOSE.contains(&took) {
                return measured;
            }
        }
        cost
    }

    /// The cost that takes [`TARGET`] if this one took `took`: time goes by the product
    /// of memory and passes.
    fn brought_to_target(self, took: Duration) -> Self {
        let work = u64::from(self.memory_kib) * u64::from(self.passes);
        let wanted = u128::from(work) * TARGET.as_nanos() / took.as_nanos().max(1);
        let most = work * MOST_GROWTH;
        let wanted = u64::try_from(wanted).map_or(most, |wanted| wanted.min(most));
        let within = |value: u64, least, most| {
            u32::try_from(value).map_or(most, |value: u32| value.clamp(least, most))
        };
        let passes = within(wanted / u64::from(MOST_MEMORY), LEAST_PASSES, MOST_PASSES);
        let memory_kib = within(wanted / u64::from(passes), LEAST_MEMORY, MOST_MEMORY);
        Self { memory_kib, passes, lanes: self.lanes }
    }

    /// Stretches a fixed text, for [`PinCost::calibrated`] to be measured.
    ///
    /// # Errors
    ///
    /// [`VaultError::OutOfMemory`].
    pub fn stretch_sample(self) -> Result<(), VaultError> {
        black_box(self.stretch(black_box(b"authcore/1/sample"), &[0; 16])).map(drop)
    }

    /// The key that `text` is stretched to.
    ///
    /// # Errors
    ///
    /// [`VaultError::OutOfMemory`]: the parameters are within what Argon2id takes, so that
    /// nothing else can be missing.
    pub(super) fn stretch(self, text: &[u8], salt: &[u8; 16]) -> Result<Key, VaultError> {
        password::stretch(text, salt, self.memory_kib, self.passes, self.lanes)
            .ok_or(VaultError::OutOfMemory { needed_kib: self.memory_kib })
    }

    /// Memory that one stretch takes, in KiB.
    pub const fn memory_kib(self) -> u32 {
        self.memory_kib
    }

    /// How often the memory is gone over.
    pub const fn passes(self) -> u32 {
        self.passes
    }

    /// How many threads could share the work; always 1.
    pub const fn lanes(self) -> u32 {
        self.lanes
    }
}

impl Default for PinCost {
    /// For a phone that was not measured: 32 768 KiB (32 MiB), 3 passes.
    fn default() -> Self {
        Self { memory_kib: 32_768, passes: 3, lanes: 1 }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CAP: PinCost = PinCost { memory_kib: MOST_MEMORY, passes: MOST_PASSES, lanes: 1 };

    fn is_within_bounds(cost: PinCost) -> bool {
        PinCost::new(cost.memory_kib, cost.passes, cost.lanes) == Some(cost)
    }

    #[test]
    fn parameters_out_of_bounds_are_refused() {
        for cost in [PinCost::FLOOR, PinCost::default(), CAP] {
            assert!(is_within_bounds(cost));
        }
        for (memory, passes, lanes) in [
            (19_455, 2, 1),
            (65_537, 2, 1),
            (19_456, 1, 1),
            (19_456, 65, 1),
            (19_456, 2, 0),
            (19_456, 2, 2),
            (0, 0, 0),
            (u32::MAX, u32::MAX, u32::MAX),
        ] {
            assert_eq!(PinCost::new(memory, passes, lanes), None);
        }
    }

    #[test]
    fn a_clock_that_stands_still_leaves_the_default() {
        assert_eq!(PinCost::calibrated(|_| Some(Duration::ZERO)), PinCost::default());
    }

    #[test]
    fn a_cost_that_is_close_is_not_measured_again() {
        let mut asked = 0;
        let cost = PinCost::calibrated(|_| {
            asked += 1;
            Some(Duration::from_millis(450))
        });
        assert_eq!((asked, cost), (1, PinCost::FLOOR));
    }

    #[test]
    fn a_phone_too_slow_gets_the_least_cost() {
        assert_eq!(PinCost::calibrated(|_| Some(Duration::MAX)), PinCost::FLOOR);
        assert_eq!(PinCost::calibrated(|_| Some(Duration::from_secs(3))), PinCost::FLOOR);
    }

    #[test]
    fn where_memory_is_short_the_last_cost_that_had_enough_is_taken() {
        assert_eq!(PinCost::calibrated(|_| None), PinCost::FLOOR);
        let mut asked = Vec::new();
        let cost = PinCost::calibrated(|cost| {
            asked.push(cost);
            (cost.memory_kib <= 24_000).then_some(
                Duration::from_millis(400)
                    .mul_f64(f64::from(cost.memory_kib) / f64::from(MOST_MEMORY)),
            )
        });
        assert_eq!((asked.len(), cost), (2, PinCost::FLOOR));
        assert!(asked[1].memory_kib > 24_000);
    }

    #[test]
    fn memory_is_raised_before_passes() {
        // The least cost takes 200 ms: 500 ms have room for it in memory alone.
        let linear = |unit: u32| {
            move |cost: PinCost| {
                Some(Duration::from_nanos(1) * unit * cost.memory_kib * cost.passes)
            }
        };
        assert_eq!(PinCost::calibrated(linear(5_140)).passes(), 2);
        assert!(PinCost::calibrated(linear(5_140)).memory_kib() > 40_000);
        let fast = PinCost::calibrated(linear(500));
        assert!(fast.passes() > 2 && fast.memory_kib() > 60_000, "{fast:?}");
    }

    proptest! {
        /// From 10 ns to 100 µs for a KiB and pass.
        #[test]
        fn a_phone_of_any_speed_is_brought_between_a_quarter_and_one_second(
            nanoseconds_each in 10..100_000_u64,
        ) {
            let time = |cost: PinCost| {
                let work = u64::from(cost.memory_kib()) * u64::from(cost.passes());
                Duration::from_nanos(work * nanoseconds_each)
            };
            let mut longest = Duration::ZERO;
            let cost = PinCost::calibrated(|cost| {
                longest = longest.max(time(cost));
                Some(time(cost))
            });

            let wanted = Duration::from_millis(250)..=Duration::from_millis(1000);
            match cost {
                PinCost::FLOOR => prop_assert!(time(cost) >= *wanted.start()),
                CAP => prop_assert!(time(cost) <= *wanted.end()),
                _ => prop_assert!(wanted.contains(&time(cost)), "{:?} {:?}", cost, time(cost)),
            }
            prop_assert!(longest <= time(PinCost::FLOOR).max(*wanted.end()));
        }

        #[test]
        fn no_measurement_leads_out_of_bounds(
            nanoseconds in proptest::collection::vec(any::<u64>(), 4),
            shifts in proptest::collection::vec(0..64_u32, 4),
        ) {
            let mut times = nanoseconds.iter().zip(&shifts);
            let cost = PinCost::calibrated(|cost| {
                assert!(is_within_bounds(cost));
                let (time, shift) = times.next().expect("four measurements at most");
                Some(Duration::from_nanos(time >> shift))
            });

            prop_assert!(is_within_bounds(cost));
        }
    }
}
