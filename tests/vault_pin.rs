//! Tries of a PIN: counted, made to wait, at an end after ten; whatever is done to the
//! clocks, the process, the file and the guard.

mod support;

use std::collections::HashMap;
use std::fs;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use authenticator_core::vault::{
    GuardError, KeyError, KeyWrapper, Pin, PinCost, PinError, RecoveryKey, RollbackGuard,
    SecurityLevel, VaultError, VaultId,
};
use authenticator_core::{
    Authenticator, Moment, Platform, Protection, Secret, SecretString, SlotSecrets,
};
use proptest::prelude::*;
use support::memory::PlainKeys;
use support::pin_model::{Mishap, Model};
use support::{Folder, moment, pin};

const PINS: [&str; 3] = ["482913", "739105", "904726"];

/// A key store and a guard that something goes wrong with.
#[derive(Default)]
struct Phone {
    states: Mutex<HashMap<VaultId, Vec<u8>>>,
    mishap: AtomicU8,
}

const DISMISSED: u8 = 1;
const GUARD_FAILS: u8 = 2;
const DIES: u8 = 3;

impl Phone {
    fn is(&self, mishap: u8) -> bool {
        self.mishap.load(Ordering::SeqCst) == mishap
    }
}

impl KeyWrapper for Phone {
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }

    fn wrap(&self, key: &Secret) -> Result<Vec<u8>, KeyError> {
        PlainKeys.wrap(key)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        if self.is(DISMISSED) { Err(KeyError::Cancelled) } else { PlainKeys.unwrap(wrapped) }
    }

    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        PlainKeys.prf(input)
    }

    fn delete(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

impl RollbackGuard for Phone {
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        Ok(self.states.lock().unwrap().get(vault).cloned())
    }

    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        if !self.is(GUARD_FAILS) {
            self.states.lock().unwrap().insert(*vault, state.to_vec());
        }
        if self.is(GUARD_FAILS) || self.is(DIES) {
            return Err(GuardError::Unavailable);
        }
        Ok(())
    }
}

/// A vault with a PIN, and what the rules say of it.
struct World {
    folder: Folder,
    phone: Arc<Phone>,
    vault: Option<Authenticator>,
    recovery: RecoveryKey,
    model: Model,
    /// Older files, and older states of the guard.
    files: Vec<(Vec<u8>, support::pin_model::File)>,
    guards: Vec<(HashMap<VaultId, Vec<u8>>, support::pin_model::Guard)>,
}

impl World {
    fn new(protection: Protection) -> Self {
        let (folder, phone) = (Folder::new(), Arc::new(Phone::default()));
        let mut model = Model::default();
        model.has_platform = protection == Protection::PlatformAndPin;
        model.pass(1_000);
        let platform = Platform { keys: Arc::clone(&phone) as _, guard: Arc::clone(&phone) as _ };
        let vault = Authenticator::create(&folder.vault(), platform, model.now()).unwrap();
        let recovery = vault.issue_recovery_key(None, model.now()).unwrap();
        vault.confirm_recovery_key(&recovery, model.now()).unwrap();
        let secrets = SlotSecrets {
            pin: Some((&pin(PINS[0]), PinCost::FLOOR)),
            recovery_key: Some(&recovery),
        };
        vault.protect(protection, secrets, model.now()).unwrap();
        vault.lock();
        model.set_pin(PINS[0]);
        let (files, guards) = (Vec::new(), Vec::new());
        Self { folder, phone, vault: Some(vault), recovery, model, files, guards }
    }

    fn vault(&self) -> &Authenticator {
        self.vault.as_ref().unwrap()
    }

    fn now(&self) -> Moment {
        self.model.now()
    }

    /// Ends the process, as far as the vault knows, and begins another.
    fn reopen(&mut self, meanwhile: impl FnOnce(&Folder)) {
        self.vault = None;
        meanwhile(&self.folder);
        let platform =
            Platform { keys: Arc::clone(&self.phone) as _, guard: Arc::clone(&self.phone) as _ };
        self.vault = Some(Authenticator::open(&self.folder.vault(), platform).unwrap());
    }

    fn try_pin(&mut self, typed: &'static str, mishap: Mishap) {
        let code = match mishap {
            Mishap::None => 0,
            Mishap::Dismissed => DISMISSED,
            Mishap::GuardFails => GUARD_FAILS,
            Mishap::Dies => DIES,
        };
        // Of both stores the delay may begin anew before anything goes wrong with a try:
        // that is another step's.
        let looked = self.vault().pin_tries(self.now());
        let expected = self.model.look();
        assert_eq!(looked.map(|looked| looked.wait.as_secs()), expected);
        self.phone.mishap.store(code, Ordering::SeqCst);
        let tried = self.vault().unlock_with_pin(&pin(typed), self.now());
        let expected = self.model.try_pin(typed, mishap);
        self.phone.mishap.store(0, Ordering::SeqCst);
        assert_eq!(tried.map(drop), expected, "{typed}, {mishap:?}");
        self.vault().lock();
        if mishap == Mishap::Dies {
            self.reopen(|_| {});
        }
        self.holds();
    }

