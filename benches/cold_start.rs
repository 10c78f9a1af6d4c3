//! Cold start of a vault: from nothing to the list of its accounts, and closed again.
//!
//! `cargo xtask bench` runs this and `benches/sqlcipher` in turns. Arguments: how many
//! accounts, and how many times; to standard output goes a line of JSON for each time.
//!
//! Timed: opening the file with its settings, `quick_check`, unwrapping the key, reading
//! the guard, decrypting and checking every row and the root MAC, the list in its order,
//! wiping and closing. Not timed: making the vault; starting the process; reading the
//! file from the disk, since the system has it in its cache.

mod accounts;
mod vaults;

use std::hint::black_box;
use std::time::Instant;

use authenticator_core::Authenticator;
use vaults::{Device, Filled, NOW};

/// The first opening finds nothing in the processor's caches.
const WARM_UP: usize = 3;

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    // `cargo test --benches` and the like call it without numbers.
    let [accounts, times] = numbers[..] else { return };
    let times = usize::try_from(times).unwrap();

    let with_files = Filled::new(Device::Files, accounts);
    let in_memory = Filled::new(Device::Memory, accounts);
    println!(r#"{{"id":"size_{accounts}/ours","value":{}}}"#, with_files.bytes());
    for time in 0..WARM_UP + times {
        for (name, filled) in [("files", &with_files), ("memory", &in_memory)] {
            let begun = Instant::now();
            let shown = start(filled);
            let nanoseconds = begun.elapsed().as_nanos();
            assert_eq!(u64::try_from(shown).unwrap(), accounts);
            if time >= WARM_UP {
                println!(r#"{{"id":"cold_start_{accounts}/{name}","value":{nanoseconds}}}"#);
            }
        }
    }
}

/// Opens a vault, lists it and closes it; how many accounts the list has.
#[inline(never)] // So that a profiler can be pointed at it.
fn start(filled: &Filled) -> usize {
    let vault = Authenticator::open(&filled.path(), filled.platform()).unwrap();
    let _ = vault.unlock_with_platform(NOW).unwrap();
    black_box(vault.items(NOW).unwrap()).len()
}
