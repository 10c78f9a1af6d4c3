//! What was done before the search, and what may be found after it.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use authenticator_core::otp::Account;
use authenticator_core::vault::{PinCost, RecoveryKey};
use authenticator_core::{Authenticator, Protection, SecretString, SlotSecrets};
use data_encoding::BASE32_NOPAD;

use crate::scan::{Found, Needles, scan};
use crate::secrets::{self, Typed, hmac_key_sha1, spelled};
use crate::subject::{CASE, FOLDER, READY};
use crate::support::{Folder, add, moment, pin};
use crate::{WIPES_ALL, accounts, approvals, skip};

/// What is found although nobody wants it to be, how often at most, and why.
const EXCEPTIONS: [(&str, usize, &str); 1] =
    [("the epoch", 1, "the rollback guard is told from it; without the file it opens nothing")];

/// What is found besides where memory is not overwritten whoever frees it.
const NAMES: [(&str, usize, &str); 5] = [
    ("an issuer", 20, "a `String` of an account that was revealed, found or changed"),
    ("a name", 20, "as above"),
    ("a note", 20, "as above"),
    ("a tag", 20, "as above"),
    ("a group", 20, "as above"),
];

/// A vault with accounts of every kind that opens in every way, and what is secret in it.
struct Prepared {
    folder: Folder,
    needles: Needles,
    pin: String,
    recovery: RecoveryKey,
}

impl Prepared {
    fn new(protection: Protection) -> Self {
        let (folder, now) = (Folder::new(), moment(0));
        let (entries, mut needles) = accounts::make();
        let text = accounts::word();
        let vault = folder.create();
        for entry in entries {
            add(&vault, entry);
        }
        let recovery = vault.issue_recovery_key(None, now).unwrap();
        vault.confirm_recovery_key(&recovery, now).unwrap();
        protect(&vault, protection, &text, &recovery);
        drop(vault);

        for (file, name) in [("note", "a note"), ("new-pin", "the PIN")] {
            let word = accounts::word();
            needles.add(name, word.as_bytes());
            fs::write(folder.path(file), word).unwrap();
        }
        let (seed, name) = (accounts::random(20), accounts::word());
        spelled(&mut needles, "the seed (added)", &seed);
        hmac_key_sha1(&mut needles, "the seed (added)", &seed);
        needles.add("a name", name.as_bytes());
        let uri = format!("otpauth://totp/{name}?secret={}", BASE32_NOPAD.encode(&seed));
        assert!(Account::from_uri(&uri).unwrap().warnings.is_empty());
        fs::write(folder.path("uri"), uri).unwrap();
        fs::write(folder.path("pin"), &text).unwrap();
        fs::write(folder.path("recovery"), recovery.text().expose()).unwrap();
        let prepared = Self { folder, needles, pin: text, recovery };
        Self { needles: prepared.all(), ..prepared }
    }

    /// What is secret by now, and was before.
    fn all(&self) -> Needles {
        let typed = Typed { pin: &self.pin, recovery_key: Some(&self.recovery) };
        let mut needles = self.needles.clone();
        needles.extend(secrets::of_vault(&self.folder, &typed));
        needles
    }
}

fn protect(vault: &Authenticator, protection: Protection, text: &str, recovery: &RecoveryKey) {
    let pin = pin(text);
    let secrets = SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: Some(recovery) };
    vault.protect(protection, secrets, moment(0)).unwrap();
}

/// The process that is looked into.
struct Subject {
    process: Child,
    said: BufReader<ChildStdout>,
    told: ChildStdin,
}

impl Subject {
    fn start(prepared: &Prepared, case: &str) -> Self {
        let mut program = Command::new(env::current_exe().unwrap());
        program
            .args(["--exact", "subject::the_process_that_is_looked_into", "--nocapture"])
            .env(FOLDER, prepared.folder.path(""))
            .env(CASE, case)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut process = program.spawn().unwrap();
        let said = BufReader::new(process.stdout.take().unwrap());
        let told = process.stdin.take().unwrap();
        Self { process, said, told }
    }

    /// Waits until it stands still.
    fn wait_for(&mut self, word: &str) {
        let ready = format!("{READY}{word}");
        let found =
            self.said.by_ref().lines().map(Result::unwrap).any(|line| line.ends_with(&ready));
        assert!(found, "the process ended before it was {word}");
    }

    fn go_on(&mut self) {
        self.told.write_all(b"\n").unwrap();
    }

