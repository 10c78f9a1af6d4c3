//! The files beside a vault: logs, locks, copies, and what is not finished.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::VaultError;

/// Removes every copy of the vault at `path`: kept before a migration, put aside as
/// damaged, or left by work that was broken off.
pub(super) fn remove_copies(path: &Path) -> Result<(), VaultError> {
    remove_found(path, |name| is_leftover(name) || is_copy(name))
}

/// Removes what work that was broken off has left beside the vault at `path`.
pub(super) fn remove_leftovers(path: &Path) -> Result<(), VaultError> {
    remove_found(path, is_leftover)
}

/// Whether a vault's file has this behind its name while something is made of it.
fn is_leftover(name: &[u8]) -> bool {
    name == b".salvage" || name == b".part" || name.strip_suffix(b".part").is_some_and(is_copy)
}

/// Whether a copy of a vault has this behind its name.
fn is_copy(name: &[u8]) -> bool {
    let number = name.strip_prefix(b".damaged-").or_else(|| name.strip_prefix(b".before-"));
    number.is_some_and(|number| !number.is_empty() && number.iter().all(u8::is_ascii_digit))
}

/// Removes every file beside the one at `path` whose name is that one's and what
/// `is_meant` says of the rest, with what SQLite keeps beside them; what is no file stays.
fn remove_found(path: &Path, is_meant: impl Fn(&[u8]) -> bool) -> Result<(), VaultError> {
    let name = path.file_name().ok_or(VaultError::Storage)?.as_encoded_bytes();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let (mut removed, mut failed) = (false, false);
    for entry in fs::read_dir(folder).map_err(|_| VaultError::Storage)? {
        let entry = entry.map_err(|_| VaultError::Storage)?;
        let found = entry.file_name();
        let Some(rest) = found.as_encoded_bytes().strip_prefix(name) else { continue };
        let is_meant =
            BESIDE.iter().any(|suffix| rest.strip_suffix(suffix.as_bytes()).is_some_and(&is_meant));
        if is_meant {
            // All that can be removed is, whatever becomes of one of them.
            failed |= remove(&entry.path()).is_err();
            removed = true;
        }
    }
    if removed {
        sync_folder(path)?;
    }
    if failed { Err(VaultError::Storage) } else { Ok(()) }
}

/// The name under which a damaged vault is put aside for the `number`th time.
pub(super) fn quarantine(path: &Path, number: u32) -> PathBuf {
    with_suffix(path, &format!(".damaged-{number}"))
}

/// What SQLite and we keep beside a database, and the database.
const BESIDE: [&str; 5] = ["-wal", "-shm", "-journal", ".lock", ""];

/// Removes the database at `path`, if there is one, with what SQLite keeps beside it.
pub(super) fn remove_with_log(path: &Path) -> Result<(), VaultError> {
    // All that can be removed is, whatever becomes of one of them.
    let mut removed = Ok(());
    for suffix in BESIDE {
        removed = remove(&with_suffix(path, suffix)).and(removed);
    }
    removed
}

/// Removes a file, if it is there. A folder of that name is none of ours.
fn remove(path: &Path) -> Result<(), VaultError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(_) if fs::symlink_metadata(path).is_ok_and(|found| found.is_dir()) => Ok(()),
        Err(_) => Err(VaultError::Storage),
        Ok(()) => Ok(()),
    }
}

/// Keeps a copy of the log that a run which was broken off has left: SQLite is about to
/// take over what it finds whole in it, and to overwrite the rest, which salvage may need.
pub(super) fn keep_log(path: &Path) -> Result<(), VaultError> {
    let (log, kept) = (with_suffix(path, "-wal"), with_suffix(path, KEPT_LOG));
    let is_empty = log.metadata().map_or(true, |log| log.len() == 0);
    if is_empty || kept.exists() {
        return Ok(());
    }
    let copied = fs::copy(&log, &kept).and_then(|_| File::open(&kept)?.sync_all());
    let Err(error) = copied else { return Ok(()) };
    // Half a copy would be taken for a whole one.
    let _ = remove(&kept);
    match error.kind() {
        std::io::ErrorKind::PermissionDenied => Err(VaultError::StorageLocked),
        // Where there is no room for a spare, the vault can be read all the same.
        _ => Ok(()),
    }
}

