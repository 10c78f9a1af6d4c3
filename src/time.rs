//! Time as a value. Nobody in this crate reads a clock.

use std::time::Duration;

/// A moment on the wall clock: whole seconds since 1970-01-01T00:00:00Z, without
/// leap seconds (POSIX time, which [RFC 6238] counts in).
///
/// [RFC 6238]: https://www.rfc-editor.org/rfc/rfc6238#section-4.2
///
/// # Examples
///
/// ```
/// use authenticator_core::UnixTime;
///
/// let time = UnixTime::from_secs(59);
///
/// assert_eq!(time.as_secs(), 59);
/// assert!(time < UnixTime::from_secs(60));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct UnixTime(u64);

impl UnixTime {
    /// The moment `secs` seconds after the epoch. Every value is a moment.
    pub const fn from_secs(secs: u64) -> Self {
        Self(secs)
    }

    /// Seconds since the epoch.
    pub const fn as_secs(self) -> u64 {
        self.0
    }
}

/// Which run of the system a monotonic time belongs to.
///
/// On Linux and Android the bytes of `/proc/sys/kernel/random/boot_id` (or the
/// boot count), on Apple systems `kern.bootsessionuuid`.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct BootId([u8; 16]);

impl BootId {
    /// The identifier as the platform gives it; a shorter one is padded with zeros.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The identifier as bytes.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

/// One reading of all the clocks that a delay or an expiry is judged on.
///
/// The wall clock alone can be set back by whoever holds the phone, and a
/// monotonic clock alone starts again with each boot. Together they tell a real
/// wait from a turned clock.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use authenticator_core::{BootId, Moment, UnixTime};
///
/// let boot_id = BootId::from_bytes([1; 16]);
/// let earlier = Moment {
///     wall: UnixTime::from_secs(1_000),
///     monotonic: Duration::from_secs(50),
///     boot_id,
/// };
/// // The wall clock was set forward by a day; ten seconds went by.
/// let later = Moment {
///     wall: UnixTime::from_secs(87_410),
///     monotonic: Duration::from_secs(60),
///     boot_id,
/// };
///
/// assert_eq!(later.elapsed_since(&earlier), Some(Duration::from_secs(10)));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Moment {
    /// What the wall clock shows.
    pub wall: UnixTime,
    /// Time since boot, the time spent asleep included: `elapsedRealtime` on
    /// Android, `mach_continuous_time` on Apple systems, `CLOCK_BOOTTIME` on Linux.
    pub monotonic: Duration,
    /// The boot that `monotonic` counts from.
    pub boot_id: BootId,
}

impl Moment {
    /// How long after `earlier` this moment is, where that is certain.
    ///
    /// `None` if the system was started again in between, or if `earlier` is in
    /// truth the later one: then only the wall clock is left, and the caller
    /// decides how far to trust it.
    pub fn elapsed_since(&self, earlier: &Self) -> Option<Duration> {
        if self.boot_id != earlier.boot_id {
            return None;
        }
        self.monotonic.checked_sub(earlier.monotonic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(wall: u64, monotonic: u64, boot: u8) -> Moment {
        Moment {
            wall: UnixTime::from_secs(wall),
            monotonic: Duration::from_secs(monotonic),
            boot_id: BootId::from_bytes([boot; 16]),
        }
    }

    #[test]
    fn a_wall_clock_set_back_does_not_shorten_a_wait() {
        let elapsed = moment(0, 70, 1).elapsed_since(&moment(5_000, 60, 1));

        assert_eq!(elapsed, Some(Duration::from_secs(10)));
    }

    #[test]
    fn a_reboot_leaves_only_the_wall_clock() {
        assert_eq!(moment(5_000, 70, 2).elapsed_since(&moment(4_000, 60, 1)), None);
    }

    #[test]
    fn the_earlier_of_two_moments_has_not_elapsed_since_the_later() {
        assert_eq!(moment(5_000, 60, 1).elapsed_since(&moment(4_000, 70, 1)), None);
    }
}
