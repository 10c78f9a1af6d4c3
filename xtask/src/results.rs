//! The page that `bench` writes: what was measured, where, and whether it suffices.

use std::fs;
use std::process::Command;
use std::thread;

use crate::cargo::{self, root};
use crate::ratio::{BENCHMARKS, GOALS, Round, Spread};
use crate::stop::Stop;

/// The crates whose versions decide what was compared.
const COMPARED: [&str; 4] = ["totp-rs", "sha1", "sha2", "criterion"];

/// The page as Markdown.
pub(crate) fn page(rounds: &[Round]) -> Result<String, Stop> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let lockfile = fs::read_to_string(root().join("Cargo.lock"))
        .map_err(|error| Stop::failed(format!("Cargo.lock: {error}")))?;
    let cores = thread::available_parallelism().map_or_else(|_| "?".into(), |n| n.to_string());
    let versions: Vec<String> =
        COMPARED.iter().map(|name| format!("{name} {}", versions(&lockfile, name))).collect();

    let facts = [
        ("machine", format!("{}, {cores} cores", processor(&cpuinfo))),
        ("SHA instructions", sha_instructions(&cpuinfo)),
        ("compiler", cargo::read(Command::new("rustc").arg("--version"))?.trim().to_owned()),
        ("crates", versions.join(", ")),
        ("date", cargo::read(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned()),
        ("rounds", format!("{}, each a process of its own", rounds.len())),
    ];
    let mut page = String::from(
        "# Benchmark\n\n\
         Written by `cargo xtask bench`. A ratio is the middle of the rounds' ratios of medians,\n\
         with the least and the greatest round beside it. `floor` is the work that no code can\n\
         avoid: two compressions of the hash, one after the other.\n\n| | |\n|---|---|\n",
    );
    for (name, value) in facts {
        row(&mut page, &[name, &value]);
    }
    page.push_str("\n| ratio | | measured | least – most | goal | |\n|---|---|--:|--:|--:|---|\n");
    page.push_str(&goals(rounds));
    page.push_str("\n| benchmark | median, ns | least – most |\n|---|--:|--:|\n");
    page.push_str(&medians(rounds));
    Ok(page)
}

fn goals(rounds: &[Round]) -> String {
    let mut rows = String::new();
    for goal in GOALS {
        let Some(Spread { median, least, most }) = goal.measured(rounds) else { continue };
        row(
            &mut rows,
            &[
                goal.what,
                &goal.sides(),
                &format!("{median:.2}"),
                &format!("{least:.2} – {most:.2}"),
                &goal.bound.to_string(),
                if goal.is_met_by(median) { "met" } else { "**missed**" },
            ],
        );
    }
    rows
}

fn medians(rounds: &[Round]) -> String {
    let mut rows = String::new();
    for id in BENCHMARKS {
        let Some(spread) = Spread::of(rounds.iter().filter_map(|round| round.get(id).copied()))
        else {
            continue;
        };
        let Spread { median, least, most } = spread;
        row(&mut rows, &[id, &format!("{median:.1}"), &format!("{least:.1} – {most:.1}")]);
    }
    rows
}

fn row(table: &mut String, cells: &[&str]) {
    table.push_str(&format!("| {} |\n", cells.join(" | ")));
}

/// The processor's name, where the system tells it.
fn processor(cpuinfo: &str) -> &str {
    field(cpuinfo, "model name").unwrap_or("unnamed processor")
}

/// The instructions that decide how fast a hash is: x86 has them among its
/// `flags`, ARM among its `Features`.
fn sha_instructions(cpuinfo: &str) -> String {
    let flags = field(cpuinfo, "flags").or_else(|| field(cpuinfo, "Features"));
    let Some(flags) = flags else { return "unknown".into() };
    let found: Vec<&str> =
        flags.split_whitespace().filter(|flag| flag.starts_with("sha")).collect();
    if found.is_empty() { "none".into() } else { found.join(", ") }
}

fn field<'a>(cpuinfo: &'a str, name: &str) -> Option<&'a str> {
    cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == name).then_some(value.trim())
    })
}

/// The versions of a crate in a lockfile, of which there may be several.
fn versions(lockfile: &str, name: &str) -> String {
    let header = format!("name = \"{name}\"");
    let mut lines = lockfile.lines();
    let mut found = Vec::new();
    while lines.any(|line| line == header) {
        found.extend(lines.next().and_then(|line| line.strip_prefix("version = ")));
    }
    if found.is_empty() { "(none)".into() } else { found.join(" and ").replace('"', "") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_come_from_the_lockfile() {
        let lockfile = "[[package]]\nname = \"sha2\"\nversion = \"0.10.9\"\n\n\
                        [[package]]\nname = \"sha2\"\nversion = \"0.11.1\"\n\n\
                        [[package]]\nname = \"totp-rs\"\nversion = \"6.0.0\"\n";

        assert_eq!(versions(lockfile, "totp-rs"), "6.0.0");
        assert_eq!(versions(lockfile, "sha2"), "0.10.9 and 0.11.1");
        assert_eq!(versions(lockfile, "sha"), "(none)");
    }

    #[test]
    fn processors_of_both_kinds_are_described() {
        let x86 = "processor\t: 0\nmodel name\t: Some CPU\nflags\t\t: fpu sha_ni avx2\n";
        let arm = "processor\t: 0\nFeatures\t: fp asimd sha1 sha2 sha512\n";

        assert_eq!(processor(x86), "Some CPU");
        assert_eq!(sha_instructions(x86), "sha_ni");
        assert_eq!(processor(arm), "unnamed processor");
        assert_eq!(sha_instructions(arm), "sha1, sha2, sha512");
        assert_eq!(sha_instructions(""), "unknown");
        assert_eq!(sha_instructions("flags : fpu\n"), "none");
    }
}
