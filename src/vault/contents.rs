//! What an unlocked vault has in memory.

use super::approval_record::ApprovalRecord;
use super::by_row::ByRow;
use super::cbor::RecordKind;
use super::codes::Board;
use super::header::Header;
use super::index::Index;
use super::record::AccountView;
use super::root::Tags;
use super::settings::Settings;
use super::usage::UsageBook;
use super::{EntryId, VaultError};
use crate::crypto::key::{Key, derive};
use crate::crypto::stack::cleared;

/// The master key and what is derived from it.
pub(super) struct Keys {
    pub(super) master: Key,
    pub(super) record: Key,
    pub(super) root: Key,
    pub(super) generation: u32,
}

impl Keys {
    /// The keys of the header's generation.
    pub(super) fn derive(master: Key, header: &Header) -> Self {
        Self::derive_for(master, header, header.key_generation)
    }

    pub(super) fn derive_for(master: Key, header: &Header, generation: u32) -> Self {
        let subkey = |purpose: &[u8]| {
            let info = [purpose, &generation.to_be_bytes()];
            derive(header.vault.as_bytes(), master.expose(), &info)
        };
        Self {
            record: subkey(b"authcore/1/record"),
            root: subkey(b"authcore/1/root"),
            generation,
            master,
        }
    }
}

/// The contents of an unlocked vault: names, but no secret except in absorbed keys.
pub(super) struct Contents {
    pub(super) keys: Keys,
    pub(super) tags: Tags,
    pub(super) index: Index,
    pub(super) board: Board,
    pub(super) settings: Settings,
    pub(super) settings_id: Option<EntryId>,
    pub(super) usage: UsageBook,
    pub(super) usage_id: Option<EntryId>,
    pub(super) undo_id: Option<EntryId>,
    /// The rows of approvals, which are read when they are needed.
    pub(super) approvals: ByRow<RecordKind>,
}

impl Contents {
    pub(super) fn empty(keys: Keys) -> Self {
        Self {
            keys,
            tags: Tags::default(),
            index: Index::default(),
            board: Board::default(),
            settings: Settings::default(),
            settings_id: None,
            usage: UsageBook::default(),
            usage_id: None,
            undo_id: None,
            approvals: ByRow::default(),
        }
    }

    pub(super) fn into_keys(self) -> Keys {
        self.keys
    }

    /// Takes over a row that is in the file. [`Contents::settle`] has to follow.
    pub(super) fn take(&mut self, id: EntryId, item: &[u8]) -> Result<(), VaultError> {
        let (kind, decoder, pairs) = RecordKind::read(item).ok_or(VaultError::Damaged)?;
        match kind {
            RecordKind::Account => {
                let view = AccountView::read(decoder, pairs);
                view.and_then(|view| self.index.push(id, &view)).ok_or(VaultError::Damaged)?;
            }
            RecordKind::Settings => {
                self.settings = Settings::read(decoder, pairs).ok_or(VaultError::Damaged)?;
                self.settings_id = Some(id);
            }
            RecordKind::Usage => {
                self.usage = UsageBook::read(decoder, pairs).ok_or(VaultError::Damaged)?;
                self.usage_id = Some(id);
                for (id, usage) in self.usage.entries() {
                    self.index.set_usage(id, usage);
                }
            }
            RecordKind::Undo => self.undo_id = Some(id),
            RecordKind::Tombstone => {}
            RecordKind::Enrolment
            | RecordKind::Credential
            | RecordKind::Request
            | RecordKind::History
            | RecordKind::Ended => {
                // What the cipher left on the stack would be copied along with the record, where
                // it has bytes that nobody writes.
                cleared(|| ());
                ApprovalRecord::read(kind, decoder, pairs).ok_or(VaultError::Damaged)?;
                self.approvals.insert(id, kind);
            }
        }
        Ok(())
    }

    /// After the last row.
    pub(super) fn settle(&mut self) {
        self.index.settle(&self.usage);
    }

    /// Forgets a row that is gone from the file, or about to be taken over anew.
    pub(super) fn forget(&mut self, id: EntryId) {
        self.index.remove(id);
        self.board.remove(id);
        self.approvals.remove(id);
        if self.undo_id == Some(id) {
            self.undo_id = None;
        }
    }
}
