//! `bindings`: Kotlin, Swift and Python, written from the door's own description of itself.
//!
//! Kotlin and Swift stand in the repository, so that a change of the door is seen in review as what
//! an app sees of it; Python is written for its smoke test alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::cargo::{self, at_root, cargo, root, target};
use crate::stop::Stop;

/// What is written, and where it stands in the repository.
const FILES: [(&str, &str, &str); 4] = [
    (
        "kotlin",
        "org/authenticatorcore/ffi/authenticator_core_ffi.kt",
        "bindings/kotlin/generated/org/authenticatorcore/ffi/authenticator_core_ffi.kt",
    ),
    (
        "swift",
        "AuthenticatorCoreBindings.swift",
        "bindings/swift/Sources/AuthenticatorCoreBindings/AuthenticatorCoreBindings.swift",
    ),
    (
        "swift",
        "AuthenticatorCoreFFI.h",
        "bindings/swift/Sources/AuthenticatorCoreFFI/AuthenticatorCoreFFI.h",
    ),
    (
        "swift",
        "AuthenticatorCoreFFI.modulemap",
        "bindings/swift/Sources/AuthenticatorCoreFFI/module.modulemap",
    ),
];

/// Writes what stands in the repository anew.
pub(crate) fn write() -> Result<ExitCode, Stop> {
    for (text, path) in fresh()? {
        let path = root().join(path);
        let folder = path.parent().map_or(Ok(()), fs::create_dir_all);
        folder.and_then(|()| fs::write(&path, text)).map_err(failed(&path))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Whether what stands in the repository is what would be written.
pub(crate) fn check() -> Result<(), Stop> {
    let mut drifted = Vec::new();
    for (text, path) in fresh()? {
        if !fs::read_to_string(root().join(path)).is_ok_and(|there| there == text) {
            drifted.push(path);
        }
    }
    if drifted.is_empty() {
        return Ok(());
    }
    let reason = format!(
        "these are not what the door is now; run `cargo xtask bindings`:\n{}",
        drifted.join("\n")
    );
    Err(Stop::failed(reason))
}

/// The files as they are written now, and where they belong.
fn fresh() -> Result<Vec<(String, &'static str)>, Stop> {
    let library = library()?;
    let folder = target().join("bindings");
    for language in ["kotlin", "swift"] {
        generate(language, &library, &folder.join(language), "uniffi")?;
    }
    let text = |(language, file, path): (&str, &str, &'static str)| {
        let file = folder.join(language).join(file);
        let mut text = fs::read_to_string(&file).map_err(failed(&file))?;
        if path.ends_with(".modulemap") {
            // SwiftPM's system library has no other place to say what it is linked with.
            text = text.replacen(
                "    export *",
                "    link \"authenticator_core_ffi\"\n    export *",
                1,
            );
        }
        // Its authors' notes of what they may do one day are not ours.
        text = text.replace("// TODO: ", "// ");
        Ok((text.lines().map(|line| format!("{}\n", line.trim_end())).collect(), path))
    };
    FILES.into_iter().map(text).collect()
}

/// The smoke test of the Python bindings.
pub(crate) fn smoke_test(library: &Path, python: &Path) -> Result<Command, Stop> {
    let folder = target().join("bindings/python");
    generate("python", library, &folder, "uniffi")?;
    let beside = folder.join(library.file_name().unwrap_or_default());
    fs::copy(library, &beside).map_err(failed(&beside))?;
    let mut test = at_root(python);
    test.args(["-B", "bindings/python/smoke_test.py"]).env("PYTHONPATH", &folder);
    Ok(test)
}

/// The door as a library for this machine, with the symbols that describe it.
pub(crate) fn library() -> Result<PathBuf, Stop> {
    cargo::run(&mut cargo("build", &["--quiet", "--package", "authenticator-core-uniffi"]))?;
    let (before, after) = (std::env::consts::DLL_PREFIX, std::env::consts::DLL_SUFFIX);
    Ok(target().join("debug").join(format!("{before}authenticator_core_ffi{after}")))
}

/// Writes the bindings of a library, by the uniffi.toml of its crate.
pub(crate) fn generate(
    language: &str,
    library: &Path,
    folder: &Path,
    of: &str,
) -> Result<(), Stop> {
    let manifest = root().join("uniffi/bindgen/Cargo.toml");
    let mut generator = cargo("run", &["--quiet", "--manifest-path"]);
    generator.arg(manifest).args(["--", "generate", "--no-format", "--language", language]);
    generator.arg("--out-dir").arg(folder).arg(library);
    // It looks for it from where it runs.
    generator.current_dir(root().join(of));
    cargo::read(&mut generator).map(drop)
}

fn failed(path: &Path) -> impl FnOnce(std::io::Error) -> Stop {
    let path = path.display().to_string();
    move |error| Stop::failed(format!("{path}: {error}"))
}
