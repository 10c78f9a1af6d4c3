//! `test`: everything that must hold before a change lands.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::thread;

use crate::cargo::{self, cargo, root};
use crate::demo;
use crate::harness::Harness;
use crate::languages::{self, Languages};
use crate::node::Node;
use crate::postgres::{self, Server};
use crate::report::Report;
use crate::stop::Stop;
use crate::tools;

/// How much is checked.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum Extent {
    /// What a person wants to know every few minutes; nothing is installed for it.
    Quick,
    /// Everything.
    #[default]
    Full,
    /// The door from the languages that it opens to.
    Bindings,
    /// Everything, and what fails only now and then tried much more often.
    Long,
}

/// What a person asked for.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Wish {
    extent: Extent,
    languages: Languages,
}

impl Wish {
    pub(crate) fn read(words: &[&str]) -> Result<Self, Stop> {
        let mut wish = Self::default();
        for word in words {
            match *word {
                "--bindings" => wish.extent = Extent::Bindings,
                "--quick" => wish.extent = Extent::Quick,
                "--long" => wish.extent = Extent::Long,
                languages::SKIP_KOTLIN => wish.languages.kotlin = false,
                languages::SKIP_SWIFT => wish.languages.swift = false,
                _ => return Err(Stop::misused(format!("`test` knows no {word}"))),
            }
        }
        Ok(wish)
    }
}

/// Checks, and says with the last line and the exit code whether all of it holds.
pub(crate) fn run(wish: Wish) -> Result<ExitCode, Stop> {
    let mut report = Report::default();
    match wish.extent {
        Extent::Quick => quick(&mut report),
        Extent::Bindings => bindings(&mut report, wish.languages)?,
        Extent::Full | Extent::Long => full(&mut report, wish)?,
    }
    Ok(report.finish())
}

fn quick(report: &mut Report) {
    format(report);
    lints(report);
    report.tests("tests", Harness::Cargo, &mut tests(&["--workspace"], Extent::Quick));
    model(report, Extent::Quick);
    service(report, Extent::Quick, None);
}

fn bindings(report: &mut Report, languages: Languages) -> Result<(), Stop> {
    let mut needs = tools::interop();
    needs.extend(languages.needs());
    tools::provide(&needs)?;
    let python = tools::python()?;
    languages.fetch().suites(report, &python);
    Ok(())
}

