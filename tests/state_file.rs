//! A state file is whole at every moment, whoever writes it.

use std::fs;
use std::sync::Barrier;
use std::thread;

use authenticator_core::vault::{RollbackGuard, StateFile, VaultId};

#[test]
fn threads_read_whole_states_while_others_write() {
    let folder = tempfile::tempdir().unwrap();
    let guard = StateFile::new(folder.path());
    let vault = VaultId::from_bytes([1; 16]);
    guard.replace(&vault, &[0; 47]).unwrap();
    let together = Barrier::new(4);

    thread::scope(|threads| {
        for writer in 1..4_u8 {
            let (guard, together) = (&guard, &together);
            threads.spawn(move || {
                together.wait();
                for _ in 0..10 {
                    guard.replace(&vault, &[writer; 47]).unwrap();
                }
            });
        }
        together.wait();
        for _ in 0..100 {
            let state = guard.read(&vault).unwrap().unwrap();
            assert!(state.len() == 47 && state.iter().all(|byte| *byte == state[0]));
        }
    });
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_state_is_of_any_length_that_a_vault_has_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let guard = StateFile::new(folder.path());
    let vault = VaultId::from_bytes([1; 16]);

    guard.replace(&vault, &[7; 255]).unwrap();
    assert!(guard.replace(&vault, &[8; 256]).is_err());
    assert_eq!(guard.read(&vault).unwrap().unwrap(), [7; 255]);
    assert!(format!("{guard:?}").starts_with("StateFile { folder: "));
}
