//! A damaged vault: what is said of it, and how it comes back.

mod program;

use std::fs;

use program::{Run, URI, Vault};
use serde_json::{Value, json};

const PAGE: usize = 4096;

fn json_of(run: Run) -> Value {
    run.done().json().remove(0)
}

fn error(run: Run) -> Value {
    run.refused().json()[0]["error"].clone()
}

/// Damages the vault's file, and gives what it is then.
fn damage(vault: &Vault, how: impl FnOnce(&mut Vec<u8>)) -> Vec<u8> {
    let mut file = fs::read(vault.path("vault")).unwrap();
    how(&mut file);
    fs::write(vault.path("vault"), &file).unwrap();
    file
}

/// A bit of a record, in the page that it stands on.
fn flip_a_record(file: &mut [u8]) {
    let row = file.windows(2).rposition(|pair| pair == b"AR").unwrap();
    assert!(row > PAGE);
    file[row + 60] ^= 1;
}

/// SQLite's `user_version`, which nothing seals: every row is whole.
fn spoil_the_version(file: &mut [u8]) {
    file[60..64].fill(0);
}

fn put_aside(vault: &Vault) -> usize {
    (1..9).filter(|n| fs::exists(vault.path(&format!("vault.damaged-{n}"))).unwrap()).count()
}

#[test]
fn a_record_that_is_lost_takes_no_other_with_it_and_the_damaged_file_stays() {
    let vault = Vault::full("damaged-row");
    vault.run(&["rm", "games"]).done();
    let file = damage(&vault, |file| flip_a_record(file));
    let refused = vault.run(&["list"]).refused();
    assert!(refused.stderr.contains("`authenticator salvage`"), "{refused:?}");
    assert!(refused.stderr.contains("`authenticator repair`"), "{refused:?}");

    let found = json_of(vault.run(&["salvage", "--json"]));
    let accounts = found["accounts"].as_u64().unwrap();
    assert!((5..=6).contains(&accounts), "{found}");
    assert_eq!(found["found"].as_array().unwrap().len() as u64, accounts);
    assert_eq!(found["found"][0]["kind"], "totp");
    assert_eq!(found["lost"].as_array().unwrap().len(), 1);
    assert_eq!((&found["rolled_back"], &found["is_complete"]), (&Value::Null, &json!(false)));
    let shown = vault.run(&["salvage"]).done();
    assert!(shown.stdout.contains("Example Cloud"), "{shown:?}");
    let counts = format!("Accounts that are whole: {accounts}, records lost: 1.\n");
    assert!(shown.stdout.ends_with(&counts), "{shown:?}");
    assert!(shown.stderr.contains("`authenticator repair --accept-older`"), "{shown:?}");

    let refused = error(vault.run(&["repair", "--json"]));
    assert_eq!(refused["kind"], "rolled_back");
    assert!(refused["message"].as_str().unwrap().contains("repair --accept-older"), "{refused}");
    assert_eq!((fs::read(vault.path("vault")).unwrap() == file, put_aside(&vault)), (true, 0));

    let repaired = json_of(vault.run(&["repair", "--accept-older", "--json"]));
    assert_eq!((&repaired["accounts"], &repaired["lost"]), (&found["accounts"], &found["lost"]));
    assert_eq!(
        (&repaired["kept"], &repaired["protection"]),
        (&json!("vault.damaged-1"), &json!("platform"))
    );
    assert!(repaired.get("found").is_none());
    assert_eq!(fs::read(vault.path("vault.damaged-1")).unwrap(), file);
    let sound = json_of(vault.run(&["verify", "--json"]));
    let all = sound["accounts"].as_u64().unwrap() + sound["in_trash"].as_u64().unwrap();
    assert_eq!(all, accounts);
    assert_eq!(vault.run(&["edit", "cloud", "--name", "bo"]).done().stderr, "");
}

#[test]
fn a_file_that_was_cut_off_gives_what_is_left_of_it() {
    let vault = Vault::empty("damaged-cut");
    let uris: String = (0..80).map(|n| URI.replace("al?", &format!("al{n}?")) + "\n").collect();
    vault.run(&["add", "--keep"]).stdin(uris.as_bytes()).done();
    damage(&vault, |file| file.truncate(file.len() - PAGE - PAGE / 2));
    let kind = error(vault.run(&["list", "--json"]))["kind"].clone();
    assert!(kind == "damaged" || kind == "not_a_vault", "{kind}");

    let found = json_of(vault.run(&["salvage", "--json"]));
    assert_eq!(found["is_complete"], false);
    assert!((1..80).contains(&found["accounts"].as_u64().unwrap()), "{}", found["accounts"]);
    let said = vault.run(&["repair", "--accept-older"]).done();
    assert!(said.stdout.ends_with("the damaged file is kept as vault.damaged-1.\n"), "{said:?}");
    let items = vault.run(&["list", "--json"]).done().json();
    assert_eq!(items.len() as u64, found["accounts"].as_u64().unwrap());

    // So little that nothing opens it.
    damage(&vault, |file| file.truncate(100));
    for command in ["salvage", "repair"] {
        let refused = error(vault.run(&[command, "--json"]));
        assert_eq!(refused["kind"], "damaged");
        assert!(
            refused["message"].as_str().unwrap().contains("put a copy of it back"),
            "{refused}"
        );
    }
}

