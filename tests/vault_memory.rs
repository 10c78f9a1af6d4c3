//! Where the system has not the memory that stretching a PIN takes, that is what is said: no
//! try is counted, no PIN is lost, and everything else goes on.

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use authenticator_core::Authenticator;
use authenticator_core::vault::{PinCost, VaultError};
use support::{Folder, moment, pin};

/// The system's allocator with no more to give than [`LARGEST`] at a time.
struct Short;

static LARGEST: AtomicUsize = AtomicUsize::new(usize::MAX);

// SAFETY: every call is the system allocator's, or gives nothing.
unsafe impl GlobalAlloc for Short {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        if layout.size() > LARGEST.load(Ordering::Relaxed) {
            return ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(place, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Short = Short;

/// The tests share the allocator.
static ALONE: Mutex<()> = Mutex::new(());

/// What `work` gives where no more than 16 MiB are to be had at a time.
fn short_of_memory<T>(work: impl FnOnce() -> T) -> T {
    LARGEST.store(16 << 20, Ordering::Relaxed);
    let done = work();
    LARGEST.store(usize::MAX, Ordering::Relaxed);
    done
}

fn cost() -> PinCost {
    PinCost::new(20_000, 2, 1).unwrap()
}

const SHORT: VaultError = VaultError::OutOfMemory { needed_kib: 20_000 };

fn with_pin(folder: &Folder) -> Authenticator {
    let vault = folder.create();
    vault.set_pin(&pin("482913"), cost(), moment(1)).unwrap();
    vault.lock();
    vault
}

#[test]
fn a_pin_that_cannot_be_stretched_is_no_try() {
    let _alone = ALONE.lock();
    let folder = Folder::new();
    let vault = with_pin(&folder);

    for second in 2..20 {
        let tried = short_of_memory(|| vault.unlock_with_pin(&pin("482914"), moment(second)));
        assert_eq!(tried.unwrap_err(), SHORT);
    }

    assert_eq!(vault.pin_tries(moment(20)).unwrap().left, 10);
    assert!(vault.unlock_with_pin(&pin("482913"), moment(20)).is_ok());
}

#[test]
fn a_pin_that_cannot_be_stretched_is_not_set() {
    let _alone = ALONE.lock();
    let folder = Folder::new();
    let vault = with_pin(&folder);
    let _ = vault.unlock_with_pin(&pin("482913"), moment(2)).unwrap();

    let set = short_of_memory(|| vault.set_pin(&pin("739105"), cost(), moment(3)));
    assert_eq!(set.unwrap_err(), SHORT);

    vault.lock();
    assert!(vault.unlock_with_pin(&pin("482913"), moment(4)).is_ok());
}

#[test]
fn a_cost_is_measured_with_the_memory_that_is_there() {
    let _alone = ALONE.lock();

    assert_eq!(short_of_memory(|| cost().stretch_sample()), Err(SHORT));
    assert_eq!(cost().stretch_sample(), Ok(()));
}
