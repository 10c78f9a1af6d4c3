//! Node, and the packages that `tests/interop/` runs on it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{read, root};
use crate::stop::Stop;
use crate::tools;

const LOCK: &str = "package-lock.json";

/// A Node, and a folder of packages.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) program: PathBuf,
    pub(crate) modules: PathBuf,
}

impl Node {
    /// The packages of the lockfile in the cache, on the Node beside `python`.
    ///
    /// That one comes as a package of Python, at a version with a hash: Debian's is too old for
    /// the packages, and its npm brings some hundreds of packages of its own.
    pub(crate) fn provide(python: &Path) -> Result<Self, Stop> {
        let (from, to) = (root().join("tests/interop"), tools::cache().join("node"));
        let modules = to.join("node_modules");
        if !is_installed(&from, &to) {
            println!("Installing the packages of tests/interop/{LOCK}");
            let copied = replace(&from, &to);
            copied.map_err(|error| Stop::failed(format!("{}: {error}", to.display())))?;
            let mut npm = Command::new(python.with_file_name("npm"));
            // What a package would run of its own accord, nothing needs.
            npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(&to);
            read(&mut npm)?;
        }
        Ok(Self { program: python.with_file_name("node"), modules })
    }
}

/// Whether `to` has all packages of the lockfile in `from`.
fn is_installed(from: &Path, to: &Path) -> bool {
    let lock = |folder: &Path| fs::read(folder.join(LOCK)).ok();
    // npm writes it when everything is there.
    to.join("node_modules/.package-lock.json").is_file() && lock(from) == lock(to)
}

/// Makes `to` the folder of what is to be installed, with nothing installed.
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    if to.exists() {
        fs::remove_dir_all(to)?;
    }
    fs::create_dir_all(to)?;
    for name in [".npmrc", "package.json", LOCK] {
        fs::copy(from.join(name), to.join(name))?;
    }
    Ok(())
}
