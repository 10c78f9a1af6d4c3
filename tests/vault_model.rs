//! The vault and a map in memory go the same way, whatever is done to both: changed,
//! undone, used, locked, closed, rotated.

mod support;

use std::collections::{BTreeMap, HashMap};

use authenticator_core::otp::{Account, Algorithm, Digits, Generator, Kind};
use authenticator_core::vault::{
    Added, Duplicates, Edit, Entry, EntryId, Pin, PinCost, RecoveryCode, RecoveryKey, VaultError,
};
use authenticator_core::{Authenticator, Moment, Secret, SecretString, SlotSecrets};
use proptest::prelude::*;
use proptest::sample::Index;
use support::model::Model;
use support::{Folder, moment, pin, totp};

/// What is done; an `Index` says to which account.
#[derive(Clone, Debug)]
enum Step {
    Add { account: u8, duplicates: bool, rich: bool },
    AddMany { accounts: Vec<u8> },
    Edit(Index, Vec<(u8, u8)>),
    Move(Index, Option<Index>),
    Trash(Index, bool),
    Purge(Index),
    Undo,
    Use(Index),
    NextCode(Index),
    Lock(Way),
    Reopen(Way),
    Suspend { lock: bool },
    Rotate,
    SetPin(u8),
    EnrolPlatform,
    IssueRecovery,
}

/// What the vault is unlocked with, if it has it; otherwise the platform's key.
#[derive(Clone, Copy, Debug)]
enum Way {
    Platform,
    Pin,
    Recovery,
}

fn step() -> impl Strategy<Value = Step> {
    let which = any::<Index>;
    let way =
        || prop_oneof![4 => Just(Way::Platform), 1 => Just(Way::Pin), 1 => Just(Way::Recovery)];
    prop_oneof![
        8 => (0..12_u8, any::<bool>(), any::<bool>())
            .prop_map(|(account, duplicates, rich)| Step::Add { account, duplicates, rich }),
        2 => proptest::collection::vec(0..12_u8, 0..4).prop_map(|accounts| Step::AddMany { accounts }),
        8 => (which(), proptest::collection::vec((0..9_u8, any::<u8>()), 0..3))
            .prop_map(|(index, edits)| Step::Edit(index, edits)),
        6 => (which(), proptest::option::of(which())).prop_map(|(index, before)| Step::Move(index, before)),
        5 => (which(), any::<bool>()).prop_map(|(index, trashed)| Step::Trash(index, trashed)),
        2 => which().prop_map(Step::Purge),
        10 => Just(Step::Undo),
        4 => which().prop_map(Step::Use),
        8 => which().prop_map(Step::NextCode),
        3 => way().prop_map(Step::Lock),
        3 => way().prop_map(Step::Reopen),
        2 => any::<bool>().prop_map(|lock| Step::Suspend { lock }),
        2 => Just(Step::Rotate),
        1 => (0..3_u8).prop_map(Step::SetPin),
        1 => Just(Step::EnrolPlatform),
        1 => Just(Step::IssueRecovery),
    ]
}

/// One of few accounts, so that some are alike: half of them have a counter.
fn account(number: u8) -> Account {
    if number.is_multiple_of(2) {
        return totp(["Ex", "EX", ""][usize::from(number % 3)], "al", 1 + number / 4);
    }
    let digits = Digits::new(8).unwrap();
    let kind = Kind::Hotp { algorithm: Algorithm::Sha256, digits, counter: u64::from(number % 5) };
    let secret = Secret::new(vec![100 + number / 2; 20]);
    Account::from_parts("Counted", &number.to_string(), kind, secret).unwrap().account
}

fn text(value: u8) -> String {
    format!("text {value}")
}

fn optional(value: u8) -> Option<String> {
    (!value.is_multiple_of(3)).then(|| text(value))
}

fn edit(field: u8, value: u8) -> Edit {
    match field {
        0 => Edit::Issuer(optional(value)),
        1 => Edit::Name(text(value)),
        2 => Edit::Pin(optional(value).map(SecretString::new)),
        3 => Edit::Note(optional(value)),
        4 => Edit::Tags((0..value % 4).map(text).collect()),
        5 => Edit::Group(optional(value)),
        6 => Edit::Pinned(value.is_multiple_of(2)),
        7 => Edit::RecoveryCodes(
            (0..value % 4)
                .map(|n| RecoveryCode { code: SecretString::new(text(n)), used: n == 1 })
                .collect(),
        ),
        _ => Edit::Icon((!value.is_multiple_of(3)).then(|| vec![value; 10 * usize::from(value)])),
    }
}

