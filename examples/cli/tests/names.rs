//! `README.md` lists every kind, warning and error there is, each with a sample
//! that shows it.

mod program;

use program::{Run, Vault};
use serde_json::Value;

const README: &str = include_str!("../README.md");

/// The cells of the table under `heading`, row by row, without their backticks.
fn table(heading: &str) -> Vec<Vec<String>> {
    let heading = format!("\n### {heading}\n");
    let (_, section) = README.split_once(&heading).unwrap_or_else(|| panic!("{heading}"));
    let section = section.split("\n#").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with('|')).skip(2);
    let cells = |row: &str| {
        let row = row.trim_matches('|');
        row.split('|').map(|cell| cell.trim().trim_matches('`').to_owned()).collect()
    };
    let table: Vec<Vec<String>> = rows.map(cells).collect();
    assert!(!table.is_empty(), "{heading}");
    table
}

/// A sample with its shorthand written out.
fn written_out(sample: &str) -> String {
    sample.replace("x{257}", &"x".repeat(257))
}

/// The variants of the enum called `name` in the core's file `file`, as they are
/// called outside.
fn variants(file: &str, name: &str) -> Vec<String> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../src/").to_owned() + file;
    let source = std::fs::read_to_string(path).unwrap();
    let (_, rest) = source.split_once(&format!("pub enum {name} {{\n")).unwrap();
    let body = rest.split("\n}").next().unwrap();
    let at_margin = |line: &&str| line.starts_with(|c: char| c.is_ascii_uppercase());
    let lines = body.lines().filter_map(|line| line.strip_prefix("    ")).filter(at_margin);
    let mut names: Vec<String> = lines.map(snake_case).collect();
    assert!(!names.is_empty());
    names.sort();
    names
}

/// The name at the start of `line`, in snake case.
fn snake_case(line: &str) -> String {
    let name = line.chars().take_while(char::is_ascii_alphanumeric);
    let mut snake = String::new();
    for letter in name {
        if letter.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(letter.to_ascii_lowercase());
    }
    snake
}

/// Holds the first column of the table under `heading` to `variants`, and each
/// row's sample to what `shown` finds of it in the program's answer.
fn check(heading: &str, mut variants: Vec<String>, shown: impl Fn(&str, &[String]) -> Value) {
    let mut listed = Vec::new();
    for row in table(heading) {
        let sample = written_out(row.last().unwrap());
        let value = shown(&sample, &row);
        assert_eq!(value, Value::from(row[0].clone()), "{row:?}");
        listed.push(row[0].clone());
    }
    listed.sort();
    variants.sort();
    assert_eq!(listed, variants, "{heading}");
}

fn inspected(sample: &str) -> Value {
    Run::of(&["inspect", "--json", sample]).end().json().remove(0)
}

#[test]
fn every_kind_is_listed_with_a_sample() {
    check("Kinds", variants("otp/account.rs", "Kind"), |sample, _| {
        let answer = inspected(sample);
        assert_eq!(answer["warnings"], Value::Array(Vec::new()), "{sample}");
        answer["account"]["kind"].clone()
    });
}

#[test]
fn every_warning_is_listed_with_a_sample_and_its_data() {
    check("Warnings", variants("otp/warning.rs", "Warning"), |sample, row| {
        let answer = inspected(sample);
        let warnings = answer["warnings"].as_array().unwrap();
        assert_eq!(warnings.len(), 1, "{answer}");
        let data = warnings[0].as_object().unwrap().keys().filter(|key| *key != "kind");
        assert_eq!(data.cloned().collect::<String>(), row[2], "{answer}");
        warnings[0]["kind"].clone()
    });
}

