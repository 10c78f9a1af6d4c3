//! Vaults that operations begin with.

use authenticator_core::otp::{Account, Algorithm, Digits, Kind};
use authenticator_core::vault::{Added, Duplicates, Edit, Entry, EntryId, PinCost, VaultError};
use authenticator_core::{Authenticator, Secret};

use crate::support::{moment, pin, totp};
use crate::world::{PIN, WRONG_PIN, World, now};

pub(crate) fn unlocked(world: &mut World) {
    open(world).unwrap();
}

pub(crate) fn open(world: &mut World) -> Result<(), VaultError> {
    let vault = world.open()?;
    let unlocked = vault.unlock_with_platform(now());
    world.vault = Some(vault);
    unlocked.map(drop)
}

/// A closed vault of four accounts: one that counts, one with a picture, one in the trash.
/// It can undo a change of the one that counts, which has counted since.
pub(crate) fn accounts(world: &mut World) {
    let vault = Authenticator::create(&world.folder.vault(), world.platform.clone(), now());
    world.vault = Some(vault.unwrap());
    let kind =
        Kind::Hotp { algorithm: Algorithm::Sha1, digits: Digits::new(8).unwrap(), counter: 5 };
    let counted = Account::from_parts("Ex", "hotp", kind, Secret::new(vec![7; 20])).unwrap();
    let mut pictured = Entry::new(totp("Ex", "bo", 2));
    pictured.icon = Some(vec![3; 6_000]);
    let entries = [
        Entry::new(totp("Ex", "al", 1)),
        Entry::new(counted.account),
        pictured,
        Entry::new(totp("Ex", "di", 4)),
    ];
    for entry in entries {
        let added = world.vault().add(entry, Duplicates::Keep, now()).unwrap();
        let Added::New(id) = added else { panic!("{added:?}") };
        world.known.ids.push(id);
    }
    let ids: Vec<EntryId> = world.known.ids.clone();
    world.known.hotp = Some(ids[1]);
    let vault = world.vault();
    vault.note_use(ids[2], now()).unwrap();
    vault.put_in_trash(&ids[3..4], now()).unwrap();
    vault.edit(ids[1], vec![Edit::Note(Some("note".to_owned()))], now()).unwrap();
    world.next_code().unwrap();
    world.next_code().unwrap();
    world.vault = None;
}

pub(crate) fn note_recovery(world: &mut World) {
    let key = world.vault().issue_recovery_key(None, now()).unwrap();
    world.known.recovery = Some(key.text().expose().to_owned());
}

/// As `accounts`, with a recovery key that is confirmed.
pub(crate) fn full(world: &mut World) {
    accounts(world);
    unlocked(world);
    note_recovery(world);
    world.vault().confirm_recovery_key(&world.recovery().unwrap(), now()).unwrap();
    // An operation may begin here, with a log that is in use; otherwise it is closed.
    world.vault().note_use(world.known.ids[0], now()).unwrap();
}

pub(crate) fn with_pin(world: &mut World) {
    full(world);
    world.vault().set_pin(&pin(PIN), PinCost::FLOOR, now()).unwrap();
}

/// As `with_pin`, after so many wrong tries, each on a day of its own.
pub(crate) fn tried(world: &mut World, tries: u8) {
    with_pin(world);
    for day in 0..u64::from(tries) {
        let vault = world.vault();
        vault.lock();
        let wrong = vault.unlock_with_pin(&pin(WRONG_PIN), moment(86_400 * day));
        assert!(matches!(wrong, Err(VaultError::WrongSecret { .. })), "{wrong:?}");
    }
}
