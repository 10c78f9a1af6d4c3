//! The vault's files: who may read them, what a crash leaves, and what is damaged.

mod program;

use std::fs;
use std::process::{Command, Stdio};

use program::{PROGRAM, Run, URI, Vault};

fn error(run: Run) -> String {
    run.refused().json()[0]["error"]["kind"].as_str().unwrap().to_owned()
}

#[cfg(unix)]
#[test]
fn every_file_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;

    let vault = Vault::none("modes");
    let mode = |name: &str| fs::metadata(vault.path(name)).unwrap().permissions().mode() & 0o777;
    vault.run(&["init"]).done();
    vault.run(&["add", URI]).done();

    assert_eq!(["vault", "vault.key", "vault.state"].map(mode), [0o600, 0o600, 0o700]);
    for file in fs::read_dir(vault.path("vault.state")).unwrap() {
        let name = format!("vault.state/{}", file.unwrap().file_name().to_str().unwrap());
        assert_eq!(mode(&name), 0o600, "{name}");
    }
    fs::set_permissions(vault.path("vault.key"), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(error(vault.run(&["list", "--json"])), "key_file_exposed");
}

#[cfg(target_os = "linux")]
#[test]
fn the_usual_place_is_the_systems_folder_for_data() {
    use std::os::unix::fs::PermissionsExt;

    let vault = Vault::none("usual");
    let run = |arguments: &[&str]| Run::of(arguments).env("XDG_DATA_HOME", &vault.path("data"));

    assert_eq!(error(run(&["list", "--json"])), "not_found");
    run(&["init"]).done();
    run(&["add", URI]).done();

    let folder = vault.path("data/authenticator");
    assert_eq!(fs::metadata(folder).unwrap().permissions().mode() & 0o777, 0o700);
    assert!(fs::exists(vault.path("data/authenticator/vault.key")).unwrap());
}

#[test]
fn what_was_added_outlasts_the_program() {
    let vault = Vault::empty("durable");
    for number in 0..5 {
        let uri = URI.replace("al?", &format!("al{number}?"));
        let mut child = Command::new(PROGRAM)
            .args(["--vault", &vault.path("vault"), "add", "--keep", &uri])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = String::new();
        let mut output = std::io::BufReader::new(child.stdout.take().unwrap());
        std::io::BufRead::read_line(&mut output, &mut said).unwrap();
        // It has said so, and has not ended in good order.
        let _ = child.kill();
        child.wait().unwrap();

        assert!(said.starts_with("Added "), "{said}");
        assert_eq!(vault.run(&["list", "--json"]).done().json().len(), number + 1);
    }
    vault.run(&["verify"]).done();
}

#[test]
fn two_programs_do_not_lose_each_others_accounts() {
    let vault = Vault::empty("two");
    let path = vault.path("vault");
    let add = |number: usize| {
        let uri = URI.replace("al?", &format!("al{number}?"));
        let mut command = Command::new(PROGRAM);
        command.args(["--vault", &path, "add", "--keep", &uri]).stdout(Stdio::null());
        command.spawn().unwrap()
    };
    let children: Vec<_> = (0..6).map(add).collect();
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }

    assert_eq!(vault.run(&["list", "--json"]).done().json().len(), 6);
}

#[test]
fn what_is_no_vault_is_refused_and_left_alone() {
    let vault = Vault::none("none");
    for command in
        [&["list", "--json"][..], &["add", "--json", URI], &["recovery", "new", "--json"]]
    {
        assert_eq!(error(vault.run(command)), "not_found", "{command:?}");
    }
    assert!(!fs::exists(vault.path("vault.key")).unwrap());
    fs::write(vault.path("vault"), "something else, and long enough to be looked at").unwrap();
    assert_eq!(error(vault.run(&["init", "--json"])), "already_exists");
    vault.run(&["init", "--vault", &vault.path("other")]).done();
    fs::copy(vault.path("other.key"), vault.path("vault.key")).unwrap();
    assert_eq!(error(vault.run(&["list", "--json"])), "not_a_vault");
    assert!(fs::read(vault.path("vault")).unwrap().starts_with(b"something else"));
    assert_eq!(error(vault.run(&["list", "--json", "--vault", "/nowhere/vault"])), "not_found");
    assert_eq!(
        error(vault.run(&["init", "--json", "--vault", "/nowhere/vault"])),
        "unwritable_file"
    );
}

