//! What servers say about the phone's clock.

use std::time::Duration;

use crate::clock_sample::{ClockError, ClockOffset, ClockSample};
use crate::{BootId, Moment, UnixTime};

/// The samples that the estimate is made of.
const KEPT: usize = 5;
/// A slower answer says too little about when its time was.
const LONGEST_TRIP: Duration = Duration::from_secs(10);
const FORGOTTEN_AFTER: Duration = Duration::from_hours(24);
const BOUND: Duration = Duration::from_hours(24);
/// A monotonic clock runs on a quartz, which is wrong by up to 100 ppm.
const DRIFT: u32 = 10_000;
const SECOND: i128 = 1_000_000_000;

/// What servers say about the phone's clock.
///
/// Codes that a service refuses mostly come from a clock that is off. This says how far
/// off and, to an app that asks, the true time. No code is corrected silently.
///
/// The estimate is the median of the last five samples (of two in the middle the
/// earlier: an old code is worth less to a thief than one to come), so that one wrong
/// server does not decide. One that is asked often would: pass a sample or two of each
/// server in an hour.
///
/// A sample is tied to the monotonic clock: setting the wall clock afterwards does not
/// move the estimate. A restart of the phone ends it, as do 24 hours without a sample.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use authenticator_core::{BootId, Clock, ClockSample, Moment, UnixTime};
///
/// let at = |wall, monotonic| Moment {
///     wall: UnixTime::from_secs(wall),
///     monotonic: Duration::from_secs(monotonic),
///     boot_id: BootId::from_bytes([1; 16]),
/// };
/// let mut clock = Clock::default();
///
/// // The phone is two minutes slow.
/// clock.learn(ClockSample {
///     server: UnixTime::from_secs(1_741_011_412),
///     sent: at(1_741_011_292, 500),
///     received: at(1_741_011_292, 500),
/// })?;
///
/// let now = at(1_741_011_302, 510);
/// assert_eq!(clock.offset(&now).map(|offset| offset.seconds), Some(-120));
/// assert_eq!(clock.corrected(&now), UnixTime::from_secs(1_741_011_422));
/// assert!(clock.is_off(&now, Duration::from_secs(30)));
/// # Ok::<(), authenticator_core::ClockError>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// Of one boot, in the order they were learnt, at most [`KEPT`].
    anchors: Vec<Anchor>,
}

/// A sample as a point on the monotonic clock.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    boot_id: BootId,
    /// The middle of the round trip.
    monotonic: Duration,
    /// What the Unix time was at the monotonic clock's zero, in nanoseconds.
    zero: i128,
    half_trip: Duration,
}

impl Clock {
    /// Takes `sample` into the estimate.
    ///
    /// # Errors
    ///
    /// Any [`ClockError`]; the estimate is then what it was before.
    pub fn learn(&mut self, sample: ClockSample) -> Result<(), ClockError> {
        let ClockSample { server, sent, received } = sample;
        let trip = received.elapsed_since(&sent).ok_or(ClockError::Unordered)?;
        if trip > LONGEST_TRIP {
            return Err(ClockError::TooSlow);
        }
        let half_trip = trip / 2;
        let monotonic = received.monotonic.saturating_sub(half_trip);
        let zero = middle(server) - nanos(monotonic);
        let ahead = middle(received.wall) - (zero + nanos(received.monotonic));
        if ahead.abs() > nanos(BOUND) {
            return Err(ClockError::OutOfBounds);
        }
        self.anchors.retain(|kept| kept.holds(&received));
        if self.anchors.len() >= KEPT {
            self.anchors.remove(0);
        }
        self.anchors.push(Anchor { boot_id: received.boot_id, monotonic, zero, half_trip });
        Ok(())
    }

