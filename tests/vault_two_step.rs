//! A key store that asks the person by a prompt of the app's own is never called by the
//! two-step forms: the app brings what it answered, and whatever is missing, foreign or
//! dismissed changes nothing.

mod support;

use std::sync::atomic::Ordering;

use authenticator_core::vault::{Entry, KeyError, PinCost, VaultError};
use authenticator_core::{
    Authenticator, Moment, Platform, PlatformAnswers, PlatformEnrolment, Protection, Secret,
    SlotSecrets,
};
use support::prompting::{EVERY, NEW_PIN, PIN, Phone, prompt_unwraps, prompt_wraps};
use support::{Folder, add, moment, pin, totp};

/// A change of keys, in two steps.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Change {
    SetPin,
    Enrol,
    Protect,
    Rotate,
    Issue,
}

const CHANGES: [Change; 5] =
    [Change::SetPin, Change::Enrol, Change::Protect, Change::Rotate, Change::Issue];

impl Phone {
    /// Whether `change` needs an enrolment of this vault's, and the secret that it has.
    fn needs(&self, change: Change) -> (bool, bool) {
        let both = self.protection == Protection::PlatformAndPin;
        match change {
            Change::SetPin => (both, false),
            Change::Enrol => (true, false),
            Change::Protect => (self.protection != Protection::Pin, false),
            Change::Rotate | Change::Issue => (self.protection != Protection::Pin, both),
        }
    }

    /// Whether the vault's mode has room for `change`.
    fn allows(&self, change: Change) -> bool {
        let by_platform = [Protection::Platform, Protection::PlatformOrPin];
        change != Change::Enrol || by_platform.contains(&self.protection)
    }

    fn change(&self, change: Change, answers: PlatformAnswers) -> Result<(), VaultError> {
        self.change_at(change, answers, moment(1))
    }

    fn change_at(
        &self,
        change: Change,
        answers: PlatformAnswers,
        now: Moment,
    ) -> Result<(), VaultError> {
        let (vault, pin) = (&self.vault, pin(PIN));
        let secrets = self.secrets(&pin);
        match change {
            Change::SetPin => vault.finish_set_pin(&pin, PinCost::FLOOR, answers, now),
            Change::Enrol => {
                let (enrolment, wrapped) = answers.wrapped.unwrap();
                vault.finish_platform_enrolment(enrolment, wrapped, now)
            }
            Change::Protect => vault.finish_protect(self.protection, secrets, answers, now),
            Change::Rotate => vault.finish_rotate(secrets, answers, now),
            Change::Issue => vault.finish_issue_recovery_key(secrets.pin, answers, now).map(drop),
        }
    }
}

#[test]
fn every_change_of_keys_is_made_without_a_call_of_the_key_store() {
    for (protection, change) in EVERY.into_iter().flat_map(|p| CHANGES.map(|c| (p, c))) {
        let phone = Phone::new(protection);
        let what = format!("{change:?}, {protection:?}");
        let platform = phone.vault.begin_platform_unlock().ok();
        let both = phone.unwrapped();
        let before = phone.kept();

        let changed = phone.change(change, phone.answers());
        if !phone.allows(change) {
            assert_eq!(changed, Err(VaultError::SlotMissing), "{what}");
            phone.is_as_it_was(&before, &what);
            continue;
        }
        assert_eq!(changed, Ok(()), "{what}");
        assert!(phone.kept() != before, "{what}");
        phone.vault.lock();
        // The old secret of the platform's opens nothing where it was replaced.
        if let Some(old) = platform.filter(|_| change != Change::SetPin) {
            let old = phone.vault.finish_platform_unlock(&prompt_unwraps(&old.wrapped), moment(1));
            assert_eq!(old, Err(VaultError::KeyMismatch), "{what}");
        }
        if let Some(old) = both {
            let old = phone.vault.finish_pin_unlock(&pin(PIN), &old, moment(1));
            assert_eq!(old, Err(VaultError::WrongSecret { tries_left: Some(9) }), "{what}");
        }
        phone.unlock().unwrap();
        assert_eq!(phone.vault.items(moment(1)).unwrap().len(), 1, "{what}");
        let by_pin = if change == Change::SetPin && protection == Protection::Platform {
            Protection::PlatformOrPin
        } else {
            protection
        };
        assert_eq!(phone.vault.protection(), Ok(by_pin), "{what}");
        let recovered = phone.vault.unlock_with_recovery_key(&phone.recovery, moment(1));
        assert_eq!(recovered.is_ok(), change != Change::Issue, "{what}");
        assert_eq!(phone.keys.refused.load(Ordering::SeqCst), 0, "{what}");
    }
}

