//! The cold start of our vault and of SQLCipher: two programs that run in turns.
//!
//! SQLite is linked into a program once, so the two cannot be one process. Each prints a
//! line of JSON for everything that it measures.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Instant;

use serde_json::Value;

use crate::cargo::{self, cargo, root, target};
use crate::goals::{COLD_STARTS, SIZES};
use crate::ratio::{Round, Spread};
use crate::stop::Stop;
use crate::tools::{self, Need};

/// How many accounts, how many starts, how often a vault is opened again in a turn, and how
/// many turns in a round. Short turns: what slows the machine down for a second slows both
/// sides down.
const RUNS: [(u32, u32, u32, u32); 2] = [(1_000, 60, 25, 6), (10_000, 12, 8, 3)];

/// The ways in which the peer starts.
const WAYS: [&str; 3] = ["sqlcipher", "unchecked", "wiping"];

/// Builds both programs.
pub(crate) fn build() -> Result<(), Stop> {
    tools::provide(&[Need {
        name: "OpenSSL 3 with its headers".into(),
        present: |_| has_openssl(),
        package: "libssl-dev".into(),
        advice: "install it for the benchmark of SQLCipher",
    }])?;
    cargo::run(ours().arg("--no-run"))?;
    cargo::run(&mut theirs("build"))
}

/// Measures one round.
pub(crate) fn measure() -> Result<Round, Stop> {
    let mut samples = HashMap::new();
    for (accounts, starts, times, turns) in RUNS {
        start(&mut samples, accounts, starts)?;
        let numbers = [accounts.to_string(), times.to_string()];
        for _ in 0..turns {
            for mut program in [ours(), theirs("run")] {
                take(&mut samples, &cargo::read(program.arg("--").args(&numbers))?)?;
            }
        }
    }
    let ids = COLD_STARTS.into_iter().chain(SIZES.map(|(id, _)| id));
    ids.map(|id| {
        let samples = samples.remove(id).unwrap_or_default();
        let spread = Spread::of(samples).ok_or_else(|| unreadable(id))?;
        Ok((id, spread.median))
    })
    .collect()
}

/// Starts both programs anew each time, and takes the time until they end.
fn start(samples: &mut HashMap<String, Vec<f64>>, accounts: u32, starts: u32) -> Result<(), Stop> {
    let folder = target().join("bench-cold-start");
    // Of an earlier run, if there was one.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)
        .map_err(|error| Stop::failed(format!("{}: {error}", folder.display())))?;
    let (ours, theirs) = (executable()?, target().join("sqlcipher/release/sqlcipher-vault"));
    let file = folder.join("sqlcipher");
    let count = accounts.to_string();
    cargo::run(Command::new(&ours).arg("fill").arg(&folder).arg(&count))?;
    cargo::run(Command::new(&theirs).arg("fill").arg(&file).arg(&count))?;
    for _ in 0..starts {
        let mut take = |way: &str, program: &PathBuf, words: &[&OsStr]| {
            // Without words it does nothing, once the system has loaded it.
            let nothing = lasts(&mut Command::new(program))?;
            let lasted = lasts(Command::new(program).args(words))? - nothing;
            samples.entry(format!("cold_start_{accounts}/{way}")).or_default().push(lasted);
            Ok::<(), Stop>(())
        };
        take("ours", &ours, &["start".as_ref(), folder.as_ref()])?;
        for way in WAYS {
            take(way, &theirs, &["start".as_ref(), file.as_ref(), way.as_ref()])?;
        }
    }
    Ok(())
}

/// How long a program runs, from its start to its end, in nanoseconds.
fn lasts(program: &mut Command) -> Result<f64, Stop> {
    let begun = Instant::now();
    cargo::run(program)?;
    Ok(begun.elapsed().as_secs_f64() * 1e9)
}

/// Where cargo has built our program.
fn executable() -> Result<PathBuf, Stop> {
    let built = cargo::read(ours().args(["--no-run", "--message-format", "json"]))?;
    let messages = built.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let executables = messages.filter(|message| message["target"]["name"] == "cold_start");
    let mut paths = executables.filter_map(|message| Some(message["executable"].as_str()?.into()));
    paths.next().ok_or_else(|| unreadable("cargo names no program"))
}

/// Adds what a program has printed.
pub(crate) fn take(samples: &mut HashMap<String, Vec<f64>>, printed: &str) -> Result<(), Stop> {
    for line in printed.lines() {
        let (id, value) = sample(line).ok_or_else(|| unreadable(line))?;
        samples.entry(id).or_default().push(value);
    }
    Ok(())
}

/// A line as `{"id":"cold_start_1000/files","value":1234}`.
fn sample(line: &str) -> Option<(String, f64)> {
    let line: Value = serde_json::from_str(line).ok()?;
    let value = line["value"].as_f64().filter(|value| *value > 0.0)?;
    Some((line["id"].as_str()?.to_owned(), value))
}

fn ours() -> Command {
    let arguments = ["--quiet", "--package", "authenticator-core", "--bench", "cold_start"];
    cargo("bench", &arguments)
}

/// Beside the builds of the workspace, which has another lockfile.
fn theirs(command: &str) -> Command {
    let mut cargo = cargo(command, &["--quiet", "--release", "--manifest-path"]);
    cargo.arg(root().join("benches/sqlcipher/Cargo.toml"));
    cargo.arg("--target-dir").arg(target().join("sqlcipher"));
    cargo
}

/// Whether a C compiler finds what SQLCipher includes.
fn has_openssl() -> bool {
    let probe = ["-E", "-include", "openssl/evp.h", "-x", "c", "/dev/null"];
    cargo::succeeds(Command::new("cc").args(probe))
}

fn unreadable(line: &str) -> Stop {
    Stop::failed(format!("a benchmark gave no result: {line}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_a_sample_of_its_benchmark() {
        let mut samples = HashMap::new();

        take(&mut samples, "{\"id\":\"a/ours\",\"value\":3}\n{\"id\":\"b\",\"value\":1}\n")
            .unwrap();
        take(&mut samples, "{\"id\":\"a/ours\",\"value\":5}\n").unwrap();

        assert_eq!(samples["a/ours"], [3.0, 5.0]);
        assert_eq!(samples["b"], [1.0]);
    }

    #[test]
    fn what_is_no_sample_is_no_result() {
        for line in
            ["", "no json", "{}", r#"{"id":"a"}"#, r#"{"id":"a","value":0}"#, r#"{"value":1}"#]
        {
            assert_eq!(sample(line), None, "{line}");
        }
        assert!(take(&mut HashMap::new(), "warning: this is cargo").is_err());
    }
}