#[test]
fn without_its_first_page_the_file_is_no_vault_and_is_salvaged() {
    let vault = Vault::full("damaged-head");
    damage(&vault, |file| file[..PAGE].fill(0));
    let refused = error(vault.run(&["list", "--json"]));
    assert_eq!(refused["kind"], "not_a_vault");
    assert!(refused["message"].as_str().unwrap().contains("`authenticator salvage`"));

    assert_eq!(json_of(vault.run(&["salvage", "--json"]))["accounts"], 6);
    vault.run(&["repair", "--accept-older"]).done();
    assert_eq!(vault.run(&["list", "--json"]).done().json().len(), 6);
}

#[test]
fn what_is_proved_to_be_complete_is_repaired_without_a_question() {
    let vault = Vault::full("damaged-proved");
    let file = damage(&vault, |file| spoil_the_version(file));
    assert_eq!(error(vault.run(&["list", "--json"]))["kind"], "damaged");
    assert!(vault.run(&["salvage"]).done().stderr.starts_with("Nothing is missing."));
    assert_eq!(fs::read(vault.path("vault")).unwrap(), file);

    assert_eq!(json_of(vault.run(&["repair", "--json"]))["is_complete"], true);
    assert_eq!(vault.run(&["list", "--json"]).done().json().len(), 6);
    // A second time beside the first.
    damage(&vault, |file| spoil_the_version(file));
    assert_eq!(json_of(vault.run(&["repair", "--json"]))["kept"], "vault.damaged-2");
}

#[test]
fn a_vault_that_is_whole_is_shown_and_not_repaired() {
    let vault = Vault::full("damaged-not");
    let older = fs::read(vault.path("vault")).unwrap();
    let found = json_of(vault.run(&["salvage", "--json"]));
    assert_eq!((&found["accounts"], &found["is_complete"]), (&json!(6), &json!(true)));
    assert_eq!(error(vault.run(&["repair", "--json"]))["kind"], "nothing_to_repair");

    // An older copy is no damage either.
    vault.run(&["rm", "bank"]).done();
    fs::write(vault.path("vault"), &older).unwrap();
    let found = json_of(vault.run(&["salvage", "--json"]));
    assert_eq!((&found["rolled_back"], &found["is_complete"]), (&json!(1), &json!(false)));
    let refused = vault.run(&["repair", "--accept-older"]).refused();
    assert!(refused.stderr.contains("`authenticator verify --accept-rollback`"), "{refused:?}");
    assert!(refused.stderr.contains("there is nothing to repair"), "{refused:?}");
    assert_eq!((fs::read(vault.path("vault")).unwrap() == older, put_aside(&vault)), (true, 0));
}

#[cfg(target_os = "linux")]
#[test]
fn a_damaged_vault_asks_for_its_pin_and_opens_by_the_recovery_key() {
    const PIN: &str = "482913";
    let vault = Vault::full("damaged-pin");
    let issued = json_of(vault.run(&["recovery", "new", "--json"]));
    let key = issued["recovery_key"].as_str().unwrap().to_owned();
    let set = ["pin", "set", "--recovery-fd", "0"];
    vault.run(&set).env("AUTHENTICATOR_PIN", PIN).stdin(key.as_bytes()).done();
    damage(&vault, |file| flip_a_record(file));

    let salvage = |pin| vault.run(&["salvage", "--json"]).env("AUTHENTICATOR_PIN", pin);
    assert_eq!(error(salvage("482914"))["tries_left"], 9);
    assert_eq!(error(vault.run(&["salvage", "--json"]))["kind"], "no_terminal");
    let accounts = json_of(salvage(PIN))["accounts"].clone();

    // No key file is made where only something is looked at.
    fs::rename(vault.path("vault.key"), vault.path("away")).unwrap();
    let refused = error(salvage(PIN));
    assert!(refused["message"].as_str().unwrap().contains("use `--recovery-key`"), "{refused}");
    let by_key = ["salvage", "--json", "--recovery-fd", "0"];
    let found = json_of(vault.run(&by_key).stdin(key.as_bytes()));
    assert_eq!(found["accounts"], accounts);
    assert!(!fs::exists(vault.path("vault.key")).unwrap());
    let repair = ["repair", "--json", "--accept-older", "--recovery-fd", "0"];
    let repaired = json_of(vault.run(&repair).stdin(key.as_bytes()));
    assert_eq!(repaired["protection"], "platform_and_pin");

    fs::rename(vault.path("away"), vault.path("vault.key")).unwrap();
    vault.run(&["verify"]).env("AUTHENTICATOR_PIN", PIN).done();
    assert_eq!(
        error(vault.run(&["list", "--json"]).env("AUTHENTICATOR_PIN", "1"))["kind"],
        "wrong_secret"
    );
}