#[test]
fn a_vault_is_made_in_two_steps() {
    let phone = Phone::new(Protection::Platform);
    let platform = Platform { keys: phone.keys.clone(), guard: phone.guard.clone() };
    let folder = Folder::new();
    let made = Authenticator::create(&folder.vault(), platform.clone(), moment(0));
    assert_eq!(made.map(drop).unwrap_err(), VaultError::Key(KeyError::Cancelled));
    assert!(!folder.vault().exists());

    let enrolment = PlatformEnrolment::for_new_vault().unwrap();
    let wrapped = prompt_wraps(enrolment.secret());
    let made =
        Authenticator::finish_create(&folder.vault(), platform, enrolment, wrapped, moment(0));
    let vault = made.unwrap();
    add(&vault, Entry::new(totp("Ex", "al", 1)));
    vault.lock();
    let begun = vault.begin_platform_unlock().unwrap();
    let _ = vault.finish_platform_unlock(&prompt_unwraps(&begun.wrapped), moment(1)).unwrap();

    assert_eq!(vault.items(moment(1)).unwrap().len(), 1);
    assert_eq!(phone.keys.refused.load(Ordering::SeqCst), 1, "of the first attempt");
}

#[test]
fn another_protection_is_set_in_two_steps() {
    for (from, to) in EVERY.into_iter().flat_map(|from| EVERY.map(|to| (from, to))) {
        let mut phone = Phone::new(from);
        let before = phone.kept();
        let chosen = pin(NEW_PIN);
        let protect = |phone: &Phone, answers| {
            phone.vault.finish_protect(to, phone.secrets(&chosen), answers, moment(1))
        };
        if to != Protection::Pin {
            let none = protect(&phone, PlatformAnswers::default());
            assert_eq!(none, Err(VaultError::SlotMissing), "{from:?}, {to:?}");
            phone.is_as_it_was(&before, "no enrolment");
        }
        protect(&phone, phone.answers()).unwrap();

        phone.protection = to;
        assert_eq!(phone.vault.protection(), Ok(to));
        phone.vault.lock();
        let begun = phone.vault.begin_platform_unlock();
        assert_eq!(begun.is_ok(), [Protection::Platform, Protection::PlatformOrPin].contains(&to));
        if to != Protection::Platform {
            let unwrapped = phone.unwrapped();
            assert_eq!(unwrapped.is_some(), to == Protection::PlatformAndPin);
            let unwrapped = unwrapped.unwrap_or(Secret::new(Vec::new()));
            let _ = phone.vault.finish_pin_unlock(&chosen, &unwrapped, moment(1)).unwrap();
        }
        assert_eq!(phone.keys.refused.load(Ordering::SeqCst), 0);
    }
}

#[test]
fn an_answer_that_is_missing_changes_nothing() {
    for (protection, change) in EVERY.into_iter().flat_map(|p| CHANGES.map(|c| (p, c))) {
        if change == Change::Enrol {
            continue;
        }
        let phone = Phone::new(protection);
        let what = format!("{change:?}, {protection:?}");
        let (wrapped, unwrapped) = phone.needs(change);
        let before = phone.kept();
        for (needed, answers) in [
            (wrapped, PlatformAnswers { wrapped: None, ..phone.answers() }),
            (unwrapped, PlatformAnswers { unwrapped: None, ..phone.answers() }),
            (wrapped, PlatformAnswers::default()),
        ] {
            if needed {
                assert_eq!(phone.change(change, answers), Err(VaultError::SlotMissing), "{what}");
                phone.is_as_it_was(&before, &what);
            }
        }
        // And no more is needed than that.
        let PlatformAnswers { wrapped: enrolment, unwrapped: secret } = phone.answers();
        let least = PlatformAnswers {
            wrapped: enrolment.filter(|_| wrapped),
            unwrapped: secret.filter(|_| unwrapped),
        };
        assert_eq!(phone.change(change, least), Ok(()), "{what}");
        phone.vault.lock();
        phone.unlock().unwrap();
    }
}

