//! The disk under a test's vault: what of it is durable, and what goes wrong with it.
//!
//! Each thread has one, and so each test. It sees what goes through SQLite, and the guard.
//! What the library does to files itself (renames what is finished, removes and copies what
//! is closed) is not seen, and happens at once and for good.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ffi::c_int;
use std::fs;
use std::iter;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rusqlite::ffi;

/// The least that is written as a whole.
const SECTOR: usize = 512;

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Kind {
    Open,
    Read,
    Write,
    Sync,
    Truncate,
    Delete,
    Lock,
    /// The rollback guard is written.
    Guard,
}

impl Kind {
    /// What the disk says once it is dead.
    const fn error(self) -> c_int {
        match self {
            Self::Open => ffi::SQLITE_CANTOPEN,
            Self::Read => ffi::SQLITE_IOERR_READ,
            Self::Write => ffi::SQLITE_IOERR_WRITE,
            Self::Sync => ffi::SQLITE_IOERR_FSYNC,
            Self::Truncate => ffi::SQLITE_IOERR_TRUNCATE,
            Self::Delete => ffi::SQLITE_IOERR_DELETE,
            Self::Lock => ffi::SQLITE_IOERR_LOCK,
            Self::Guard => ffi::SQLITE_ERROR,
        }
    }
}

/// What happens to the operations of some kinds.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// It does not happen.
    Error(c_int),
    /// Of what was to be written, a part is, and it is an error.
    Part(Part, c_int),
    /// The power fails before it.
    Crash(u64),
}

/// Which part of a write happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    All,
    /// The beginning, up to the middle of a sector.
    Beginning,
    /// Some sectors.
    Sectors(u64),
}

impl Part {
    pub(crate) fn parts(self, length: usize) -> Vec<Range<usize>> {
        match self {
            Self::All => iter::once(0..length).collect(),
            Self::Beginning => iter::once(0..(length / 2) | 1).collect(),
            Self::Sectors(seed) => {
                let mut chance = Chance(seed);
                let sectors = (0..length).step_by(SECTOR);
                let kept = sectors.filter(|_| chance.one_in(2));
                kept.map(|start| start..length.min(start + SECTOR)).collect()
            }
        }
    }
}

/// What goes wrong, and when: with the `nth` operation of one of `kinds`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) kinds: &'static [Kind],
    pub(crate) nth: u32,
    /// Whether it does from then on.
    pub(crate) lasts: bool,
    pub(crate) fault: Fault,
}

pub(crate) enum Answer {
    Go,
    Fail(c_int),
    Partly(Part, c_int),
}

/// What is not durable yet.
enum Pending {
    Write(usize, Vec<u8>),
    Truncate(usize),
}

#[derive(Default)]
pub(crate) struct Content {
    durable: Vec<u8>,
    pending: Vec<Pending>,
}

#[derive(Default)]
struct Disk {
    files: BTreeMap<PathBuf, Content>,
    /// Deleted, which may not be durable.
    gone: BTreeMap<PathBuf, Vec<u8>>,
    plan: Option<Plan>,
    /// So many operations of the plan's kinds there were.
    seen: u32,
    hits: u32,
    dead: bool,
}

thread_local! {
    static DISK: RefCell<Disk> = RefCell::default();
}

/// From now on, everything goes as `plan` says. What is in the files is durable.
pub(crate) fn arm(plan: Plan) {
    DISK.with_borrow_mut(|disk| {
        disk.files.values_mut().for_each(Content::settle);
        disk.gone.clear();
        (disk.plan, disk.seen, disk.hits) = (Some(plan), 0, 0);
    });
}

/// How often the plan made something fail.
pub(crate) fn hits() -> u32 {
    DISK.with_borrow(|disk| disk.hits)
}

/// From now on nothing fails.
pub(crate) fn heal() {
    DISK.with_borrow_mut(|disk| (disk.plan, disk.dead) = (None, false));
}

/// Forgets every file.
pub(crate) fn clear() {
    DISK.set(Disk::default());
}

pub(crate) fn is_dead() -> bool {
    DISK.with_borrow(|disk| disk.dead)
}

/// The power fails: of what is not durable, `seed` says what is there afterwards.
pub(crate) fn crash(seed: u64) {
    DISK.with_borrow_mut(|disk| disk.crash(seed));
}

