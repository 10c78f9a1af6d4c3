//! The vault: what is put into it, changed and taken out again, in text and JSON.

mod program;

use program::{LIST, PICTURE, Run, SECRET, URI, Vault};
use serde_json::{Value, json};

/// The only JSON object that `run` wrote.
fn only(run: Run) -> Value {
    let mut all = run.done().json();
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0)
}

/// The kind of the error that `run` wrote as JSON.
fn error(run: Run) -> String {
    let all = run.refused().json();
    all[0]["error"]["kind"].as_str().unwrap().to_owned()
}

fn names(vault: &Vault, command: &[&str]) -> Vec<String> {
    let items = vault.run(&[command, &["--json"]].concat()).done().json();
    items.iter().map(|item| item["issuer"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_person_tells_the_whole_story() {
    let vault = Vault::empty("story");
    assert!(vault.run(&["list"]).done().stderr.starts_with("The vault is empty; "));

    let added = vault.run(&["add", "--keep", "--scan", PICTURE]).done().stdout;
    assert_eq!(added.lines().count(), 6);
    assert!(added.contains("  Example Bank: alice@example.com\n"), "{added}");
    let listed = vault.run(&["list"]).done().stdout;
    assert!(listed.starts_with("id        issuer         account            kind\n"), "{listed}");
    assert!(vault.run(&["codes"]).done().stdout.contains("█"));

    let changed = vault.run(&["edit", "door", "--name", "bob", "--group", "home"]).done().stdout;
    assert!(changed.starts_with("Changed ") && changed.ends_with("Example Door: bob\n"));
    vault.run(&["tag", "bob", "work", "money"]).done();
    vault.run(&["tag", "bob", "--remove", "money"]).done();
    vault.run(&["note", "bob", "-"]).stdin("one\ntwö\n".as_bytes()).done();
    vault.run(&["move", "bob", "--before", "bank"]).done();
    let listed = vault.run(&["list"]).done().stdout;
    assert!(
        listed
            .lines()
            .nth(1)
            .unwrap()
            .ends_with("Example Door   bob                hotp   home #work"),
        "{listed}"
    );
    assert_eq!(vault.run(&["search", "TWÖ", "home"]).done().stdout.lines().count(), 2);

    let trashed = vault.run(&["rm", "games"]).done().stdout;
    assert!(trashed.starts_with("Trashed ") && trashed.ends_with("Example Games: alice\n"));
    assert_eq!(vault.run(&["list", "--trash"]).done().stdout.lines().count(), 2);
    vault.run(&["undelete", "games"]).done();
    vault.run(&["undo"]).done();
    assert_eq!(vault.run(&["list", "--trash"]).done().stdout.lines().count(), 2);
    let asked = vault.run(&["purge", "games"]).refused();
    assert!(asked.stderr.contains("Example Games: alice\nerror: nobody is there to be asked"));
    assert_eq!(vault.run(&["purge", "--all", "--yes"]).done().stdout, "Destroyed one account.\n");
    assert!(vault.run(&["list", "--trash"]).done().stderr.starts_with("The trash is empty."));
    assert!(vault.run(&["undo"]).refused().stderr.starts_with("error: there is nothing to undo"));
    let sound = vault.run(&["verify"]).done().stdout;
    assert_eq!(sound, "The vault is sound. Accounts: 5, in the trash: 0, records: 6.\n");
}

#[test]
fn a_script_tells_it_in_json() {
    let vault = Vault::none("json");
    let made = only(vault.run(&["init", "--json"]));
    assert_eq!(made, json!({"vault": vault.path("vault"), "protection": "platform"}));

    let added = only(vault.run(&["add", "--json", &format!("{URI}&color=red")]));
    let account = &added["account"];
    let id = account["id"].as_str().unwrap().to_owned();
    let created = account["created"].as_u64().unwrap();
    let expected = json!({
        "id": id, "kind": "totp", "issuer": "Ex", "name": "al", "algorithm": "SHA1", "digits": 6,
        "period": 30, "note": null, "tags": [], "group": null, "pinned": false,
        "has_icon": false, "recovery_codes_left": 0,
        "created": created, "trashed": null,
    });
    assert_eq!(*account, expected);
    assert_eq!(added["warnings"], json!([{"kind": "ignored_parameter", "name": "color"}]));

    let edit = ["edit", &id[..4], "--json", "--issuer", "", "--name", "bo", "--pinned", "yes"];
    let edited = only(vault.run(&edit));
    assert_eq!(edited["issuer"], Value::Null);
    assert_eq!((&edited["name"], &edited["pinned"]), (&json!("bo"), &json!(true)));
    assert_eq!(only(vault.run(&["tag", &id, "--json", "a", "b"]))["tags"], json!(["a", "b"]));
    assert_eq!(only(vault.run(&["note", &id, "--json", "-hi"]))["note"], "-hi");
    assert_eq!(only(vault.run(&["note", &id, "--json", ""]))["note"], Value::Null);
    assert_eq!(only(vault.run(&["move", &id, "--json", "--last"]))["id"], *id);
    assert_eq!(only(vault.run(&["search", "--json", "bo"]))["id"], *id);
    assert_eq!(error(vault.run(&["search", "--json", "nobody"])), "no_such_account");

    assert!(only(vault.run(&["rm", &id, "--json"]))["trashed"].is_u64());
    assert_eq!(error(vault.run(&["edit", &id, "--json", "--name", "x"])), "entry_not_found");
    assert_eq!(only(vault.run(&["undelete", &id, "--json"]))["trashed"], Value::Null);
    assert_eq!(only(vault.run(&["undo", "--json"])), json!({"undone": true}));
    assert_eq!(only(vault.run(&["list", "--json", "--trash"]))["id"], *id);
    assert_eq!(only(vault.run(&["purge", &id, "--json", "--yes"])), json!({"purged": [id]}));
    assert_eq!(only(vault.run(&["purge", "--all", "--json"])), json!({"purged": []}));
    assert_eq!(only(vault.run(&["rotate", "--json"])), json!({"rotated": true}));
    let sound = json!({"records": 1, "accounts": 0, "in_trash": 0});
    assert_eq!(only(vault.run(&["verify", "--json"])), sound);
}

#[test]
fn codes_are_those_of_the_same_accounts_without_a_vault() {
    let vault = Vault::full("codes");
    let tick = only(vault.run(&["codes", "--json"]));
    let at = tick["time"].as_u64().unwrap().to_string();
    let list = std::fs::read(LIST).unwrap();
    let plain = Run::of(&["code", "--json", "--at", &at]).stdin(&list).done().json();

    for (row, plain) in tick["rows"].as_array().unwrap().iter().zip(&plain).take(5) {
        for key in ["code", "next", "seconds_left"] {
            assert_eq!(row[key], plain[key], "{key}");
        }
    }
    assert_eq!(tick["rows"][5]["error"]["kind"], "counter_based");
    let named = vault.run(&["codes", "cloud"]).done().stdout;
    assert!(named.trim().len() == 8 && named.trim().bytes().all(|byte| byte.is_ascii_digit()));
}

/// RFC 4226, appendix D.
#[test]
fn a_code_by_counter_is_given_once() {
    let vault = Vault::full("counter");

    assert_eq!(vault.run(&["codes", "door"]).done().stdout, "162583\n");
    let next = only(vault.run(&["codes", "--json", "door"]));
    assert_eq!((&next["code"], &next["counter"]), (&json!("399871"), &json!(8)));
    assert_eq!(vault.run(&["codes", "door", "door"]).done().stdout, "520489\n403154\n");
}

#[test]
fn an_account_is_meant_by_an_id_or_by_words_that_match_it_alone() {
    let vault = Vault::full("meant");
    let ambiguous = vault.run(&["rm", "example"]).refused();
    assert!(ambiguous.stderr.starts_with("error: 5 accounts are meant by that; say which one:\n"));
    assert!(ambiguous.stderr.contains("Example Bank: alice@example.com\n"));
    let listed = vault.run(&["rm", "--json", "mail bank"]).refused();
    assert_eq!(listed.json()[0]["error"]["kind"], "no_such_account");
    let listed = vault.run(&["rm", "--json", "example"]).refused().json();
    assert_eq!(listed[0]["error"]["candidates"].as_array().unwrap().len(), 5);
    assert_eq!(names(&vault, &["list"]).len(), 6);

    vault.run(&["rm", "Bank ALICE"]).done();
    assert_eq!(names(&vault, &["list", "--trash"]), ["Example Bank"]);
    assert_eq!(vault.run(&["rm", ""]).refused().code, Some(1));
    // Nothing happens where one of several is not there.
    for command in [&["rm", "mail"][..], &["undelete", "bank"], &["purge", "--yes", "bank"]] {
        vault.run(&[command, &["nobody"]].concat()).refused();
        assert_eq!(names(&vault, &["list", "--trash"]), ["Example Bank"]);
    }
    // Several are one change.
    assert_eq!(vault.run(&["rm", "mail", "games", "cloud"]).done().stdout.lines().count(), 3);
    assert_eq!(names(&vault, &["list", "--trash"]).len(), 4);
    vault.run(&["undo"]).done();
    assert_eq!(names(&vault, &["list", "--trash"]), ["Example Bank"]);
    vault.run(&["undo"]).done();
    assert_eq!(vault.run(&["undelete", "games", "bank"]).done().stdout.lines().count(), 2);
    vault.run(&["undo"]).done();
    assert_eq!(names(&vault, &["list", "--trash"]).len(), 4);
    let purged = only(vault.run(&["purge", "--yes", "--json", "bank", "mail"]));
    assert_eq!(purged["purged"].as_array().unwrap().len(), 2);
}

#[test]
fn what_is_there_already_is_refused_unless_it_is_to_be_kept() {
    let vault = Vault::empty("duplicates");
    let first = only(vault.run(&["add", "--json", URI]))["account"]["id"].clone();
    let other = URI.replace(SECRET, "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJA");

    for (uri, kind) in [(URI, "same_account"), (&other, "same_name")] {
        let refused = vault.run(&["add", "--json", uri]).refused().json().remove(0);
        assert_eq!(refused["error"]["kind"], kind);
        if kind == "same_account" {
            assert_eq!(refused["error"]["id"], first);
        }
        let text = vault.run(&["add", uri]).refused();
        assert!(text.stderr.contains("--keep") && text.stdout.is_empty(), "{text:?}");
        vault.run(&["add", "--keep", uri]).done();
    }
    let several = vault.run(&["add"]).stdin(format!("{URI}\nrubbish\n{URI}2\n").as_bytes());
    let several = several.refused().stdout;
    let starts: Vec<&str> = several.lines().map(|line| &line[..10]).collect();
    assert_eq!(starts, ["error: sam", "error: not", "error: sam"], "{several}");
    assert_eq!(names(&vault, &["list"]).len(), 3);
}

#[test]
fn what_is_typed_makes_an_account() {
    let vault = Vault::empty("typed");
    let secret = format!("{}\n", SECRET.to_lowercase());
    let common = ["add", "--manual", "--json", "--issuer", "Ex", "--name"];
    let add = |more: &[&str]| vault.run(&[&common[..], more].concat()).stdin(secret.as_bytes());

    let totp = only(add(&["a", "--digits", "8", "--period", "60", "--algorithm", "sha512"]));
    let account = &totp["account"];
    let facts = [&account["digits"], &account["period"], &account["algorithm"]];
    assert_eq!(facts, [&json!(8), &json!(60), &json!("SHA512")]);
    assert_eq!(only(add(&["b", "--type", "hotp", "--counter", "7"]))["account"]["counter"], 7);
    assert_eq!(only(add(&["c", "--type", "steam"]))["account"]["kind"], "steam");
    assert_eq!(error(add(&["d", "--counter", "1"])), "conflicting_parameter");
    assert_eq!(error(add(&["d", "--digits", "11"])), "unsupported_digits");
    assert_eq!(error(vault.run(&["add", "--manual", "--json"]).stdin(b"0189")), "invalid_secret");
    assert_eq!(vault.run(&["codes", "b"]).done().stdout, "162583\n");

    // A PIN of the account's own, which is kept with it.
    let motp = "motp://Ex:m?secret=3132333435363738393031323334353637383930";
    vault.run(&["add", "--keep", motp]).done();
    assert_eq!(error(vault.run(&["codes", "--json", "motp ex"])), "no_such_account");
    assert_eq!(error(vault.run(&["codes", "--json", "ex m"])), "pin_required");
    assert!(vault.run(&["codes"]).refused().stdout.contains("needs its PIN"));
    vault.run(&["edit", "ex m", "--account-pin"]).stdin(b"1234\n").done();
    assert_eq!(vault.run(&["codes", "ex m"]).done().stdout.trim().len(), 6);
}

#[test]
fn recovery_codes_are_kept_shown_and_crossed_off() {
    let vault = Vault::full("recovery-codes");
    let codes = |more: &[&str]| vault.run(&[&["recovery-codes", "bank", "--json"], more].concat());
    let bank = json!({"id": only(codes(&[]))["id"], "recovery_codes": []});
    assert_eq!(only(codes(&[])), bank);
    assert_eq!(error(codes(&["--used", "1"])), "no_such_recovery_code");

    let set = only(codes(&["--set", "-"]).stdin(b"4f2a-9c1e\n\n  77d0-b3e5 \n"));
    assert_eq!(set["recovery_codes_left"], 2);
    assert_eq!(only(codes(&["--used", "2"]))["recovery_codes_left"], 1);
    let shown = json!([{"code": "4f2a-9c1e", "used": false}, {"code": "77d0-b3e5", "used": true}]);
    assert_eq!(only(codes(&[]))["recovery_codes"], shown);
    let text = vault.run(&["recovery-codes", "bank"]).done().stdout;
    assert_eq!(text, " 1  4f2a-9c1e\n 2  77d0-b3e5  used\n");
    let listed = vault.run(&["list"]).done().stdout;
    assert!(listed.lines().nth(1).unwrap().ends_with("  1 recovery code"), "{listed}");
    assert!(!listed.contains("4f2a"), "{listed}");
    for number in ["0", "3"] {
        assert_eq!(error(codes(&["--used", number])), "no_such_recovery_code");
    }

    // What is refused changes nothing.
    let long = "x".repeat(129);
    let many = "code\n".repeat(65);
    for (input, kind) in [("\n", "no_secret"), (&long, "too_large"), (&many, "too_large")] {
        assert_eq!(error(codes(&["--set", "-"]).stdin(input.as_bytes())), kind);
    }
    assert_eq!(only(codes(&[]))["recovery_codes"], shown);
    let path = vault.path("codes.txt");
    std::fs::write(&path, "code\n".repeat(64)).unwrap();
    assert_eq!(only(codes(&["--set", &path]))["recovery_codes_left"], 64);
    assert_eq!(only(codes(&["--clear"]))["recovery_codes_left"], 0);
    vault.run(&["undo"]).done();
    let said = vault.run(&["recovery-codes", "bank", "--used", "64"]).done();
    assert_eq!(said.stderr, "Recovery codes that are left: 63.\n");
    assert_eq!(error(codes(&["--set", &vault.path("nowhere")])), "unreadable_file");
    assert_eq!(codes(&["--set", &path, "--clear"]).end().code, Some(2));
}

#[test]
fn a_picture_is_put_on_an_account_and_taken_off() {
    let vault = Vault::full("icon");
    let path = vault.path("icon.bin");
    let edit = |more: &[&str]| vault.run(&[&["edit", "bank", "--json"], more].concat());
    std::fs::write(&path, [0xa5; 32 * 1024]).unwrap();

    assert_eq!(only(edit(&["--icon", &path]))["has_icon"], true);
    std::fs::write(&path, [0xa5; 32 * 1024 + 1]).unwrap();
    assert_eq!(error(edit(&["--icon", &path])), "too_large");
    assert_eq!(error(edit(&["--icon", "-"])), "unreadable_file");
    assert_eq!(only(edit(&["--name", "bo"]))["has_icon"], true);
    assert_eq!(only(edit(&["--no-icon"]))["has_icon"], false);
    assert_eq!(only(edit(&["--icon", "-"]).stdin(b"GIF89a"))["has_icon"], true);
    assert_eq!(edit(&["--icon", &path, "--no-icon"]).end().code, Some(2));
}

#[test]
fn nothing_secret_is_said() {
    let vault = Vault::full("silence");
    for command in
        [&["list"][..], &["list", "--json"], &["codes"], &["search", "bank"], &["verify", "--json"]]
    {
        let said = vault.run(command).done();
        assert!(!(said.stdout + &said.stderr).contains(SECRET), "{command:?}");
    }
    let file = std::fs::read(vault.path("vault")).unwrap();
    for plain in ["Example", "alice", SECRET, "12345678901234567890"] {
        assert!(!file.windows(plain.len()).any(|bytes| bytes == plain.as_bytes()), "{plain}");
    }
}