fn rich(account: Account) -> Entry {
    let mut entry = Entry::new(account);
    for (field, value) in [(2, 1), (3, 2), (4, 3), (5, 4), (6, 0), (7, 3), (8, 200)] {
        entry = support::model::edited(entry, edit(field, value));
    }
    entry
}

/// A vault and what it has to be like.
struct Pair {
    folder: Folder,
    vault: Option<Authenticator>,
    model: Model,
    /// The counters of all accounts there ever were: no code may come twice.
    given: HashMap<EntryId, u64>,
    pin: Option<Pin>,
    recovery: Option<RecoveryKey>,
    seconds: u64,
}

impl Pair {
    fn new() -> Self {
        let folder = Folder::new();
        let vault = Some(folder.create());
        let (model, given) = (Model::default(), HashMap::new());
        Self { folder, vault, model, given, pin: None, recovery: None, seconds: 0 }
    }

    fn vault(&self) -> &Authenticator {
        self.vault.as_ref().unwrap()
    }

    fn now(&self) -> Moment {
        moment(self.seconds)
    }

    fn cost(&self) -> Option<(&Pin, PinCost)> {
        self.pin.as_ref().map(|pin| (pin, PinCost::FLOOR))
    }

    fn unlock(&self, way: Way) {
        let (vault, now) = (self.vault(), self.now());
        let unlocked = match (way, &self.pin, &self.recovery) {
            (Way::Pin, Some(pin), _) => vault.unlock_with_pin(pin, now),
            (Way::Recovery, _, Some(key)) => vault.unlock_with_recovery_key(key, now),
            _ => vault.unlock_with_platform(now),
        };
        assert_eq!(unlocked, Ok(Default::default()));
    }

    fn is_locked(&self) {
        assert!(matches!(self.vault().items(self.now()), Err(VaultError::Locked)));
        assert_eq!(self.vault().undo(self.now()), Err(VaultError::Locked));
    }

    fn step(&mut self, step: &Step) {
        self.seconds += 1;
        let now = self.now();
        self.vault().prove_presence_with_platform(now).unwrap();
        let ids: Vec<EntryId> = self.model.order.clone();
        let which = |index: &Index| (!ids.is_empty()).then(|| *index.get(&ids));
        match step {
            Step::Add { account: number, duplicates, rich: is_rich } => {
                let account = account(*number);
                let entry = if *is_rich { rich(account) } else { Entry::new(account) };
                self.add(vec![entry], *duplicates);
            }
            Step::AddMany { accounts } => {
                let entries = accounts.iter().map(|number| Entry::new(account(*number)));
                self.add(entries.collect(), false);
            }
            Step::Edit(index, edits) => {
                let Some(id) = which(index) else { return };
                let edits: Vec<Edit> =
                    edits.iter().map(|(field, value)| edit(*field, *value)).collect();
                self.vault().edit(id, edits.clone(), now).unwrap();
                self.model.edit(id, edits);
            }
            Step::Move(index, before) => {
                let Some(id) = which(index) else { return };
                let before = before.as_ref().and_then(which);
                self.vault().move_before(id, before, now).unwrap();
                self.model.move_before(id, before);
            }
            Step::Trash(index, true) => {
                let Some(id) = which(index) else { return };
                self.vault().put_in_trash(&[id], now).unwrap();
                self.model.trash(id, Some(now.wall));
            }
            Step::Trash(index, false) => {
                let Some(id) = which(index) else { return };
                self.vault().take_from_trash(&[id], now).unwrap();
                self.model.trash(id, None);
            }
            Step::Purge(index) => {
                let Some(id) = which(index) else { return };
                if !self.model.is_trashed(id) {
                    assert_eq!(self.vault().purge(&[id], now), Err(VaultError::NotInTrash));
                    self.vault().put_in_trash(&[id], now).unwrap();
                }
                self.vault().purge(&[id], now).unwrap();
                self.model.purge(id);
                assert!(matches!(self.vault().reveal(id, now), Err(VaultError::EntryNotFound)));
            }
            Step::Undo => match self.model.undo() {
                true => self.vault().undo(now).unwrap(),
                false => assert_eq!(self.vault().undo(now), Err(VaultError::NothingToUndo)),
            },
            Step::Use(index) => {
                let Some(id) = which(index) else { return };
                self.vault().note_use(id, now).unwrap();
                self.model.note_use(id, now.wall);
            }
            Step::NextCode(index) => {
                if let Some(id) = which(index) {
                    self.next_code(id);
                }
            }
            Step::Lock(way) => {
                self.vault().lock();
                self.is_locked();
                self.unlock(*way);
            }
            Step::Reopen(way) => {
                // Dropped first: a file has one handle.
                self.vault = None;
                self.vault = Some(self.folder.open());
                self.is_locked();
                self.unlock(*way);
            }
            Step::Suspend { lock } => {
                self.vault().suspend().unwrap();
                let refused = self.vault().add(Entry::new(account(0)), Duplicates::Keep, now);
                assert_eq!(refused, Err(VaultError::Suspended));
                assert_eq!(self.vault().items(now).unwrap().len(), self.model.shown().len());
                if *lock {
                    self.vault().lock();
                }
                self.vault().resume().unwrap();
                if *lock {
                    self.is_locked();
                    self.unlock(Way::Platform);
                }
            }
            Step::Rotate => {
                let secrets =
                    SlotSecrets { pin: self.cost(), recovery_key: self.recovery.as_ref() };
                self.vault().rotate(secrets, now).unwrap();
            }
            Step::SetPin(number) => {
                let chosen = pin(&format!("48291{number}"));
                self.vault().set_pin(&chosen, PinCost::FLOOR, now).unwrap();
                self.pin = Some(chosen);
            }
            Step::EnrolPlatform => self.vault().enrol_platform(now).unwrap(),
            Step::IssueRecovery => {
                let key = self.vault().issue_recovery_key(self.cost(), now).unwrap();
                self.recovery = Some(key);
            }
        }
    }

