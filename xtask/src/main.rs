//! Every chore of this repository, the same on a laptop and in continuous integration.
//!
//! `cargo xtask` lists them. A chore lives in the file of its name; `cargo`,
//! `debian` and `tools` hold what several of them stand on.

#![forbid(unsafe_code)]

mod bench;
mod bindings;
mod cargo;
mod cold_start;
mod corpus;
mod coverage;
mod debian;
mod demo;
mod door;
mod fuzz;
mod goals;
mod harness;
mod kotlin;
mod languages;
mod node;
mod postgres;
mod ratio;
mod report;
mod results;
mod stop;
mod swift;
mod tally;
mod test;
mod tools;

use std::num::NonZeroUsize;
use std::process::ExitCode;

use stop::Stop;

/// One line for each chore.
const USAGE: &str = "\
Usage: cargo xtask <chore>

  demo              show live codes of the QR codes in a picture, and what to try next
  test              check everything that must hold before a change lands
  test --quick      the same in a few minutes: format, lints and tests; installs nothing
  test --long       the same as `test`, with many more disks that fail and processes that are killed
  test --bindings   the door alone, from Python, Kotlin and Swift
  test --skip-kotlin, --skip-swift
                    without the tests in that language, for which a compiler is fetched
  bindings          write Kotlin and Swift from the door in uniffi/ anew; --check: see whether they
                    are what would be written
  coverage          show how much of src/ the tests run; fails below 95 % of lines
  bench             measure against the peers, write benches/RESULTS.md; fails if a goal is missed
  bench --rounds N  the same in N rounds instead of 5
  fuzz [TARGET]     give everything that reads what strangers write a minute of made-up bytes
                    each; --minutes N: more; --keep: choose the corpus in tests/fuzz anew
";

fn main() -> ExitCode {
    let words: Vec<String> =
        std::env::args_os().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();

    let ended = match words[..] {
        [] | ["--help" | "-h" | "help"] => {
            print!("{USAGE}");
            Ok(ExitCode::SUCCESS)
        }
        ["demo"] => demo::run(),
        ["test", ref words @ ..] => test::Wish::read(words).and_then(test::run),
        ["bindings"] => bindings::write(),
        ["bindings", "--check"] => bindings::check().map(|()| ExitCode::SUCCESS),
        ["coverage"] => coverage::run(),
        ["fuzz", ref words @ ..] => fuzz::Wish::read(words).and_then(|wish| fuzz::run(&wish)),
        ["bench"] => bench::run(bench::ROUNDS),
        ["bench", "--rounds", rounds] => match rounds.parse::<NonZeroUsize>() {
            Ok(rounds) => bench::run(rounds),
            Err(_) => Err(Stop::misused(format!("`{rounds}` is no number of rounds"))),
        },
        _ => Err(Stop::misused(format!("no such chore: {}\n\n{USAGE}", words.join(" ")))),
    };

    ended.unwrap_or_else(|stop| {
        eprintln!("{}", stop.reason.trim_end());
        stop.code
    })
}
