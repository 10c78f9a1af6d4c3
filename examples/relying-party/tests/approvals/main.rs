//! The service and the library agree on `docs/approval-protocol.md`, on either store.

mod phone;
mod site;
#[path = "../support/mod.rs"]
mod support;

use authenticator_core::approval::{ApprovalEvent, CredentialState, Outcome, RevocationReason};
use relying_party::approval::{ChallengeState, Fault, Paired, Pin, Policy, Stage};

use phone::{Phone, another, pin, proof};
use site::{SESSION, at_each};

const PIN: &str = "482913";
const OTHER_PIN: &str = "739105";

fn with_pin() -> Policy {
    Policy { pin: Pin::Required, ..Policy::default() }
}

#[test]
fn a_sign_in_is_approved_by_number_and_pin_and_redeemed_once_by_its_session() {
    at_each(&with_pin(), |site| {
        let phone = Phone::new();
        let id = phone.enrol(site, Some(PIN));
        let (request, txn, number) = phone.asked(site);
        let shown = phone.authenticator.requests(phone.moment()).unwrap();
        let shown = shown.into_iter().find(|shown| shown.id == request).unwrap();
        assert_eq!((&*shown.details.app, shown.details.place.as_deref()), ("Mail", Some("Berlin")));
        phone
            .authenticator
            .approve(request, Some(&number), &proof(Some(PIN)), phone.moment())
            .unwrap();
        let redeem = |session| site.with(|it, tx| it.redeem(tx, &txn, session)).unwrap();
        assert!(!redeem(SESSION));
        let events = phone.settle(site);
        assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
        assert_eq!(site.seen(&txn, phone.time()).state, ChallengeState::Approved);
        assert!(!redeem("another"));
        assert!(redeem(SESSION));
        assert!(!redeem(SESSION));
        let devices = site.with(|it, tx| it.devices_of(tx, "a")).unwrap();
        assert_eq!(devices[0].last_used, Some(phone.time()));
        assert_eq!(phone.poll(site, id), []);
    });
}

#[test]
fn a_wrong_number_ends_it_and_a_wrong_pin_is_asked_for_again() {
    at_each(&with_pin(), |site| {
        let mut phone = Phone::new();
        phone.enrol(site, Some(PIN));
        let (request, txn, number) = phone.asked(site);
        let by = &phone.authenticator;
        by.approve(request, Some(&number), &proof(Some(OTHER_PIN)), phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::ProveAgain(request, Outcome::WrongPin)]);
        assert_eq!(site.seen(&txn, phone.time()).state, ChallengeState::Open);
        by.approve(request, None, &proof(Some(PIN)), phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::Receipt(request, Outcome::Approved)]);

        let (request, txn, number) = phone.asked(site);
        let by = &phone.authenticator;
        by.approve(request, Some(&another(&number)), &proof(Some(PIN)), phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::Receipt(request, Outcome::WrongMatch)]);
        assert_eq!(site.seen(&txn, phone.time()).state, ChallengeState::Burned);
        phone.wait(1);
        let (request, txn, _) = phone.asked(site);
        phone.authenticator.deny(request, None, phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::Receipt(request, Outcome::Denied)]);
        assert_eq!(site.seen(&txn, phone.time()).state, ChallengeState::Denied);
    });
}

#[test]
fn whoever_asks_again_and_again_waits_and_a_report_ends_it() {
    at_each(&Policy::default(), |site| {
        let mut phone = Phone::new();
        phone.enrol(site, None);
        for wait in [0, 5, 30, 120, 120] {
            let (request, ..) = phone.asked(site);
            phone.authenticator.deny(request, None, phone.moment()).unwrap();
            phone.settle(site);
            if wait > 0 {
                phone.wait(wait - 1);
                let early = site.ask("sign-in", phone.time());
                assert!(matches!(early, Err(Fault::SlowDown(1))), "{wait}: {early:?}");
                phone.wait(1);
            }
        }
        let (request, txn, _) = phone.asked(site);
        phone.authenticator.report(request, None, phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::Receipt(request, Outcome::Reported)]);
        assert_eq!(site.seen(&txn, phone.time()).state, ChallengeState::Reported);
        phone.wait(3_600);
        assert!(matches!(site.ask("sign-in", phone.time()), Err(Fault::Reported)));
    });
}

