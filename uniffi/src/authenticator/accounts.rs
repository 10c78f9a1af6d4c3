//! The accounts: listed, added, changed, used.

use std::sync::Arc;

use authenticator_core::vault::{self, Duplicates};

use super::{AuthenticatorHandle, entry_id, entry_ids};
use crate::codes::{CounterCode, packed};
use crate::draft::{recovery_codes, secret_text};
use crate::error::told;
use crate::reveal::export;
use crate::{
    AccountDraft, Added, AuthenticatorError, Edit, Item, MigrationExport, Moment, Outcome,
    RevealedAccount,
};

#[uniffi::export]
impl AuthenticatorHandle {
    /// The accounts in their order, pinned ones first, without those in the trash.
    pub fn items(&self, now: Moment) -> Outcome<Vec<Item>> {
        let now = now.read()?;
        Ok(told(self.0.items(now), now)?.iter().map(Into::into).collect())
    }

    /// The accounts in the trash.
    pub fn trash(&self, now: Moment) -> Outcome<Vec<Item>> {
        let now = now.read()?;
        Ok(told(self.0.trash(now), now)?.iter().map(Into::into).collect())
    }

    /// One account, without its secret.
    pub fn item(&self, id: String, now: Moment) -> Outcome<Item> {
        let now = now.read()?;
        Ok((&told(self.0.item(entry_id(&id)?, now), now)?).into())
    }

    /// The accounts in which every word of the query occurs, in either case: in issuer, name, group,
    /// note or a label.
    pub fn search(&self, query: String, now: Moment) -> Outcome<Vec<Item>> {
        let now = now.read()?;
        Ok(told(self.0.search(&query, now), now)?.iter().map(Into::into).collect())
    }

    /// What every account outside the trash shows now, in no order: one call for a whole screen.
    /// `use_corrected_time` takes the time of `learnTime` in place of the phone's wall clock.
    ///
    /// Each account has 94 ASCII characters, so that only what is looked at is turned into objects. What is
    /// not there, and the rest of what is shorter than its place, is spaces.
    ///
    /// | characters | what |
    /// |---|---|
    /// | 0 – 31 | the account's id, as `Item` has it |
    /// | 32 | `1`: a code by the time, and all that follows. `2`: codes go by a counter, `nextHotpCode` gives one. `3`: its own PIN is not kept. `0`: it cannot be read now |
    /// | 33 – 42 | the code |
    /// | 43 – 52 | the one that follows it; none only at the end of time |
    /// | 53 – 55 | the lengths of the groups that it is shown in, left to right: `33 ` |
    /// | 56 – 74 | since when it is valid: milliseconds since 1970, decimal, with zeros before them |
    /// | 75 – 93 | when it is over, and the next one begins: the same |
    ///
    /// A code is a secret for as long as it lives: it is for the screen, not for a log.
    pub fn codes(&self, use_corrected_time: bool, now: Moment) -> Outcome<String> {
        let now = now.read()?;
        let time = if use_corrected_time { self.0.corrected_time(now) } else { now.wall };
        packed(&told(self.0.codes_around(time, now), now)?)
    }

    /// The next code of an HOTP account. Its counter is durable before the code is known: no code is
    /// given twice, whatever crashes.
    pub fn next_hotp_code(&self, id: String, now: Moment) -> Outcome<CounterCode> {
        let now = now.read()?;
        Ok(told(self.0.next_hotp_code(entry_id(&id)?, now), now)?.into())
    }

