//! The accounts: listed, added, changed, used.

use super::Authenticator;
use crate::otp::Code;
use crate::vault::{Added, CodePair, Codes, Duplicates, Edit, Entry, EntryId, Item, VaultError};
use crate::{Moment, UnixTime};

/// Errors of every call here: [`VaultError::Locked`]; of those that need the file,
/// [`VaultError::Suspended`], [`VaultError::Damaged`] and [`VaultError::StorageLocked`]; of
/// **every change**, after which nothing is changed:
///
/// - [`VaultError::Storage`], [`VaultError::StorageFull`]: it could not be written.
/// - [`VaultError::RolledBack`]: the file is older than the newest that was seen.
/// - [`VaultError::Guard`]: the rollback guard could not be asked at the unlock.
/// - [`VaultError::NoRandomness`]: the system has none.
/// - [`VaultError::TooLarge`]: no change has room any more, after 2^64 of them.
impl Authenticator {
    /// The accounts in their order, pinned ones first, without those in the trash. They are
    /// shared with the vault, not copied; let go of them when it locks.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn items(&self, now: Moment) -> Result<Vec<Item>, VaultError> {
        self.looked_at(now, |vault| vault.items())
    }

    /// The accounts in the trash.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn trash(&self, now: Moment) -> Result<Vec<Item>, VaultError> {
        self.looked_at(now, |vault| vault.trash())
    }

    /// One account, without its secret.
    ///
    /// # Errors
    ///
    /// [`VaultError::EntryNotFound`], [`VaultError::Locked`].
    pub fn item(&self, id: EntryId, now: Moment) -> Result<Item, VaultError> {
        self.looked_at(now, |vault| vault.list_item(id))
    }

    /// The accounts in which every word of `query` occurs, in either case: in issuer,
    /// name, group, note or a tag.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn search(&self, query: &str, now: Moment) -> Result<Vec<Item>, VaultError> {
        self.unlocked(now, |vault| vault.search(query))
    }

    /// The code at `time` of every account outside the trash, each with its own answer.
    /// Take `now.wall`, or [`Authenticator::corrected_time`] if the person wants that.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn codes(&self, time: UnixTime, now: Moment) -> Result<Codes, VaultError> {
        self.looked_at(now, |vault| vault.codes_at(time))
    }

    /// As [`Authenticator::codes`], each with the one that follows it.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn codes_around(&self, time: UnixTime, now: Moment) -> Result<Codes<CodePair>, VaultError> {
        self.looked_at(now, |vault| vault.codes_around(time))
    }

    /// The next code of an HOTP account. The counter is durable before the code is known:
    /// no code is given twice, whatever crashes.
    ///
    /// # Errors
    ///
    /// [`VaultError::NotCounted`]: its codes do not go by a counter.
    /// [`VaultError::EntryNotFound`], and as every change.
    pub fn next_hotp_code(&self, id: EntryId, now: Moment) -> Result<Code, VaultError> {
        self.unlocked(now, |vault| vault.next_hotp_code(id, now.wall))
    }

    /// Counts a use of an account: its code was copied, say.
    ///
    /// # Errors
    ///
    /// [`VaultError::EntryNotFound`], and as every change.
    pub fn note_use(&self, id: EntryId, now: Moment) -> Result<(), VaultError> {
        self.unlocked(now, |vault| vault.note_use(id, now.wall))
    }

    /// The account with its secret, to be shown or written elsewhere.
    ///
    /// # Errors
    ///
    /// [`VaultError::PresenceNeeded`]: prove presence first.
    /// [`VaultError::EntryNotFound`], [`VaultError::Locked`].
    pub fn reveal(&self, id: EntryId, now: Moment) -> Result<Entry, VaultError> {
        self.present(now, |vault| vault.entry(id))
    }

    /// The person's picture of an account.
    ///
    /// # Errors
    ///
    /// [`VaultError::EntryNotFound`], [`VaultError::Locked`].
    pub fn icon(&self, id: EntryId, now: Moment) -> Result<Option<Vec<u8>>, VaultError> {
        self.looked_at(now, |vault| Ok(vault.entry(id)?.icon))
    }

    /// Adds an account; it is durable when this returns. One that seems to be there
    /// already is not added, unless the person was asked.
    ///
    /// # Errors
    ///
    /// [`VaultError::TooLarge`]: something is longer than [`Entry`] says, or the vault
    /// has 20 000 accounts. And as every change.
    pub fn add(
        &self,
        entry: Entry,
        duplicates: Duplicates,
        now: Moment,
    ) -> Result<Added, VaultError> {
        let added = self.add_all(vec![entry], duplicates, now)?;
        added.first().copied().ok_or(VaultError::TooLarge)
    }

    /// Adds accounts in one change, which is undone at once; each has its own answer.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::add`]; nothing was added then.
    pub fn add_all(
        &self,
        entries: Vec<Entry>,
        duplicates: Duplicates,
        now: Moment,
    ) -> Result<Vec<Added>, VaultError> {
        self.unlocked(now, |vault| vault.add(entries, duplicates, now.wall))
    }

    /// Changes an account: all of `edits`, or none.
    ///
    /// # Errors
    ///
    /// [`VaultError::TooLarge`]: something is longer than [`Entry`] says.
    /// [`VaultError::EntryNotFound`], and as every change.
    pub fn edit(&self, id: EntryId, edits: Vec<Edit>, now: Moment) -> Result<(), VaultError> {
        self.unlocked(now, |vault| vault.edit(id, edits, now.wall))
    }

    /// Moves an account to stand before another one, or at the end.
    ///
    /// # Errors
    ///
    /// [`VaultError::EntryNotFound`], and as every change.
    pub fn move_before(
        &self,
        id: EntryId,
        before: Option<EntryId>,
        now: Moment,
    ) -> Result<(), VaultError> {
        self.unlocked(now, |vault| vault.move_before(id, before, now.wall))
    }

    /// Puts accounts into the trash in one change, which is undone at once unless they hold
    /// more than a mebibyte together. One that is there already stays as it is.
    ///
    /// # Errors
    ///
    /// [`VaultError::EntryNotFound`]: one of them is not in the vault; nothing was changed.
    /// And as every change.
    pub fn put_in_trash(&self, ids: &[EntryId], now: Moment) -> Result<(), VaultError> {
        self.unlocked(now, |vault| vault.set_trashed(ids, true, now.wall))
    }

    /// Takes accounts out of the trash in one change, as [`Authenticator::put_in_trash`]
    /// puts them there.
    ///
    /// # Errors
    ///
    /// As [`Authenticator::put_in_trash`].
    pub fn take_from_trash(&self, ids: &[EntryId], now: Moment) -> Result<(), VaultError> {
        self.unlocked(now, |vault| vault.set_trashed(ids, false, now.wall))
    }

    /// Destroys accounts in the trash for good, with what could bring them back: the undo,
    /// and copies that were kept beside the vault.
    ///
    /// # Errors
    ///
    /// - [`VaultError::EntryNotFound`]: one of them is not there; nothing was destroyed.
    /// - [`VaultError::NotInTrash`]: one of them is not in the trash, or was taken out of it
    ///   while the person was asked; nothing was destroyed.
    /// - [`VaultError::PresenceNeeded`], and as every change.
    pub fn purge(&self, ids: &[EntryId], now: Moment) -> Result<(), VaultError> {
        self.present(now, |vault| vault.purge(ids, now.wall))
    }

    /// Whether there is a change of accounts to undo.
    ///
    /// # Errors
    ///
    /// [`VaultError::Locked`].
    pub fn can_undo(&self, now: Moment) -> Result<bool, VaultError> {
        self.looked_at(now, |vault| vault.can_undo())
    }

    /// Undoes the last change of accounts; done once more, it brings the change back,
    /// unless that added more than a mebibyte. The counter of an HOTP account never goes
    /// back.
    ///
    /// # Errors
    ///
    /// [`VaultError::NothingToUndo`], and as every change.
    pub fn undo(&self, now: Moment) -> Result<(), VaultError> {
        self.unlocked(now, |vault| vault.undo())
    }

    /// Reads and checks every row of the file anew: how many records there are.
    ///
    /// # Errors
    ///
    /// [`VaultError::Damaged`]: a row is not what was written.
    pub fn verify(&self, now: Moment) -> Result<usize, VaultError> {
        self.looked_at(now, |vault| vault.verify())
    }
}