#[test]
fn a_pin_or_a_recovery_key_that_is_missing_or_wrong_changes_nothing_but_the_count() {
    let phone = Phone::new(Protection::PlatformAndPin);
    let (right, wrong) = (pin(PIN), pin(NEW_PIN));
    let other = Phone::new(Protection::Platform).recovery;
    let full = phone.secrets(&right);
    let before = phone.kept();
    let missing = VaultError::SlotMissing;
    let not_it = VaultError::WrongSecret { tries_left: None };
    for (secrets, error) in [
        (SlotSecrets { pin: None, ..full }, missing),
        (SlotSecrets { recovery_key: None, ..full }, missing),
        (SlotSecrets { recovery_key: Some(&other), ..full }, not_it),
    ] {
        let rotated = phone.vault.finish_rotate(secrets, phone.answers(), moment(1));
        assert_eq!(rotated, Err(error));
        let protected = phone.vault.finish_protect(
            Protection::PlatformAndPin,
            secrets,
            phone.answers(),
            moment(1),
        );
        assert_eq!(protected, Err(error));
        phone.is_as_it_was(&before, "a secret");
    }
    let issued = phone.vault.finish_issue_recovery_key(None, phone.answers(), moment(1));
    assert_eq!(issued.unwrap_err(), missing);
    phone.is_as_it_was(&before, "no PIN");

    let secrets = phone.secrets(&wrong);
    let wrong_pin = phone.vault.finish_rotate(secrets, phone.answers(), moment(1));
    assert_eq!(wrong_pin, Err(VaultError::WrongSecret { tries_left: Some(9) }));
    let key = phone.vault.finish_issue_recovery_key(secrets.pin, phone.answers(), moment(1));
    assert_eq!(key.unwrap_err(), VaultError::WrongSecret { tries_left: Some(8) });
    phone.vault.lock();
    phone.unlock().unwrap();
    let _ = phone.vault.unlock_with_recovery_key(&phone.recovery, moment(1)).unwrap();
}

#[test]
fn the_first_recovery_key_needs_no_answer_and_one_after_a_destroyed_slot_does() {
    let folder = Folder::new();
    let first = folder.create();
    let key = first.finish_issue_recovery_key(None, PlatformAnswers::default(), moment(0));
    let _ = first.unlock_with_recovery_key(&key.unwrap(), moment(0)).unwrap();
    let again = first.finish_issue_recovery_key(None, PlatformAnswers::default(), moment(0));
    assert_eq!(again.unwrap_err(), VaultError::SlotMissing);

    let folder = Folder::new();
    let destroyed = folder.create();
    destroyed.set_pin(&pin(PIN), PinCost::FLOOR, moment(0)).unwrap();
    destroyed.lock();
    for wrong in 1..=10 {
        assert!(destroyed.unlock_with_pin(&pin(NEW_PIN), moment(1_000 * wrong)).is_err());
    }
    let now = moment(11_000);
    let _ = destroyed.unlock_with_platform(now).unwrap();
    let key = destroyed.finish_issue_recovery_key(None, PlatformAnswers::default(), now);
    assert_eq!(key.unwrap_err(), VaultError::SlotMissing);
}

#[test]
fn what_is_foreign_or_no_wrapping_is_refused_before_anything_is_changed() {
    let other = Phone::new(Protection::Platform);
    for (protection, change) in EVERY.into_iter().flat_map(|p| CHANGES.map(|c| (p, c))) {
        let phone = Phone::new(protection);
        if !phone.allows(change) {
            continue;
        }
        let what = format!("{change:?}, {protection:?}");
        let before = phone.kept();
        let with = |wrapped| PlatformAnswers { wrapped: Some(wrapped), ..phone.answers() };

        let foreign = phone.change(change, with(other.enrolment()));
        assert_eq!(foreign, Err(VaultError::KeyMismatch), "{what}");
        let too_long = phone.change(change, with((phone.enrolment().0, vec![7; 4097])));
        assert_eq!(too_long, Err(VaultError::TooLarge), "{what}");
        if phone.needs(change).1 {
            let unwrapped = Some(Secret::new(vec![1; 31]));
            let short = PlatformAnswers { unwrapped, ..phone.answers() };
            assert_eq!(phone.change(change, short), Err(VaultError::KeyMismatch), "{what}");
        }
        phone.is_as_it_was(&before, &what);
        let longest = with((phone.enrolment().0, vec![7; 4096]));
        assert_eq!(phone.change(change, longest), Ok(()), "{what}");
    }
}

