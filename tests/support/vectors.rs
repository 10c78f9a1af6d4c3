//! The vectors in `tests/vectors/vault/`, and vaults built of them.

use std::path::Path;
use std::sync::{Arc, Mutex};

use authenticator_core::vault::{KeyError, KeyWrapper, SecurityLevel, VaultId};
use authenticator_core::{Platform, Secret};
use data_encoding::HEXLOWER;
use rusqlite::{Connection, params};
use serde_json::Value;

use super::memory::MemoryGuard;

pub(crate) const NAMES: [&str; 2] = ["any-slot", "platform-and-pin"];

pub(crate) fn read(name: &str) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/vault/");
    let text = std::fs::read_to_string(format!("{folder}{name}.json")).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The bytes that `value` is in hexadecimal.
pub(crate) fn bytes(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn optional(value: &Value) -> Option<Vec<u8>> {
    (!value.is_null()).then(|| bytes(value))
}

/// Writes the vault's rows into a new file, by the statements of `docs/vault-format.md`.
pub(crate) fn write(vectors: &Value, path: &Path) {
    let page = include_str!("../../docs/vault-format.md");
    let (_, rest) = page.split_once("```sql\n").unwrap();
    let (tables, _) = rest.split_once("```").unwrap();
    let connection = Connection::open(path).unwrap();
    connection
        .execute_batch("PRAGMA application_id = 0x41755643; PRAGMA user_version = 1;")
        .unwrap();
    connection.pragma_update(None, "journal_mode", "WAL").unwrap();
    connection.execute_batch(tables).unwrap();
    let header = &vectors["header"];
    let sql = "INSERT INTO header (id, body, root) VALUES (1, ?1, ?2)";
    connection.execute(sql, params![bytes(&header["body"]), bytes(&header["root"])]).unwrap();
    for slot in vectors["slots"].as_array().unwrap() {
        let row = &slot["row"];
        let sql = "INSERT INTO slot (id, digest, body, tries, tried) VALUES (?1, ?2, ?3, ?4, ?5)";
        let (id, digest, tried) =
            (bytes(&row["id"]), bytes(&row["digest"]), optional(&row["tried"]));
        let tries = row["tries"].as_i64().unwrap();
        connection.execute(sql, params![id, digest, optional(&row["body"]), tries, tried]).unwrap();
    }
    for record in vectors["records"].as_array().unwrap() {
        let row = &record["row"];
        let sql = "INSERT INTO record (id, sealed) VALUES (?1, ?2)";
        connection.execute(sql, params![bytes(&row["id"]), bytes(&row["sealed"])]).unwrap();
    }
}

/// The steps of the slot of a kind, if there is one.
pub(crate) fn steps(vectors: &Value, kind: u64) -> Option<&Value> {
    let slots = vectors["slots"].as_array().unwrap();
    slots.iter().map(|slot| &slot["steps"]).find(|steps| steps["kind"] == kind)
}

/// A key store that knows what the vectors say of it, and nothing else.
struct VectorKeys(Value);

impl KeyWrapper for VectorKeys {
    fn security_level(&self) -> SecurityLevel {
        SecurityLevel::Software
    }

    fn wrap(&self, _: &Secret) -> Result<Vec<u8>, KeyError> {
        Err(KeyError::Unavailable)
    }

    fn unwrap(&self, wrapped: &[u8]) -> Result<Secret, KeyError> {
        let steps = [1, 4].into_iter().find_map(|kind| steps(&self.0, kind)).unwrap();
        assert_eq!(wrapped, bytes(&steps["wrapped"]));
        Ok(Secret::new(bytes(&steps["platform"])))
    }

    fn prf(&self, input: &[u8; 32]) -> Result<Option<Secret>, KeyError> {
        let steps = [2, 4].into_iter().find_map(|kind| steps(&self.0, kind)).unwrap();
        assert_eq!(&input[..], bytes(&steps["prf_input"]));
        Ok(Some(Secret::new(bytes(&steps["prf"]))))
    }

    fn delete(&self) -> Result<(), KeyError> {
        Err(KeyError::Unavailable)
    }
}

pub(crate) fn platform(vectors: &Value) -> Platform {
    let id = VaultId::from_bytes(bytes(&vectors["vault_id"]).try_into().unwrap());
    let states = Mutex::new([(id, bytes(&vectors["guard"]))].into());
    Platform { keys: Arc::new(VectorKeys(vectors.clone())), guard: Arc::new(MemoryGuard(states)) }
}
