//! Where the vault is, with what belongs to it.
//!
//! | beside `PATH` | what it is |
//! |---|---|
//! | `PATH` | the vault |
//! | `PATH.key` | the key file: the platform's key in software |
//! | `PATH.state/` | the rollback guard: the tries of the PIN, the newest state that was seen |

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use authenticator_core::vault::{
    KeyError, KeyFile, KeyWrapper, SecurityLevel, SoftwareError, StateFile, VaultError,
};
use authenticator_core::{Platform, Secret};
use directories::ProjectDirs;

use super::arguments::Place;
use crate::file;
use crate::refusal::Refusal;

/// The files of one vault.
#[derive(Debug)]
pub(super) struct Paths {
    pub(super) vault: PathBuf,
    pub(super) key: PathBuf,
    pub(super) state: PathBuf,
}

/// What becomes of a key file that is not there.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum MissingKey {
    Refuse,
    Make,
}

impl Paths {
    /// The files of the vault that is meant.
    pub(super) fn of(place: &Place) -> Result<Self, Refusal> {
        let vault = match &place.vault {
            Some(path) => path.clone(),
            None => default_folder()?.join("vault"),
        };
        let beside = |suffix: &str| {
            let mut name = vault.as_os_str().to_owned();
            name.push(suffix);
            PathBuf::from(name)
        };
        Ok(Self { key: beside(".key"), state: beside(".state"), vault })
    }

    /// Makes the folder of a new vault if that is this program's own.
    pub(super) fn make_default_folder(&self) -> Result<(), Refusal> {
        let folder = default_folder().ok().filter(|folder| self.vault.parent() == Some(folder));
        let Some(folder) = folder else { return Ok(()) };
        // What stands above it is everybody's, and has the usual permissions.
        if let Some(above) = folder.parent() {
            fs::create_dir_all(above).map_err(|error| unwritable(&error))?;
        }
        make_private(&folder)
    }

    /// Refuses if there is no vault.
    pub(super) fn expect_vault(&self) -> Result<(), Refusal> {
        match self.vault.try_exists() {
            Ok(false) => Err(VaultError::NotFound.into()),
            _ => Ok(()),
        }
    }

    /// Refuses if there is one.
    pub(super) fn expect_none(&self) -> Result<(), Refusal> {
        match self.vault.try_exists() {
            Ok(true) => Err(VaultError::AlreadyExists.into()),
            _ => Ok(()),
        }
    }

    /// What stands in for the platform: the key file, and the folder of the guard.
    pub(super) fn platform(&self, missing: MissingKey) -> Result<Platform, Refusal> {
        let keys = match KeyFile::open(&self.key) {
            Err(SoftwareError::Io(io::ErrorKind::NotFound)) if missing == MissingKey::Make => {
                KeyFile::create(&self.key).map_err(|error| match error {
                    SoftwareError::Io(kind) => unwritable(&kind.into()),
                    error => error.into(),
                })?
            }
            other => other?,
        };
        self.platform_with(Arc::new(keys))
    }

    /// As `platform`, where the recovery key alone is to open the vault: no key file is
    /// read or made.
    pub(super) fn platform_without_key(&self) -> Result<Platform, Refusal> {
        self.platform_with(Arc::new(NoKey))
    }

    fn platform_with(&self, keys: Arc<dyn KeyWrapper>) -> Result<Platform, Refusal> {
        make_private(&self.state)?;
        Ok(Platform { keys, guard: Arc::new(StateFile::new(&self.state)) })
    }
}

/// In place of a key file that is not there, or not the vault's.
#[derive(Debug)]
struct NoKey;

impl KeyWrapper for NoKey {
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }

    fn wrap(&self, _: &Secret) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Unavailable)
    }

    fn unwrap(&self, _: &[u8]) -> Result<Secret, KeyError> {
        Err(KeyError::Unavailable)
    }

    fn prf(&self, _: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        Ok(None)
    }

    fn delete(&self) -> Result<(), KeyError> {
        Ok(())
    }
}

/// The folder of this program in the system's folder for data.
fn default_folder() -> Result<PathBuf, Refusal> {
    let folders = ProjectDirs::from("", "", "authenticator").ok_or_else(|| {
        Refusal::new("no_home", "the system names no home folder; say where: `--vault PATH`")
    })?;
    Ok(folders.data_local_dir().to_owned())
}

/// Makes a folder for its owner alone, if there is none.
fn make_private(folder: &Path) -> Result<(), Refusal> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    match builder.create(folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(unwritable(&error)),
        _ => Ok(()),
    }
}

fn unwritable(error: &io::Error) -> Refusal {
    let reason = file::reason(error);
    Refusal::new("unwritable_file", format!("the vault's folder cannot be written: {reason}"))
}
