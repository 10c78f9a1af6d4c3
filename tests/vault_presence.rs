//! Presence is proved in two steps by what a key store unwrapped at a prompt of the app's
//! own, which is never called itself.

mod support;

use std::sync::atomic::Ordering;

use authenticator_core::vault::VaultError;
use authenticator_core::{Protection, Secret};
use support::prompting::{EVERY, NEW_PIN, PIN, Phone, prompt_unwraps};
use support::{moment, pin};

#[test]
fn presence_is_proved_by_what_the_key_store_unwrapped() {
    for protection in EVERY {
        let phone = Phone::new(protection);
        let (vault, later) = (&phone.vault, moment(100));
        // There is nothing to accept: it only asks whether the person is there.
        let is_proved = || vault.accept_rollback(later) != Err(VaultError::PresenceNeeded);
        assert!(!is_proved());
        let wrong = Secret::new(vec![1; 32]);
        let by_platform = vault.begin_platform_unlock().ok();
        if let Some(begun) = by_platform {
            let proved = vault.finish_presence_with_platform(&wrong, later);
            assert_eq!(proved, Err(VaultError::KeyMismatch));
            assert!(!is_proved());
            let right = prompt_unwraps(&begun.wrapped);
            vault.finish_presence_with_platform(&right, later).unwrap();
        } else {
            let refused = vault.finish_presence_with_platform(&wrong, later);
            assert_eq!(refused, Err(VaultError::SlotMissing));
            // Where a PIN alone opens the vault, there is nothing to unwrap.
            let unwrapped = phone.unwrapped().unwrap_or(Secret::new(Vec::new()));
            let proved = vault.finish_presence_with_pin(&pin(NEW_PIN), &unwrapped, later);
            assert_eq!(proved, Err(VaultError::WrongSecret { tries_left: Some(9) }));
            assert!(!is_proved());
            vault.finish_presence_with_pin(&pin(PIN), &unwrapped, later).unwrap();
        }
        assert!(is_proved(), "{protection:?}");
        assert_eq!(phone.keys.refused.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn presence_is_proved_by_both_where_the_vault_demands_both() {
    let phone = Phone::new(Protection::PlatformAndPin);
    let (vault, now) = (&phone.vault, moment(100));
    let before = phone.kept();
    let short = vault.finish_presence_with_pin(&pin(PIN), &Secret::new(vec![1; 31]), now);
    assert_eq!(short, Err(VaultError::KeyMismatch));
    phone.is_as_it_was(&before, "no secret");

    let wrong = vault.finish_presence_with_pin(&pin(PIN), &Secret::new(vec![1; 32]), now);
    assert_eq!(wrong, Err(VaultError::WrongSecret { tries_left: Some(9) }));
    assert_eq!(vault.accept_rollback(now), Err(VaultError::PresenceNeeded));
    let unwrapped = phone.unwrapped().unwrap();
    vault.lock();
    let locked = vault.finish_presence_with_pin(&pin(PIN), &unwrapped, now);
    assert_eq!(locked, Err(VaultError::Locked));
    assert!(!vault.is_unlocked(now));
}
