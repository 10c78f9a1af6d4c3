//! Cold start of a vault: from nothing to the list of its accounts, and closed again.
//!
//! `cargo xtask bench` runs this and `benches/sqlcipher` in turns:
//!
//! - `fill FOLDER ACCOUNTS` makes a vault there.
//! - `start FOLDER` is one cold start: the program that was just started opens the vault,
//!   lists it and ends. It is timed from outside.
//! - `ACCOUNTS TIMES` opens a vault so many times in one process, and writes a line of JSON
//!   for each time: what a start costs once everything is in the processor's caches.
//!
//! Each opens the file with its settings, runs `quick_check`, unwraps the key, reads the
//! guard, decrypts and checks every row and the root MAC, lists in order, wipes and
//! closes. The system has the file in its cache.

mod accounts;
mod vaults;

use std::hint::black_box;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use authenticator_core::vault::{KeyFile, StateFile};
use authenticator_core::{Authenticator, Platform};
use vaults::{Device, Filled, NOW};

/// The first opening finds nothing in the processor's caches.
const WARM_UP: usize = 3;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["fill", folder, accounts] => fill(Path::new(folder), accounts.parse().unwrap()),
        ["start", folder] => start_in(Path::new(folder)),
        // `cargo test --benches` and the like call it without numbers.
        _ => reopen(&words.iter().filter_map(|word| word.parse().ok()).collect::<Vec<_>>()),
    }
}

fn fill(folder: &Path, accounts: u64) {
    let filled = Filled::new(Device::Files, accounts);
    for entry in filled.path().parent().unwrap().read_dir().unwrap() {
        let entry = entry.unwrap();
        std::fs::copy(entry.path(), folder.join(entry.file_name())).unwrap();
    }
}

fn start_in(folder: &Path) {
    let keys = Arc::new(KeyFile::open(folder.join("key")).unwrap());
    let platform = Platform { keys, guard: Arc::new(StateFile::new(folder)) };
    assert!(list(&folder.join("vault"), platform) > 0);
}

fn reopen(numbers: &[u64]) {
    let [accounts, times] = *numbers else { return };
    let times = usize::try_from(times).unwrap();

    let with_files = Filled::new(Device::Files, accounts);
    let in_memory = Filled::new(Device::Memory, accounts);
    println!(r#"{{"id":"size_{accounts}/ours","value":{}}}"#, with_files.bytes());
    for time in 0..WARM_UP + times {
        for (name, filled) in [("files", &with_files), ("memory", &in_memory)] {
            let begun = Instant::now();
            let shown = list(&filled.path(), filled.platform());
            let nanoseconds = begun.elapsed().as_nanos();
            assert_eq!(u64::try_from(shown).unwrap(), accounts);
            if time >= WARM_UP {
                println!(r#"{{"id":"reopen_{accounts}/{name}","value":{nanoseconds}}}"#);
            }
        }
    }
}

/// Opens a vault, lists it and closes it; how many accounts the list has.
#[inline(never)] // So that a profiler can be pointed at it.
fn list(path: &Path, platform: Platform) -> usize {
    let vault = Authenticator::open(path, platform).unwrap();
    let _ = vault.unlock_with_platform(NOW).unwrap();
    black_box(vault.items(NOW).unwrap()).len()
}