    /// How far the wall clock of `now` is off; `None` without an estimate.
    pub fn offset(&self, now: &Moment) -> Option<ClockOffset> {
        let (nanos, uncertainty) = self.estimate(now)?;
        let ahead = (middle(now.wall) - nanos + SECOND / 2).div_euclid(SECOND);
        let limit = if ahead < 0 { i64::MIN } else { i64::MAX };
        Some(ClockOffset { seconds: i64::try_from(ahead).unwrap_or(limit), uncertainty })
    }

    /// The time to make codes at, for an app whose person wants it corrected: the
    /// estimate, or the wall clock where there is none.
    pub fn corrected(&self, now: &Moment) -> UnixTime {
        self.estimated(now).map_or(now.wall, |time| UnixTime::from_secs(time.as_secs()))
    }

    /// The estimate of the time, since 1970 and finer than a second: to wake when a code is over.
    /// `None` where there is none.
    pub fn estimated(&self, now: &Moment) -> Option<Duration> {
        let (nanos, _) = self.estimate(now)?;
        let nanos = nanos.max(0);
        let seconds = u64::try_from(nanos / SECOND).unwrap_or(u64::MAX);
        Some(Duration::new(seconds, u32::try_from(nanos % SECOND).unwrap_or_default()))
    }

    /// Whether the wall clock of `now` is surely off by more than half of `period`,
    /// for which a code is shown: a service may refuse what the phone shows.
    ///
    /// Without an estimate nothing is sure.
    pub fn is_off(&self, now: &Moment, period: Duration) -> bool {
        self.offset(now).is_some_and(|offset| {
            let off = Duration::from_secs(offset.seconds.unsigned_abs());
            off.saturating_sub(offset.uncertainty) > period / 2
        })
    }

    /// The time in nanoseconds since 1970, and by how much it may be wrong.
    fn estimate(&self, now: &Moment) -> Option<(i128, Duration)> {
        // The anchors grow old together: were they forgotten one by one, the time
        // could step back without a word from a server.
        self.anchors.last().filter(|newest| newest.holds(now))?;
        let mut zeros: Vec<_> = self.anchors.iter().map(|anchor| anchor.zero).collect();
        zeros.sort_unstable();
        let zero = zeros.get((zeros.len() - 1) / 2)?;
        // A lie in the middle has an honest sample on either side, and is as near to
        // the truth as the worse of the two.
        let uncertainty = self.anchors.iter().map(|anchor| anchor.uncertainty(now)).max()?;
        Some((zero + nanos(now.monotonic), uncertainty))
    }
}

impl Anchor {
    /// Whether it is of the boot of `now` and not too old. It may be younger than
    /// `now`: answers are heard in any order, and a straight line has two ends.
    fn holds(&self, now: &Moment) -> bool {
        self.boot_id == now.boot_id && self.age(now) <= FORGOTTEN_AFTER
    }

    fn age(&self, now: &Moment) -> Duration {
        self.monotonic.abs_diff(now.monotonic)
    }

    fn uncertainty(&self, now: &Moment) -> Duration {
        // Half a second each: the server's clock, the wall clock, the rounded offset.
        let resolution = Duration::from_millis(1_500);
        self.half_trip + resolution + self.age(now) / DRIFT
    }
}

/// The middle of the second that `time` shows. The true time is up to half a second
/// to either side.
fn middle(time: UnixTime) -> i128 {
    i128::from(time.as_secs()) * SECOND + SECOND / 2
}

