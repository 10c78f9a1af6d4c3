//! Google Authenticator's migration links, collected in any order.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use authenticator_core::transfer::google::{self, MigrationBatch, MigrationLink};

use crate::account::text;
use crate::{AccountDraft, AccountProblem, Outcome};

/// Collects the QR codes of an export from Google Authenticator, in any order.
#[derive(uniffi::Object)]
pub struct MigrationCollector(Mutex<MigrationBatch>);

/// How much of an export was scanned.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct MigrationProgress {
    /// How many codes the export has.
    pub size: u32,
    /// Those still to be scanned, counted from 0.
    pub missing: Vec<u32>,
}

/// One account of an export, or why it is none: the others do not suffer from it. What it prints says
/// whose account it is: it is for no log.
#[derive(Clone, uniffi::Record)]
pub struct MigrationEntry {
    /// What the entry calls itself, for a report; empty if not even that is readable.
    pub label: String,
    /// The account.
    pub draft: Option<Arc<AccountDraft>>,
    /// Why there is none.
    pub problem: Option<AccountProblem>,
}

#[uniffi::export]
impl MigrationCollector {
    /// Collects nothing yet.
    #[uniffi::constructor]
    pub fn new() -> Self {
        Self(Mutex::default())
    }

    /// Adds the text of one code; one that is there already changes nothing. UTF-8.
    pub fn add(&self, link: &[u8]) -> Outcome<MigrationProgress> {
        let link = MigrationLink::parse(text(link)?)?;
        let mut batch = self.batch();
        batch.add(link)?;
        Ok(progress(&batch))
    }

    /// What was collected, in the order of the export; the collector is empty afterwards. What is
    /// missing is left out: look at the progress first.
    pub fn take(&self) -> Vec<MigrationEntry> {
        let batch = std::mem::take(&mut *self.batch());
        batch.into_entries().map(entry).collect()
    }
}

impl Default for MigrationCollector {
    fn default() -> Self {
        Self::new()
    }
}

impl MigrationCollector {
    fn batch(&self) -> MutexGuard<'_, MigrationBatch> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn progress(batch: &MigrationBatch) -> MigrationProgress {
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    MigrationProgress {
        size: number(batch.size().unwrap_or_default()),
        missing: batch.missing().map(number).collect(),
    }
}

fn entry(entry: google::MigrationEntry) -> MigrationEntry {
    let (draft, problem) = match entry.account {
        Ok(parsed) => (Some(Arc::new(AccountDraft::new(parsed))), None),
        Err(error) => (None, Some(error.into())),
    };
    MigrationEntry { label: entry.label, draft, problem }
}
