//! The accounts of a vault: listed, added, changed, used.

use std::collections::{BTreeSet, HashMap};

use zeroize::Zeroizing;

use super::cbor::RecordKind;
use super::change::Change;
use super::entry::{Added, Duplicates, Edit, Entry};
use super::item::Item;
use super::record::{AccountView, Stored, field};
use super::vault::Vault;
use super::{EntryId, VaultError};
use crate::UnixTime;
use crate::crypto::digest::sha256;
use crate::otp::{Account, Code, Generator, Kind};

/// More than any person has, and few enough that every list stays quick.
const MAX_ENTRIES: usize = 20_000;
/// Between two neighbours in the list, so that others find room between them.
const POSITION_STEP: u64 = 1 << 32;

impl Vault {
    /// The accounts outside the trash, in their order.
    pub(crate) fn items(&self) -> Result<Vec<Item>, VaultError> {
        let index = &self.contents()?.index;
        Ok(index.sorted(|item| item.trashed().is_none()))
    }

    /// The accounts in the trash, in their order.
    pub(crate) fn trash(&self) -> Result<Vec<Item>, VaultError> {
        let index = &self.contents()?.index;
        Ok(index.sorted(|item| item.trashed().is_some()))
    }

    pub(crate) fn list_item(&self, id: EntryId) -> Result<Item, VaultError> {
        self.contents()?.index.item(id).cloned().ok_or(VaultError::EntryNotFound)
    }

    pub(crate) fn search(&mut self, query: &str) -> Result<Vec<Item>, VaultError> {
        Ok(self.contents_mut()?.index.search(query))
    }

    /// The account with its secret.
    pub(crate) fn entry(&self, id: EntryId) -> Result<Entry, VaultError> {
        self.stored(id).map(|stored| stored.entry)
    }

    pub(super) fn stored(&self, id: EntryId) -> Result<Stored, VaultError> {
        let item = self.item(id)?.ok_or(VaultError::EntryNotFound)?;
        stored(&item)?.ok_or(VaultError::EntryNotFound)
    }

    /// Adds accounts, each with its own answer, all in one transaction.
    pub(crate) fn add(
        &mut self,
        entries: Vec<Entry>,
        duplicates: Duplicates,
        now: UnixTime,
    ) -> Result<Vec<Added>, VaultError> {
        let mut there = match duplicates {
            Duplicates::Refuse => Some(self.likenesses()?),
            Duplicates::Keep => None,
        };
        let contents = self.contents()?;
        let last = contents.index.all().map(|item| item.position()).max().unwrap_or(0);
        let mut position = last;
        let mut rows = Vec::with_capacity(entries.len());
        let mut added = Vec::with_capacity(entries.len());
        for mut entry in entries {
            entry.tidy()?;
            if let Some(like) = there.as_ref().and_then(|there| there.like(&entry.account)) {
                added.push(like);
                continue;
            }
            let id = EntryId::make()?;
            position = position.saturating_add(POSITION_STEP);
            if let Some(there) = &mut there {
                there.note(id, &entry.account);
            }
            let stored = Stored::new(entry, position, now, &self.header.device);
            rows.push((id, stored.encode()));
            added.push(Added::New(id));
        }
        if contents.index.len() + rows.len() > MAX_ENTRIES {
            return Err(VaultError::TooLarge);
        }
        if !rows.is_empty() {
            self.change(rows, Vec::new())?;
        }
        Ok(added)
    }