/// Below 2⁹⁴ for every duration, so that no sum of a few can overflow.
fn nanos(duration: Duration) -> i128 {
    i128::from(duration.as_secs()) * SECOND + i128::from(duration.subsec_nanos())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: u64 = 24 * 60 * 60;
    const START: u64 = 1_741_011_292;

    fn moment(wall: u64, millis: u64) -> Moment {
        let boot_id = BootId::from_bytes([1; 16]);
        Moment {
            wall: UnixTime::from_secs(wall),
            monotonic: Duration::from_millis(millis),
            boot_id,
        }
    }

    /// A sample of a server that says `server`, by a phone that shows `wall`.
    fn sample(server: u64, wall: u64, sent: u64, trip: u64) -> ClockSample {
        let server = UnixTime::from_secs(server);
        ClockSample { server, sent: moment(wall, sent), received: moment(wall, sent + trip) }
    }

    fn learnt(samples: impl IntoIterator<Item = ClockSample>) -> Clock {
        let mut clock = Clock::default();
        samples.into_iter().for_each(|sample| clock.learn(sample).unwrap());
        clock
    }

    #[test]
    fn without_a_sample_the_wall_clock_is_all_there_is() {
        let (clock, now) = (Clock::default(), moment(START, 0));

        assert_eq!((clock.corrected(&now), clock.offset(&now)), (now.wall, None));
        assert!(!clock.is_off(&now, Duration::from_secs(1)));
    }

    #[test]
    fn a_sample_without_a_round_trip_is_refused() {
        let mut restarted = sample(START, START, 1_000, 100);
        restarted.received.boot_id = BootId::from_bytes([2; 16]);
        let backwards =
            ClockSample { sent: moment(START, 1_001), ..sample(START, START, 0, 1_000) };

        assert_eq!(Clock::default().learn(restarted), Err(ClockError::Unordered));
        assert_eq!(Clock::default().learn(backwards), Err(ClockError::Unordered));
        let slow = sample(START, START, 1_000, 10_001);
        assert_eq!(Clock::default().learn(slow), Err(ClockError::TooSlow));
        assert_eq!(Clock::default().learn(sample(START, START, 1_000, 10_000)), Ok(()));
    }

    #[test]
    fn a_server_moves_the_codes_by_a_day_at_most() {
        for (server, expected) in [
            (START + DAY, Ok(())),
            (START - DAY, Ok(())),
            (START + DAY + 1, Err(ClockError::OutOfBounds)),
            (START - DAY - 1, Err(ClockError::OutOfBounds)),
        ] {
            assert_eq!(Clock::default().learn(sample(server, START, 0, 0)), expected);
        }
    }

    #[test]
    fn a_restart_ends_the_estimate_until_the_next_sample() {
        let mut clock = learnt([sample(START - 60, START, 5_000, 0)]);
        clock.learn(sample(START + 3 * DAY, START, 5_000, 0)).unwrap_err();
        assert_eq!(clock.corrected(&moment(0, 5_000)), UnixTime::from_secs(START - 60));
        let restarted = Moment { boot_id: BootId::from_bytes([2; 16]), ..moment(START, 6_000) };
        assert_eq!(clock.offset(&restarted), None);

        let server = UnixTime::from_secs(START + 7);
        clock.learn(ClockSample { server, sent: restarted, received: restarted }).unwrap();

        assert_eq!(clock.corrected(&restarted), server);
        assert_eq!(clock.offset(&moment(START, 6_000)), None);
    }

    #[test]
    fn a_day_without_a_sample_ends_the_estimate() {
        let mut clock = learnt([sample(START - 60, START, 0, 0)]);
        let late = DAY * 1_000 + 1;
        assert!(clock.offset(&moment(START, late - 1)).is_some());
        assert_eq!(clock.offset(&moment(START, late)), None);

        clock.learn(sample(START + DAY, START + DAY, late, 0)).unwrap();

        assert_eq!(clock.offset(&moment(START + DAY, late)).unwrap().seconds, 0);
    }

    #[test]
    fn what_is_said_of_the_clock_is_surely_so() {
        // Half of thirty seconds, and a second and a half that cannot be told.
        for (ahead, trip, expected) in [(16, 0, false), (17, 0, true), (17, 8_000, false)] {
            let (now, period) = (moment(START + ahead, trip / 2), Duration::from_secs(30));
            let clock = learnt([sample(START, START + ahead, 0, trip)]);
            assert_eq!(clock.is_off(&now, period), expected);
        }
    }

    #[test]
    fn the_sixth_sample_is_the_first_ones_end() {
        let servers = [900, 900, 900, 0, 0, 0].map(|ahead| sample(START + ahead, START, 0, 0));

        assert_eq!(learnt(servers).corrected(&moment(0, 0)), UnixTime::from_secs(START));
    }

    proptest! {
        #[test]
        fn a_wall_clock_that_is_set_afterwards_corrects_nothing(
            server in START - DAY..START + DAY,
            later in 0..DAY * 1_000,
            walls: [u64; 2],
        ) {
            let clock = learnt([sample(server, START, 0, 0)]);
            let [one, other] = walls.map(|wall| clock.corrected(&moment(wall, later)));
            prop_assert_eq!(one, other);
        }

        #[test]
        fn one_liar_does_not_leave_the_honest_range(
            honest in proptest::collection::vec((0..10_000_u64, 0..9_000_u64, 0..3_u64), 2..=4),
            lie in START - DAY + 100..START + DAY - 100,
            place in 0..5_usize,
            later in 0..DAY * 1_000 - 20_000,
        ) {
            // The true time is START at the monotonic clock's zero.
            let honest = honest.into_iter();
            let mut samples: Vec<_> = honest
                .map(|(sent, trip, halves)| (sent + trip * halves / 2, sent, trip))
                .map(|(told, sent, trip)| sample(START + told / 1_000, START, sent, trip))
                .collect();
            samples.insert(place.min(samples.len()), sample(lie, START, 0, 0));
            let truth = START + later / 1_000;
            let now = moment(truth + 1_000, later);

            let clock = learnt(samples);

            let offset = clock.offset(&now).unwrap();
            let wrong = Duration::from_secs(offset.seconds.abs_diff(1_000));
            prop_assert!(wrong <= offset.uncertainty, "{offset:?}");
            let wrong = Duration::from_secs(clock.corrected(&now).as_secs().abs_diff(truth));
            prop_assert!(wrong <= offset.uncertainty, "{wrong:?} {offset:?}");
        }

        #[test]
        fn the_corrected_time_runs_with_the_monotonic_clock(
            samples in proptest::collection::vec((0..2 * DAY, 0..100_000_u64), 1..8),
            steps in proptest::collection::vec(0..3_000_000_u64, 1..20),
        ) {
            let clock = learnt(
                samples.iter().map(|(server, sent)| sample(START - DAY + server, START, *sent, 0)),
            );
            let mut millis = 100_000;
            let mut before = clock.corrected(&moment(0, millis));
            for step in steps {
                millis += step;
                let after = clock.corrected(&moment(0, millis));

                prop_assert!(before <= after);
                prop_assert_eq!(
                    clock.estimated(&moment(0, millis)).map(|time| time.subsec_millis()),
                    clock.estimated(&moment(0, 0)).map(|time| {
                        u32::try_from((u64::from(time.subsec_millis()) + millis) % 1_000).unwrap()
                    }),
                );
                prop_assert!((after.as_secs() - before.as_secs()).abs_diff(step / 1_000) <= 1);
                before = after;
            }
        }

        #[test]
        fn no_number_is_too_large(
            [server, wall, boot, later, shown] in proptest::array::uniform5(
                prop_oneof![0..3_u64, u64::MAX - 3..=u64::MAX],
            ),
            nanos in 0..1_000_000_000_u32,
        ) {
            let at = |wall, secs| {
                let monotonic = Duration::new(secs, nanos);
                Moment { wall: UnixTime::from_secs(wall), monotonic, ..moment(0, 0) }
            };
            let (server, received) = (UnixTime::from_secs(server), at(wall, boot));
            let (mut clock, now) = (Clock::default(), at(shown, later));
            let _ = clock.learn(ClockSample { server, sent: at(shown, boot), received });

            let off = clock.offset(&now).is_some_and(|offset| offset.seconds != 0);
            let _ = clock.is_off(&now, Duration::MAX);
            prop_assert!(off || clock.corrected(&now).as_secs().abs_diff(shown) <= 1);
        }
    }
}
