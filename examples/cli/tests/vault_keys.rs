//! What opens a vault: its key file, the PIN, the recovery key.
#![cfg(target_os = "linux")]

mod program;

use std::fs;
use std::process::{Command, Output, Stdio};

use program::{PROGRAM, Run, Vault};
use serde_json::Value;

const PIN: &str = "482913";

fn error(run: Run) -> Value {
    run.refused().json()[0]["error"].clone()
}

/// A command with `secrets` on file descriptors from 3 on.
fn with_secrets(vault: &Vault, arguments: &str, secrets: &[&str]) -> Output {
    let files = (3..).zip(secrets).map(|(number, secret)| {
        let path = vault.path(&number.to_string());
        fs::write(&path, secret).unwrap();
        format!(" {number}< {path}")
    });
    let files: String = files.collect();
    let shell = format!("exec {PROGRAM} --vault {} {arguments}{files}", vault.path("vault"));
    let mut command = Command::new("sh");
    command.args(["-c", &shell]).stdin(Stdio::null()).env_remove("AUTHENTICATOR_PIN");
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(secrets.iter().all(|secret| !said.contains(secret)), "{said}");
    output
}

fn done(vault: &Vault, arguments: &str, secrets: &[&str]) -> String {
    let output = with_secrets(vault, arguments, secrets);
    assert!(output.status.success(), "{arguments}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn refused(vault: &Vault, arguments: &str, secrets: &[&str]) -> String {
    let output = with_secrets(vault, &format!("{arguments} --json"), secrets);
    assert_eq!(output.status.code(), Some(1), "{arguments}: {output:?}");
    let said: Value = serde_json::from_slice(&output.stdout).unwrap();
    said["error"]["kind"].as_str().unwrap().to_owned()
}

/// A vault that demands its PIN; nobody can recover it.
fn with_pin(test: &str) -> Vault {
    let vault = Vault::none(test);
    vault.run(&["init", "--pin", "--no-recovery"]).env("AUTHENTICATOR_PIN", PIN).done();
    vault
}

#[test]
fn a_wrong_pin_is_counted_and_says_how_many_tries_are_left() {
    let vault = with_pin("tries");
    let list = |pin| vault.run(&["list", "--json"]).env("AUTHENTICATOR_PIN", pin);

    for left in [9, 8] {
        let wrong = error(list("482914"));
        assert_eq!((&wrong["kind"], &wrong["tries_left"]), (&"wrong_secret".into(), &left.into()));
    }
    let text = vault.run(&["list"]).env("AUTHENTICATOR_PIN", "482914").refused();
    assert_eq!(text.stderr, "error: wrong PIN; 7 tries are left\n");
    list(PIN).done();
    assert_eq!(error(list("482914"))["tries_left"], 9);
    assert_eq!(error(list(" "))["kind"], "pin_empty");
    assert_eq!(refused(&vault, "list", &[]), "no_terminal");
    assert_eq!(done(&vault, "verify --json --pin-fd 3", &[PIN]).lines().count(), 1);
}

#[test]
fn after_five_wrong_pins_the_next_has_to_wait() {
    let vault = with_pin("throttled");
    let list = |pin| vault.run(&["list", "--json"]).env("AUTHENTICATOR_PIN", pin);
    for left in (5..10).rev() {
        assert_eq!(error(list("000000"))["tries_left"], left);
    }

    // The right one, too, and that is no try.
    for pin in [PIN, "000000"] {
        let refused = error(list(pin));
        assert_eq!(refused["kind"], "pin_throttled");
        assert!((1..=30).contains(&refused["wait_seconds"].as_u64().unwrap()), "{refused}");
    }
    let text = vault.run(&["list"]).env("AUTHENTICATOR_PIN", PIN).refused();
    assert!(text.stderr.starts_with("error: too many wrong PINs: the next "), "{}", text.stderr);
}

#[test]
fn the_pin_and_the_recovery_key_are_set_changed_and_removed() {
    let vault = Vault::full("keys");
    assert_eq!(refused(&vault, "pin set", &[]), "recovery_needed");
    assert_eq!(refused(&vault, "pin remove", &[]), "slot_missing");
    assert_eq!(refused(&vault, "pin change", &[]), "slot_missing");
    assert_eq!(
        refused(&vault, "recovery confirm --recovery-fd 3", &["x"]),
        "recovery_key_wrong_length"
    );
    let issued: Value = serde_json::from_str(&done(&vault, "recovery new --json", &[])).unwrap();
    let first = issued["recovery_key"].as_str().unwrap();
    assert_eq!((first.len(), &issued["confirmed"]), (69, &false.into()));

    // To type it for the PIN is to confirm it.
    let set = "pin set --pin-fd 3 --recovery-fd 4";
    assert_eq!(refused(&vault, set, &["12345", first]), "pin_too_short");
    assert_eq!(refused(&vault, set, &["123456", first]), "pin_too_common");
    let said = done(&vault, &format!("{set} --json"), &[PIN, first]);
    assert_eq!(said, "{\"protection\":\"platform_and_pin\"}\n");
    assert_eq!(refused(&vault, set, &[PIN, first]), "pin_exists");
    let change = "pin change --pin-fd 3 --new-pin-fd 4";
    done(&vault, change, &[PIN, "a longer password"]);
    assert_eq!(refused(&vault, "list --pin-fd 3", &[PIN]), "wrong_secret");
    let pin = "a longer password";

    assert_eq!(refused(&vault, "recovery new --pin-fd 3", &[pin]), "not_confirmed");
    let issued = done(&vault, "recovery new --json --yes --pin-fd 3", &[pin]);
    let issued: Value = serde_json::from_str(&issued).unwrap();
    let second = issued["recovery_key"].as_str().unwrap();
    let confirm = "recovery confirm --pin-fd 3 --recovery-fd 4";
    assert_eq!(refused(&vault, confirm, &[pin, first]), "wrong_secret");
    assert_eq!(
        done(&vault, &format!("{confirm} --json"), &[pin, second]),
        "{\"confirmed\":true}\n"
    );

    let rotate = "rotate --pin-fd 3 --recovery-fd 4";
    assert_eq!(refused(&vault, rotate, &[pin, first]), "wrong_secret");
    done(&vault, rotate, &[pin, second]);
    let remove = "pin remove --pin-fd 3 --recovery-fd 4";
    done(&vault, remove, &[pin, second]);
    assert_eq!(vault.run(&["list", "--json"]).done().json().len(), 6);
    vault.run(&["verify"]).done();
}

#[test]
fn the_recovery_key_brings_back_a_vault_without_its_key_file() {
    let vault = Vault::full("recovery");
    let key = done(&vault, "recovery new --no-confirm", &[]);
    fs::remove_file(vault.path("vault.key")).unwrap();
    assert_eq!(refused(&vault, "list", &[]), "key_file_io");

    done(&vault, "recovery use --recovery-fd 3", &[&key]);
    assert_eq!(vault.run(&["list", "--json"]).done().json().len(), 6);

    done(&vault, "pin set --pin-fd 3 --recovery-fd 4", &[PIN, &key]);
    fs::remove_dir_all(vault.path("vault.state")).unwrap();
    assert_eq!(refused(&vault, "list --pin-fd 3", &[PIN]), "guard_missing");
    fs::remove_file(vault.path("vault.key")).unwrap();
    let used = done(&vault, "recovery use --json --pin-fd 3 --recovery-fd 4", &["739105", &key]);
    assert_eq!(used, "{\"protection\":\"platform_and_pin\"}\n");
    assert_eq!(refused(&vault, "list --pin-fd 3", &[PIN]), "wrong_secret");
    done(&vault, "list --pin-fd 3", &["739105"]);
    done(&vault, "recovery use --no-pin --recovery-fd 3", &[&key]);
    assert_eq!(vault.run(&["list", "--json"]).done().json().len(), 6);
}
