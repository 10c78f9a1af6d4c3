//! Kotlin: Maven, which fetches the compiler and the libraries into the cache.

use std::path::Path;
use std::process::Command;

use crate::cargo::at_root;
use crate::harness::Harness;
use crate::report::Report;
use crate::tools::{self, Need};

/// What has to be on this machine before Kotlin can be compiled.
pub(crate) fn needs() -> Vec<Need> {
    let need = |name: &str, package: &str| Need {
        name: name.into(),
        present: tools::is_on_path,
        package: package.into(),
        advice: "install Maven and a JDK of Java 17 or later, or leave Kotlin out with --skip-kotlin",
    };
    vec![need("mvn", "maven"), need("javac", "default-jdk-headless")]
}

/// The layer for Kotlin with its tests on the JVM, and what only Android has.
pub(crate) fn suites(report: &mut Report, library: &Path) {
    let mut suite = |name: &str, project: &str| {
        report.tests(name, Harness::Surefire, maven(project, library).arg("test"));
    };
    suite("tests in Kotlin", "bindings/kotlin/pom.xml");
    suite("tests in Kotlin of Android's part", "bindings/kotlin/android/check/pom.xml");
}

/// Maven on one of the projects, with the door's library for this machine in `library`.
pub(crate) fn maven(project: &str, library: &Path) -> Command {
    let property = |name: &str, folder: &Path| format!("-D{name}={}", folder.display());
    let mut maven = at_root("mvn");
    maven.args(["--batch-mode", "--no-transfer-progress", "--file", project]);
    maven.arg(property("maven.repo.local", &tools::cache().join("maven")));
    maven.arg(property("authenticator.library.dir", library));
    maven
}