    fn set_pin(&mut self, pin_text: &'static str) {
        let now = self.now();
        let vault = self.vault();
        let unlocked = vault.unlock_with_recovery_key(&self.recovery, now).unwrap();
        if unlocked.rolled_back.is_some() {
            vault.accept_rollback(now).unwrap();
        }
        vault.set_pin(&pin(pin_text), PinCost::FLOOR, now).unwrap();
        vault.lock();
        self.model.set_pin(pin_text);
    }

    fn keep_file(&mut self) {
        let mut bytes = Vec::new();
        self.reopen(|folder| bytes = fs::read(folder.vault()).unwrap());
        self.files.push((bytes, self.model.file.clone()));
    }

    fn keep_guard(&mut self) {
        let states = self.phone.states.lock().unwrap().clone();
        self.guards.push((states, self.model.guard.clone()));
    }

    fn put_file_back(&mut self, which: usize) {
        let Some(which) = which.checked_rem(self.files.len()) else { return };
        let (bytes, file) = self.files[which].clone();
        self.reopen(|folder| fs::write(folder.vault(), bytes).unwrap());
        self.model.file = file;
        self.model.put_back.0 = true;
    }

    fn put_guard_back(&mut self, which: usize) {
        let Some(which) = which.checked_rem(self.guards.len()) else { return };
        let (states, guard) = self.guards[which].clone();
        self.reopen(|_| {});
        *self.phone.states.lock().unwrap() = states;
        self.model.guard = guard;
        self.model.put_back.1 = true;
    }

    /// No more than ten are checked, unless both stores are put back, and what was checked
    /// is counted in one of them.
    fn holds(&self) {
        if self.model.put_back != (true, true) {
            let counted = self.model.guard.kept.tries.max(self.model.file.kept.tries);
            assert!(self.model.checked <= 10, "{:?}", self.model);
            assert!(counted >= self.model.checked, "{:?}", self.model);
        }
    }
}

#[derive(Clone, Debug)]
enum Step {
    Try(usize, Mishap),
    Pass(u64),
    Restart,
    SetWall(u64),
    Reopen,
    SetPin(usize),
    KeepFile,
    KeepGuard,
    PutFileBack(usize),
    PutGuardBack(usize),
}

fn step() -> impl Strategy<Value = Step> {
    let mishap = prop_oneof![
        6 => Just(Mishap::None),
        1 => Just(Mishap::Dismissed),
        1 => Just(Mishap::GuardFails),
        1 => Just(Mishap::Dies),
    ];
    prop_oneof![
        12 => (0..6_usize, mishap).prop_map(|(pin, mishap)| Step::Try(pin, mishap)),
        8 => prop_oneof![Just(29), Just(30), Just(60), Just(480), 0..600_u64].prop_map(Step::Pass),
        1 => Just(Step::Restart),
        1 => any::<u64>().prop_map(Step::SetWall),
        1 => Just(Step::Reopen),
        1 => (0..3_usize).prop_map(Step::SetPin),
        1 => Just(Step::KeepFile),
        1 => Just(Step::KeepGuard),
        1 => any::<usize>().prop_map(Step::PutFileBack),
        1 => any::<usize>().prop_map(Step::PutGuardBack),
    ]
}

fn run(world: &mut World, step: &Step) {
    match *step {
        // Mostly the wrong one: of six, half are the PIN that nobody set.
        Step::Try(which, mishap) => {
            world.try_pin(PINS.get(which).copied().unwrap_or("482914"), mishap);
        }
        Step::Pass(seconds) => world.model.pass(seconds),
        Step::Restart => {
            world.model.restart();
            world.reopen(|_| {});
        }
        Step::SetWall(wall) => world.model.wall = wall,
        Step::Reopen => world.reopen(|_| {}),
        Step::SetPin(which) => world.set_pin(PINS[which]),
        Step::KeepFile => world.keep_file(),
        Step::KeepGuard => world.keep_guard(),
        Step::PutFileBack(which) => world.put_file_back(which),
        Step::PutGuardBack(which) => world.put_guard_back(which),
    }
}

/// Each takes a second: a PIN is stretched.
fn cases() -> u32 {
    if std::env::var_os("AUTHENTICATOR_CORE_LONG").is_some() { 400 } else { 12 }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), ..ProptestConfig::default() })]
    #[test]
    fn a_pin_is_tried_by_the_rules_whatever_happens(
        both: bool,
        steps in proptest::collection::vec(step(), 10..50),
    ) {
        let protection = if both { Protection::PlatformAndPin } else { Protection::PlatformOrPin };
        let mut world = World::new(protection);
        for step in &steps {
            run(&mut world, step);
        }
        // However it was treated, what was not guessed at opens.
        let now = world.now();
        let _ = world.vault().unlock_with_recovery_key(&world.recovery, now).unwrap();
    }
}

