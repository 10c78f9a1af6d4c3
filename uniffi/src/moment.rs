//! Time, as the app reads it.

use std::time::Duration;

use authenticator_core::{BootId, Moment as CoreMoment, UnixTime};

use crate::{AuthenticatorError, Outcome};

/// What the device's clocks show at one moment: the core reads none of its own.
///
/// Read all three together, for each call anew, and after a prompt once more.
#[derive(Clone, Debug, uniffi::Record)]
pub struct Moment {
    /// The wall clock, in milliseconds since 1970.
    pub wall_millis: i64,
    /// Milliseconds since the device was started, sleep included: `SystemClock.elapsedRealtime()`
    /// on Android, `mach_continuous_time()` on Apple systems, `CLOCK_BOOTTIME` on Linux. Waits
    /// are measured by it, since nobody can set it.
    pub monotonic_millis: i64,
    /// Which start of the device that counts from: 16 bytes that another start does not have.
    /// `kern.bootsessionuuid` on Apple systems, `Settings.Global.BOOT_COUNT` filled with zeros
    /// on Android.
    pub boot_id: Vec<u8>,
}

impl Moment {
    pub(crate) fn read(self) -> Outcome<CoreMoment> {
        let refused = || AuthenticatorError::InvalidMoment;
        let monotonic = u64::try_from(self.monotonic_millis).map_err(|_| refused())?;
        let boot_id: [u8; 16] = self.boot_id.try_into().map_err(|_| refused())?;
        Ok(CoreMoment {
            wall: seconds(self.wall_millis)?,
            monotonic: Duration::from_millis(monotonic),
            boot_id: BootId::from_bytes(boot_id),
        })
    }
}

/// The whole seconds of what is no time before 1970.
pub(crate) fn seconds(millis: i64) -> Outcome<UnixTime> {
    let millis = u64::try_from(millis).map_err(|_| AuthenticatorError::InvalidMoment)?;
    Ok(UnixTime::from_secs(millis / 1000))
}

/// The milliseconds of a time; the last that there is for what lies beyond it.
pub(crate) fn millis(time: UnixTime) -> i64 {
    i64::try_from(time.as_secs()).unwrap_or(i64::MAX).saturating_mul(1000)
}

pub(crate) fn duration_millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