    fn add(&mut self, entries: Vec<Entry>, keep: bool) {
        let duplicates = if keep { Duplicates::Keep } else { Duplicates::Refuse };
        let now = self.now();
        let added = self.vault().add_all(entries.clone(), duplicates, now).unwrap();
        self.model.begin_add(added.iter().any(|added| matches!(added, Added::New(_))));
        for (entry, added) in entries.into_iter().zip(added) {
            if keep {
                assert!(matches!(added, Added::New(_)));
            } else {
                self.model.assert_alike(&entry, added);
            }
            if let Added::New(id) = added {
                self.model.add(id, entry, now.wall);
            }
        }
    }

    fn next_code(&mut self, id: EntryId) {
        let code = self.vault().next_hotp_code(id, self.now());
        let account = &self.model.accounts[&id].entry.account;
        let Kind::Hotp { counter, .. } = account.kind() else {
            assert_eq!(code.unwrap_err(), VaultError::NotCounted);
            return;
        };
        let Ok(Generator::Hotp(hotp)) = account.generator(None) else { panic!() };
        assert_eq!(code.unwrap().as_str(), hotp.code(counter).as_str());
        let before = self.given.insert(id, counter);
        assert!(before.is_none_or(|before| before < counter), "{counter} after {before:?}");
        self.model.count(id);
    }

    /// The vault shows what the map holds.
    fn compare(&self) {
        let (vault, now) = (self.vault(), self.now());
        self.model.compare(vault, now);
        let codes: BTreeMap<_, _> = vault.codes(now.wall, now).unwrap().into_iter().collect();
        assert_eq!(codes.len(), self.model.shown().len());
        for id in self.model.shown() {
            let Ok(Generator::Totp(totp)) = self.model.accounts[&id].entry.account.generator(None)
            else {
                continue;
            };
            let code = codes[&id].as_ref().unwrap();
            assert_eq!(code.code.as_str(), totp.code_at(now.wall).code.as_str());
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { max_shrink_iters: 400, ..ProptestConfig::with_cases(40) })]
    #[test]
    fn the_vault_is_what_a_map_would_be(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut pair = Pair::new();
        for step in &steps {
            pair.step(step);
            pair.compare();
        }
        // And all of it is in the file.
        pair.step(&Step::Reopen(Way::Platform));
        pair.compare();
    }
}