#[test]
fn the_fifth_wrong_pin_makes_the_next_one_wait_and_the_tenth_ends_it() {
    let mut world = World::new(Protection::PlatformOrPin);
    for (wrong, seconds) in (1_u8..).zip([0, 0, 0, 0, 30, 60, 120, 240, 480]) {
        world.try_pin("482914", Mishap::None);
        let tries = world.vault().pin_tries(world.now()).unwrap();
        assert_eq!((tries.left, tries.wait), (10 - wrong, Duration::from_secs(seconds)));
        if seconds > 0 {
            world.model.pass(seconds - 1);
            let refused = world.vault().unlock_with_pin(&pin(PINS[0]), world.now());
            let wait = Duration::from_secs(1);
            assert_eq!(refused, Err(VaultError::PinThrottled { wait }));
            world.model.pass(1);
        }
    }
    world.try_pin("482914", Mishap::None);

    assert_eq!(world.vault().pin_tries(world.now()), Err(VaultError::SlotDestroyed));
    let refused = world.vault().unlock_with_pin(&pin(PINS[0]), world.now());
    assert_eq!(refused, Err(VaultError::SlotDestroyed));
    let _ = world.vault().unlock_with_platform(world.now()).unwrap();
}

#[test]
fn a_restart_lets_the_wait_begin_anew_and_a_turned_wall_clock_does_nothing() {
    let mut world = World::new(Protection::PlatformOrPin);
    for _ in 0..6 {
        world.try_pin("482914", Mishap::None);
        world.model.pass(60);
    }
    world.model.wall = 9_999_999_999;
    let wait = |world: &World| world.vault().pin_tries(world.now()).unwrap().wait.as_secs();
    assert_eq!(wait(&world), 0);
    world.try_pin("482914", Mishap::None);
    world.model.pass(100);
    assert_eq!(wait(&world), 20);

    world.model.restart();
    world.reopen(|_| {});
    assert_eq!(wait(&world), 120, "nothing tells how long the phone was off");
    world.model.pass(70);
    assert_eq!(wait(&world), 50, "and it is measured from the first look on");
    world.model.pass(50);
    let _ = world.vault().unlock_with_pin(&pin(PINS[0]), world.now()).unwrap();
}

#[test]
fn the_other_ways_in_do_not_wait_and_a_new_pin_is_not_tried_yet() {
    let mut world = World::new(Protection::PlatformOrPin);
    for _ in 0..5 {
        world.try_pin("482914", Mishap::None);
    }
    let now = world.now();
    let vault = world.vault();
    let refused = vault.prove_presence_with_pin(&pin(PINS[0]), now);
    assert_eq!(refused, Err(VaultError::Locked));
    let _ = vault.unlock_with_platform(now).unwrap();
    let wait = Duration::from_secs(30);
    let refused = vault.prove_presence_with_pin(&pin(PINS[0]), now);
    assert_eq!(refused, Err(VaultError::PinThrottled { wait }));
    let _ = vault.unlock_with_recovery_key(&world.recovery, now).unwrap();

    vault.set_pin(&pin(PINS[1]), PinCost::FLOOR, now).unwrap();
    vault.lock();

    assert_eq!(vault.pin_tries(now).unwrap().left, 10);
    let _ = vault.unlock_with_pin(&pin(PINS[1]), now).unwrap();
}

#[test]
fn damage_is_no_try() {
    let mut world = World::new(Protection::PlatformOrPin);
    world.try_pin("482914", Mishap::None);
    world.reopen(|folder| {
        let file = rusqlite::Connection::open(folder.vault()).unwrap();
        let broken = "UPDATE slot SET body = x'00' WHERE substr(body, 2, 1) = x'02'";
        assert_eq!(file.execute(broken, []).unwrap(), 1);
    });
    for _ in 0..20 {
        let refused = world.vault().unlock_with_pin(&pin(PINS[0]), world.now());
        assert_eq!(refused, Err(VaultError::Damaged));
    }

    let states = world.phone.states.lock().unwrap().clone();
    assert_eq!(states.values().next().unwrap()[9], 1, "the one that was made before");
    let _ = world.vault().unlock_with_platform(moment(0)).unwrap();
}

#[test]
fn pins_that_everybody_tries_cannot_be_chosen_and_still_be_tried() {
    let typed = |text: &str| SecretString::new(text.to_owned());

    for common in ["123456", "000000", "310785", "password1"] {
        assert_eq!(Pin::choose(&typed(common)).unwrap_err(), PinError::TooCommon);
        assert!(Pin::read(&typed(common)).is_ok());
    }
}
