//! The golden vaults: copied, and what they have to show.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Folder;

pub(crate) struct Golden {
    pub(crate) name: String,
    pub(crate) expected: Value,
    source: PathBuf,
}

/// Every golden vault of every format.
pub(crate) fn all() -> Vec<Golden> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden");
    let mut found = Vec::new();
    for version in folders(&root) {
        for source in folders(&version) {
            let text = fs::read_to_string(source.join("expected.json")).unwrap();
            let name = source.strip_prefix(&root).unwrap().display().to_string();
            found.push(Golden { name, expected: serde_json::from_str(&text).unwrap(), source });
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}

fn folders(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.is_dir()).collect()
}

impl Golden {
    /// A copy to be opened: the original is never touched.
    pub(crate) fn copy(&self) -> Folder {
        let folder = Folder::new();
        for entry in fs::read_dir(&self.source).unwrap() {
            let (from, name) = (entry.as_ref().unwrap().path(), entry.unwrap().file_name());
            let to = folder.path(name.to_str().unwrap());
            fs::write(&to, fs::read(from).unwrap()).unwrap();
            // A checkout does not keep it, and a key that others can read is none.
            #[cfg(unix)]
            fs::set_permissions(&to, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
        }
        folder
    }

    /// The guard's state as it was written.
    pub(crate) fn guard_state(&self) -> Vec<u8> {
        let files = fs::read_dir(&self.source).unwrap().map(|entry| entry.unwrap().path());
        let mut guards = files.filter(|path| path.extension().is_some_and(|it| it == "guard"));
        fs::read(guards.next().unwrap()).unwrap()
    }

    pub(crate) fn text(&self, name: &str) -> &str {
        self.expected[name].as_str().unwrap()
    }
}
