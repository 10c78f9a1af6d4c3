//! `bench`: measures against the peers and holds the result against the goals.

use std::fs;
use std::num::NonZeroUsize;
use std::path::Path;
use std::process::ExitCode;

use serde_json::Value;

use crate::cargo::{self, cargo, root, target};
use crate::cold_start;
use crate::door::Door;
use crate::goals::{BENCHMARKS, GOALS};
use crate::ratio::Round;
use crate::results;
use crate::stop::Stop;

/// How many processes measure, unless a person says otherwise: where the linker
/// and the system put things differs from one to the next.
pub(crate) const ROUNDS: NonZeroUsize = NonZeroUsize::new(5).unwrap();

/// Short, because what one process measures for longer is no truer than what
/// the next one measures.
const TIMES: [&str; 9] = [
    "--noplot",
    "--warm-up-time",
    "0.5",
    "--measurement-time",
    "1",
    "--sample-size",
    "50",
    // Resampling tells how sure the mean is; only the median is used.
    "--nresamples",
    "1001",
];

/// Measures, writes `benches/RESULTS.md` and fails if a goal is missed.
pub(crate) fn run(rounds: NonZeroUsize) -> Result<ExitCode, Stop> {
    let bench = ["codes", "vault", "approval"].map(|name| ["--bench", name]).concat();
    let bench = [&["--package", "authenticator-core", "--features", "internals"], &*bench].concat();
    cold_start::build()?;
    let door = Door::build()?;
    cargo::run(cargo("bench", &bench).arg("--no-run"))?;

    let mut measured = Vec::new();
    for number in 1..=rounds.get() {
        println!("\n== round {number} of {rounds} ==");
        let folder = target().join("bench-rounds").join(number.to_string());
        // A result of an earlier run must not pass for one of this.
        if folder.exists() {
            fs::remove_dir_all(&folder).map_err(|error| unreadable(&folder, &error))?;
        }
        let mut round = cargo("bench", &bench);
        round.arg("--").args(TIMES).env("CRITERION_HOME", &folder);
        cargo::run(&mut round)?;
        let mut medians = read(&folder)?;
        medians.extend(cold_start::measure()?);
        medians.extend(door.measure()?);
        measured.push(medians);
    }

    let page = root().join("benches/RESULTS.md");
    let text = results::page(&measured, &door.weights)?;
    println!("\n{text}");
    fs::write(&page, text).map_err(|error| unreadable(&page, &error))?;

    let missed: Vec<String> = GOALS
        .iter()
        .filter(|goal| !goal.measured(&measured).is_some_and(|found| goal.is_met_by(found.median)))
        .map(|goal| format!("missed: {}, {} {}", goal.what, goal.measure, goal.bound))
        .collect();
    if missed.is_empty() { Ok(ExitCode::SUCCESS) } else { Err(Stop::failed(missed.join("\n"))) }
}

/// Reads what criterion has written of one round.
fn read(folder: &Path) -> Result<Round, Stop> {
    BENCHMARKS
        .into_iter()
        .map(|id| {
            let file = folder.join(id).join("new/estimates.json");
            let text = fs::read(&file).map_err(|error| unreadable(&file, &error))?;
            let median = median(&text).ok_or_else(|| unreadable(&file, &"it holds no median"))?;
            Ok((id, median))
        })
        .collect()
}

/// The median in criterion's estimates.
fn median(estimates: &[u8]) -> Option<f64> {
    let estimates: Value = serde_json::from_slice(estimates).ok()?;
    estimates["median"]["point_estimate"].as_f64().filter(|median| *median > 0.0)
}

fn unreadable(path: &Path, reason: &dyn std::fmt::Display) -> Stop {
    Stop::failed(format!("{}: {reason}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_read_and_not_the_mean() {
        let text = br#"{"mean":{"point_estimate":3.5},"median":{"confidence_interval":{},"point_estimate":2.25}}"#;

        assert_eq!(median(text), Some(2.25));
    }

    #[test]
    fn without_a_median_there_is_no_result() {
        assert_eq!(median(b"{}"), None);
        assert_eq!(median(br#"{"median":{"point_estimate":0.0}}"#), None);
        assert_eq!(median(b"no json"), None);
    }
}
