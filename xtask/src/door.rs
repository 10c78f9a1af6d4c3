//! What the door costs from Kotlin and from Swift, against an interface of another shape
//! (`benches/door`), and what the library for phones weighs.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bindings;
use crate::cargo::{self, cargo, root, target};
use crate::cold_start::take;
use crate::goals::DOOR;
use crate::kotlin;
use crate::ratio::{Round, Spread};
use crate::stop::Stop;
use crate::swift::{self, Swift};
use crate::tools;

/// Both programs, built, and the libraries that they load.
pub(crate) struct Door {
    swift: Swift,
    folder: PathBuf,
    /// By crate, the most first: bytes of code and data.
    pub(crate) weights: Vec<(String, u64)>,
}

impl Door {
    /// Builds everything that [`Self::measure`] runs.
    pub(crate) fn build() -> Result<Self, Stop> {
        let mut needs = kotlin::needs();
        needs.extend(swift::needs());
        tools::provide(&needs)?;
        let swift = Swift::provide()?;
        let folder = target().join("door");
        let door = Self { swift, weights: libraries(&folder)?, folder };
        let baseline = door.library("door_baseline");
        for language in ["kotlin", "swift"] {
            let to = door.folder.join(format!("baseline-{language}"));
            bindings::generate(language, &baseline, &to, "benches/door")?;
        }
        let mut maven = kotlin::maven("benches/door/kotlin/pom.xml", &door.folder);
        for (name, folder) in [("build", "kotlin"), ("baseline", "baseline-kotlin")] {
            let folder = door.folder.join(folder);
            maven.arg(format!("-Dauthenticator.{name}.dir={}", folder.display()));
        }
        cargo::run(maven.args(["--quiet", "process-classes"]))?;
        let script = "benches/door/swift/build.sh";
        let words = ["bash", script, "{library}", "{library}/baseline-swift", "{build}/door"];
        cargo::run(&mut door.swift.command(".", &door.folder, &words))?;
        Ok(door)
    }

    /// Measures one round.
    pub(crate) fn measure(&self) -> Result<Round, Stop> {
        let mut samples = HashMap::new();
        let classes = self.folder.join("kotlin/classes");
        let file = self.folder.join("kotlin/class-path");
        let jars = fs::read_to_string(&file)
            .map_err(|error| Stop::failed(format!("{}: {error}", file.display())))?;
        let mut kotlin = cargo::at_root("java");
        kotlin.arg(format!("-Djna.library.path={}", self.folder.display()));
        kotlin.args(["-cp", &format!("{}:{}", classes.display(), jars.trim())]);
        kotlin.arg("org.authenticatorcore.benchmark.MeasureKt");
        take(&mut samples, &cargo::read(&mut kotlin)?)?;
        let mut swift = self.swift.command(".", &self.folder, &["{build}/door/measure"]);
        take(&mut samples, &cargo::read(&mut swift)?)?;
        let size = fs::metadata(self.library("authenticator_core_ffi"));
        let size = size.map_err(|error| Stop::failed(error.to_string()))?.len();
        samples.insert("library/stripped".into(), vec![size as f64]);

        DOOR.into_iter()
            .map(|id| {
                let samples = samples.remove(id).unwrap_or_default();
                let spread = Spread::of(samples);
                let spread = spread.ok_or_else(|| Stop::failed(format!("no result: {id}")))?;
                Ok((id, spread.median))
            })
            .collect()
    }

    fn library(&self, name: &str) -> PathBuf {
        self.folder.join(file_of(name))
    }
}

fn file_of(library: &str) -> String {
    let (before, after) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    format!("{before}{library}{after}")
}

/// Puts both libraries into `folder`, ours stripped as it ships, and says what was in it.
fn libraries(folder: &Path) -> Result<Vec<(String, u64)>, Stop> {
    // Alone: beside a Rust library, cargo optimises no crate together with the others.
    let mut ours = cargo("rustc", &["--quiet", "--profile", "mobile", "--crate-type", "cdylib"]);
    ours.args(["--package", "authenticator-core-uniffi"]).env("CARGO_PROFILE_MOBILE_STRIP", "none");
    cargo::run(&mut ours)?;
    let mut theirs = cargo("build", &["--quiet", "--release", "--manifest-path"]);
    theirs.arg(root().join("benches/door/Cargo.toml")).arg("--target-dir").arg(folder);
    cargo::run(&mut theirs)?;

    let copy = |from: PathBuf, name: &str| {
        let to = folder.join(file_of(name));
        let copied = fs::copy(from.join(file_of(name)), &to);
        copied.map(|_| to).map_err(|error| Stop::failed(format!("{name}: {error}")))
    };
    copy(folder.join("release"), "door_baseline")?;
    let ours = copy(target().join("mobile"), "authenticator_core_ffi")?;
    let symbols = ["--demangle", "--defined-only", "--print-size"];
    let symbols = cargo::read(Command::new("nm").args(symbols).arg(&ours))?;
    cargo::run(Command::new("strip").arg(&ours))?;
    Ok(weights(&symbols))
}

/// The bytes of each crate by `nm`'s lines, `address size kind name`, the most first. What generic
/// code was made for is not looked at: it counts for the crate that it stands in.
fn weights(symbols: &str) -> Vec<(String, u64)> {
    let mut sums = HashMap::<String, u64>::new();
    for line in symbols.lines() {
        let mut words = line.splitn(4, ' ');
        let (Some(_), Some(size), Some(kind), Some(name)) =
            (words.next(), words.next(), words.next(), words.next())
        else {
            continue;
        };
        // What is all zero has no bytes in the file.
        if !kind.eq_ignore_ascii_case("b")
            && let Ok(size) = u64::from_str_radix(size, 16)
        {
            *sums.entry(owner(name)).or_default() += size;
        }
    }
    let mut sums: Vec<_> = sums.into_iter().collect();
    sums.sort_by(|(one, a), (other, b)| b.cmp(a).then_with(|| one.cmp(other)));
    sums
}

/// Whose a symbol is.
fn owner(symbol: &str) -> String {
    let path = symbol.trim_start_matches(['<', '&', '*', '[', '(', '_']);
    let path = path.trim_start_matches("mut ").trim_start_matches("dyn ");
    match path.split_once("::") {
        Some((start, _)) if start.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') => {
            match start {
                "core" | "alloc" | "std" => "Rust's library".into(),
                name => name.into(),
            }
        }
        _ if symbol.starts_with("UNIFFI_META") => "what describes the door".into(),
        _ if symbol.starts_with("ring_core") => "ring".into(),
        _ if symbol.starts_with("uniffi_") || symbol.starts_with("ffi_") => {
            "authenticator_core_ffi".into()
        }
        // All that is left of C is SQLite, and some of ring.
        _ => "SQLite, and other C".into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_counted_for_the_crate_that_they_stand_in() {
        let symbols = "\
0000000000001000 0000000000000010 t authenticator_core::vault::open
0000000000001010 0000000000000008 t <authenticator_core::otp::Code as core::fmt::Debug>::fmt
0000000000001020 0000000000000020 t sqlite3_step
0000000000001040 0000000000000004 r core::num::TABLE
0000000000001050 0000000000000400 b std::sys::ZEROS
                 U malloc
0000000000001060 T end
";
        let expected =
            [("SQLite, and other C", 32), ("authenticator_core", 24), ("Rust's library", 4)];
        let expected = expected.map(|(name, size)| (name.to_owned(), size));
        assert_eq!(weights(symbols), expected);
    }
}