    /// `None`, and a word about it, where the system lets nobody look.
    fn search(&self, needles: &Needles) -> Option<Found> {
        match scan(self.process.id(), needles) {
            Ok(found) => Some(found),
            Err(error) if error.kind() == ErrorKind::PermissionDenied => {
                skip(&format!("memory_scan: no look into another process: {error}"));
                None
            }
            Err(error) => panic!("{error}"),
        }
    }
}

impl Drop for Subject {
    fn drop(&mut self) {
        // It may be gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Searches before and after: what must be found first shows that the search finds.
fn check(prepared: &Prepared, case: &str, before: &str, must_be_found: &[&str]) {
    let mut subject = Subject::start(prepared, case);
    subject.wait_for(before);
    let now = match case {
        "changed" | "created" => prepared.changed(),
        _ => prepared.needles.clone(),
    };
    let Some(found) = subject.search(&now) else { return };
    for name in must_be_found {
        assert!(found.contains_key(*name), "{name} is not found where it has to be: {found:?}");
    }
    subject.go_on();
    subject.wait_for("over");
    let Some(found) = subject.search(&now) else { return };
    let names = NAMES.iter().filter(|_| !WIPES_ALL);
    let exceptions: Vec<_> = EXCEPTIONS.iter().chain(names).collect();
    let allowed = |name: &str, count: usize| {
        exceptions.iter().any(|(exception, most, _)| *exception == name && count <= *most)
    };
    let left: Vec<_> = found.iter().filter(|(name, count)| !allowed(name, **count)).collect();
    assert!(left.is_empty(), "left in memory: {left:#?}");
}

impl Prepared {
    /// The keys before the change and after it.
    fn changed(&self) -> Needles {
        let text = fs::read_to_string(self.folder.path("recovery")).unwrap();
        let recovery = RecoveryKey::parse(&SecretString::new(text)).unwrap();
        let pin = fs::read_to_string(self.folder.path("new-pin")).unwrap();
        let typed = Typed { pin: &pin, recovery_key: Some(&recovery) };
        let mut needles = self.needles.clone();
        needles.extend(secrets::of_vault(&self.folder, &typed));
        needles
    }
}

/// What an unlocked vault has in memory, and what it has not.
const UNLOCKED: [&str; 4] =
    ["the master key", "the record key", "the seed (TOTP), absorbed (inner)", "a name"];

#[test]
fn nothing_is_left_of_a_vault_that_the_platform_opened() {
    check(&Prepared::new(Protection::PlatformOrPin), "platform", "used", &UNLOCKED);
}

#[test]
fn nothing_is_left_of_a_vault_that_a_pin_opened() {
    check(&Prepared::new(Protection::PlatformOrPin), "pin", "used", &UNLOCKED);
}

#[test]
fn nothing_is_left_of_a_vault_that_the_platform_and_a_pin_opened() {
    check(&Prepared::new(Protection::PlatformAndPin), "both", "used", &UNLOCKED);
}

#[test]
fn nothing_is_left_of_what_approves() {
    let mut prepared = Prepared::new(Protection::PlatformOrPin);
    let approving = approvals::make(&prepared.folder);
    prepared.needles.extend(approving);
    check(&prepared, "approvals", "held", &["the record key", "the approval PIN"]);
}

#[test]
fn nothing_is_left_of_a_vault_that_the_recovery_key_opened() {
    check(&Prepared::new(Protection::PlatformOrPin), "recovery", "used", &UNLOCKED);
}

#[test]
fn nothing_is_left_of_a_vault_whose_keys_were_changed() {
    check(&Prepared::new(Protection::PlatformOrPin), "changed", "used", &UNLOCKED);
}

#[test]
fn nothing_is_left_of_a_vault_that_was_just_made() {
    let prepared = Prepared::new(Protection::PlatformOrPin);
    check(&prepared, "created", "used", &["the master key", "the record key"]);
}

#[test]
fn nothing_is_left_of_a_vault_that_was_dropped_unlocked() {
    check(&Prepared::new(Protection::PlatformOrPin), "dropped", "used", &UNLOCKED);
}

#[test]
fn nothing_is_left_of_a_wrong_pin() {
    let mut prepared = Prepared::new(Protection::PlatformOrPin);
    prepared.pin = accounts::word();
    fs::write(prepared.folder.path("pin"), &prepared.pin).unwrap();
    prepared.needles = prepared.all();
    check(&prepared, "refused", "held", &["the PIN"]);
}
