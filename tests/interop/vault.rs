//! The reader in Python, which was written from the format's page alone, reads every
//! vector, every golden vault and new vaults as the library does.

use std::env;
use std::path::Path;
use std::process::{Command, Output};

use authenticator_core::vault::{Entry, PinCost, RecoveryKey};
use authenticator_core::{Authenticator, Platform, Protection, Secret, SlotSecrets};
use data_encoding::HEXLOWER;
use serde_json::{Value, json};

use crate::skip;
use crate::support::snapshot::snapshot;
use crate::support::vectors::{self, NAMES, steps};
use crate::support::{Folder, add, golden, moment, pin, totp};

pub(crate) const INTERPRETER: &str = "AUTHENTICATOR_CORE_PYTHON";

/// Runs a script of the repository; `None`, and a word about it, where there is no Python.
pub(crate) fn python(script: &str, arguments: &[&str]) -> Option<Output> {
    let Some(python) = env::var_os(INTERPRETER) else {
        skip(&format!("vault_reader.py: {INTERPRETER} names no Python that has cryptography"));
        return None;
    };
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let mut command = Command::new(python);
    // No folder of compiled scripts beside the sources.
    command.args(["-B", "-X", "utf8"]).arg(script).args(arguments);
    Some(command.output().expect("Python starts"))
}

fn reader(vault: &Path, arguments: &[&str]) -> Option<Output> {
    let arguments = [&[vault.to_str().unwrap()], arguments].concat();
    python("tests/interop/vault_reader.py", &arguments)
}

