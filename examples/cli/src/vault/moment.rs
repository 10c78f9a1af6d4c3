//! What the clocks show. The core reads none.

use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use authenticator_core::{BootId, Moment};

use crate::code;
use crate::refusal::Refusal;

/// The present moment, on all clocks.
pub(super) fn now() -> Result<Moment, Refusal> {
    let wall = code::now()?;
    let own = Moment { wall, monotonic: own_monotonic(), boot_id: own_boot() };
    Ok(match (monotonic(), boot_id()) {
        (Some(monotonic), Some(boot_id)) => Moment { wall, monotonic, boot_id },
        _ => own,
    })
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

/// Where the system does not say which run of it this is, each run of this program is
/// one of its own: no wait is ever taken for longer than it was.
fn own_boot() -> BootId {
    static BOOT: OnceLock<BootId> = OnceLock::new();
    *BOOT.get_or_init(|| {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let mut bytes = since.as_nanos().to_be_bytes();
        for (byte, of_process) in bytes.iter_mut().zip(std::process::id().to_be_bytes()) {
            *byte ^= of_process;
        }
        BootId::from_bytes(bytes)
    })
}

/// Time since a minute before this program first asked: what was just before has a moment
/// too.
fn own_monotonic() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    Duration::from_secs(60) + START.get_or_init(Instant::now).elapsed()
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
}
