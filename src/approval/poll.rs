//! How often an app asks while it is open.

use std::time::Duration;

const FIRST: Duration = Duration::from_secs(3);
const LONGEST: Duration = Duration::from_secs(30);

/// How long to wait before asking for the `attempt`th time since the app was opened or a
/// push came, from 0: after 3 s, then longer by half each time up to 30 s, each up to 20 %
/// shorter or longer, by `random`: any byte, a new one each time.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// use authenticator_core::approval::poll_delay;
///
/// assert_eq!(poll_delay(0, 0), Duration::from_millis(2_400));
/// assert_eq!(poll_delay(0, 255), Duration::from_millis(3_600));
/// assert_eq!(poll_delay(1, 0), Duration::from_millis(3_600));
/// assert_eq!(poll_delay(99, 255), Duration::from_secs(36));
/// ```
pub fn poll_delay(attempt: u32, random: u8) -> Duration {
    let mut delay = FIRST;
    for _ in 0..attempt.min(6) {
        delay = (delay * 3 / 2).min(LONGEST);
    }
    // 255 parts of 40 %.
    delay * 4 / 5 + delay * 2 / 5 * u32::from(random) / 255
}