#[test]
fn a_link_is_for_one_phone_and_its_code_is_typed_three_times_at_most() {
    at_each(&Policy::default(), |site| {
        let (phone, thief) = (Phone::new(), Phone::new());
        let begin =
            || site.with(|it, tx| it.begin_enrolment(tx, "a", SESSION, phone.time())).unwrap();
        let stage = |id: &str| site.with(|it, tx| it.stage(tx, id, SESSION, phone.time())).unwrap();
        let pair = |id: &str, session: &str, code: &str| {
            site.with(|it, tx| it.pair(tx, (id, session), code, phone.time())).unwrap()
        };
        let begun = begin();
        assert_eq!(stage(&begun.id).0, Stage::Offered);
        let (id, code) = phone.keyed(site, &begun.link, None);
        assert_eq!(stage(&begun.id).0, Stage::Revealed);
        assert_eq!(pair(&begun.id, "another", &code), Paired::Void);

        let stolen = thief.authenticator.begin_enrolment(&begun.link, thief.moment()).unwrap();
        thief.settle(site);
        let device = authenticator_core::approval::Device {
            name: "Thief".to_owned(),
            platform: authenticator_core::approval::Platform::Android,
            push: None,
        };
        thief.authenticator.confirm_enrolment(stolen, &device, None, thief.moment()).unwrap();
        assert_eq!(thief.settle(site), [ApprovalEvent::EnrolmentVoid(stolen)]);
        assert_eq!(stage(&begun.id), (Stage::Void, "a second phone used the same code".to_owned()));
        assert_eq!(pair(&begun.id, SESSION, &code), Paired::Void);
        assert_eq!(phone.poll(site, id), [ApprovalEvent::EnrolmentVoid(id)]);

        let begun = begin();
        let (_, code) = phone.keyed(site, &begun.link, None);
        let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
        assert_eq!(pair(&begun.id, SESSION, &wrong), Paired::Wrong(2));
        assert_eq!(pair(&begun.id, SESSION, &wrong), Paired::Wrong(1));
        assert_eq!(pair(&begun.id, SESSION, &wrong), Paired::Void);
        assert_eq!(pair(&begun.id, SESSION, &code), Paired::Void);
    });
}

#[test]
fn a_second_phone_is_wanted_by_the_first_before_it_is_tested() {
    at_each(&Policy::default(), |site| {
        let (first, second) = (Phone::new(), Phone::new());
        let old = first.enrol(site, None);
        let (new, enrolment) = second.pair(site, None);
        let ask = |now| site.end_of_enrolment(&enrolment, now).unwrap();
        let asked = ask(second.time());
        assert_eq!((&*asked.kind, asked.state), ("add-device", ChallengeState::Open));
        assert_eq!(ask(second.time()).jti, asked.jti);
        assert_eq!(second.poll(site, new), []);

        let events = first.poll(site, old);
        let [ApprovalEvent::Requested(request)] = events[..] else { panic!("{events:?}") };
        let shown = first.authenticator.requests(first.moment()).unwrap();
        let shown = shown.into_iter().find(|shown| shown.id == request).unwrap();
        assert_eq!(shown.details.name.as_deref(), Some("Pixel"));
        first
            .authenticator
            .approve(request, Some(&asked.number), &proof(None), first.moment())
            .unwrap();
        first.settle(site);

        let test = ask(second.time());
        assert_eq!((&*test.kind, test.state), ("test", ChallengeState::Open));
        second.pass_test(site, new, &test.number, None);
        assert_eq!(site.with(|it, tx| it.devices_of(tx, "a")).unwrap().len(), 2);
        assert!(matches!(site.end_of_enrolment(&enrolment, second.time()), Err(Fault::Void)));

        // Both are asked; one answers.
        let asked = site.ask("sign-in", first.time()).unwrap();
        assert_eq!(asked.pushes.len(), 2);
        let take = |phone: &Phone| {
            let mut pushes = asked.pushes.iter();
            pushes.find_map(|(_, push)| phone.authenticator.take_push(push, phone.moment()).ok())
        };
        let (by_first, by_second) = (take(&first).unwrap(), take(&second).unwrap());
        let number = site.seen(&asked.txn, first.time()).number;
        second
            .authenticator
            .approve(by_second, Some(&number), &proof(None), second.moment())
            .unwrap();
        second.settle(site);
        assert_eq!(site.seen(&asked.txn, first.time()).state, ChallengeState::Approved);
        first.authenticator.approve(by_first, Some(&number), &proof(None), first.moment()).unwrap();
        let late = ApprovalEvent::Receipt(by_first, Outcome::Answered);
        assert_eq!(first.settle(site), [late]);
        let redeem = || site.with(|it, tx| it.redeem(tx, &asked.txn, SESSION)).unwrap();
        assert!(redeem() && !redeem());
    });
}

