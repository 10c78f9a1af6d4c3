//! A rollback guard in software: files beside the vault.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use super::platform::{GuardError, RollbackGuard, VaultId};
use super::software::{self, Privacy, SoftwareError};

/// Bytes of a state, at most; [`RollbackGuard::replace`] promises no more.
const MOST_BYTES: usize = 255;

/// A [`RollbackGuard`] for desktops and tests: one small file for each vault.
///
/// A file that is copied and put back along with the vault guards nothing: the tries of
/// a PIN come back with it. It holds off who has a copy of the vault alone, and counts
/// the tries of who sits at the keyboard.
///
/// Files are replaced as a whole, and are for their owner alone. One that others may
/// read is read all the same, and is closed to them when it is next replaced.
///
/// # Examples
///
/// ```
/// use authenticator_core::vault::{RollbackGuard, StateFile, VaultId};
///
/// # let folder = tempfile::tempdir()?;
/// let guard = StateFile::new(folder.path());
/// let vault = VaultId::from_bytes([1; 16]);
///
/// assert_eq!(guard.read(&vault)?, None);
/// guard.replace(&vault, b"state")?;
/// assert_eq!(guard.read(&vault)?.as_deref(), Some(&b"state"[..]));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct StateFile {
    folder: PathBuf,
    /// Held while a file is replaced: one thread would tidy away what another writes.
    /// (Another program that does so makes a replacement fail, and no more.)
    replacing: Mutex<()>,
}

impl StateFile {
    /// The states kept in `folder`, which is there already. Nothing is read yet.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), replacing: Mutex::new(()) }
    }
}

impl RollbackGuard for StateFile {
    fn read(&self, vault: &VaultId) -> Result<Option<Vec<u8>>, GuardError> {
        let path = self.folder.join(name_of(vault));
        match software::read(&path, MOST_BYTES, Privacy::Ignored) {
            Ok(mut state) => Ok(Some(std::mem::take(&mut *state))),
            // A folder that is not there (a disk that is not mounted) says nothing about
            // what was kept in it.
            Err(SoftwareError::Io(io::ErrorKind::NotFound)) if self.folder.is_dir() => Ok(None),
            Err(_) => Err(GuardError::Unavailable),
        }
    }

    fn replace(&self, vault: &VaultId, state: &[u8]) -> Result<(), GuardError> {
        if state.len() > MOST_BYTES {
            return Err(GuardError::Unavailable);
        }
        let _replacing = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let replaced = software::replace(&self.folder, &name_of(vault), state);
        replaced.map_err(|_| GuardError::Unavailable)
    }
}

impl fmt::Debug for StateFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StateFile").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn name_of(vault: &VaultId) -> String {
    format!("{vault}.guard")
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    const VAULT: VaultId = VaultId::from_bytes([0xab; 16]);
    const NAME: &str = "abababababababababababababababab.guard";

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn each_vault_has_a_state_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let guard = StateFile::new(folder.path());
        let other = VaultId::from_bytes([2; 16]);

        guard.replace(&VAULT, b"one").unwrap();
        guard.replace(&other, b"two").unwrap();
        guard.replace(&VAULT, b"three").unwrap();

        let again = StateFile::new(folder.path());
        assert_eq!(again.read(&VAULT).unwrap().unwrap(), b"three");
        assert_eq!(again.read(&other).unwrap().unwrap(), b"two");
        assert_eq!(again.read(&VaultId::from_bytes([3; 16])).unwrap(), None);
    }

    #[test]
    fn what_a_crash_left_is_not_read_and_goes_with_the_next_state() {
        let folder = tempfile::tempdir().unwrap();
        let guard = StateFile::new(folder.path());
        let left = format!("{NAME}.0011223344556677.new");
        let of_another = format!("{}.0011223344556677.new", name_of(&VaultId::from_bytes([2; 16])));
        fs::write(folder.path().join(&left), b"half").unwrap();
        fs::write(folder.path().join(&of_another), b"half").unwrap();

        assert_eq!(guard.read(&VAULT), Ok(None));
        guard.replace(&VAULT, b"state").unwrap();

        assert_eq!(guard.read(&VAULT).unwrap().unwrap(), b"state");
        assert_eq!(names(folder.path()), [of_another, NAME.to_owned()]);
    }

    #[test]
    fn a_state_that_ends_early_is_given_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let guard = StateFile::new(folder.path());
        guard.replace(&VAULT, &[7; 47]).unwrap();
        fs::write(folder.path().join(NAME), [7; 20]).unwrap();

        // Whether it is whole, its own checksum says.
        assert_eq!(guard.read(&VAULT).unwrap().unwrap(), [7; 20]);
        fs::write(folder.path().join(NAME), []).unwrap();
        assert!(guard.read(&VAULT).unwrap().unwrap().is_empty());
    }

    #[test]
    fn what_cannot_be_known_is_not_taken_for_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let missing = StateFile::new(folder.path().join("missing"));
        assert_eq!(missing.read(&VAULT), Err(GuardError::Unavailable));
        assert_eq!(missing.replace(&VAULT, b"state"), Err(GuardError::Unavailable));

        let guard = StateFile::new(folder.path());
        assert_eq!(guard.replace(&VAULT, &[0; 256]), Err(GuardError::Unavailable));
        assert_eq!(guard.read(&VAULT), Ok(None));
        fs::write(folder.path().join(NAME), [0; 256]).unwrap();
        assert_eq!(guard.read(&VAULT), Err(GuardError::Unavailable));
        fs::remove_file(folder.path().join(NAME)).unwrap();
        fs::create_dir(folder.path().join(NAME)).unwrap();
        assert_eq!(guard.read(&VAULT), Err(GuardError::Unavailable));
    }

    #[cfg(unix)]
    #[test]
    fn a_state_is_its_owners_alone_from_the_next_write_on() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let guard = StateFile::new(folder.path());
        let path = folder.path().join(NAME);
        let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o7777;

        guard.replace(&VAULT, b"one").unwrap();
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(guard.read(&VAULT).unwrap().unwrap(), b"one");
        guard.replace(&VAULT, b"two").unwrap();
        assert_eq!(mode(), 0o600);
    }
}
