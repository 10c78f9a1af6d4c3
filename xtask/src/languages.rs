//! The tests of the door, in each language that it opens to.

use std::path::Path;
use std::thread::{self, JoinHandle};

use crate::bindings;
use crate::cargo::cargo;
use crate::harness::Harness;
use crate::kotlin;
use crate::report::Report;
use crate::stop::Stop;
use crate::swift::{self, Swift};
use crate::tools::Need;

pub(crate) const SKIP_KOTLIN: &str = "--skip-kotlin";
pub(crate) const SKIP_SWIFT: &str = "--skip-swift";

/// Which of the languages whose compilers have to be fetched are tested.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Languages {
    pub(crate) kotlin: bool,
    pub(crate) swift: bool,
}

impl Default for Languages {
    fn default() -> Self {
        Self { kotlin: true, swift: true }
    }
}

impl Languages {
    /// What has to be on this machine first.
    pub(crate) fn needs(self) -> Vec<Need> {
        let mut needs = Vec::new();
        if self.kotlin {
            needs.extend(kotlin::needs());
        }
        if self.swift {
            needs.extend(swift::needs());
        }
        needs
    }

    /// Begins to fetch what takes minutes where it is not there yet.
    pub(crate) fn fetch(self) -> Fetching {
        let swift = self.swift.then(|| thread::spawn(Swift::provide));
        Fetching { kotlin: self.kotlin, swift }
    }
}

/// Compilers on their way.
#[derive(Debug)]
pub(crate) struct Fetching {
    kotlin: bool,
    swift: Option<JoinHandle<Result<Swift, Stop>>>,
}

impl Fetching {
    /// Runs every suite. One that a person has left out is said to be skipped.
    pub(crate) fn suites(self, report: &mut Report, python: &Path) {
        report.step("bindings are what the door is", bindings::check);
        let Some(library) = report.step("library of the door", bindings::library) else { return };

        let smoke_test = || bindings::smoke_test(&library, python);
        if let Some(mut smoke_test) = report.step("bindings for Python", smoke_test) {
            report.tests("tests in Python", Harness::Unittest, &mut smoke_test);
        }
        let folder = library.parent().unwrap_or(Path::new("."));
        // Beside the library, where the tests find it.
        let mut service = cargo("build", &["--quiet", "--package", "approval-service"]);
        report.command("service for the tests", &mut service);
        if self.kotlin {
            kotlin::suites(report, folder);
        } else {
            report.skip("tests in Kotlin", SKIP_KOTLIN);
        }
        match self.swift {
            None => report.skip("tests in Swift", SKIP_SWIFT),
            Some(swift) => {
                if let Some(swift) = report.step("compiler of Swift", || joined(swift, "Swift")) {
                    swift.suites(report, folder);
                }
            }
        }
    }
}

/// What a thread has fetched.
pub(crate) fn joined<T>(thread: JoinHandle<Result<T, Stop>>, what: &str) -> Result<T, Stop> {
    let broken = |_| Err(Stop::failed(format!("the installation of {what} broke off")));
    thread.join().unwrap_or_else(broken)
}
