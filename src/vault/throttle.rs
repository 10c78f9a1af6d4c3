//! How long wrong tries of a PIN make the next one wait ([RFC 4226, section 7.3]).
//!
//! [RFC 4226, section 7.3]: https://www.rfc-editor.org/rfc/rfc4226#section-7.3

use std::time::Duration;

use super::bytes::Bytes;
use crate::{BootId, Moment, UnixTime};

/// So many wrong tries make none wait: a person mistypes.
const FREE_TRIES: u8 = 4;
/// After the one behind these; twice as long after each that follows.
const FIRST_DELAY: Duration = Duration::from_secs(30);

pub(super) const MOMENT_LEN: usize = 32;

/// How long the next try waits after so many wrong ones.
pub(crate) fn delay(tries: u8) -> Duration {
    let doublings = tries.saturating_sub(FREE_TRIES + 1).min(10);
    if tries > FREE_TRIES { FIRST_DELAY * (1 << doublings) } else { Duration::ZERO }
}

/// Whether a try may be made.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Wait {
    Over,
    Left(Duration),
    /// Nothing tells how long ago the last try was: the system was started again, or the
    /// clock ran backwards. The whole delay begins now.
    Unknown,
}

/// How long is left to wait after `tries` wrong ones, the last of which was made at the
/// moment that is `kept`, in the guard or in the file, which may disagree where one of
/// them is an older copy: the longest wait counts.
///
/// The monotonic clock decides. The wall clock, which whoever holds the phone can set,
/// is not asked.
pub(crate) fn wait(tries: u8, kept: [Option<Moment>; 2], now: &Moment) -> Wait {
    let delay = delay(tries);
    if delay.is_zero() {
        return Wait::Over;
    }
    let mut left = None;
    for kept in kept.into_iter().flatten() {
        let Some(elapsed) = now.elapsed_since(&kept) else { return Wait::Unknown };
        left = left.max(Some(delay.saturating_sub(elapsed)));
    }
    match left {
        None => Wait::Unknown,
        Some(Duration::ZERO) => Wait::Over,
        Some(left) => Wait::Left(left),
    }
}

/// The moment as the format keeps it.
pub(super) fn encode(moment: &Moment) -> [u8; MOMENT_LEN] {
    let mut bytes = [0; MOMENT_LEN];
    let (wall, rest) = bytes.split_at_mut(8);
    let (monotonic, boot_id) = rest.split_at_mut(8);
    let milliseconds = u64::try_from(moment.monotonic.as_millis()).unwrap_or(u64::MAX);
    wall.copy_from_slice(&moment.wall.as_secs().to_be_bytes());
    monotonic.copy_from_slice(&milliseconds.to_be_bytes());
    boot_id.copy_from_slice(moment.boot_id.as_bytes());
    bytes
}

/// `None` if `bytes` are too few or too many.
pub(super) fn decode(bytes: &[u8]) -> Option<Moment> {
    let mut bytes = Bytes::new(bytes);
    let wall = UnixTime::from_secs(bytes.u64()?);
    let monotonic = Duration::from_millis(bytes.u64()?);
    let boot_id = BootId::from_bytes(bytes.array()?);
    bytes.end()?;
    Some(Moment { wall, monotonic, boot_id })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(secs: u64, boot: u8) -> Moment {
        Moment {
            wall: UnixTime::from_secs(7),
            monotonic: Duration::from_secs(secs),
            boot_id: BootId::from_bytes([boot; 16]),
        }
    }

    #[test]
    fn delays_begin_with_the_fifth_wrong_try_and_double() {
        let seconds: Vec<u64> = (0..=9).map(|tries| delay(tries).as_secs()).collect();

        assert_eq!(seconds, [0, 0, 0, 0, 0, 30, 60, 120, 240, 480]);
        assert_eq!(delay(u8::MAX), Duration::from_secs(30 << 10));
    }

    #[test]
    fn the_monotonic_clock_of_one_boot_decides() {
        let kept = [Some(at(100, 1)), None];

        assert_eq!(wait(4, kept, &at(100, 1)), Wait::Over);
        assert_eq!(wait(5, kept, &at(100, 1)), Wait::Left(Duration::from_secs(30)));
        assert_eq!(wait(5, kept, &at(129, 1)), Wait::Left(Duration::from_secs(1)));
        assert_eq!(wait(5, kept, &at(130, 1)), Wait::Over);
        let wall_set_forward = Moment { wall: UnixTime::from_secs(u64::MAX), ..at(129, 1) };
        assert_eq!(wait(5, kept, &wall_set_forward), Wait::Left(Duration::from_secs(1)));
    }

    #[test]
    fn what_cannot_be_known_is_unknown() {
        assert_eq!(wait(5, [Some(at(100, 1)), None], &at(9_000, 2)), Wait::Unknown);
        assert_eq!(wait(5, [Some(at(100, 1)), None], &at(99, 1)), Wait::Unknown);
        assert_eq!(wait(5, [None, None], &at(9_000, 1)), Wait::Unknown);
        // One of the two is of another boot, as after an older file was put back.
        assert_eq!(wait(5, [Some(at(100, 1)), Some(at(5, 9))], &at(9_000, 1)), Wait::Unknown);
    }

    #[test]
    fn the_longer_wait_counts() {
        let either = [[Some(at(100, 1)), Some(at(120, 1))], [Some(at(120, 1)), Some(at(100, 1))]];

        for kept in either {
            assert_eq!(wait(5, kept, &at(140, 1)), Wait::Left(Duration::from_secs(10)));
            assert_eq!(wait(5, kept, &at(150, 1)), Wait::Over);
        }
    }

    proptest! {
        #[test]
        fn a_moment_is_read_as_it_was_written(
            wall in any::<u64>(), monotonic in any::<u64>(), boot_id in any::<[u8; 16]>(),
        ) {
            let moment = Moment {
                wall: UnixTime::from_secs(wall),
                monotonic: Duration::from_millis(monotonic),
                boot_id: BootId::from_bytes(boot_id),
            };

            prop_assert_eq!(decode(&encode(&moment)), Some(moment));
            prop_assert_eq!(decode(&encode(&moment)[1..]), None);
        }
    }
}
