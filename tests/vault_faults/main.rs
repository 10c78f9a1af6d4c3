//! Whatever the disk does, a vault is what it was or what it was to be.
//!
//! Each operation runs again and again; each time the next thing that SQLite, or the
//! rollback guard, does fails: once, from then on, in part, or as the power does, which
//! loses what was not made durable. That ends when an operation meets no failure.
//!
//! Not covered: what the library does to files past SQLite (renames, removals, copies)
//! does not fail here, and is never lost. Migrations are tested beside them; there is none
//! yet that a vault can be opened with. Everything random is drawn from seeds which a
//! failure names, but the vault's own keys and identifiers. `AUTHENTICATOR_CORE_LONG=1`
//! leaves no place out, and lets the power fail in more ways.
#![cfg(unix)]

mod disk;
mod operations;
mod prepared;
#[path = "../support/mod.rs"]
mod support;
mod vfs;
mod world;

use std::env;
use std::panic::{AssertUnwindSafe, catch_unwind};

use authenticator_core::vault::VaultError;
use disk::{Fault, Kind, Part, Plan};
use operations::{ACCOUNTS, FILES, KEYS, Operation, PINS, TRIES};
use rusqlite::ffi;
use serde_json::Value;
use world::{Template, World};

/// What fails by itself, and how SQLite is told.
const SINGLE: [(&[Kind], i32); 8] = [
    (&[Kind::Write], ffi::SQLITE_FULL),
    (&[Kind::Sync], ffi::SQLITE_IOERR_FSYNC),
    (&[Kind::Guard], ffi::SQLITE_ERROR),
    (&[Kind::Open], ffi::SQLITE_CANTOPEN),
    (&[Kind::Read], ffi::SQLITE_IOERR_READ),
    (&[Kind::Truncate], ffi::SQLITE_IOERR_TRUNCATE),
    (&[Kind::Delete], ffi::SQLITE_IOERR_DELETE),
    (&[Kind::Lock], ffi::SQLITE_IOERR_LOCK),
];
/// So many of them are tried of what takes its time.
const FEW: usize = 3;
/// What changes something, and so what the power can fail between.
const CHANGES: &[Kind] =
    &[Kind::Open, Kind::Write, Kind::Sync, Kind::Truncate, Kind::Delete, Kind::Guard];

/// How much is tried.
#[derive(Clone, Copy)]
struct Extent {
    /// So many ways in which the power fails, of which the first keeps nothing and the
    /// second everything.
    crashes: u64,
    /// Whether every fault is tried, and at every place where there are few. What needs a
    /// PIN takes its time; what comes to the disk of it is the same as without.
    thorough: bool,
    /// Whether no place is left out.
    long: bool,
}

impl Extent {
    fn new(crashes: u64, thorough: bool) -> Self {
        match env::var_os("AUTHENTICATOR_CORE_LONG") {
            Some(_) => Self { crashes: 40, thorough: true, long: true },
            None => Self { crashes, thorough, long: false },
        }
    }

    /// The place after the `nth`: of many, the later ones are left out the more.
    fn after(self, nth: u32) -> u32 {
        match (self.long, self.thorough) {
            (true, _) => nth + 1,
            (_, true) => nth + 1 + nth / 12,
            (_, false) => nth + 1 + nth / 3,
        }
    }
}

/// Every fault, with its first place left open.
fn plans(extent: Extent) -> Vec<Plan> {
    let plan = |kinds, lasts, fault| Plan { kinds, nth: 0, lasts, fault };
    let mut plans = Vec::new();
    for (kinds, code) in SINGLE.into_iter().take(if extent.thorough { SINGLE.len() } else { FEW }) {
        plans.push(plan(kinds, false, Fault::Error(code)));
        if extent.thorough {
            plans.push(plan(kinds, true, Fault::Error(code)));
        }
    }
    let write: &[Kind] = &[Kind::Write];
    let failed = ffi::SQLITE_IOERR_WRITE;
    plans.push(plan(write, false, Fault::Part(Part::Sectors(7), failed)));
    if extent.thorough {
        plans.push(plan(write, false, Fault::Error(failed)));
        plans.push(plan(write, false, Fault::Part(Part::Beginning, ffi::SQLITE_FULL)));
        // Another program reads the file, a backup's say; what lasts takes five seconds each time.
        plans.push(plan(&[Kind::Lock], extent.long, Fault::Error(ffi::SQLITE_BUSY)));
    }
    let guard = Fault::Part(Part::All, ffi::SQLITE_ERROR);
    plans.extend([false, true].map(|lasts| plan(&[Kind::Guard], lasts, guard)));
    plans.push(plan(CHANGES, true, Fault::Error(ffi::SQLITE_IOERR)));
    plans.extend((0..extent.crashes).map(|seed| plan(CHANGES, true, Fault::Crash(seed))));
    plans
}

/// An operation, and what is found when nothing fails.
struct Sweep<'a> {
    operation: &'a Operation,
    template: Template,
    before: Value,
    after: Value,
}

