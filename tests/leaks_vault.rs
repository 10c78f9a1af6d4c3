//! No name, secret, PIN or key of a vault is ever printed: not by `Debug` of anything
//! public in this room, nor by an error.

mod support;

use std::error::Error;
use std::fmt::{Debug, Write};
use std::fs;

use authenticator_core::otp::{Account, Kind};
use authenticator_core::vault::{
    Added, AutoLock, Duplicates, Edit, Entry, EntryId, GuardError, KeyError, KeyFile, Pin, PinCost,
    RecoveryCode, RecoveryKey, RecoveryKeyError, RollbackGuard, SoftwareError, StateFile,
    VaultError, VaultId,
};
use authenticator_core::{
    Authenticator, PlatformAnswers, Protection, Secret, SecretString, SlotSecrets,
};
use support::{Folder, moment};

const SECRET: &[u8; 20] = b"QzCanary7Key!x9Wv5Zk";
const PIN: &str = "482913 canary";

/// What was printed, and what may not be.
#[derive(Default)]
struct Printed {
    text: String,
    needles: Vec<String>,
}

impl Printed {
    fn debug(&mut self, value: &dyn Debug) {
        let before = self.text.len();
        writeln!(self.text, "{value:?}{value:#?}").unwrap();
        // It says what it is, if nothing else.
        assert!(self.text.len() > before + 1);
    }

    fn error(&mut self, error: &dyn Error) {
        writeln!(self.text, "{error}").unwrap();
        self.debug(&error);
        if let Some(source) = error.source() {
            self.error(source);
        }
    }

    fn result<T: Debug>(&mut self, result: Result<T, VaultError>) {
        self.debug(&result);
        if let Err(error) = result {
            self.error(&error);
        }
    }

    /// These bytes may not be printed: as text, in a list, in hexadecimal, in base32.
    fn forbid(&mut self, bytes: &[u8]) {
        let hex = data_encoding::HEXLOWER.encode(bytes);
        let base32 = data_encoding::BASE32_NOPAD.encode(bytes).to_lowercase();
        let list = format!("{:?}", &bytes[..6]);
        let text = String::from_utf8_lossy(bytes).to_lowercase();
        self.needles.extend([hex[..12].to_owned(), base32[..9].to_owned(), text]);
        self.needles.push(list.trim_matches(['[', ']']).to_owned());
    }

    fn leak(&self) -> Option<&String> {
        let text = self.text.to_lowercase();
        // As `{:#?}` lists bytes: one in a line.
        let lists = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let found = |needle: &&String| text.contains(&***needle) || lists.contains(&***needle);
        self.needles.iter().find(found)
    }
}

fn secret_text(text: &str) -> SecretString {
    SecretString::new(text.to_owned())
}

fn entry() -> Entry {
    let secret = Secret::new(SECRET.to_vec());
    let account = Account::from_parts("CanaryIssuer", "CanaryName", Kind::Motp, secret);
    let mut entry = Entry::new(account.unwrap().account);
    entry.pin = Some(secret_text("CanaryPin"));
    entry.note = Some("CanaryNote".to_owned());
    entry.tags = vec!["CanaryTag".to_owned()];
    entry.group = Some("CanaryGroup".to_owned());
    entry.recovery_codes = vec![RecoveryCode { code: secret_text("CanaryCode"), used: false }];
    entry.icon = Some(b"CanaryIcon".to_vec());
    entry
}

