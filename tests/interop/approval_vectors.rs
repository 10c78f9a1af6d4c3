//! A verifier on `jwcrypto`, written from the specification alone, comes to the verdict of
//! every vector.

use std::path::Path;

use serde_json::Value;

use crate::vault::python;

pub(crate) const FILES: [&str; 5] =
    ["challenges", "configurations", "receipts", "statuses", "revocations"];

#[test]
fn the_vectors_are_what_the_script_beside_them_writes() {
    let Some(output) = python("tests/vectors/approval/make.py", &["--check"]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn another_verifier_comes_to_the_same_verdicts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors/approval");
    let paths = FILES.map(|name| folder.join(name).with_extension("json"));
    let arguments: Vec<&str> = paths.iter().map(|path| path.to_str().unwrap()).collect();
    let output = python("tests/interop/approval_verifier.py", &arguments);
    let Some(output) = output else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();

    let mut refused = 0;
    for (name, path) in FILES.iter().zip(&paths) {
        let vectors: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        for case in vectors["cases"].as_array().unwrap() {
            let verdict = &said[name][case["name"].as_str().unwrap()];
            assert_eq!(*verdict, case["verdict"], "{name}: {}", case["name"]);
            refused += usize::from(*verdict != "accepted");
        }
    }
    assert!(refused >= 60, "{refused}");
}
