//! What a vault should hold: a map of accounts, their order, and one step back.

use std::collections::HashMap;

use authenticator_core::otp::Kind;
use authenticator_core::vault::{Added, Edit, Entry, EntryId, Item, Usage, VaultError};
use authenticator_core::{Authenticator, Moment, UnixTime};

#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) entry: Entry,
    created: UnixTime,
    trashed: Option<UnixTime>,
}

#[derive(Default)]
pub(crate) struct Model {
    pub(crate) accounts: HashMap<EntryId, Stored>,
    /// Of all accounts, whether pinned or in the trash.
    pub(crate) order: Vec<EntryId>,
    /// Accounts and order as they were.
    before: Option<(HashMap<EntryId, Stored>, Vec<EntryId>)>,
    usage: HashMap<EntryId, (u32, UnixTime)>,
}

impl Model {
    fn note_step(&mut self) {
        self.before = Some((self.accounts.clone(), self.order.clone()));
    }

    pub(crate) fn begin_add(&mut self, is_step: bool) {
        if is_step {
            self.note_step();
        }
    }

    pub(crate) fn add(&mut self, id: EntryId, entry: Entry, created: UnixTime) {
        self.order.push(id);
        let known = self.accounts.insert(id, Stored { entry, created, trashed: None });
        assert!(known.is_none(), "an id came twice");
    }

    /// Whether `added` is a right answer to `entry`, if those who are alike are refused.
    pub(crate) fn assert_alike(&self, entry: &Entry, added: Added) {
        let alike = |same: fn(&Entry, &Entry) -> bool| -> Vec<EntryId> {
            let alike = self.accounts.iter().filter(|(_, stored)| same(&stored.entry, entry));
            alike.map(|(id, _)| *id).collect()
        };
        let (accounts, names) = (alike(is_same_account), alike(is_same_name));
        match added {
            Added::New(_) => assert!(accounts.is_empty() && names.is_empty()),
            Added::SameAccount(id) => assert!(accounts.contains(&id)),
            Added::SameName(id) => assert!(accounts.is_empty() && names.contains(&id)),
        }
    }

    pub(crate) fn edit(&mut self, id: EntryId, edits: Vec<Edit>) {
        self.note_step();
        let stored = self.accounts.get_mut(&id).unwrap();
        for edit in edits {
            stored.entry = edited(stored.entry.clone(), edit);
        }
    }

    pub(crate) fn move_before(&mut self, id: EntryId, before: Option<EntryId>) {
        if before == Some(id) {
            return;
        }
        self.note_step();
        self.order.retain(|other| *other != id);
        let place = before.map(|before| self.order.iter().position(|other| *other == before));
        self.order.insert(place.map_or(self.order.len(), Option::unwrap), id);
    }

    pub(crate) fn trash(&mut self, id: EntryId, trashed: Option<UnixTime>) {
        if self.accounts[&id].trashed.is_some() != trashed.is_some() {
            self.note_step();
            self.accounts.get_mut(&id).unwrap().trashed = trashed;
        }
    }

    pub(crate) fn is_trashed(&self, id: EntryId) -> bool {
        self.accounts[&id].trashed.is_some()
    }

    pub(crate) fn purge(&mut self, id: EntryId) {
        self.accounts.remove(&id);
        self.order.retain(|other| *other != id);
        self.usage.remove(&id);
        self.before = None;
    }

    /// Whether there was something to undo.
    pub(crate) fn undo(&mut self) -> bool {
        let Some((mut accounts, order)) = self.before.take() else { return false };
        for (id, stored) in &mut accounts {
            // A counter never goes back.
            let Some(now) = self.accounts.get(id).map(|now| now.entry.account.kind()) else {
                continue;
            };
            if matches!(now, Kind::Hotp { .. }) {
                set_kind(&mut stored.entry, now);
            }
        }
        self.note_step();
        (self.accounts, self.order) = (accounts, order);
        true
    }

    pub(crate) fn note_use(&mut self, id: EntryId, now: UnixTime) {
        let used = self.usage.entry(id).or_insert((0, now));
        *used = (used.0 + 1, now);
    }

    pub(crate) fn count(&mut self, id: EntryId) {
        let entry = &mut self.accounts.get_mut(&id).unwrap().entry;
        let Kind::Hotp { algorithm, digits, counter } = entry.account.kind() else { panic!() };
        set_kind(entry, Kind::Hotp { algorithm, digits, counter: counter + 1 });
    }

    /// Outside the trash, pinned ones first.
    pub(crate) fn shown(&self) -> Vec<EntryId> {
        self.listed(false)
    }

    fn listed(&self, trashed: bool) -> Vec<EntryId> {
        let mut ids = self.order.clone();
        ids.retain(|id| self.accounts[id].trashed.is_some() == trashed);
        ids.sort_by_key(|id| !self.accounts[id].entry.pinned);
        ids
    }

