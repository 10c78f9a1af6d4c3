//! The page that `bench` writes: what was measured, where, and whether it suffices.

use std::fs;
use std::process::Command;
use std::thread;

use crate::cargo::{self, root};
use crate::goals::{BENCHMARKS, COLD_STARTS, DOOR, GOALS, SIZES};
use crate::ratio::{Round, Spread};
use crate::stop::Stop;

/// The crates whose versions decide what was compared.
const COMPARED: [&str; 6] = ["totp-rs", "sha1", "sha2", "ring", "libsqlite3-sys", "criterion"];

/// The same of the peer, which has a lockfile of its own.
const PEER: [&str; 2] = ["libsqlite3-sys", "sqlcipher-src"];

const INTRODUCTION: &str = "\
# Benchmark

Written by `cargo xtask bench`. A number is the middle of the rounds' medians, a ratio that of
their ratios, with the least and the greatest round beside it. `floor` is the work that none can
avoid: of a code, two compressions of the hash, one after the other; of a durable write, 4 KiB
appended to a file and synchronised; of an answer, one verification by ring and one signature by
p256 with its key loaded.

- `cold_start`: a program is started, opens the accounts, lists them and ends, with the file in the
  system's cache; less the time that the same program takes to do nothing. `ours`: our vault with its key and
  the rollback guard's state in files, as the command line has them. `reopen`: the same within a
  program that has done it before; `files` as above, `memory`: key and state in hand. `sqlcipher`: the same accounts in a table of SQLCipher, its
  key in hand (32 bytes, nothing is stretched), the same settings of SQLite and the same
  `quick_check`; `unchecked`: without that check; `wiping`: it wipes the memory that decrypted pages
  were in (`cipher_memory_security`), as ours does with all that it decrypts. Each side runs in
  processes of its own, in turns.
- `unlock`: open and unlock by the platform's slot. `list`: all accounts in their order. `tick`:
  one code of each. `search`: a word of six letters, letter by letter. `first`: the first codes
  and the first letter after an unlock. `add`, `edit`: one account, durable on return.
- `approval`: `answer`: a challenge is verified, decided by its number and signed, without the vault;
  `whole`: as an app calls it, with the vault in a file, which keeps the challenge and commits the
  decision; `pin`: a PIN stretched to its key.
- `kotlin`, `swift`: through the door, with the library as it is built for phones (profile `mobile`). `tick`: a
  screen's call, a second later each time, and the text of every code looked at. `baseline`: an interface
  without a handle, to which the app sends all accounts each time, and which parses each from its URI and sends
  it back with its codes (`benches/door`); what parses and computes is ours. `call`: one that does next to
  nothing.

";

/// The page as Markdown.
pub(crate) fn page(rounds: &[Round], weights: &[(String, u64)]) -> Result<String, Stop> {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let cores = thread::available_parallelism().map_or_else(|_| "?".into(), |n| n.to_string());
    let facts = [
        ("machine", format!("{}, {cores} cores", processor(&cpuinfo))),
        ("SHA instructions", sha_instructions(&cpuinfo)),
        ("compiler", cargo::read(Command::new("rustc").arg("--version"))?.trim().to_owned()),
        ("crates", crates("Cargo.lock", &COMPARED)?),
        ("crates of the peer", crates("benches/sqlcipher/Cargo.lock", &PEER)?),
        ("OpenSSL", openssl().unwrap_or_else(|| "unknown".into())),
        ("date", cargo::read(Command::new("date").args(["-u", "+%Y-%m-%d"]))?.trim().to_owned()),
        ("rounds", format!("{}, each in processes of its own", rounds.len())),
    ];
    let mut page = String::from(INTRODUCTION);
    page.push_str("| | |\n|---|---|\n");
    for (name, value) in facts {
        row(&mut page, &[name, &value]);
    }
    page.push_str("\n| goal | | measured | least – most | bound | |\n|---|---|--:|--:|--:|---|\n");
    page.push_str(&goals(rounds));
    page.push_str("\n| benchmark | median, ns | least – most |\n|---|--:|--:|\n");
    page.push_str(&medians(rounds));
    page.push_str("\n| file | bytes | for each account |\n|---|--:|--:|\n");
    page.push_str(&sizes(rounds));
    page.push_str("\n| what weighs most in the library for phones, before it is stripped | bytes |\n|---|--:|\n");
    for (name, bytes) in weights.iter().take(15) {
        row(&mut page, &[name, &bytes.to_string()]);
    }
    Ok(page)
}

/// What the door takes, without what it weighs.
fn times_of_door() -> impl Iterator<Item = &'static str> {
    DOOR.into_iter().filter(|id| *id != "library/stripped")
}

/// Names and versions of crates.
fn crates(lockfile: &str, names: &[&str]) -> Result<String, Stop> {
    let text = fs::read_to_string(root().join(lockfile))
        .map_err(|error| Stop::failed(format!("{lockfile}: {error}")))?;
    let crates: Vec<String> =
        names.iter().map(|name| format!("{name} {}", versions(&text, name))).collect();
    Ok(crates.join(", "))
}

/// The version of the OpenSSL whose headers SQLCipher was built with.
fn openssl() -> Option<String> {
    let mut probe = Command::new("cc");
    probe.args(["-E", "-dM", "-include", "openssl/opensslv.h", "-x", "c", "/dev/null"]);
    let macros = cargo::read(&mut probe).ok()?;
    let line = macros.lines().find_map(|line| line.strip_prefix("#define OPENSSL_VERSION_STR "));
    Some(line?.trim_matches('"').to_owned())
}

fn goals(rounds: &[Round]) -> String {
    let mut rows = String::new();
    for goal in GOALS {
        let Some(Spread { median, least, most }) = goal.measured(rounds) else { continue };
        row(
            &mut rows,
            &[
                goal.what,
                &goal.measure.to_string(),
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
    for id in BENCHMARKS.into_iter().chain(COLD_STARTS).chain(times_of_door()) {
        let Some(Spread { median, least, most }) = spread(rounds, id) else { continue };
        row(&mut rows, &[id, &format!("{median:.1}"), &format!("{least:.1} – {most:.1}")]);
    }
    rows
}

fn sizes(rounds: &[Round]) -> String {
    let mut rows = String::new();
    for (id, accounts) in SIZES {
        let Some(Spread { median, .. }) = spread(rounds, id) else { continue };
        row(&mut rows, &[id, &format!("{median:.0}"), &format!("{:.0}", median / accounts)]);
    }
    rows
}

fn spread(rounds: &[Round], id: &str) -> Option<Spread> {
    Spread::of(rounds.iter().filter_map(|round| round.get(id).copied()))
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
    fn a_size_is_shown_for_each_account() {
        let rounds = [Round::from([("size_1000/ours", 317_440.0)])];

        assert_eq!(sizes(&rounds), "| size_1000/ours | 317440 | 317 |\n");
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