    /// Counts a use of an account: its code was copied, say.
    pub fn note_use(&self, id: String, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.note_use(entry_id(&id)?, now), now)
    }

    /// The account with its secret, to be shown or written elsewhere. The person has to have proved
    /// presence of late.
    pub fn reveal(&self, id: String, now: Moment) -> Outcome<RevealedAccount> {
        let now = now.read()?;
        Ok(RevealedAccount(told(self.0.reveal(entry_id(&id)?, now), now)?))
    }

    /// The codes that bring accounts into Google Authenticator, ten in each. The person has to have
    /// proved presence of late.
    pub fn export_migration(&self, ids: Vec<String>, now: Moment) -> Outcome<MigrationExport> {
        let now = now.read()?;
        let account = |id: String| {
            let entry = told(self.0.reveal(entry_id(&id)?, now), now)?;
            Ok((id, entry.account))
        };
        export(&ids.into_iter().map(account).collect::<Outcome<Vec<_>>>()?)
    }

    /// The person's picture of an account.
    pub fn icon(&self, id: String, now: Moment) -> Outcome<Option<Vec<u8>>> {
        let now = now.read()?;
        told(self.0.icon(entry_id(&id)?, now), now)
    }

    /// Adds an account. One that seems to be there already is not added unless `keep_duplicate`: ask
    /// the person first.
    pub fn add(
        &self,
        draft: Arc<AccountDraft>,
        keep_duplicate: bool,
        now: Moment,
    ) -> Outcome<Added> {
        let now = now.read()?;
        let entry = draft.entry().clone();
        Ok(told(self.0.add(entry, duplicates(keep_duplicate), now), now)?.into())
    }

    /// Adds accounts in one change, which is undone at once; each has its own answer, in the order
    /// of the drafts.
    pub fn add_all(
        &self,
        drafts: Vec<Arc<AccountDraft>>,
        keep_duplicates: bool,
        now: Moment,
    ) -> Outcome<Vec<Added>> {
        let now = now.read()?;
        let entries = drafts.iter().map(|draft| draft.entry().clone()).collect();
        let added = told(self.0.add_all(entries, duplicates(keep_duplicates), now), now)?;
        Ok(added.into_iter().map(Into::into).collect())
    }

    /// Changes an account: all of the edits, or none.
    pub fn edit(&self, id: String, edits: Vec<Edit>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        let edits = edits.into_iter().map(Into::into).collect();
        told(self.0.edit(entry_id(&id)?, edits, now), now)
    }

    /// Keeps the PIN of an mOTP or Yandex account; an empty one is kept no longer. UTF-8.
    pub fn set_account_pin(&self, id: String, pin: &[u8], now: Moment) -> Outcome<()> {
        let now = now.read()?;
        let edits = vec![vault::Edit::Pin(secret_text(pin)?)];
        told(self.0.edit(entry_id(&id)?, edits, now), now)
    }

    /// Sets all recovery codes of an account, one a line, at most 64 of at most 128 bytes; none is
    /// used up. UTF-8.
    pub fn set_recovery_codes(&self, id: String, lines: &[u8], now: Moment) -> Outcome<()> {
        let now = now.read()?;
        let edits = vec![vault::Edit::RecoveryCodes(recovery_codes(lines)?)];
        told(self.0.edit(entry_id(&id)?, edits, now), now)
    }

    /// Notes that the recovery code at a place counted from 0 was used up, or was not. The person has
    /// to have proved presence of late. A place beyond the last gives `EntryNotFound`.
    pub fn mark_recovery_code(
        &self,
        id: String,
        index: u32,
        is_used: bool,
        now: Moment,
    ) -> Outcome<()> {
        let now = now.read()?;
        let id = entry_id(&id)?;
        let mut codes = told(self.0.reveal(id, now), now)?.recovery_codes;
        let place = usize::try_from(index).unwrap_or(usize::MAX);
        codes.get_mut(place).ok_or(AuthenticatorError::EntryNotFound)?.used = is_used;
        told(self.0.edit(id, vec![vault::Edit::RecoveryCodes(codes)], now), now)
    }

    /// Moves an account to stand before another one, or at the end.
    pub fn move_before(&self, id: String, before: Option<String>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        let before = before.as_deref().map(entry_id).transpose()?;
        told(self.0.move_before(entry_id(&id)?, before, now), now)
    }

    /// Puts accounts into the trash in one change, which is undone at once. One that is there already
    /// stays as it is.
    pub fn put_in_trash(&self, ids: Vec<String>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.put_in_trash(&entry_ids(&ids)?, now), now)
    }

    /// Takes accounts out of the trash in one change.
    pub fn take_from_trash(&self, ids: Vec<String>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.take_from_trash(&entry_ids(&ids)?, now), now)
    }

    /// Destroys accounts in the trash for good, with all that could bring them back. The person has
    /// to have proved presence of late.
    pub fn purge(&self, ids: Vec<String>, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.purge(&entry_ids(&ids)?, now), now)
    }

    /// Whether there is a change of accounts to undo.
    pub fn can_undo(&self, now: Moment) -> Outcome<bool> {
        let now = now.read()?;
        told(self.0.can_undo(now), now)
    }

    /// Undoes the last change of accounts; done once more, it brings the change back. The counter of
    /// an HOTP account never goes back.
    pub fn undo(&self, now: Moment) -> Outcome<()> {
        let now = now.read()?;
        told(self.0.undo(now), now)
    }

    /// Reads and checks every row of the file anew: how many records there are.
    pub fn verify(&self, now: Moment) -> Outcome<u32> {
        let now = now.read()?;
        Ok(u32::try_from(told(self.0.verify(now), now)?).unwrap_or(u32::MAX))
    }
}

fn duplicates(keep: bool) -> Duplicates {
    if keep { Duplicates::Keep } else { Duplicates::Refuse }
}