/// What the reader says of a vault that it opens.
pub(crate) fn read(vault: &Path, arguments: &[&str]) -> Option<Value> {
    let output = reader(vault, arguments)?;
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {said}", vault.display());
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

/// What the reader read, as `snapshot` has it.
fn as_shown(read: &Value) -> Value {
    let records = read["records"].as_array().unwrap();
    let of_type = |kind: &'static str| records.iter().filter(move |record| record["type"] == kind);
    let mut accounts: Vec<Value> = of_type("account").cloned().collect();
    accounts.sort_by_key(|account| {
        (
            !account["trashed"].is_null(),
            account["pinned"].is_null(),
            account["position"].as_u64(),
            account["id"].as_str().map(str::to_owned),
        )
    });
    for account in &mut accounts {
        let fields = account.as_object_mut().unwrap();
        let stamps = fields.remove("stamps").unwrap();
        fields.insert("created".to_owned(), stamps[0]["changed"].clone());
        for inner in ["type", "version", "position"] {
            assert!(fields.remove(inner).is_some());
        }
        let mut entries = of_type("usage").flat_map(|usage| usage["entries"].as_array().unwrap());
        if let Some(used) = entries.find(|entry| entry["account"] == fields["id"]) {
            fields.insert("used".to_owned(), json!([used["times"], used["last"]]));
        }
    }
    json!({ "accounts": accounts, "can_undo": of_type("undo").count() == 1 })
}

/// The epochs in a guard's state, the next one last.
fn epochs(guard: &[u8]) -> Vec<String> {
    let next = (guard[26] == 1).then(|| HEXLOWER.encode(&guard[27..43]));
    [HEXLOWER.encode(&guard[10..26])].into_iter().chain(next).collect()
}

/// Reads with the PIN: asks the platform for what the reader asks for.
fn read_with_pin(
    vault: &Path,
    pin: &str,
    epoch: &str,
    platform: &Platform,
    both: Option<&str>,
) -> Option<Value> {
    let mut arguments = vec!["--pin", pin, "--epoch", epoch];
    arguments.extend(both.into_iter().flat_map(|key| ["--platform", key]));
    let first = reader(vault, &arguments)?;
    if first.status.success() {
        return Some(serde_json::from_slice(&first.stdout).unwrap());
    }
    let asked: Value = serde_json::from_slice(&first.stdout).unwrap();
    let input = asked["prf_input"].as_object().unwrap().values().next().unwrap();
    let input = vectors::bytes(input).try_into().unwrap();
    let prf = HEXLOWER.encode(platform.keys.prf(&input).unwrap().unwrap().expose());
    arguments.extend(["--prf", &prf]);
    read(vault, &arguments)
}

fn hex(secret: &Secret) -> String {
    HEXLOWER.encode(secret.expose())
}

#[test]
fn the_vectors_are_what_the_script_beside_them_writes() {
    let Some(output) = python("tests/vectors/vault/make.py", &["--check"]) else { return };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn the_reader_opens_every_vector_by_each_of_its_slots() {
    for name in NAMES {
        let vectors = vectors::read(name);
        let folder = Folder::new();
        vectors::write(&vectors, &folder.vault());
        for kind in 1..=4 {
            let Some(steps) = steps(&vectors, kind) else { continue };
            let text = |field: &str| steps[field].as_str().unwrap_or_default();
            let mut arguments = match kind {
                1 => vec!["--platform", text("platform")],
                3 => vec!["--recovery", text("text")],
                _ => vec!["--pin", text("typed"), "--epoch", text("epoch")],
            };
            if kind == 4 {
                arguments.extend(["--platform", text("platform")]);
            }
            if !steps["prf"].is_null() {
                let asked = reader(&folder.vault(), &arguments);
                let Some(asked) = asked else { return };
                assert_eq!(asked.status.code(), Some(2));
                let asked: Value = serde_json::from_slice(&asked.stdout).unwrap();
                let input = asked["prf_input"].as_object().unwrap().values().next().unwrap();
                assert_eq!(input, &steps["prf_input"]);
                arguments.extend(["--prf", text("prf")]);
            }
            let Some(read) = read(&folder.vault(), &arguments) else { return };
            assert_eq!(as_shown(&read), vectors["shows"], "{name}, slot of kind {kind}");
            assert_eq!(read["by"], steps["salt"]);
        }
    }
}

#[test]
fn the_reader_opens_every_golden_vault_by_every_way_into_it() {
    for golden in golden::all() {
        let folder = golden.copy();
        let vault = folder.open();
        let begun = vault.begin_platform_unlock().ok();
        let both = vault.begin_pin_unlock().unwrap();
        let platform = folder.platform();
        let unwrap = |wrapped: &[u8]| hex(&platform.keys.unwrap(wrapped).unwrap());
        let key = begun.map(|begun| unwrap(&begun.wrapped));
        let both = both.map(|both| unwrap(&both.wrapped));
        drop(vault);

        let path = folder.vault();
        let recovery = read(&path, &["--recovery", golden.text("recovery_key")]);
        let Some(recovery) = recovery else { return };
        let epoch = epochs(&golden.guard_state()).pop().unwrap();
        let pin = read_with_pin(&path, golden.text("pin"), &epoch, &platform, both.as_deref());
        let by_platform = key.and_then(|key| read(&path, &["--platform", &key]));
        assert_eq!(by_platform.is_none(), golden.text("protection") == "platform and PIN");
        for read in [Some(recovery), pin, by_platform].into_iter().flatten() {
            assert_eq!(as_shown(&read), golden.expected["shows"], "{}", golden.name);
            let count = read["records"].as_array().unwrap().len();
            assert_eq!(golden.expected["records"], count, "{}", golden.name);
        }
    }
}

/// A new vault in `folder`, rotated and with what people do to it.
fn new_vault(folder: &Folder) -> (Authenticator, RecoveryKey) {
    let vault = folder.create();
    let now = moment(0);
    let ids: Vec<_> = (1..40_u8)
        .map(|number| {
            let mut entry = Entry::new(totp("Ex", &format!("al {number}"), number));
            entry.icon = (number == 7).then(|| vec![number; 20_000]);
            entry.tags = (0..number % 3).map(|tag| format!("tag {tag}")).collect();
            add(&vault, entry)
        })
        .collect();
    let recovery = vault.issue_recovery_key(None, now).unwrap();
    vault.confirm_recovery_key(&RecoveryKey::parse(&recovery.text()).unwrap(), now).unwrap();
    let secrets =
        SlotSecrets { pin: Some((&pin("482913"), PinCost::FLOOR)), recovery_key: Some(&recovery) };
    vault.protect(Protection::PlatformAndPin, secrets, now).unwrap();
    vault.put_in_trash(&ids[3..5], now).unwrap();
    vault.purge(&ids[3..5], now).unwrap();
    vault.put_in_trash(&[ids[9]], now).unwrap();
    vault.note_use(ids[8], now).unwrap();
    vault.move_before(ids[20], Some(ids[1]), now).unwrap();
    (vault, recovery)
}

#[test]
fn the_reader_opens_a_new_vault_closed_and_as_a_crash_leaves_it() {
    let (folder, crashed) = (Folder::new(), Folder::new());
    let (vault, recovery) = new_vault(&folder);
    let shows = snapshot(&vault, moment(0)).unwrap();
    for name in ["vault", "vault-wal"] {
        std::fs::copy(folder.path(name), crashed.path(name)).unwrap();
    }
    drop(vault);

    let arguments = ["--recovery", recovery.text().expose()].map(str::to_owned);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    for (path, how) in
        [(folder.vault(), "immutable"), (crashed.vault(), "read-only, with its -wal")]
    {
        let Some(read) = read(&path, &arguments) else { return };
        assert_eq!(as_shown(&read), shows);
        assert_eq!(read["opened"], how);
    }
}

#[test]
fn the_reader_refuses_what_the_library_refuses() {
    let folder = Folder::new();
    let (vault, recovery) = new_vault(&folder);
    drop(vault);
    let text = recovery.text().expose().to_owned();
    let connection = rusqlite::Connection::open(folder.vault()).unwrap();
    connection.execute("DELETE FROM record WHERE id = (SELECT min(id) FROM record)", []).unwrap();
    drop(connection);

    let Some(refused) = reader(&folder.vault(), &["--recovery", &text]) else { return };
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("root MAC"));
    let other = "0".repeat(56);
    let wrong = reader(&folder.vault(), &["--recovery", &other]).unwrap();
    assert_eq!(wrong.status.code(), Some(1));
}
