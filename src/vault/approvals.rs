//! What approvals keep: enrolments, credentials, requests and the history, each in a row.

use super::approval_record::ApprovalRecord;
use super::cbor::RecordKind;
use super::change::Change;
use super::vault::Vault;
use super::{EntryId, VaultError};
use crate::approval::stored::{Credential, Ended, Enrolment, Past, Pending};
use crate::approval::{CredentialId, RequestId};
use crate::crypto::random;
use crate::crypto::stack::cleared;

/// What one transaction changes of approvals.
#[derive(Default)]
pub(crate) struct ApprovalChange {
    rows: Vec<(EntryId, ApprovalRecord)>,
    removed: Vec<EntryId>,
}

impl ApprovalChange {
    pub(crate) fn put_enrolment(&mut self, id: CredentialId, enrolment: Enrolment) {
        self.put(*id.as_bytes(), ApprovalRecord::Enrolment(Box::new(enrolment)));
    }

    /// Also in the place of its enrolment.
    pub(crate) fn put_credential(&mut self, id: CredentialId, credential: Credential) {
        self.put(*id.as_bytes(), ApprovalRecord::Credential(Box::new(credential)));
    }

    pub(crate) fn put_request(&mut self, id: RequestId, pending: Pending) {
        self.put(*id.as_bytes(), ApprovalRecord::Pending(Box::new(pending)));
    }

    /// In the place of the request.
    pub(crate) fn put_past(&mut self, id: RequestId, past: Past) {
        self.put(*id.as_bytes(), ApprovalRecord::Past(Box::new(past)));
    }

    /// In the place of the credential.
    pub(crate) fn put_ended(&mut self, id: CredentialId, ended: Ended) {
        self.put(*id.as_bytes(), ApprovalRecord::Ended(Box::new(ended)));
    }

    fn put(&mut self, id: [u8; 16], record: ApprovalRecord) {
        self.rows.push((EntryId::from_bytes(id), record));
    }

    pub(crate) fn remove(&mut self, id: [u8; 16]) {
        self.removed.push(EntryId::from_bytes(id));
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty() && self.removed.is_empty()
    }
}

/// A row's id, drawn at random.
pub(crate) fn make_id() -> Result<[u8; 16], VaultError> {
    Ok(random::make()?)
}

impl Vault {
    /// Writes what approvals changed, in one transaction. The accounts' undo stays as it is.
    pub(crate) fn change_approvals(&mut self, change: ApprovalChange) -> Result<(), VaultError> {
        if change.is_empty() {
            return Ok(());
        }
        let rows = change.rows.iter().map(|(id, record)| (*id, record.encode())).collect();
        self.commit(Change { rows, removed: change.removed, ..Change::default() })
    }

    pub(crate) fn enrolment(&self, id: CredentialId) -> Result<Option<Enrolment>, VaultError> {
        Ok(match self.approval(*id.as_bytes())? {
            Some(ApprovalRecord::Enrolment(enrolment)) => Some(*enrolment),
            _ => None,
        })
    }

    pub(crate) fn credential(&self, id: CredentialId) -> Result<Option<Credential>, VaultError> {
        Ok(match self.approval(*id.as_bytes())? {
            Some(ApprovalRecord::Credential(credential)) => Some(*credential),
            _ => None,
        })
    }

    pub(crate) fn request(&self, id: RequestId) -> Result<Option<Pending>, VaultError> {
        Ok(match self.approval(*id.as_bytes())? {
            Some(ApprovalRecord::Pending(pending)) => Some(*pending),
            _ => None,
        })
    }

    pub(crate) fn enrolments(&self) -> Result<Vec<(CredentialId, Enrolment)>, VaultError> {
        self.approvals(RecordKind::Enrolment, |id, record| match record {
            ApprovalRecord::Enrolment(enrolment) => {
                Some((CredentialId::from_bytes(id), *enrolment))
            }
            _ => None,
        })
    }

    pub(crate) fn credentials(&self) -> Result<Vec<(CredentialId, Credential)>, VaultError> {
        self.approvals(RecordKind::Credential, |id, record| match record {
            ApprovalRecord::Credential(credential) => {
                Some((CredentialId::from_bytes(id), *credential))
            }
            _ => None,
        })
    }

    pub(crate) fn requests(&self) -> Result<Vec<(RequestId, Pending)>, VaultError> {
        self.approvals(RecordKind::Request, |id, record| match record {
            ApprovalRecord::Pending(pending) => Some((RequestId::from_bytes(id), *pending)),
            _ => None,
        })
    }

    pub(crate) fn history(&self) -> Result<Vec<(RequestId, Past)>, VaultError> {
        self.approvals(RecordKind::History, |id, record| match record {
            ApprovalRecord::Past(past) => Some((RequestId::from_bytes(id), *past)),
            _ => None,
        })
    }

    pub(crate) fn ended(&self) -> Result<Vec<(CredentialId, Ended)>, VaultError> {
        self.approvals(RecordKind::Ended, |id, record| match record {
            ApprovalRecord::Ended(ended) => Some((CredentialId::from_bytes(id), *ended)),
            _ => None,
        })
    }

    /// The rows of one type, ids ascending.
    fn approvals<T>(
        &self,
        kind: RecordKind,
        wanted: impl Fn([u8; 16], ApprovalRecord) -> Option<T>,
    ) -> Result<Vec<T>, VaultError> {
        let rows = self.contents()?.approvals.iter().filter(|(_, known)| **known == kind);
        let mut found = Vec::new();
        for (id, _) in rows {
            let record = self.approval(*id.as_bytes())?.ok_or(VaultError::Damaged)?;
            found.extend(wanted(*id.as_bytes(), record));
        }
        Ok(found)
    }

    fn approval(&self, id: [u8; 16]) -> Result<Option<ApprovalRecord>, VaultError> {
        // What the cipher leaves on the stack would be copied along with the record, where it has
        // bytes that nobody writes.
        let item = cleared(|| self.item(EntryId::from_bytes(id)))?;
        let Some(item) = item else { return Ok(None) };
        let (kind, reader, pairs) = RecordKind::read(&item).ok_or(VaultError::Damaged)?;
        Ok(ApprovalRecord::read(kind, reader, pairs))
    }
}