/// Whether an operation happens.
pub(crate) fn ask(kind: Kind) -> Answer {
    DISK.with_borrow_mut(|disk| {
        if disk.dead {
            return Answer::Fail(kind.error());
        }
        let Some(plan) = disk.plan.filter(|plan| plan.kinds.contains(&kind)) else {
            return Answer::Go;
        };
        disk.seen += 1;
        if disk.seen != plan.nth && !(plan.lasts && disk.seen > plan.nth) {
            return Answer::Go;
        }
        disk.hits += 1;
        match plan.fault {
            Fault::Error(code) => Answer::Fail(code),
            Fault::Part(part, code) => Answer::Partly(part, code),
            Fault::Crash(seed) => {
                disk.crash(seed);
                Answer::Fail(kind.error())
            }
        }
    })
}

/// What is in the file at `path`, before it is opened.
pub(crate) fn opening(path: &Path) -> Content {
    let bytes = fs::read(path).unwrap_or_default();
    let known = DISK.with_borrow_mut(|disk| disk.files.remove(path));
    // Another file may have been put in its place.
    let known = known.filter(|known| known.now() == bytes);
    known.unwrap_or(Content { durable: bytes, pending: Vec::new() })
}

pub(crate) fn opened(path: &Path, content: Content) {
    DISK.with_borrow_mut(|disk| {
        disk.gone.remove(path);
        disk.files.insert(path.to_owned(), content);
    });
}

pub(crate) fn deleted(path: &Path) {
    DISK.with_borrow_mut(|disk| {
        if let Some(content) = disk.files.remove(path) {
            disk.gone.insert(path.to_owned(), content.durable);
        }
    });
}

pub(crate) fn written(path: &Path, at: usize, bytes: &[u8]) {
    note(path, Pending::Write(at, bytes.to_vec()));
}

pub(crate) fn truncated(path: &Path, size: usize) {
    note(path, Pending::Truncate(size));
}

fn note(path: &Path, pending: Pending) {
    DISK.with_borrow_mut(|disk| disk.files.get_mut(path).unwrap().pending.push(pending));
}

pub(crate) fn synced(path: &Path) {
    DISK.with_borrow_mut(|disk| disk.files.get_mut(path).unwrap().settle());
}

impl Disk {
    fn crash(&mut self, seed: u64) {
        self.dead = true;
        let mut chance = Chance(seed);
        for (path, content) in std::mem::take(&mut self.files) {
            let left = content.left(seed, &mut chance);
            // Under another name it was durable before it got that.
            if path.exists() {
                fs::write(path, left).unwrap();
            }
        }
        for (path, bytes) in std::mem::take(&mut self.gone) {
            if !path.exists() && chance.one_in(2) {
                fs::write(path, bytes).unwrap();
            }
        }
    }
}

impl Content {
    fn settle(&mut self) {
        for pending in self.pending.drain(..) {
            pending.apply(&mut self.durable);
        }
    }

    /// What a reader sees.
    fn now(&self) -> Vec<u8> {
        let mut bytes = self.durable.clone();
        self.pending.iter().for_each(|pending| pending.apply(&mut bytes));
        bytes
    }

    /// What the disk holds after the power failed: with the seed 0 what is durable, with 1
    /// everything, otherwise some of it, in another order and some of that in pieces.
    fn left(mut self, seed: u64, chance: &mut Chance) -> Vec<u8> {
        if seed == 0 {
            return self.durable;
        }
        let all = seed == 1;
        if !all {
            for last in (1..self.pending.len()).rev() {
                self.pending.swap(last, chance.below(last + 1));
            }
        }
        for pending in &self.pending {
            match pending {
                Pending::Write(at, bytes) if !all && chance.one_in(3) => {
                    for part in Part::Sectors(chance.next()).parts(bytes.len()) {
                        let bytes = bytes[part.clone()].to_vec();
                        Pending::Write(at + part.start, bytes).apply(&mut self.durable);
                    }
                }
                _ if all || chance.one_in(2) => pending.apply(&mut self.durable),
                _ => {}
            }
        }
        self.durable
    }
}

impl Pending {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Truncate(size) => to.resize(*size, 0),
            Self::Write(at, bytes) => {
                to.resize(to.len().max(at + bytes.len()), 0);
                to[*at..at + bytes.len()].copy_from_slice(bytes);
            }
        }
    }
}

/// A row of numbers that is the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}
