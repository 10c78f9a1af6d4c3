//! What the clocks show. The core reads none.

#[cfg(target_os = "linux")]
use std::sync::OnceLock;
use std::time::Duration;

use authenticator_core::{BootId, Moment, UnixTime};

use crate::code;
use crate::refusal::Refusal;

/// The present moment, on all clocks.
pub(super) fn now() -> Result<Moment, Refusal> {
    Ok(moment(code::now()?, monotonic().zip(boot_id())))
}

/// Where the system does not say how long it has been running, and which run of it this
/// is, the wall clock stands for both: each run of this program could not be a boot of its
/// own, or a wait for the next try of the PIN would begin anew with each and never end.
fn moment(wall: UnixTime, running: Option<(Duration, BootId)>) -> Moment {
    let by_wall =
        || (Duration::from_secs(wall.as_secs()), BootId::from_bytes(*b"no boot is known"));
    let (monotonic, boot_id) = running.unwrap_or_else(by_wall);
    Moment { wall, monotonic, boot_id }
}

/// Time since the system was started, sleep included.
#[cfg(target_os = "linux")]
fn monotonic() -> Option<Duration> {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Some(Duration::new(time.tv_sec.try_into().ok()?, time.tv_nsec.try_into().ok()?))
}

/// Which run of the system this is: a UUID.
#[cfg(target_os = "linux")]
fn boot_id() -> Option<BootId> {
    static BOOT: OnceLock<Option<BootId>> = OnceLock::new();
    *BOOT.get_or_init(|| {
        let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
        let mut bytes = [0; 16];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
        }
        (digits.len() == 32).then(|| BootId::from_bytes(bytes))
    })
}

/// Elsewhere nothing tells the runs of the system apart without calls that are not safe.
#[cfg(not(target_os = "linux"))]
const fn boot_id() -> Option<BootId> {
    None
}

#[cfg(not(target_os = "linux"))]
const fn monotonic() -> Option<Duration> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clocks_run() {
        let earlier = now().unwrap();
        let later = now().unwrap();

        assert!(later.elapsed_since(&earlier).is_some());
        assert_ne!(later.boot_id.as_bytes(), &[0; 16]);
    }

    #[test]
    fn without_a_boot_a_wait_goes_on_in_the_next_run() {
        let tried = moment(UnixTime::from_secs(1_000), None);
        let later = moment(UnixTime::from_secs(1_030), None);

        assert_eq!(later.elapsed_since(&tried), Some(Duration::from_secs(30)));
        assert_eq!(tried.elapsed_since(&later), None);
    }
}
