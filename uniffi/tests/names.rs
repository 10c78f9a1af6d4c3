//! What UniFFI makes of some names and signs does not compile in Kotlin or Swift.

use std::fs;
use std::path::{Path, PathBuf};

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}

fn lines() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let texts = sources(&folder).into_iter().map(|path| fs::read_to_string(path).unwrap());
    texts
        .flat_map(|text| text.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>())
        .collect()
}

#[test]
fn no_documentation_begins_or_ends_a_comment_of_kotlin_or_swift() {
    let lines = lines();
    let docs: Vec<_> = lines.iter().filter(|line| line.starts_with("///")).collect();
    assert!(docs.len() > 300, "{}", docs.len());
    for line in docs {
        assert!(!line.contains("/*") && !line.contains("*/"), "{line}");
    }
}

#[test]
fn no_name_is_one_that_kotlin_or_swift_has_a_use_for() {
    // AutoCloseable and Disposable, Exception and Throwable, and every language's own error.
    let methods = ["close", "destroy", "message", "cause"];
    for line in lines() {
        let name = line.strip_prefix("pub fn ").or(line.strip_prefix("fn "));
        if let Some(name) = name.and_then(|rest| rest.split(['(', '<']).next()) {
            assert!(!methods.contains(&name), "{line}");
        }
        let field = line.strip_prefix("pub ").unwrap_or(&line);
        assert!(!field.starts_with("message:") && !field.starts_with("cause:"), "{line}");
        for kind in ["struct", "enum", "trait"] {
            let name = line.strip_prefix(&format!("pub {kind} "));
            let name = name.and_then(|rest| rest.split([' ', '(', ':', '{']).next());
            assert!(
                !["Error", "Exception", "Result"].contains(&name.unwrap_or_default()),
                "{line}"
            );
        }
    }
}