impl Operation {
    fn sweep(&self, extent: Extent) -> u32 {
        vfs::install();
        let mut world = World::new();
        (self.prepare)(&mut world);
        if !self.leaves_open {
            world.vault = None;
        }
        let template = Template::of(&world);
        let before = template.world().found();
        let mut world = template.world();
        (self.begin)(&mut world);
        (self.run)(&mut world).unwrap();
        world.vault = None;
        let after = world.found();
        let sweep = Sweep { operation: self, template, before, after };

        let mut faults = 0;
        for plan in plans(extent) {
            // Where places are left out, not the same ones in each way the power fails.
            let mut nth = match plan.fault {
                Fault::Crash(1) if !extent.thorough => 4,
                _ => 1,
            };
            loop {
                let plan = Plan { nth, ..plan };
                let attempt = catch_unwind(AssertUnwindSafe(|| sweep.attempt(plan)));
                let hit = attempt.unwrap_or_else(|_| panic!("{}: {plan:?}", self.name));
                if !hit {
                    break;
                }
                faults += 1;
                nth = extent.after(nth);
            }
        }
        println!("{}: {faults} faults", self.name);
        faults
    }
}

impl Sweep<'_> {
    fn begun(&self) -> World {
        disk::heal();
        disk::clear();
        let mut world = self.template.world();
        (self.operation.begin)(&mut world);
        world
    }

    /// Whether `plan` made something fail.
    fn attempt(&self, plan: Plan) -> bool {
        let operation = self.operation;
        let mut world = self.begun();
        disk::arm(plan);
        let result = (operation.run)(&mut world);
        let hit = disk::hits() > 0;
        match (hit, plan.fault) {
            (false, Fault::Crash(seed)) => disk::crash(seed),
            (false, _) => assert_eq!(result, Ok(()), "nothing failed"),
            (true, _) => {}
        }
        let expected = self.look_at_handle(&mut world, &result, plan);
        world.vault = None;
        disk::heal();

        let found = world.found();
        match expected {
            Some(expected) => assert_eq!(found[0], expected, "after {result:?}"),
            None => {
                let known = found == self.after || result.is_err() && found == self.before;
                assert!(known, "{result:?}: {found:#}\nis not {:#}", self.before);
                // What failed to be made is not found by who tries once more.
                let is_made = operation.name == "create" && found == self.after;
                let lost_power = matches!(plan.fault, Fault::Crash(_));
                assert!(!is_made || lost_power || result.is_ok(), "{result:?}: it is there");
            }
        }
        let failed = result.is_err() && found == self.before;
        let again = failed && plan.nth.is_multiple_of(3) && operation.right.is_none();
        if !again && world.known.hotp.is_some() && world.vault.is_some() && found[1].is_null() {
            world.next_code().unwrap();
        }
        if world.vault.is_some() {
            self.look_at_keys(&mut world, &result, &found, plan);
        }
        if again {
            // Nothing of it is in the way of the next attempt.
            world.vault = None;
            (operation.begin)(&mut world);
            assert_eq!((operation.run)(&mut world), Ok(()), "the next attempt");
            world.vault = None;
            assert_eq!(world.found(), self.after, "after the next attempt");
        }
        hit
    }

    /// What the handle that met the fault says. If it made another change and said so, what
    /// has to be found.
    fn look_at_handle(
        &self,
        world: &mut World,
        result: &Result<(), VaultError>,
        plan: Plan,
    ) -> Option<Value> {
        let Ok(state) = world.state(world.vault.as_ref()?) else { return None };
        let known = state == self.after[0] || result.is_err() && state == self.before[0];
        assert!(known, "the handle says after {result:?}: {state:#}");
        if plan.lasts || plan.nth.is_multiple_of(2) || !self.before[1].is_null() {
            return None;
        }
        world.known.hotp?;
        world.next_code().ok()?;
        Some(world.state(world.vault()).expect("what was just changed can be read"))
    }

    /// The tries that are counted, and what opens the vault.
    fn look_at_keys(
        &self,
        world: &mut World,
        result: &Result<(), VaultError>,
        found: &Value,
        plan: Plan,
    ) {
        let (least, counted) = self.operation.tries;
        let tries = world.tries();
        let known =
            counted.contains(&tries) || result.is_err() && (tries == least || tries == least + 1);
        assert!(known, "{tries} tries are counted after {result:?}");
        if let Some(right) = self.operation.right.filter(|_| result.is_err() && tries == least) {
            // Whoever tries learns nothing of a try that was not counted.
            let mut twin = self.begun();
            disk::arm(plan);
            assert!(right(&mut twin).is_err(), "the try was checked and is not counted");
            twin.vault = None;
            disk::heal();
        }
        let [before, after] = self.operation.ways;
        let was_before = result.is_err() && world.opens_by(before);
        assert!(was_before || world.opens_by(after), "not everything opens it: {found:#}");
    }
}

fn sweep(operations: &[Operation], extent: Extent) {
    let faults: u32 = operations.iter().map(|operation| operation.sweep(extent)).sum();
    assert!(faults > 50, "{faults} faults");
}

#[test]
fn accounts_are_as_they_were_or_as_they_were_to_be() {
    sweep(ACCOUNTS, Extent::new(5, true));
}

#[test]
fn a_file_is_made_opened_closed_and_repaired_or_is_as_it_was() {
    sweep(FILES, Extent::new(5, true));
}

#[test]
fn keys_are_the_old_or_the_new_ones_and_open_the_vault() {
    sweep(KEYS, Extent::new(5, true));
}

#[test]
fn a_vault_opens_by_its_old_pin_or_by_its_new_one() {
    sweep(PINS, Extent::new(3, false));
}

#[test]
fn a_try_that_is_not_counted_is_not_made() {
    sweep(TRIES, Extent::new(3, false));
}
