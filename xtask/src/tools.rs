//! The programs that `test`, `coverage` and `fuzz` need beside Rust.
//!
//! Packages of Debian are installed where that is ours to do. What cargo and pip
//! can install for one person goes into the cache, at the version written here.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{cargo, read, root, run, succeeds};
use crate::debian;
use crate::stop::Stop;

/// Where tools and builds are kept between runs and checkouts.
pub(crate) fn cache() -> PathBuf {
    let caches = env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    caches
        .or_else(|| env::home_dir().map(|home| home.join(".cache")))
        .unwrap_or_else(env::temp_dir)
        .join("authenticator-core")
}

/// A program that a package of the system provides.
pub(crate) struct Need {
    /// How a person would call it.
    pub(crate) name: String,
    /// Whether it is there.
    pub(crate) present: fn(&Self) -> bool,
    /// Debian's package.
    pub(crate) package: String,
    /// What to do elsewhere.
    pub(crate) advice: &'static str,
}

/// Makes sure that each program is there, by installing it or by naming it.
///
/// All of them are looked for before anything else happens, so that a person
/// is told once.
pub(crate) fn provide(needs: &[Need]) -> Result<(), Stop> {
    let missing = || needs.iter().filter(|need| !(need.present)(need)).collect::<Vec<_>>();

    let first = missing();
    if !first.is_empty() && debian::is_ours_to_change() {
        let packages: Vec<&str> = first.iter().map(|need| need.package.as_str()).collect();
        debian::install(&packages)?;
    }

    let left: Vec<String> = missing()
        .iter()
        .map(|need| {
            format!("{} is missing: {} (on Debian: {})", need.name, need.advice, need.package)
        })
        .collect();
    if left.is_empty() { Ok(()) } else { Err(Stop::misused(left.join("\n"))) }
}

/// Whether a program of this need's name can be called.
pub(crate) fn is_on_path(need: &Need) -> bool {
    env::var_os("PATH")
        .is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(&need.name).is_file()))
}

/// The tools of other authors that tests need: what `tests/interop/` holds our codes
/// against (`oathtool`, and Python), and what makes the command line a terminal.
pub(crate) fn interop() -> Vec<Need> {
    vec![
        Need {
            name: "oathtool".into(),
            present: is_on_path,
            package: "oathtool".into(),
            advice: "install the OATH Toolkit",
        },
        Need {
            name: "python3".into(),
            present: |_| succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"])),
            package: "python3-venv".into(),
            advice: "install Python 3 with its venv module",
        },
        Need {
            name: "script".into(),
            present: is_on_path,
            package: "bsdutils".into(),
            advice: "install `script` of util-linux",
        },
    ]
}

/// A Python of its own with the packages of `requirements.txt`, so that none meets those of the
/// system.
pub(crate) fn python() -> Result<PathBuf, Stop> {
    let requirements = root().join("xtask/requirements.txt");
    let folder = cache().join("python");
    let python = folder.join("bin/python");
    if !succeeds(Command::new(&python).args(["-m", "pip", "--version"])) {
        run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&folder))?;
    }
    let mut pip = Command::new(&python);
    pip.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
    run(pip.args(["install", "--require-hashes", "--requirement"]).arg(requirements))?;
    Ok(python)
}

/// A program from the Rust registry.
#[derive(Clone, Copy, Debug)]
pub(crate) struct CargoTool {
    name: &'static str,
    version: &'static str,
}

/// Checks licences, duplicates and where dependencies come from.
pub(crate) const DENY: CargoTool = CargoTool { name: "cargo-deny", version: "0.20.2" };

/// Measures which lines the tests run.
pub(crate) const LLVM_COV: CargoTool = CargoTool { name: "cargo-llvm-cov", version: "0.9.1" };

/// Builds the core for libFuzzer.
pub(crate) const FUZZ: CargoTool = CargoTool { name: "cargo-fuzz", version: "0.13.2" };

impl CargoTool {
    /// The program, built first if need be.
    pub(crate) fn provide(self) -> Result<PathBuf, Stop> {
        let Self { name, version } = self;
        let folder = cache().join(format!("{name}-{version}"));
        let program = folder.join("bin").join(name);
        if !program.is_file() {
            println!("Installing {name} {version}");
            // It runs for seconds: what counts is how fast it builds. Its own folder of
            // builds lets it go on beside those of the workspace.
            let mut install = cargo("install", &["--quiet", "--profile", "dev"]);
            install.args(["--version", version, "--root"]).arg(&folder).arg(name);
            install.env("CARGO_PROFILE_DEV_DEBUG", "0").env_remove("CARGO_TARGET_DIR");
            read(&mut install)?;
        }
        Ok(program)
    }
}
