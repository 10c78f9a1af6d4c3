//! What fuzzing found, run again as an ordinary test.

use std::fs;
use std::path::{Path, PathBuf};

/// Runs `check` on every input that is kept for `target`. The name of each is printed
/// first: of a test that fails, the last one is the one it fails with.
pub(crate) fn replay(target: &str, check: impl Fn(&[u8])) {
    let fuzz = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz");
    let corpus = files(&fuzz.join("corpus").join(target));
    assert!(!corpus.is_empty(), "{target} has no corpus");
    for file in corpus.into_iter().chain(files(&fuzz.join("regressions").join(target))) {
        println!("{}", file.display());
        check(&fs::read(&file).unwrap());
    }
}

/// The files in `folder`, by their names; none if there is no such folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}
