//! `fuzz`: bytes that nobody thought of, given to everything that reads what strangers write.
//!
//! What each target promises stands in `tests/fuzz/promises/` and `src/vault/fuzzing.rs`;
//! what was found is run again by `cargo test`.

use std::fs::{self, File};
use std::io;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use crate::cargo::{self, cargo, root, target};
use crate::corpus;
use crate::stop::Stop;
use crate::tools;

/// The targets, and how long an input to each is at most: longer ones only cost time.
const TARGETS: [(&str, u32); 8] = [
    ("approval", 2_048),
    ("migration", 4_096),
    ("otpauth_uri", 2_048),
    ("pin", 512),
    ("qr", 4_096),
    ("sealed_record", 2_048),
    ("slot", 1_024),
    ("vault_file", 256),
];

/// What a person wants fuzzed.
#[derive(Debug, PartialEq)]
pub(crate) struct Wish<'a> {
    /// For each target.
    minutes: NonZeroU32,
    /// Whether the corpus in the repository is made anew of what is known afterwards.
    keep: bool,
    /// All, if none is named.
    target: Option<&'a str>,
}

impl<'a> Wish<'a> {
    /// Reads the words behind `fuzz`.
    pub(crate) fn read(mut words: &[&'a str]) -> Result<Self, Stop> {
        let mut wish = Self { minutes: NonZeroU32::MIN, keep: false, target: None };
        loop {
            words = match words {
                [] => return Ok(wish),
                ["--minutes", minutes, rest @ ..] => {
                    wish.minutes = minutes.parse().map_err(|_| {
                        Stop::misused(format!("`{minutes}` is no number of minutes"))
                    })?;
                    rest
                }
                ["--keep", rest @ ..] => {
                    wish.keep = true;
                    rest
                }
                [name, rest @ ..] if TARGETS.iter().any(|(known, _)| known == name) => {
                    wish.target = Some(name);
                    rest
                }
                [word, ..] => {
                    let names = TARGETS.map(|(name, _)| name).join(", ");
                    return Err(Stop::misused(format!(
                        "no such target: {word}. There are: {names}"
                    )));
                }
            };
        }
    }
}

/// Builds, runs each target for its minutes, and fails with the input that broke one.
pub(crate) fn run(wish: &Wish<'_>) -> Result<ExitCode, Stop> {
    let program = tools::FUZZ.provide()?;
    // cargo-fuzz does not know the word: another lockfile ends it here.
    let manifest = root().join("tests/fuzz/Cargo.toml");
    cargo::run(cargo("fetch", &["--quiet", "--manifest-path"]).arg(manifest))?;
    let builds = target().join("fuzz");
    let mut build = cargo::at_root(program);
    build.args(["fuzz", "build", "--fuzz-dir", "tests/fuzz", "--target-dir"]).arg(&builds);
    // The sanitizer is there in the stable compiler, too; only the flag is not stable.
    cargo::run(build.args(wish.target).env("RUSTC_BOOTSTRAP", "1"))?;

    let compiler = cargo::read(Command::new("rustc").arg("-vV"))?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: "));
    let host = host.ok_or_else(|| Stop::failed("rustc -vV names no host"))?;
    for (name, longest) in
        TARGETS.iter().filter(|(name, _)| wish.target.is_none_or(|it| it == *name))
    {
        let target = Target {
            name,
            longest: *longest,
            program: builds.join(host).join("release").join(name),
            found: builds.join("corpus").join(name),
            crashes: builds.join("crashes").join(name),
            log: builds.join(format!("{name}.log")),
        };
        target.fuzz(wish.minutes)?;
        if wish.keep {
            target.keep()?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

struct Target<'a> {
    name: &'a str,
    longest: u32,
    program: PathBuf,
    /// What was found so far, also by earlier runs.
    found: PathBuf,
    crashes: PathBuf,
    log: PathBuf,
}

impl Target<'_> {
    fn fuzz(&self, minutes: NonZeroU32) -> Result<(), Stop> {
        for folder in [&self.found, &self.crashes] {
            fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
        }
        println!("{}: {minutes} min", self.name);
        let mut fuzz = self.command()?;
        fuzz.arg(&self.found).args(self.known()).arg(format!("-max_len={}", self.longest));
        fuzz.arg(format!("-max_total_time={}", 60 * minutes.get()));
        fuzz.args(["-timeout=20", "-rss_limit_mb=2048", "-print_final_stats=1"]);
        // Safe Rust does not lose memory, and the names of functions take longer to find
        // out than to run.
        fuzz.args(["-detect_leaks=0", "-print_funcs=0"]);
        // libFuzzer appends the file's name to this.
        fuzz.arg(format!("-artifact_prefix={}/", self.crashes.display()));
        let status = fuzz.status().map_err(|error| failed(&self.program, &error))?;

        let log = fs::read(&self.log).map_err(|error| failed(&self.log, &error))?;
        let log = String::from_utf8_lossy(&log);
        if !status.success() {
            let crash = crash(&log).unwrap_or("no input was written");
            let name = self.name;
            return Err(Stop::failed(format!("{name}: {crash}\nsee {}", self.log.display())));
        }
        let Reached { executions, edges, of } = Reached::read(&log)
            .ok_or_else(|| Stop::failed(format!("{} says nothing", self.log.display())))?;
        println!("    {executions} executions reached {edges} of {of} edges");
        Ok(())
    }

    /// Makes the corpus in the repository anew of everything that is known.
    fn keep(&self) -> Result<(), Stop> {
        let scratch = self.log.with_extension("merged");
        let features = self.log.with_extension("features");
        let _ = fs::remove_dir_all(&scratch);
        let _ = fs::remove_file(&features);
        fs::create_dir_all(&scratch).map_err(|error| failed(&scratch, &error))?;
        let mut merge = self.command()?;
        // Each input with all that it reaches, and not how often it does.
        merge.args(["-merge=1", "-set_cover_merge=1", "-use_counters=0"]);
        merge.arg(format!("-merge_control_file={}", features.display()));
        cargo::run(merge.arg(&scratch).args(self.known()).arg(&self.found))?;
        let kept = corpus::replace(&self.committed(), &features)
            .map_err(|error| failed(&self.committed(), &error))?;
        println!("    kept: {kept}");
        Ok(())
    }

    /// The built target in the repository's root; what it says goes into the log.
    fn command(&self) -> Result<Command, Stop> {
        let log = File::create(&self.log).map_err(|error| failed(&self.log, &error))?;
        let mut command = cargo::at_root(&self.program);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        // As cargo-fuzz runs it.
        command.env("ASAN_OPTIONS", "detect_odr_violation=0");
        Ok(command)
    }

    fn committed(&self) -> PathBuf {
        root().join("tests/fuzz/corpus").join(self.name)
    }

    /// The folders in the repository.
    fn known(&self) -> impl Iterator<Item = PathBuf> {
        let regressions = root().join("tests/fuzz/regressions").join(self.name);
        [self.committed(), regressions].into_iter().filter(|folder| folder.is_dir())
    }
}

fn failed(path: &Path, error: &io::Error) -> Stop {
    Stop::failed(format!("{}: {error}", path.display()))
}

/// Where libFuzzer has put the input that broke a promise.
fn crash(log: &str) -> Option<&str> {
    log.lines().find_map(|line| line.split_once("Test unit written to ")).map(|(_, path)| path)
}

/// What a run came to.
#[derive(Debug, PartialEq)]
struct Reached {
    executions: u64,
    edges: u64,
    of: u64,
}

impl Reached {
    /// Reads libFuzzer's lines.
    fn read(log: &str) -> Option<Self> {
        let first = |text: &str| text.split_whitespace().next()?.parse().ok();
        let after =
            |line: &str, mark: &str| line.split_once(mark).and_then(|(_, rest)| first(rest));
        let mut lines = log.lines();
        let of = lines.find(|line| line.contains("inline 8-bit counters"))?;
        let of = of.split_once('(').and_then(|(_, rest)| first(rest))?;
        let edges = log.lines().filter_map(|line| after(line, " cov: ")).next_back()?;
        let executions = log.lines().find_map(|line| after(line, "number_of_executed_units: "))?;
        Some(Self { executions, edges, of })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_run() {
        let manifest = fs::read_to_string(root().join("tests/fuzz/Cargo.toml")).unwrap();
        let mut names: Vec<&str> = manifest
            .lines()
            .filter_map(|line| line.strip_prefix("path = \"fuzz_targets/")?.strip_suffix(".rs\""))
            .collect();
        names.sort_unstable();

        assert_eq!(names, TARGETS.map(|(name, _)| name));
    }

    #[test]
    fn a_wish_is_read_in_any_order() {
        let minutes = NonZeroU32::new(3).unwrap();
        let all = Wish::read(&[]).unwrap();
        let one = Wish::read(&["qr", "--keep", "--minutes", "3"]).unwrap();

        assert_eq!(all, Wish { minutes: NonZeroU32::MIN, keep: false, target: None });
        assert_eq!(one, Wish { minutes, keep: true, target: Some("qr") });
        assert!(Wish::read(&["--minutes", "0"]).is_err());
        assert!(Wish::read(&["nothing"]).is_err());
    }

    const LOG: &str = "\
INFO: Loaded 1 modules   (70466 inline 8-bit counters): 70466 [0x55, 0x56), 
#2\tINITED cov: 310 ft: 311 corp: 1/1b exec/s: 0 rss: 40Mb
#4096\tpulse  cov: 1250 ft: 2000 corp: 30/2Kb lim: 4 exec/s: 1024 rss: 60Mb
stat::number_of_executed_units: 5000
";

    #[test]
    fn what_a_run_came_to_is_read() {
        let reached = Reached { executions: 5_000, edges: 1_250, of: 70_466 };

        assert_eq!(Reached::read(LOG), Some(reached));
        assert_eq!(Reached::read("Killed"), None);
        assert_eq!(crash(LOG), None);
        let crashed = "SUMMARY: x\nartifact_prefix='a/'; Test unit written to a/crash-1\n";
        assert_eq!(crash(crashed), Some("a/crash-1"));
    }
}
