//! A process that is killed at any moment loses nothing that it said it had done, and
//! leaves nothing half done.
//!
//! The second process says what it is about to do, does it, and says that it did. What a
//! loss of power does besides is tested in `vault_faults`.
#![cfg(unix)]

mod model;
#[path = "../support/mod.rs"]
mod support;
mod worker;

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use authenticator_core::otp::{Account, Algorithm, Digits, Generator, Kind};
use authenticator_core::vault::{Entry, PinCost, RecoveryKey};
use authenticator_core::{SecretString, Unlocked};
use model::{Known, Model};
use rusqlite::Connection;
use support::{Folder, moment, pin, totp};

const NAME: &str = "a_process_that_is_killed_loses_nothing_that_it_said_it_had_done";
/// Before each line, in which the test harness may say something of its own.
const MARK: &str = "kills: ";
/// Before what a change gave, once it is done.
const DONE: &str = "kills: < ";
/// What the second process is told.
const TOLD: &str = "AUTHENTICATOR_CORE_TEST_KILLS";
const PINS: [&str; 3] = ["482913", "731846", "905173"];
const WRONG_PIN: &str = "482914";
const COUNTED: &str = "counted";

/// A row of numbers that is the same for the same seed (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(bound).unwrap()).unwrap()
    }
}

fn counted(counter: u64) -> Account {
    let account = totp("", COUNTED, 9);
    let kind = Kind::Hotp { algorithm: Algorithm::Sha1, digits: Digits::default(), counter };
    Account::from_parts("", COUNTED, kind, account.secret().clone()).unwrap().account
}

fn recovery_key(text: &str) -> RecoveryKey {
    RecoveryKey::parse(&SecretString::new(text.to_owned())).unwrap()
}

/// The vault that is worked on, and what it has to be like.
struct Watched {
    folder: Folder,
    recovery: String,
    model: Model,
    acknowledged: usize,
    broken_off: usize,
}

impl Watched {
    fn new() -> Self {
        let (folder, now) = (Folder::new(), moment(0));
        let vault = folder.create();
        support::add(&vault, Entry::new(counted(0)));
        vault.set_pin(&pin(PINS[0]), PinCost::FLOOR, now).unwrap();
        let recovery = vault.issue_recovery_key(Some((&pin(PINS[0]), PinCost::FLOOR)), now);
        let recovery = recovery.unwrap().text().expose().to_owned();
        vault.confirm_recovery_key(&recovery_key(&recovery), now).unwrap();
        let mut model = Model::default();
        let known = Known { note: None, counter: Some(0), trashed: false };
        model.accounts.insert(COUNTED.to_owned(), known);
        // What is undone first must not take the one that counts along.
        support::add(&vault, Entry::new(totp("", "first", 1)));
        model.apply("add first");
        Self { folder, recovery, model, acknowledged: 0, broken_off: 0 }
    }

    fn spawn(&self, seed: u64) -> Child {
        let vault = self.folder.vault();
        let told = format!("{seed} {} {} {}", self.model.pin, self.recovery, vault.display());
        let mut command = Command::new(env::current_exe().unwrap());
        command.args(["--exact", NAME, "--nocapture", "--test-threads=1"]).env(TOLD, told);
        command.stdout(Stdio::piped()).spawn().unwrap()
    }

    /// Lets a process work until it has said that so many changes are done, and kills it a
    /// while after that.
    fn kill(&mut self, seed: u64, done: usize, after: Duration) {
        let mut child = self.spawn(seed);
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut rest = String::new();
        while !rest.contains("ready") {
            rest.clear();
            assert_ne!(said.read_line(&mut rest).unwrap(), 0, "it ended before it began");
        }
        rest.clear();
        while rest.matches(DONE).count() < done {
            assert_ne!(said.read_line(&mut rest).unwrap(), 0, "it ended by itself: {rest}");
        }
        thread::sleep(after);
        child.kill().unwrap();
        said.read_to_string(&mut rest).unwrap();
        let status = child.wait().unwrap();
        assert_eq!(status.signal(), Some(9), "it ended by itself: {rest}");

        let mut under_way = None;
        for line in rest.lines().filter_map(|line| line.strip_prefix(MARK)) {
            match line.split_at(2) {
                ("> ", task) => under_way = Some(task.to_owned()),
                (_, said) => {
                    let task = under_way.take().unwrap();
                    if task == "code" {
                        assert_eq!(said, self.next_code());
                    }
                    self.model.apply(&task);
                    self.acknowledged += 1;
                }
            }
        }
        self.broken_off += usize::from(under_way.is_some());
        self.look(under_way.as_deref());
    }