#[test]
fn a_configuration_may_change_while_somebody_enrols() {
    at_each(&with_pin(), |site| {
        let phone = Phone::new();
        let begin = site.with(|it, tx| it.begin_enrolment(tx, "a", SESSION, phone.time()));
        let begun = begin.unwrap();
        let id = phone.authenticator.begin_enrolment(&begun.link, phone.moment()).unwrap();
        phone.settle(site);
        site.with(|it, tx| it.set_policy(tx, &Policy::default(), phone.time())).unwrap();
        let code = phone.confirm(site, id, Some(PIN));
        let pair = site.with(|it, tx| it.pair(tx, (&begun.id, SESSION), &code, phone.time()));
        assert_eq!(pair.unwrap(), Paired::Right);
    });
}

#[test]
fn a_pin_is_changed_keys_are_replaced_and_a_credential_ends() {
    at_each(&with_pin(), |site| {
        let mut phone = Phone::new();
        let id = phone.enrol(site, Some(PIN));
        let by = &phone.authenticator;
        by.change_approval_pin(id, &pin(OTHER_PIN), &pin(PIN), phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::PinChange(id, Outcome::WrongPin)]);
        by.change_approval_pin(id, &pin(PIN), &pin(OTHER_PIN), phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::PinChange(id, Outcome::PinChanged)]);

        // The service's keys, by configurations that the phone walks to.
        phone.wait(1);
        site.with(|it, tx| it.replace_signing_key(tx, phone.time())).unwrap();
        site.with(|it, tx| it.replace_encryption_key(tx, phone.time())).unwrap();
        phone.poll(site, id);
        // That one was signed by a key that it did not know yet, and is asked for again.
        assert_eq!(phone.poll(site, id), []);
        let (request, txn, number) = phone.asked(site);
        let proof = proof(Some(OTHER_PIN));
        phone.authenticator.approve(request, Some(&number), &proof, phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::Receipt(request, Outcome::Approved)]);
        assert_eq!(site.seen(&txn, phone.time()).state, ChallengeState::Approved);

        // The phone's keys.
        let asked = site.ask("rotate", phone.time()).unwrap();
        let request = phone.authenticator.take_push(&asked.pushes[0].1, phone.moment()).unwrap();
        let number = site.seen(&asked.txn, phone.time()).number;
        phone.authenticator.approve(request, Some(&number), &proof, phone.moment()).unwrap();
        let events = phone.settle(site);
        assert!(events.contains(&ApprovalEvent::Receipt(request, Outcome::Approved)), "{events:?}");
        let (request, _, number) = phone.asked(site);
        phone.authenticator.approve(request, Some(&number), &proof, phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::Receipt(request, Outcome::Approved)]);

        let reason = RevocationReason::Lost;
        phone.authenticator.remove_credential(id, None, reason, phone.moment()).unwrap();
        assert_eq!(phone.settle(site), [ApprovalEvent::Removal(id, Outcome::Done)]);
        assert!(site.with(|it, tx| it.devices_of(tx, "a")).unwrap().is_empty());
        assert!(matches!(site.ask("sign-in", phone.time()), Err(Fault::UnknownCredential)));
    });
}

#[test]
fn what_the_service_ends_is_over_on_the_phone() {
    at_each(&Policy { encrypted: false, ..Policy::default() }, |site| {
        let phone = Phone::new();
        let id = phone.enrol(site, None);
        let known = site.with(|it, tx| it.devices_of(tx, "a")).unwrap().remove(0).id;
        site.with(|it, tx| it.suspend(tx, &known)).unwrap();
        assert_eq!(phone.poll(site, id), [ApprovalEvent::Suspended(id)]);
        site.with(|it, tx| it.revoke(tx, &known, "administrator", phone.time())).unwrap();
        let events = phone.poll(site, id);
        let expected = ApprovalEvent::Revoked(id, RevocationReason::Administrator);
        assert_eq!(events, [expected]);
        let state = phone.authenticator.credentials(phone.moment()).unwrap().remove(0).state;
        assert!(matches!(state, CredentialState::Revoked));
    });
}