    /// Changes one account, all of `edits` or none.
    pub(crate) fn edit(
        &mut self,
        id: EntryId,
        edits: Vec<Edit>,
        now: UnixTime,
    ) -> Result<(), VaultError> {
        let mut stored = self.stored(id)?;
        let device = self.header.device;
        for edit in edits {
            let entry = &mut stored.entry;
            let field = match edit {
                Edit::Issuer(issuer) => {
                    let issuer = issuer.unwrap_or_default();
                    let renamed = entry.account.renamed(&issuer, entry.account.name());
                    entry.account = renamed.map_err(|_| VaultError::TooLarge)?;
                    field::ISSUER
                }
                Edit::Name(name) => {
                    let issuer = entry.account.issuer().unwrap_or_default();
                    let renamed = entry.account.renamed(issuer, &name);
                    entry.account = renamed.map_err(|_| VaultError::TooLarge)?;
                    field::NAME
                }
                Edit::Pin(pin) => {
                    entry.pin = pin;
                    field::PIN
                }
                Edit::Note(note) => {
                    entry.note = note;
                    field::NOTE
                }
                Edit::Tags(tags) => {
                    entry.tags = tags;
                    field::TAGS
                }
                Edit::Group(group) => {
                    entry.group = group;
                    field::GROUP
                }
                Edit::Pinned(pinned) => {
                    entry.pinned = pinned;
                    field::PINNED
                }
                Edit::RecoveryCodes(codes) => {
                    entry.recovery_codes = codes;
                    field::RECOVERY_CODES
                }
                Edit::Icon(icon) => {
                    entry.icon = icon;
                    field::ICON
                }
            };
            stored.stamp(field, now, &device);
        }
        stored.entry.tidy()?;
        self.change(vec![(id, stored.encode())], Vec::new())
    }

    /// Moves an account to stand before another, or at the end.
    pub(crate) fn move_before(
        &mut self,
        id: EntryId,
        before: Option<EntryId>,
        now: UnixTime,
    ) -> Result<(), VaultError> {
        let contents = self.contents()?;
        let there = |id: EntryId| contents.index.item(id).ok_or(VaultError::EntryNotFound);
        there(id)?;
        let mut others: Vec<(u64, EntryId)> = contents
            .index
            .all()
            .filter(|item| item.id() != id)
            .map(|item| (item.position(), item.id()))
            .collect();
        others.sort_unstable();
        let slot = match before {
            Some(before) if before == id => return Ok(()),
            Some(before) => {
                let target = (there(before)?.position(), before);
                others.binary_search(&target).unwrap_or_else(|slot| slot)
            }
            None => others.len(),
        };
        let low = slot.checked_sub(1).and_then(|slot| others.get(slot)).map_or(0, |low| low.0);
        let high = others.get(slot).map(|high| high.0);
        let middle = high.map_or(low.saturating_add(POSITION_STEP), |high| low.midpoint(high));
        if low < middle {
            let row = self.with_position(id, middle, now)?;
            return self.change(vec![row], Vec::new());
        }
        // No room left between the two: all move apart in the order that they have, and
        // nobody sees it. How to undo the change before this one speaks of places that
        // are no more.
        let mut all: Vec<(u64, EntryId)> =
            contents.index.all().map(|item| (item.position(), item.id())).collect();
        all.sort_unstable();
        let removed = contents.undo_id.into_iter().collect();
        let places =
            all.into_iter().map(|(_, id)| id).zip((1_u64..).map(|place| place * POSITION_STEP));
        let rows = places.map(|(id, position)| self.with_position(id, position, now));
        let rows = rows.collect::<Result<_, _>>()?;
        self.commit(Change { rows, removed, ..Change::default() })?;
        self.move_before(id, before, now)
    }

    fn with_position(
        &self,
        id: EntryId,
        position: u64,
        now: UnixTime,
    ) -> Result<(EntryId, Zeroizing<Vec<u8>>), VaultError> {
        let mut stored = self.stored(id)?;
        stored.position = position;
        stored.stamp(field::POSITION, now, &self.header.device);
        Ok((id, stored.encode()))
    }

    /// Puts accounts into the trash, or takes them out: all in one transaction.
    pub(crate) fn set_trashed(
        &mut self,
        ids: &[EntryId],
        trashed: bool,
        now: UnixTime,
    ) -> Result<(), VaultError> {
        let mut rows = Vec::with_capacity(ids.len());
        // Each once: how to undo it speaks of each row as it was before.
        for id in ids.iter().copied().collect::<BTreeSet<_>>() {
            let mut stored = self.stored(id)?;
            if stored.trashed.is_some() != trashed {
                stored.trashed = trashed.then_some(now);
                stored.stamp(field::TRASHED, now, &self.header.device);
                rows.push((id, stored.encode()));
            }
        }
        if rows.is_empty() { Ok(()) } else { self.change(rows, Vec::new()) }
    }