    /// The code that has not been given out yet.
    fn next_code(&self) -> String {
        let counter = self.model.accounts[COUNTED].counter.unwrap();
        let Ok(Generator::Hotp(hotp)) = counted(counter).generator(None) else { panic!() };
        hotp.code(counter).as_str().to_owned()
    }

    /// The vault is as it was said to be, or what was under way is done, too.
    fn look(&mut self, under_way: Option<&str>) {
        let (now, task) = (moment(0), under_way.unwrap_or_default());
        let mut done = self.model.clone();
        under_way.into_iter().for_each(|task| done.apply(task));
        let vault = self.folder.open();
        assert_eq!(vault.unlock_with_platform(now), Ok(Unlocked::default()), "{task}");
        vault.verify(now).unwrap();
        let pins = [self.model.pin, done.pin];
        let tries = self.model.tries;
        if !self.model.is_like(&vault) {
            assert!(done.is_like(&vault), "after {task}: neither {:?} nor {done:?}", self.model);
            self.model = done;
        }
        drop(vault);

        let counted = self.tries();
        match task {
            "wrong" => assert!([tries, tries + 1].contains(&counted), "{tries}, {counted}"),
            // A right one is counted before it is known to be right.
            "right" | "rotate" => assert!([0, tries, tries + 1].contains(&counted)),
            _ if task.starts_with("pin ") => assert!([0, tries].contains(&counted)),
            _ => assert_eq!(counted, tries, "{task}"),
        }

        let vault = self.folder.open();
        let _ = vault.unlock_with_recovery_key(&recovery_key(&self.recovery), now).unwrap();
        vault.lock();
        let opens = |number: &&usize| vault.unlock_with_pin(&pin(PINS[**number]), now).is_ok();
        let opening = pins.iter().find(opens).copied();
        self.model.pin = opening.unwrap_or_else(|| panic!("no PIN opens it after {task}"));
        self.model.tries = 0;
    }

    /// The wrong tries that are counted, in the file or in the guard.
    fn tries(&self) -> u8 {
        let file = Connection::open(self.folder.vault()).unwrap();
        let in_file: u8 =
            file.query_row("SELECT max(tries) FROM slot", [], |row| row.get(0)).unwrap();
        let files = fs::read_dir(self.folder.vault().parent().unwrap()).unwrap();
        let mut files = files.map(|entry| entry.unwrap().path());
        let guard = files.find(|path| path.extension().is_some_and(|it| it == "guard")).unwrap();
        in_file.max(fs::read(guard).unwrap()[9])
    }
}

#[test]
fn a_process_that_is_killed_loses_nothing_that_it_said_it_had_done() {
    if let Ok(told) = env::var(TOLD) {
        return worker::second_process(&told);
    }
    let kills = if env::var_os("AUTHENTICATOR_CORE_LONG").is_some() { 1_000 } else { 50 };
    let mut watched = Watched::new();
    for seed in 1..=kills {
        let mut chance = Chance(seed);
        let (done, after) = (chance.below(5), chance.below(15_000));
        println!("seed {seed}, killed {after} µs after {done} changes");
        watched.kill(seed, done, Duration::from_micros(u64::try_from(after).unwrap()));
    }
    let Watched { acknowledged, broken_off, .. } = watched;
    println!("{kills} kills, {acknowledged} changes said to be done, {broken_off} broken off");
    assert!(acknowledged > 0 && broken_off > 0);
}
