//! Vaults that a program in Python wrote from the format's page alone are opened, and
//! every step on the way is what the page says.

mod support;

use authenticator_core::vault::{Pin, RecoveryKey, VaultError};
use authenticator_core::{Authenticator, SecretString, Unlocked};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hmac;
use serde_json::Value;
use support::snapshot::snapshot;
use support::vectors::{self, NAMES, bytes, steps};
use support::{Folder, moment};

fn text(value: &Value) -> SecretString {
    SecretString::new(value.as_str().unwrap().to_owned())
}

#[test]
fn every_vector_is_opened_by_each_of_its_slots_and_shows_what_it_holds() {
    let mut opened = 0;
    for name in NAMES {
        let vectors = vectors::read(name);
        for kind in 1..=4 {
            let Some(steps) = steps(&vectors, kind) else { continue };
            let folder = Folder::new();
            vectors::write(&vectors, &folder.vault());
            let platform = vectors::platform(&vectors);
            let vault = Authenticator::open(&folder.vault(), platform).unwrap();

            let unlocked = match kind {
                1 => vault.unlock_with_platform(moment(0)),
                3 => {
                    let key = RecoveryKey::parse(&text(&steps["text"])).unwrap();
                    assert_eq!(key.text().expose(), steps["text"].as_str().unwrap());
                    vault.unlock_with_recovery_key(&key, moment(0))
                }
                _ => vault.unlock_with_pin(&Pin::read(&text(&steps["typed"])).unwrap(), moment(0)),
            };
            assert_eq!(unlocked, Ok(Unlocked::default()), "{name}, slot of kind {kind}");
            let shows = snapshot(&vault, moment(0)).unwrap();
            assert_eq!(shows, vectors["shows"], "{name}, slot of kind {kind}");
            let count = vectors["records"].as_array().unwrap().len();
            assert_eq!(vault.verify(moment(0)), Ok(count));
            opened += 1;
        }
    }
    assert_eq!(opened, 5);
}

#[test]
fn another_pin_or_recovery_key_than_the_vectors_opens_nothing() {
    let vectors = vectors::read("platform-and-pin");
    let folder = Folder::new();
    vectors::write(&vectors, &folder.vault());
    let vault = Authenticator::open(&folder.vault(), vectors::platform(&vectors)).unwrap();

    let wrong = vault.unlock_with_pin(&Pin::read(&text(&"482914".into())).unwrap(), moment(0));
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(9) }));
    let other = vectors::read("any-slot");
    let key = RecoveryKey::parse(&text(&steps(&other, 3).unwrap()["text"])).unwrap();
    let wrong = vault.unlock_with_recovery_key(&key, moment(0));
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: None }));
}

fn mac(key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message).as_ref().to_vec()
}

fn hkdf(salt: &[u8], ikm: &[u8], info: &[u8], length: usize) -> Vec<u8> {
    let prk = mac(salt, ikm);
    let (mut output, mut block) = (Vec::new(), Vec::new());
    for count in 1.. {
        if output.len() >= length {
            break;
        }
        block = mac(&prk, &[&block, info, &[count]].concat());
        output.extend_from_slice(&block);
    }
    output
}

fn open(key: &[u8], nonce: &[u8], aad: &[u8], sealed: &[u8]) -> Vec<u8> {
    let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key).unwrap());
    let nonce = Nonce::try_assume_unique_for_key(nonce).unwrap();
    let mut text = sealed.to_vec();
    key.open_in_place(nonce, Aad::from(aad), &mut text).unwrap().to_vec()
}

#[test]
fn every_step_of_a_slot_follows_from_the_one_before() {
    for name in NAMES {
        let vectors = vectors::read(name);
        for slot in vectors["slots"].as_array().unwrap() {
            let (row, steps) = (&slot["row"], &slot["steps"]);
            let part = |field: &str| bytes(&steps[field]);
            let parts: Vec<Vec<u8>> = ["platform", "stretched", "epoch", "prf", "recovery_key"]
                .iter()
                .filter(|field| !steps[**field].is_null())
                .map(|field| part(field))
                .collect();

            assert_eq!(parts.concat(), part("ikm"));
            if !steps["prf_input"].is_null() {
                let input = [&b"authcore/1/prf"[..], &part("stretched"), &part("epoch")].concat();
                assert_eq!(digest(&SHA256, &input).as_ref(), part("prf_input"));
            }
            assert_eq!(part("salt"), bytes(&row["id"]));
            assert_eq!(hkdf(&part("salt"), &part("ikm"), &part("info"), 64), part("okm"));
            assert_eq!([part("sealing_key"), part("commitment")].concat(), part("okm"));
            assert!(part("associated_data").ends_with(&part("commitment")));
            let master = open(
                &part("sealing_key"),
                &part("nonce"),
                &part("associated_data"),
                &part("sealed"),
            );
            assert_eq!(master, bytes(&vectors["master_key"]));
            let body = [part("associated_data"), part("nonce"), part("sealed")].concat();
            assert_eq!(body, bytes(&row["body"]));
            assert_eq!(digest(&SHA256, &body).as_ref(), bytes(&row["digest"]));
        }
    }
}

#[test]
fn every_step_of_a_record_and_the_root_follows_from_the_master_key() {
    for name in NAMES {
        let vectors = vectors::read(name);
        for key in ["record_key", "root_key"] {
            let part = |field: &str| bytes(&vectors[key][field]);
            assert_eq!(hkdf(&part("salt"), &part("ikm"), &part("info"), 32), part("okm"));
            assert_eq!(part("ikm"), bytes(&vectors["master_key"]));
        }
        let mut tags = Vec::new();
        for record in vectors["records"].as_array().unwrap() {
            let part = |field: &str| bytes(&record["steps"][field]);
            let text = part("ciphertext_and_tag");
            let key = bytes(&vectors["record_key"]["okm"]);
            let plaintext = open(&key, &part("nonce"), &part("associated_data"), &text);
            assert_eq!(plaintext, part("plaintext"));
            assert!(plaintext.starts_with(&part("item")) && plaintext.len().is_multiple_of(64));
            let sealed = bytes(&record["row"]["sealed"]);
            assert_eq!(sealed, [&sealed[..36], &part("nonce"), &text].concat());
            assert!(part("associated_data").ends_with(&sealed[..36]));
            let version = record["version"].as_u64().unwrap().to_be_bytes();
            tags.extend(
                [&bytes(&record["row"]["id"])[..], &version, &sealed[sealed.len() - 16..]].concat(),
            );
        }
        let message = bytes(&vectors["root"]["message"]);
        assert!(message.ends_with(&tags));
        let root = mac(&bytes(&vectors["root_key"]["okm"]), &message);
        assert_eq!(root, bytes(&vectors["header"]["root"]));
    }
}