/// Removes it.
pub(super) fn remove_kept_log(path: &Path) -> Result<(), VaultError> {
    remove(&with_suffix(path, KEPT_LOG))
}

/// The suffix of the log's copy.
pub(super) const KEPT_LOG: &str = ".log";

/// Copies the database at `path` with its log, and makes the copy durable.
pub(super) fn copy_with_log(path: &Path, copy: &Path) -> Result<(), VaultError> {
    for suffix in ["-wal", ""] {
        let (from, to) = (with_suffix(path, suffix), with_suffix(copy, suffix));
        if from.exists() {
            let copied = fs::copy(&from, &to).and_then(|_| File::open(&to)?.sync_all());
            copied.map_err(|_| VaultError::Storage)?;
        }
    }
    Ok(())
}

/// Keeps a copy of the damaged database at `path` under a name that is free.
pub(super) fn put_aside(path: &Path) -> Result<PathBuf, VaultError> {
    let is_there = |path: &Path| fs::symlink_metadata(path).is_ok();
    let mut number = 1;
    let mut copy = quarantine(path, number);
    while is_there(&copy) || is_there(&with_suffix(&copy, "-wal")) {
        number += 1;
        copy = quarantine(path, number);
    }
    if let Err(error) = copy_with_log(path, &copy) {
        let _ = remove_with_log(&copy);
        return Err(error);
    }
    Ok(copy)
}

/// Gives the whole file at `unfinished` its name for good, in place of what stands there.
pub(super) fn place(unfinished: &Path, path: &Path) -> Result<(), VaultError> {
    // The log of another file must not be replayed into this one.
    for suffix in ["-wal", "-shm", "-journal"] {
        remove(&with_suffix(path, suffix))?;
    }
    remove(&with_suffix(unfinished, ".lock"))?;
    if path.exists() {
        // After a loss of power, that log must not be back beside the new file, nor a copy
        // that was put aside be missing.
        sync_folder(path)?;
    }
    let synced = File::open(unfinished).and_then(|file| file.sync_all());
    synced.and_then(|()| fs::rename(unfinished, path)).map_err(|_| VaultError::Storage)?;
    let _ = remove(&with_suffix(unfinished, ".lock"));
    sync_folder(path)
}

/// Makes durable which files are in the folder of `path`.
fn sync_folder(path: &Path) -> Result<(), VaultError> {
    // Not every system can open one.
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        folder.sync_all().map_err(|_| VaultError::Storage)?;
    }
    Ok(())
}

/// `path` with `suffix` behind its name.
pub(super) fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_and_a_folder_are_no_files_to_remove() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "x").unwrap();

        assert_eq!(remove(&folder.path().join("nothing")), Ok(()));
        assert_eq!(remove(folder.path()), Ok(()));
        assert!(folder.path().is_dir());
        // Not to be found for another reason.
        assert_eq!(remove(&file.join("below")), Err(VaultError::Storage));
        assert_eq!(remove(&file), Ok(()));
        assert!(!file.exists());
    }

    #[test]
    fn a_log_is_kept_once_and_an_empty_one_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("vault");
        let (log, kept) = (with_suffix(&path, "-wal"), with_suffix(&path, KEPT_LOG));

        keep_log(&path).unwrap();
        fs::write(&log, "").unwrap();
        keep_log(&path).unwrap();
        assert!(!kept.exists());
        for text in ["first", "second"] {
            fs::write(&log, text).unwrap();
            keep_log(&path).unwrap();
            assert_eq!(fs::read(&kept).unwrap(), b"first");
        }
        remove_kept_log(&path).unwrap();
        assert!(!kept.exists());
    }
}
