//! The trash takes and gives back several accounts in one change, all or none of them.

mod support;

use authenticator_core::vault::{Entry, EntryId, VaultError};
use support::{Folder, add, moment, totp};

#[test]
fn several_accounts_go_into_the_trash_and_come_back_in_one_change() {
    let folder = Folder::new();
    let vault = folder.create();
    let now = moment(0);
    let ids = [1, 2, 3].map(|n| add(&vault, Entry::new(totp("Ex", &n.to_string(), n))));
    let in_trash = || vault.trash(now).unwrap().iter().map(|item| item.id()).collect::<Vec<_>>();

    // One that is not there keeps all of them where they are, whatever its place.
    let unknown = EntryId::from_bytes([7; 16]);
    for ids in [[unknown, ids[0], ids[1]], [ids[0], ids[1], unknown]] {
        assert_eq!(vault.put_in_trash(&ids, now), Err(VaultError::EntryNotFound));
        assert_eq!(vault.take_from_trash(&ids, now), Err(VaultError::EntryNotFound));
        assert_eq!(vault.purge(&ids, now), Err(VaultError::EntryNotFound));
        assert_eq!((in_trash().len(), vault.items(now).unwrap().len()), (0, 3));
    }

    vault.put_in_trash(&[ids[0], ids[2], ids[0]], now).unwrap();
    assert_eq!(in_trash(), [ids[0], ids[2]]);
    vault.undo(now).unwrap();
    assert_eq!(in_trash(), []);
    vault.undo(now).unwrap();
    assert_eq!(in_trash(), [ids[0], ids[2]]);
    // What is there already is no reason to refuse the others, and keeps its time.
    vault.put_in_trash(&ids, moment(3)).unwrap();
    let times = vault.trash(now).unwrap().iter().map(|item| item.trashed()).collect::<Vec<_>>();
    assert_eq!(times, [now, moment(3), now].map(|moment| Some(moment.wall)));
    vault.take_from_trash(&ids, now).unwrap();
    assert_eq!(in_trash(), []);
    vault.undo(now).unwrap();
    assert_eq!(in_trash(), ids);

    // One that is not in the trash any more keeps the others.
    vault.take_from_trash(&ids[1..2], now).unwrap();
    assert_eq!(vault.purge(&ids[..2], now), Err(VaultError::NotInTrash));
    assert_eq!(in_trash(), [ids[0], ids[2]]);
    vault.undo(now).unwrap();
    vault.purge(&ids[..2], now).unwrap();
    assert_eq!(in_trash(), [ids[2]]);
    vault.put_in_trash(&[], now).unwrap();
    assert_eq!(vault.can_undo(now), Ok(false));
}