    pub(crate) fn compare(&self, vault: &Authenticator, now: Moment) {
        for (items, trashed) in
            [(vault.items(now).unwrap(), false), (vault.trash(now).unwrap(), true)]
        {
            let ids: Vec<EntryId> = items.iter().map(|item| item.id()).collect();
            assert_eq!(ids, self.listed(trashed));
            items.iter().for_each(|item| self.compare_item(item));
        }
        for (id, stored) in &self.accounts {
            assert_same(&vault.reveal(*id, now).unwrap(), &stored.entry);
        }
        assert_eq!(vault.can_undo(now), Ok(self.before.is_some()));
        let none = EntryId::from_bytes([0; 16]);
        assert_eq!(vault.item(none, now).unwrap_err(), VaultError::EntryNotFound);
    }

    fn compare_item(&self, item: &Item) {
        let stored = &self.accounts[&item.id()];
        let entry = &stored.entry;
        assert_eq!(item.issuer(), entry.account.issuer());
        assert_eq!(item.name(), entry.account.name());
        assert_eq!(item.kind(), entry.account.kind());
        assert_eq!((item.note(), item.group()), (entry.note.as_deref(), entry.group.as_deref()));
        assert_eq!(item.tags(), entry.tags);
        assert_eq!((item.is_pinned(), item.created()), (entry.pinned, stored.created));
        assert_eq!((item.trashed(), item.has_icon()), (stored.trashed, entry.icon.is_some()));
        let left = entry.recovery_codes.iter().filter(|code| !code.used).count();
        assert_eq!(item.recovery_codes_left(), left);
        let used = self.usage.get(&item.id());
        let usage = used.map(|(count, last)| Usage { count: *count, last: Some(*last) });
        assert_eq!(item.usage(), usage.unwrap_or_default());
    }
}

/// `entry` with one change: written anew, without what the vault does.
pub(crate) fn edited(mut entry: Entry, edit: Edit) -> Entry {
    match edit {
        Edit::Issuer(issuer) => rename(&mut entry, issuer.as_deref().unwrap_or_default(), None),
        Edit::Name(name) => {
            let issuer = entry.account.issuer().unwrap_or_default().to_owned();
            rename(&mut entry, &issuer, Some(&name));
        }
        // Kinds whose codes need none keep none.
        Edit::Pin(pin) => entry.pin = pin.filter(|_| entry.account.kind().needs_pin()),
        Edit::Note(note) => entry.note = note,
        Edit::Tags(tags) => entry.tags = tags,
        Edit::Group(group) => entry.group = group,
        Edit::Pinned(pinned) => entry.pinned = pinned,
        Edit::RecoveryCodes(codes) => entry.recovery_codes = codes,
        Edit::Icon(icon) => entry.icon = icon,
        edit => panic!("{edit:?} is not known here"),
    }
    entry
}

fn rename(entry: &mut Entry, issuer: &str, name: Option<&str>) {
    let account = &entry.account;
    let name = name.unwrap_or(account.name());
    entry.account = account_of(issuer, name, account.kind(), entry);
}

fn set_kind(entry: &mut Entry, kind: Kind) {
    let account = &entry.account;
    entry.account = account_of(account.issuer().unwrap_or_default(), account.name(), kind, entry);
}

fn account_of(
    issuer: &str,
    name: &str,
    kind: Kind,
    entry: &Entry,
) -> authenticator_core::otp::Account {
    let secret = entry.account.secret().clone();
    authenticator_core::otp::Account::from_parts(issuer, name, kind, secret).unwrap().account
}

fn is_same_account(one: &Entry, other: &Entry) -> bool {
    let uncounted = |entry: &Entry| match entry.account.kind() {
        Kind::Hotp { algorithm, digits, .. } => Kind::Hotp { algorithm, digits, counter: 0 },
        kind => kind,
    };
    one.account.secret().expose() == other.account.secret().expose()
        && uncounted(one) == uncounted(other)
}

fn is_same_name(one: &Entry, other: &Entry) -> bool {
    let name = |entry: &Entry| {
        let issuer = entry.account.issuer().map(str::to_lowercase);
        (issuer, entry.account.name().to_lowercase())
    };
    name(one) == name(other) && name(one) != (None, String::new())
}

fn assert_same(one: &Entry, other: &Entry) {
    let (account, expected) = (&one.account, &other.account);
    assert_eq!(account.secret().expose(), expected.secret().expose());
    assert_eq!((account.issuer(), account.name()), (expected.issuer(), expected.name()));
    assert_eq!((account.kind(), account.image()), (expected.kind(), expected.image()));
    let pin = |entry: &Entry| entry.pin.as_ref().map(|pin| pin.expose().to_owned());
    assert_eq!(pin(one), pin(other));
    assert_eq!((&one.note, &one.tags, &one.group), (&other.note, &other.tags, &other.group));
    assert_eq!((one.pinned, &one.icon), (other.pinned, &other.icon));
    let codes = |entry: &Entry| -> Vec<(String, bool)> {
        let codes = entry.recovery_codes.iter();
        codes.map(|code| (code.code.expose().to_owned(), code.used)).collect()
    };
    assert_eq!(codes(one), codes(other));
}
