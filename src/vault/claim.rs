//! One handle for a file in a process.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::VaultError;

static CLAIMED: Mutex<BTreeSet<PathBuf>> = Mutex::new(BTreeSet::new());

/// The right to open a file, given back when it is dropped.
///
/// SQLite's locks keep other processes away, not this one.
#[derive(Debug)]
pub(super) struct Claim(PathBuf);

impl Claim {
    /// # Errors
    ///
    /// - [`VaultError::AlreadyOpen`]: this process has claimed the file already.
    /// - [`VaultError::NotFound`]: the folder of the file is not there.
    pub(super) fn new(path: &Path) -> Result<Self, VaultError> {
        // The file need not be there yet; its folder has one name whatever the way to it.
        let name = path.file_name().ok_or(VaultError::NotFound)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let path = folder.canonicalize().map_err(|_| VaultError::NotFound)?.join(name);
        let mut claimed = CLAIMED.lock().unwrap_or_else(PoisonError::into_inner);
        if claimed.insert(path.clone()) { Ok(Self(path)) } else { Err(VaultError::AlreadyOpen) }
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.0);
    }
}