    /// Counts a use of an account.
    pub(crate) fn note_use(&mut self, id: EntryId, now: UnixTime) -> Result<(), VaultError> {
        let contents = self.contents()?;
        contents.index.item(id).ok_or(VaultError::EntryNotFound)?;
        let mut usage = contents.usage.clone();
        usage.note(id, now);
        let row = contents.usage_id.map_or_else(EntryId::make, Ok)?;
        self.commit(Change { rows: vec![(row, usage.encode())], ..Change::default() })
    }

    /// The next code of an HOTP account. Its counter is durable in the file before the
    /// code is known, so that no crash makes a code come twice.
    pub(crate) fn next_hotp_code(
        &mut self,
        id: EntryId,
        now: UnixTime,
    ) -> Result<Code, VaultError> {
        let mut stored = self.stored(id)?;
        let account = &stored.entry.account;
        let Kind::Hotp { counter, .. } = account.kind() else { return Err(VaultError::NotCounted) };
        let Generator::Hotp(hotp) = account.generator(None)? else {
            return Err(VaultError::NotCounted);
        };
        stored.entry.account =
            account.with_counter(counter.checked_add(1).ok_or(VaultError::TooLarge)?);
        stored.stamp(field::COUNTER, now, &self.header.device);
        self.commit(Change { rows: vec![(id, stored.encode())], ..Change::default() })?;
        Ok(hotp.code(counter))
    }

    /// What the accounts in the vault, also those in the trash, would be known by again.
    fn likenesses(&self) -> Result<Likenesses, VaultError> {
        let mut likenesses = Likenesses::default();
        self.each_item(|id, item| {
            if let Some(view) = view(item)? {
                likenesses.note(id, &view.account().ok_or(VaultError::Damaged)?);
            }
            Ok(())
        })?;
        Ok(likenesses)
    }
}

/// An account's record with texts of its own; `None` if it is a record of another type.
pub(super) fn stored(item: &[u8]) -> Result<Option<Stored>, VaultError> {
    let Some(view) = view(item)? else { return Ok(None) };
    view.stored().map(Some).ok_or(VaultError::Damaged)
}

pub(super) fn view(item: &[u8]) -> Result<Option<AccountView<'_>>, VaultError> {
    match RecordKind::read(item).ok_or(VaultError::Damaged)? {
        (RecordKind::Account, decoder, pairs) => {
            AccountView::read(decoder, pairs).map(Some).ok_or(VaultError::Damaged)
        }
        _ => Ok(None),
    }
}

/// By what an account is known again.
#[derive(Default)]
struct Likenesses {
    by_secret: HashMap<[u8; 32], EntryId>,
    by_name: HashMap<(Option<String>, String), EntryId>,
}

impl Likenesses {
    fn like(&self, account: &Account) -> Option<Added> {
        let same = self.by_secret.get(&*fingerprint(account)).copied().map(Added::SameAccount);
        // Nobody's account at nobody's: a name that says nothing is no likeness.
        let named = account.issuer().is_some() || !account.name().is_empty();
        same.or_else(|| {
            self.by_name.get(&name(account)).copied().filter(|_| named).map(Added::SameName)
        })
    }

    fn note(&mut self, id: EntryId, account: &Account) {
        self.by_secret.entry(*fingerprint(account)).or_insert(id);
        self.by_name.entry(name(account)).or_insert(id);
    }
}

fn name(account: &Account) -> (Option<String>, String) {
    let folded = |text: &str| text.to_lowercase();
    (account.issuer().map(folded), folded(account.name()))
}

/// A hash of the secret and the parameters; not of an HOTP account's counter, which
/// moves.
fn fingerprint(account: &Account) -> Zeroizing<[u8; 32]> {
    let kind = match account.kind() {
        Kind::Hotp { algorithm, digits, .. } => Kind::Hotp { algorithm, digits, counter: 0 },
        kind => kind,
    };
    sha256(&[format!("{kind:?}").as_bytes(), &[0], account.secret().expose()])
}