#[test]
fn every_error_is_listed_with_a_sample_and_its_data() {
    check("Errors", variants("otp/error.rs", "AccountError"), |sample, row| {
        let answer = inspected(sample);
        let keys = answer["error"].as_object().unwrap().keys();
        let data = keys.filter(|key| !["kind", "message"].contains(&key.as_str()));
        assert_eq!(data.cloned().collect::<String>(), row[2], "{answer}");
        assert!(answer["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
        answer["error"]["kind"].clone()
    });
}

#[test]
fn every_reason_to_give_no_code_is_listed_with_a_sample() {
    check("Errors of codes", variants("otp/generator.rs", "CodeError"), |sample, row| {
        if sample.is_empty() {
            // Only a disk that fails shows it.
            return Value::from(row[0].clone());
        }
        let answer = Run::of(&["watch", "--json", "-"]).stdin(sample.as_bytes()).end();
        answer.json()[0]["rows"][0]["error"]["kind"].clone()
    });
}

#[test]
fn every_app_is_listed_with_a_sample() {
    check("Apps", variants("otp/error.rs", "App"), |sample, _| {
        inspected(sample)["error"]["app"].clone()
    });
}

#[test]
fn every_error_of_a_picture_is_listed() {
    let mut listed = table("Errors of pictures");
    listed.extend(table("Errors"));

    for variant in variants("transfer/qr.rs", "QrError") {
        assert!(listed.iter().any(|row| row[0] == variant), "{variant}");
    }
}

/// Each row that has a sample is shown by that command on a new, empty vault.
#[test]
fn every_error_of_a_vault_is_listed() {
    let vault = Vault::empty("names");
    let passed_on = ["code", "guard", "key", "pin"];
    let variants = variants("vault/error.rs", "VaultError");
    let mut expected: Vec<String> =
        variants.into_iter().filter(|name| !passed_on.contains(&name.as_str())).collect();
    let mut listed = Vec::new();
    for row in table("Errors of the vault") {
        if let Some(sample) = row.last().filter(|sample| !sample.is_empty()) {
            let words: Vec<&str> = sample.split(' ').chain(["--json"]).collect();
            let answer = vault.run(&words).refused().json().remove(0);
            assert_eq!(answer["error"]["kind"], row[0], "{row:?}");
        }
        listed.push(row[0].clone());
    }
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
}

#[test]
fn every_error_of_what_opens_a_vault_is_listed() {
    let mut expected = Vec::new();
    for (file, name, prefix) in [
        ("vault/platform.rs", "GuardError", "guard"),
        ("key_store.rs", "KeyError", "key"),
        ("vault/software.rs", "SoftwareError", "key_file"),
        ("pin.rs", "PinError", "pin"),
        ("vault/recovery.rs", "RecoveryKeyError", "recovery_key"),
    ] {
        expected.extend(variants(file, name).iter().map(|name| format!("{prefix}_{name}")));
    }
    let rows = table("Errors of what opens a vault");
    let mut listed: Vec<String> = rows.into_iter().map(|row| row[0].clone()).collect();
    listed.sort();
    expected.sort();

    assert_eq!(listed, expected);
}

#[test]
fn every_error_of_approvals_is_listed() {
    let mut expected = Vec::new();
    for (file, name, prefix) in [
        ("approval/error.rs", "ApprovalError", "approval"),
        ("approval/event.rs", "ExchangeProblem", "service"),
        ("approval/refusal.rs", "Refusal", "message"),
    ] {
        expected.extend(variants(file, name).iter().map(|name| format!("{prefix}_{name}")));
    }
    // Those that hold one of the others.
    let passed_on = ["approval_keys", "approval_refused", "service_not_believed"];
    expected.retain(|name| !passed_on.contains(&name.as_str()));
    let rows = table("Errors of approvals");
    let mut listed: Vec<String> = rows.into_iter().map(|row| row[0].clone()).collect();
    listed.sort();
    expected.sort();

    assert_eq!(listed, expected);
}

#[test]
fn every_error_of_the_clock_is_listed() {
    let names = variants("clock_sample.rs", "ClockError");
    let expected: Vec<String> = names.iter().map(|name| format!("clock_{name}")).collect();
    let rows = table("Errors of the clock");
    let listed: Vec<String> = rows.into_iter().map(|row| row[0].clone()).collect();

    assert_eq!(listed, expected);
}

/// The names are written in one file: no name there is missing from the README.
#[test]
fn every_name_that_is_written_is_listed() {
    let names = include_str!("../src/names.rs").split("/// A warning in plain words").next();
    for line in names.unwrap().lines().filter(|line| line.contains(" => \"")) {
        let name = line.split('"').nth(1).unwrap();
        assert!(README.contains(&format!("| `{name}` |")), "{name}");
    }
}