fn full(report: &mut Report, wish: Wish) -> Result<(), Stop> {
    let Wish { extent, languages } = wish;
    let mut needs = tools::interop();
    needs.extend(languages.needs());
    needs.extend(postgres::needs());
    tools::provide(&needs)?;
    let python = tools::python()?;
    let node = Node::provide(&python)?;
    let others = [
        (INTERPRETER, python.as_path()),
        (NODE, node.program.as_path()),
        (NODE_MODULES, &node.modules),
    ];
    // They take minutes where they are not there yet, and are needed last.
    let deny = thread::spawn(|| tools::DENY.provide());
    let languages = languages.fetch();

    format(report);
    lints(report);
    report.command(
        "lints of the core without its default features",
        &mut lint(&["--package", "authenticator-core", "--no-default-features"]),
    );
    report.command(
        "documentation",
        // Not RUSTFLAGS, which would throw away everything that is built.
        cargo("doc", &["--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings"),
    );
    report.tests(
        "tests, with those against the tools of other authors",
        Harness::Cargo,
        tests(&["--workspace"], extent).envs(others),
    );
    report.tests(
        "tests of the core without its default features",
        Harness::Cargo,
        tests(&["--package", "authenticator-core", "--no-default-features"], extent).envs(others),
    );
    languages.suites(report, &python);
    model(report, extent);
    let postgres = report.step("PostgreSQL", Server::start);
    service(report, extent, postgres.as_ref());
    timing(report);
    examples(report);
    report.step("demo", demo::check);
    dependencies(report, || languages::joined(deny, "cargo-deny"));
    Ok(())
}

/// All tests of `packages`, whichever fail.
fn tests(packages: &[&str], extent: Extent) -> Command {
    let mut command = cargo("test", packages);
    command.arg("--no-fail-fast");
    if matches!(extent, Extent::Long) {
        command.env(LONG, "1");
    }
    command
}

/// Tells the tests that have a longer run to take it.
const LONG: &str = "AUTHENTICATOR_CORE_LONG";

/// Tells `tests/interop/` which Python has the packages it needs.
const INTERPRETER: &str = "AUTHENTICATOR_CORE_PYTHON";

/// Tells them which Node runs their scripts, and where its packages are.
const NODE: &str = "AUTHENTICATOR_CORE_NODE";
const NODE_MODULES: &str = "AUTHENTICATOR_CORE_NODE_MODULES";

/// Tells the service's tests which server of PostgreSQL they may make databases at.
const POSTGRES: &str = "AUTHENTICATOR_CORE_POSTGRES";

fn format(report: &mut Report) {
    report.command("format", &mut cargo("fmt", &["--all", "--check"]));
    // Apart from the workspace, and too small or too slow to be built each time.
    for apart in
        ["tests/fuzz", "tests/model", "tests/timing", "benches/sqlcipher", "examples/relying-party"]
    {
        report.command(
            &format!("format of {apart}"),
            cargo("fmt", &["--check", "--manifest-path"])
                .arg(root().join(apart).join("Cargo.toml")),
        );
    }
}

/// The state machines of the approval protocol, explored: apart from the workspace for what the
/// model checker brings along.
fn model(report: &mut Report, extent: Extent) {
    let manifest = root().join("tests/model/Cargo.toml");
    let mut lint = cargo("clippy", &["--all-targets", "--manifest-path"]);
    lint.arg(&manifest).args(["--", "-D", "warnings"]);
    report.command("lints of tests/model", &mut lint);
    let mut explored = tests(&[], extent);
    report.tests("state machines", Harness::Cargo, explored.arg("--manifest-path").arg(&manifest));
}

/// The service that people sign in at: apart from the workspace for its web server and its
/// database's client.
fn service(report: &mut Report, extent: Extent, postgres: Option<&Server>) {
    let manifest = root().join("examples/relying-party/Cargo.toml");
    let mut lint = cargo("clippy", &["--all-targets", "--manifest-path"]);
    lint.arg(&manifest).args(["--", "-D", "warnings"]);
    report.command("lints of the service", &mut lint);
    let mut service = tests(&[], extent);
    service.arg("--manifest-path").arg(&manifest);
    if let Some(server) = postgres {
        service.env(POSTGRES, &server.address);
    }
    report.tests("tests of the service", Harness::Cargo, &mut service);
}

/// It compiles files of the core by their paths, which nothing else would notice.
fn timing(report: &mut Report) {
    report.command(
        "check of tests/timing",
        cargo("check", &["--manifest-path"]).arg(root().join("tests/timing/Cargo.toml")),
    );
}

fn lints(report: &mut Report) {
    // The benchmark of approvals looks behind the doors.
    let everything = ["--workspace", "--features", "authenticator-core/internals"];
    report.command("lints", &mut lint(&everything));
}

fn lint(packages: &[&str]) -> Command {
    let mut command = cargo("clippy", &["--all-targets"]);
    command.args(packages).args(["--", "-D", "warnings"]);
    command
}

/// Examples assert what they show, so running one is a test of it.
fn examples(report: &mut Report) {
    let names = || example_names().map_err(|error| Stop::failed(error.to_string()));
    for name in report.step("list of examples", names).unwrap_or_default() {
        report.command(
            &format!("example {name}"),
            cargo("run", &["--quiet", "--package", "authenticator-core", "--example"]).arg(&name),
        );
    }
}

fn example_names() -> io::Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(root().join("examples"))? {
        let name = entry?.file_name();
        names.extend(name.to_string_lossy().strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

/// Holds the trees of dependencies against `.deny.toml`, the service's against its own.
fn dependencies(report: &mut Report, deny: impl FnOnce() -> Result<PathBuf, Stop>) {
    let mut program = None;
    report.step("dependencies", || {
        let deny = program.insert(deny()?);
        cargo::run(check(deny).args(["check", "bans", "licenses", "sources"]))
    });
    let Some(program) = program else { return };
    let service = root().join("examples/relying-party");
    let mut deny = cargo::at_root(&program);
    deny.args(["--locked", "--manifest-path"]).arg(service.join("Cargo.toml"));
    deny.arg("--config").arg(service.join(".deny.toml"));
    report.command(
        "dependencies of the service",
        deny.args(["check", "bans", "licenses", "sources"]),
    );

    // What is known to be vulnerable is listed in a repository, which not every
    // machine can reach.
    if cargo::succeeds(check(&program).args(["fetch", "db"])) {
        report.command("advisories", check(&program).args(["check", "advisories"]));
    } else {
        println!("advisories: not checked, because their database cannot be reached");
    }
}

/// cargo-deny on the whole workspace.
fn check(program: &Path) -> Command {
    let mut command = cargo::at_root(program);
    command.args(["--locked", "--workspace"]);
    command
}