#[test]
fn nothing_is_printed_of_what_a_vault_holds_and_is_opened_with() {
    let mut printed = Printed::default();
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let pin = Pin::choose(&secret_text(PIN)).unwrap();
    let platform = folder.platform();

    printed.debug(&entry());
    printed.debug(&entry().recovery_codes);
    let added = vault.add(entry(), Duplicates::Refuse, now);
    let Ok(Added::New(id)) = added else { panic!("{added:?}") };
    printed.result(added);
    printed.result(vault.add(entry(), Duplicates::Refuse, now));
    printed.result(vault.items(now));
    printed.result(vault.item(id, now));
    printed.result(vault.search("canary", now));
    printed.result(vault.reveal(id, now));
    printed.result(vault.codes(now.wall, now));
    printed.result(vault.next_hotp_code(id, now));
    printed.result(vault.set_pin(&pin, PinCost::FLOOR, now));
    let recovery = vault.issue_recovery_key(None, now).unwrap();
    let typed = recovery.text();
    printed.debug(&(&pin, &recovery, &typed, PinCost::FLOOR));
    let secrets = SlotSecrets { pin: Some((&pin, PinCost::FLOOR)), recovery_key: Some(&recovery) };
    printed.debug(&secrets);
    printed.debug(&(&vault, &platform, Protection::PlatformAndPin, AutoLock::default()));
    printed.debug(&(KeyFile::open(folder.key()).unwrap(), StateFile::new(folder.path("state"))));
    let begun = vault.begin_platform_unlock().unwrap();
    let unwrapped = platform.keys.unwrap(&begun.wrapped).unwrap();
    // What is wrapped may be printed; what comes of it may not.
    printed.debug(&(&begun, &unwrapped, platform.keys.prf(&[1; 32])));
    let enrolment = vault.begin_platform_enrolment().unwrap();
    let drawn = enrolment.secret().clone();
    printed.debug(&enrolment);
    // As an app would have it that wraps nothing.
    let wrapped = Some((enrolment, drawn.expose().to_vec()));
    let answers = PlatformAnswers { wrapped, unwrapped: Some(unwrapped.clone()) };
    printed.debug(&answers);
    printed.result(vault.finish_rotate(SlotSecrets::default(), answers, now));
    printed.result(vault.waive_recovery("Canary", now));
    vault.lock();
    printed.result(vault.unlock_with_pin(&Pin::read(&secret_text("canary 1")).unwrap(), now));
    printed.result(vault.unlock_with_pin(&pin, now));
    let other = Authenticator::open(&folder.vault(), folder.platform());
    printed.result(other.map(drop));

    let key = fs::read(folder.key()).unwrap();
    let stored = fs::read_dir(folder.vault().parent().unwrap()).unwrap();
    let guard = stored
        .map(|file| file.unwrap().path())
        .find(|path| path.extension().is_some_and(|end| end == "guard"));
    let epoch = &fs::read(guard.unwrap()).unwrap()[10..26];
    for bytes in [SECRET, &key[1..33], epoch, typed.expose().as_bytes()] {
        printed.forbid(bytes);
    }
    for secret in [&unwrapped, &drawn] {
        printed.forbid(secret.expose());
    }
    let prf = platform.keys.prf(&[1; 32]).unwrap().unwrap();
    printed.forbid(prf.expose());
    printed.needles.extend(["canary".to_owned(), PIN.to_owned()]);
    printed.needles.push(typed.expose()[..14].to_lowercase());
    printed.text = printed.text.replace(folder.path("").to_str().unwrap(), "");
    assert_eq!(printed.leak(), None, "{}", printed.text);
}

#[test]
fn the_search_finds_each_way_in_which_bytes_are_printed() {
    let mut printed = Printed::default();
    printed.forbid(SECRET);
    for text in [
        format!("{SECRET:?}"),
        format!("{SECRET:#?}"),
        data_encoding::HEXUPPER.encode(SECRET),
        data_encoding::BASE32.encode(SECRET),
        String::from_utf8_lossy(SECRET).into_owned(),
    ] {
        printed.text = text;
        assert!(printed.leak().is_some(), "{}", printed.text);
    }
    printed.text = format!("{:?}", Secret::new(SECRET.to_vec()));
    assert_eq!(printed.leak(), None);
}

#[test]
fn nothing_is_printed_of_a_change_or_of_what_was_refused() {
    let mut printed = Printed::default();
    let text = || "Canary".to_owned();
    for edit in [
        Edit::Issuer(Some(text())),
        Edit::Name(text()),
        Edit::Pin(Some(secret_text("Canary"))),
        Edit::Note(Some(text())),
        Edit::Tags(vec![text()]),
        Edit::Group(Some(text())),
        Edit::RecoveryCodes(entry().recovery_codes),
        Edit::Icon(Some(b"Canary".to_vec())),
    ] {
        printed.debug(&edit);
    }
    for typed in ["Can", "", &"Canary".repeat(100)] {
        match Pin::choose(&secret_text(typed)) {
            Err(error) => printed.error(&error),
            Ok(pin) => panic!("{pin:?}"),
        }
    }
    let mut recovery = "Canary".to_owned();
    for _ in 0..60 {
        printed.error(&RecoveryKey::parse(&SecretString::new(recovery.clone())).unwrap_err());
        recovery.push('7');
    }
    printed.forbid(b"Canary");
    printed.needles.push("canary".to_owned());
    assert_eq!(printed.leak(), None, "{}", printed.text);
}

#[test]
fn no_error_of_the_vault_says_more_than_what_to_do() {
    let mut printed = Printed::default();
    let folder = Folder::new();
    let path = folder.path("canary");
    fs::write(&path, b"CanaryCanaryCanary".repeat(300)).unwrap();
    printed.result(Authenticator::open(&path, folder.platform()).map(drop));
    printed.result(Authenticator::open(&folder.path("canary/canary"), folder.platform()).map(drop));
    printed.error(&KeyFile::open(&path).unwrap_err());
    printed.error(&KeyFile::create(&path).unwrap_err());
    let guard = StateFile::new(&path);
    printed.error(&guard.read(&VaultId::from_bytes([1; 16])).unwrap_err());
    for error in [
        VaultError::Code(authenticator_core::otp::CodeError::CounterBased),
        VaultError::Guard(GuardError::Unavailable),
        VaultError::Key(KeyError::Invalidated),
        VaultError::WrongSecret { tries_left: Some(3) },
        VaultError::RolledBack { missing: 3 },
    ] {
        printed.error(&error);
    }
    printed.error(&SoftwareError::Damaged);
    printed.error(&RecoveryKey::parse(&secret_text("")).unwrap_err());
    let _: fn(RecoveryKeyError) -> String = |error| error.to_string();
    printed.debug(&EntryId::from_bytes([7; 16]));
    printed.needles.push("canary".to_owned());
    assert_eq!(printed.leak(), None, "{}", printed.text);
}
