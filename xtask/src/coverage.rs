//! `coverage`: which share of the core's lines its tests run.

use std::fs;
use std::path::Path;
use std::process::{Command, ExitCode};

use serde_json::Value;

use crate::cargo::{self, root, target};
use crate::stop::Stop;
use crate::tools::{self, Need};

/// The least share of lines, in percent.
const GOAL: f64 = 95.0;

/// Measures, prints a line for each file of `src/`, and fails below the goal.
pub(crate) fn run() -> Result<ExitCode, Stop> {
    let compiler = cargo::read(Command::new("rustc").arg("-vV"))?;
    let major =
        llvm_major(&compiler).ok_or_else(|| Stop::failed("rustc -vV names no version of LLVM"))?;
    let (llvm_cov, llvm_profdata) = (format!("llvm-cov-{major}"), format!("llvm-profdata-{major}"));
    // Only the same LLVM as the compiler's reads what the compiled tests write.
    tools::provide(&[Need {
        name: llvm_cov.clone(),
        present: tools::is_on_path,
        package: format!("llvm-{major}"),
        advice: "install the LLVM tools of that version",
    }])?;
    let program = tools::LLVM_COV.provide()?;

    let summary = target().join("coverage.json");
    let mut measure = cargo::at_root(program);
    measure.args(["llvm-cov", "--locked", "--package", "authenticator-core"]);
    measure.args(["--json", "--summary-only", "--output-path"]).arg(&summary);
    cargo::run(measure.env("LLVM_COV", llvm_cov).env("LLVM_PROFDATA", llvm_profdata))?;

    let summary = fs::read(&summary).map_err(|error| Stop::failed(format!("coverage: {error}")))?;
    let summary: Value = serde_json::from_slice(&summary)
        .map_err(|error| Stop::failed(format!("coverage: {error}")))?;
    let files = files_of(&summary, &root().join("src"));
    let all = Lines {
        name: "src/".into(),
        run: files.iter().map(|file| file.run).sum(),
        count: files.iter().map(|file| file.count).sum(),
    };
    println!("\n{:>8} {:>8} {:>8}  file", "lines", "run", "share");
    for Lines { name, run, count } in files.iter().chain([&all]) {
        println!("{count:>8} {run:>8} {:>6.1} %  {name}", share(*run, *count));
    }
    if share(all.run, all.count) < GOAL {
        return Err(Stop::failed(format!("the tests run less than {GOAL} % of the lines in src/")));
    }
    Ok(ExitCode::SUCCESS)
}

/// The `22` of `LLVM version: 22.1.2`.
fn llvm_major(compiler: &str) -> Option<&str> {
    let version = compiler.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    version.split('.').next()
}

/// How many of a file's lines hold code, and how many of those were run.
#[derive(Debug, Eq, PartialEq)]
struct Lines {
    name: String,
    run: u64,
    count: u64,
}

/// The files below `folder` in a summary of llvm-cov.
fn files_of(summary: &Value, folder: &Path) -> Vec<Lines> {
    let lines_of = |file: &Value| -> Option<Lines> {
        let name = Path::new(file["filename"].as_str()?).strip_prefix(folder).ok()?;
        let lines = &file["summary"]["lines"];
        Some(Lines {
            name: format!("src/{}", name.display()),
            run: lines["covered"].as_u64()?,
            count: lines["count"].as_u64()?,
        })
    };
    summary["data"][0]["files"].as_array().into_iter().flatten().filter_map(lines_of).collect()
}

/// A share in percent. Of nothing, all is run.
fn share(run: u64, count: u64) -> f64 {
    if count == 0 { 100.0 } else { run as f64 * 100.0 / count as f64 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_llvm_of_the_compiler_is_found() {
        assert_eq!(llvm_major("rustc 1.95.0\nrelease: 1.95.0\nLLVM version: 22.1.2\n"), Some("22"));
        assert_eq!(llvm_major("rustc 1.95.0\n"), None);
    }

    #[test]
    fn only_the_files_of_the_core_count() {
        let summary = serde_json::json!({ "data": [{ "files": [
            { "filename": "/r/src/otp/totp.rs", "summary": { "lines": { "count": 8, "covered": 6 } } },
            { "filename": "/r/xtask/src/main.rs", "summary": { "lines": { "count": 9, "covered": 0 } } },
        ] }] });

        let files = files_of(&summary, Path::new("/r/src"));

        assert_eq!(files, [Lines { name: "src/otp/totp.rs".into(), run: 6, count: 8 }]);
    }

    #[test]
    fn shares_are_in_percent() {
        assert_eq!(share(3, 4), 75.0);
        assert_eq!(share(0, 0), 100.0);
    }
}