#[test]
fn a_damaged_vault_is_said_to_be_damaged() {
    let vault = Vault::full("damaged");
    let sound = fs::read(vault.path("vault")).unwrap();
    let mut told = 0;
    for place in (0..sound.len()).step_by(997) {
        let mut bytes = sound.clone();
        bytes[place..].iter_mut().take(64).for_each(|byte| *byte ^= 0x55);
        fs::write(vault.path("vault"), &bytes).unwrap();

        let run = vault.run(&["list", "--json"]).end();

        // Where nothing is stored, nothing is damaged.
        if run.code == Some(0) {
            assert_eq!(run.json().len(), 6, "{place}");
        } else {
            let kind = run.json()[0]["error"]["kind"].as_str().unwrap().to_owned();
            assert!(["damaged", "not_a_vault"].contains(&&*kind), "{place}: {kind}");
            assert_eq!((run.code, run.json().len()), (Some(1), 1));
            told += usize::from(kind == "damaged");
        }
    }
    assert!(told > 2, "{told}");
    fs::write(vault.path("vault"), &sound).unwrap();
    vault.run(&["verify"]).done();
}

#[test]
fn an_older_copy_is_read_and_not_written_to_until_it_is_accepted() {
    let vault = Vault::full("older");
    let older = fs::read(vault.path("vault")).unwrap();
    vault.run(&["rm", "bank"]).done();
    vault.run(&["rm", "mail"]).done();
    fs::write(vault.path("vault"), older).unwrap();

    let listed = vault.run(&["list"]).done();
    assert!(listed.stderr.starts_with("warning: an older copy"), "{listed:?}");
    assert_eq!(listed.stdout.lines().count(), 7);
    let refused = vault.run(&["rm", "bank", "--json"]).refused().json();
    assert_eq!(refused[0]["error"]["kind"], "rolled_back");
    assert_eq!(refused[0]["error"]["missing"], 2);
    vault.run(&["verify", "--accept-rollback"]).done();
    assert_eq!(vault.run(&["rm", "bank"]).done().stderr, "");
}

#[test]
fn a_state_folder_that_cannot_be_read_is_said_to_be_and_nothing_is_written() {
    let vault = Vault::full("unguarded");
    let state = fs::read_dir(vault.path("vault.state")).unwrap().map(|file| file.unwrap().path());
    let state = state.into_iter().find(|path| path.extension().is_some_and(|end| end == "guard"));
    let state = state.unwrap();
    let kept = fs::read(&state).unwrap();
    // A folder cannot be read as a file, whoever tries.
    fs::remove_file(&state).unwrap();
    fs::create_dir(&state).unwrap();

    let listed = vault.run(&["list"]).done();
    let said = "warning: the state folder beside the vault cannot be read: ";
    assert!(listed.stderr.starts_with(said), "{listed:?}");
    assert_eq!((listed.stderr.lines().count(), listed.stdout.lines().count()), (1, 7));
    for command in ["verify", "codes", "salvage"] {
        let json = vault.run(&[command, "--json"]).done().json();
        assert_eq!(json[0]["guard_is_unavailable"], true, "{command}");
    }
    assert_eq!(error(vault.run(&["rm", "bank", "--json"])), "guard_unavailable");

    fs::remove_dir(&state).unwrap();
    fs::write(&state, kept).unwrap();
    for command in ["verify", "codes", "salvage"] {
        let json = vault.run(&[command, "--json"]).done();
        assert_eq!(json.stderr, "");
        assert!(json.json()[0].get("guard_is_unavailable").is_none(), "{command}");
    }
    vault.run(&["rm", "bank"]).done();
}

#[test]
fn a_key_file_that_is_not_the_vaults_opens_nothing() {
    let vault = Vault::full("key");
    let key = fs::read(vault.path("vault.key")).unwrap();
    fs::remove_file(vault.path("vault.key")).unwrap();
    assert_eq!(error(vault.run(&["list", "--json"])), "key_file_io");
    vault.run(&["init", "--vault", &vault.path("other")]).done();
    fs::copy(vault.path("other.key"), vault.path("vault.key")).unwrap();
    assert_eq!(error(vault.run(&["list", "--json"])), "key_invalidated");
    fs::write(vault.path("vault.key"), &key[..20]).unwrap();
    assert_eq!(error(vault.run(&["list", "--json"])), "key_file_damaged");
    fs::write(vault.path("vault.key"), key).unwrap();
    assert_eq!(vault.run(&["list", "--json"]).done().json().len(), 6);
}