#[test]
fn a_prompt_that_is_dismissed_costs_no_try_and_changes_nothing() {
    for protection in EVERY {
        let phone = Phone::new(protection);
        let before = phone.kept();
        drop(phone.answers());
        phone.is_as_it_was(&before, "begun and dropped");
    }
    // In one step, the key store is asked first for all that is needed of it: which of the
    // prompts is dismissed makes no difference.
    let phone = Phone::new(Protection::PlatformAndPin);
    let (before, right) = (phone.kept(), pin(PIN));
    let cancelled = VaultError::Key(KeyError::Cancelled);
    for prompts in [0, 1] {
        let obliging = || phone.keys.obliging.store(prompts, Ordering::SeqCst);
        obliging();
        assert_eq!(phone.vault.rotate(phone.secrets(&right), moment(1)), Err(cancelled));
        obliging();
        let issued = phone.vault.issue_recovery_key(phone.secrets(&right).pin, moment(1));
        assert_eq!(issued.unwrap_err(), cancelled);
        assert!(phone.kept() == before, "after {prompts} prompts");
    }
    assert_eq!(phone.vault.set_pin(&right, PinCost::FLOOR, moment(1)), Err(cancelled));
    assert!(phone.kept() == before);
    assert_eq!(phone.keys.refused.load(Ordering::SeqCst), 5);
}

#[test]
fn a_vault_that_is_there_cannot_be_made_once_more() {
    let phone = Phone::new(Protection::PlatformOrPin);
    let before = phone.guard.only_state();
    let platform = Platform { keys: phone.keys.clone(), guard: phone.guard.clone() };
    let (enrolment, wrapped) = phone.enrolment();

    let path = phone.folder.path("other");
    let made = Authenticator::finish_create(&path, platform, enrolment, wrapped, moment(0));
    assert_eq!(made.map(drop), Err(VaultError::KeyMismatch));
    assert!(phone.guard.only_state() == before && !path.exists());
}

#[test]
fn a_lock_in_between_ends_it() {
    for (protection, change) in EVERY.into_iter().flat_map(|p| CHANGES.map(|c| (p, c))) {
        let phone = Phone::new(protection);
        let what = format!("{change:?}, {protection:?}");
        let before = phone.kept();
        let answers = phone.answers();
        phone.vault.lock();

        assert_eq!(phone.change(change, answers), Err(VaultError::Locked), "{what}");
        assert!(!phone.vault.is_unlocked(moment(1)));
        phone.is_as_it_was(&before, &what);
    }
}

#[test]
fn the_person_has_to_be_there_when_it_is_finished_not_when_it_is_begun() {
    for (protection, change) in EVERY.into_iter().flat_map(|p| CHANGES.map(|c| (p, c))) {
        let phone = Phone::new(protection);
        let before = phone.kept();
        let answers = phone.answers();

        let late = phone.change_at(change, answers, moment(30));
        assert_eq!(late, Err(VaultError::PresenceNeeded), "{change:?}, {protection:?}");
        phone.is_as_it_was(&before, "late");
    }
}

#[test]
fn nothing_waits_while_the_person_is_asked() {
    let phone = Phone::new(Protection::PlatformOrPin);
    let answers = phone.answers();

    // Another change of keys, a change of the accounts, and an unlock.
    phone.vault.set_pin(&pin(PIN), PinCost::FLOOR, moment(1)).unwrap();
    phone.change(Change::Rotate, phone.answers()).unwrap();
    add(&phone.vault, Entry::new(totp("Ex", "bo", 2)));
    phone.vault.lock();
    phone.unlock().unwrap();
    phone.change(Change::Issue, answers).unwrap();

    phone.vault.lock();
    phone.unlock().unwrap();
    assert_eq!(phone.vault.items(moment(1)).unwrap().len(), 2);
}
