//! A credential from its enrolment to its end, at a service that was built from
//! `docs/approval-protocol.md` alone: its keys, its PIN, its configurations.

#[path = "support/phone.rs"]
mod phone;
mod support;

use approval_service::{Ask, Policy, Service, State};
use authenticator_core::approval::{
    ApprovalError, ApprovalEvent, CredentialState, Decision, Outcome, Proof, Refusal, RequestState,
    RevocationReason,
};
use phone::{ACCOUNT, OTHER_PIN, PIN, Phone, another, approval_pin, enrolled, proof};

#[test]
fn ten_wrong_pins_disable_it_and_deny_goes_on() {
    let (mut service, mut phone, _) = enrolled(Some(PIN));
    let mut heard = Vec::new();
    let mut request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    while heard.last() != Some(&Outcome::PinDisabled) {
        assert!(heard.len() < 20, "{heard:?}");
        let is_new = phone.request(request).state == RequestState::Open;
        let number = is_new.then(|| service.newest_number(ACCOUNT).unwrap());
        let wrong = proof(Some(OTHER_PIN));
        let approved =
            phone.authenticator.approve(request, number.as_deref(), &wrong, phone.moment());
        approved.unwrap();
        for event in phone.settle(&mut service) {
            let ApprovalEvent::ProveAgain(_, outcome) = event else { continue };
            heard.push(outcome);
            if outcome == Outcome::PinDelayed {
                assert!(phone.request(request).retry_at.is_some());
                phone.wait(3_600);
                request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
            }
        }
    }
    let wrong = heard.iter().filter(|outcome| **outcome == Outcome::WrongPin).count();
    assert_eq!(wrong, 9, "{heard:?}");
    phone.wait(3_600);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::ProveAgain(request, Outcome::PinDisabled)]);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    phone.authenticator.deny(request, None, phone.moment()).unwrap();
    assert!(phone.settle(&mut service).contains(&ApprovalEvent::Receipt(request, Outcome::Denied)));
}

#[test]
fn keys_rotate_with_the_person_at_the_page_and_the_chain_goes_on() {
    let (mut service, phone, _) = enrolled(Some(PIN));
    let (id, before) = service.credential(ACCOUNT);
    let (id, before) = (id.clone(), before.key.thumbprint());
    let ask =
        Ask { kind: "rotate", context: serde_json::json!({ "app": "Mail" }), ..Ask::with_pin() };
    let request = phone.asked(&mut service, ACCOUNT, &ask);
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));
    // The receipt is lost once: the answer is signed by a key that does not count any more.
    let due = phone.authenticator.exchanges(phone.moment()).unwrap();
    drop(service.handle(&phone::sent(due[0].request()), phone.time()));
    assert_ne!(service.credentials[&id].key.thumbprint(), before);
    let phone = phone.restart();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);

    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
}

#[test]
fn a_deny_that_waits_while_keys_rotate_is_signed_by_the_new_one() {
    let (mut service, phone, _) = enrolled(None);
    let context = serde_json::json!({ "app": "Mail" });
    let rotate = Ask { kind: "rotate", context, ..Ask::default() };
    let rotation = phone.asked(&mut service, ACCOUNT, &rotate);
    phone.approve(&service, ACCOUNT, rotation, &Proof::Presence);
    let due = phone.authenticator.exchanges(phone.moment()).unwrap().remove(0);
    let other = phone.asked(&mut service, ACCOUNT, &Ask::default());
    phone.authenticator.report(other, None, phone.moment()).unwrap();
    // The report is not sent before the service has the new keys.
    let events = phone.carry(&mut service, due);
    assert_eq!(events, [ApprovalEvent::Receipt(rotation, Outcome::Approved)]);
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(other, Outcome::Reported)]);
}

#[test]
fn a_pin_is_changed_by_the_old_one_alone() {
    let (mut service, phone, id) = enrolled(Some(PIN));
    let (old, new) = (approval_pin(PIN), approval_pin(OTHER_PIN));
    phone.authenticator.change_approval_pin(id, &new, &old, phone.moment()).unwrap();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::PinChange(id, Outcome::WrongPin)]);
    phone.authenticator.change_approval_pin(id, &old, &new, phone.moment()).unwrap();
    // The response is lost: nobody knows which counts, and the same bytes settle it.
    let due = phone.authenticator.exchanges(phone.moment()).unwrap();
    let first = service.handle(&phone::sent(due[0].request()), phone.time());
    let phone = phone.restart();
    assert_eq!(first.status, 200);
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::PinChange(id, Outcome::PinChanged)]);

    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::ProveAgain(request, Outcome::WrongPin)]);
    phone.authenticator.approve(request, None, &proof(Some(OTHER_PIN)), phone.moment()).unwrap();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
}

#[test]
fn a_credential_ends_by_the_phone_and_by_the_service() {
    let (mut service, phone, id) = enrolled(None);
    let now = phone.moment();
    phone.authenticator.remove_credential(id, None, RevocationReason::Removed, now).unwrap();
    let events = phone.settle(&mut service);
    assert!(events.contains(&ApprovalEvent::Removal(id, Outcome::Done)), "{events:?}");
    assert!(service.credentials.values().all(|known| known.state == State::Revoked));

    let id = phone.enrol(&mut service, ACCOUNT, None);
    let known = service.credential(ACCOUNT).0.clone();
    service.revoke(&known, "lost", phone.time());
    let events = phone.poll(&mut service, id);
    assert_eq!(events, [ApprovalEvent::Revoked(id, RevocationReason::Lost)]);
    let items = phone.authenticator.credentials(phone.moment()).unwrap();
    let item = items.iter().find(|item| item.id == id).unwrap();
    assert_eq!((item.state, item.ended), (CredentialState::Revoked, Some(RevocationReason::Lost)));
    phone.authenticator.forget_credential(id, phone.moment()).unwrap();
}

#[test]
fn a_suspended_phone_denies_and_reports_alone() {
    let (mut service, phone, id) = enrolled(None);
    service.set_state(ACCOUNT, State::Suspended);
    let events = phone.poll(&mut service, id);
    assert_eq!(events, [ApprovalEvent::Suspended(id)]);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    let number = service.newest_number(ACCOUNT);
    let approved =
        phone.authenticator.approve(request, number.as_deref(), &Proof::Presence, phone.moment());
    assert_eq!(approved, Err(Refusal::Suspended.into()));
    phone.authenticator.deny(request, None, phone.moment()).unwrap();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Denied)]);
}

#[test]
fn the_services_keys_may_change_and_a_phone_that_was_away_follows() {
    let (mut service, mut phone, id) = enrolled(Some(PIN));
    for _ in 0..3 {
        // Some of them are over before the phone hears of them.
        phone.wait(20 * 24 * 60 * 60);
        service.replace_signing_key(phone.time());
    }
    service.replace_encryption_key(phone.time());
    let pushed = service.ask(ACCOUNT, &Ask::with_pin(), phone.time());
    let refused = phone.authenticator.take_push(&pushed[0], phone.moment());
    assert_eq!(refused, Err(Refusal::UnknownKey.into()));
    let _ = phone.settle(&mut service);
    let request = phone.authenticator.take_push(&pushed[0], phone.moment()).unwrap();
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
    // By a poll as well.
    service.replace_signing_key(phone.time());
    let _ = phone.poll(&mut service, id);
    assert_eq!(phone.poll(&mut service, id), []);
}

/// Two phones with the same keys: the copy is found out at the honest one's next approve.
#[test]
fn a_copied_phone_is_noticed_and_stops_both() {
    let (mut service, phone, id) = enrolled(None);
    let copy = phone.copied();
    for attacker in [true, false] {
        let (one, expected) = if attacker { (&copy, "approved") } else { (&phone, "open") };
        let request = one.asked(&mut service, ACCOUNT, &Ask::default());
        one.approve(&service, ACCOUNT, request, &Proof::Presence);
        let events = one.settle(&mut service);
        if attacker {
            assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
            assert_eq!(service.newest(ACCOUNT).state, expected);
        } else {
            assert!(events.contains(&ApprovalEvent::Suspended(id)), "{events:?}");
            assert_eq!(service.credential(ACCOUNT).1.state, State::Suspended);
        }
    }
    let request = copy.asked(&mut service, ACCOUNT, &Ask::default());
    copy.approve(&service, ACCOUNT, request, &Proof::Presence);
    let _ = copy.settle(&mut service);
    assert_ne!(service.newest(ACCOUNT).state, "approved");
}

#[test]
fn a_wrong_pairing_code_and_a_second_phone_end_an_enrolment() {
    let mut service = Service::new(Policy::default(), Phone::new().time());
    let phone = Phone::new();
    let link = service.begin_enrolment(ACCOUNT, phone.time());
    let id = phone.keyed(&mut service, &link);
    let wrong = another(&phone.pairing_code(id));
    for left in [2, 1, 0] {
        assert_eq!(service.type_pairing_code(ACCOUNT, &wrong, phone.time()), Err(left));
    }

    // Whoever photographed the QR code voids it for both.
    let (phone, thief) = (Phone::new(), Phone::new());
    let link = service.begin_enrolment(ACCOUNT, phone.time());
    let id = phone.keyed(&mut service, &link);
    let stolen = thief.authenticator.begin_enrolment(&link, thief.moment()).unwrap();
    let _ = thief.settle(&mut service);
    let now = thief.moment();
    thief.authenticator.confirm_enrolment(stolen, &phone::device(), None, now).unwrap();
    let events = thief.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::EnrolmentVoid(stolen)]);
    let code = phone.pairing_code(id);
    assert_eq!(service.type_pairing_code(ACCOUNT, &code, phone.time()), Err(0));
    assert!(service.credentials.values().all(|known| known.state != State::Active));
}

#[test]
fn nothing_is_approved_under_a_configuration_that_is_over() {
    let (mut service, mut phone, _) = enrolled(None);
    phone.wait(31 * 24 * 60 * 60);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    let number = service.newest_number(ACCOUNT);
    let approve = |phone: &Phone| {
        phone.authenticator.approve(request, number.as_deref(), &Proof::Presence, phone.moment())
    };
    assert_eq!(approve(&phone), Err(ApprovalError::Outdated.into()));
    // The service has no other: that is asked for again, later each time.
    let events = phone.settle(&mut service);
    assert!(matches!(events[..], [ApprovalEvent::Failed(..)]), "{events:?}");
    service.publish(phone.time());
    phone.wait(4);
    assert_eq!(phone.settle(&mut service), []);
    approve(&phone).unwrap();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
}

#[test]
fn no_pin_is_tried_while_nobody_knows_which_one_counts() {
    let (mut service, phone, id) = enrolled(Some(PIN));
    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    let (old, new) = (approval_pin(PIN), approval_pin(OTHER_PIN));
    phone.authenticator.change_approval_pin(id, &old, &new, phone.moment()).unwrap();
    let number = service.newest_number(ACCOUNT);
    let approve = |pin| {
        let proof = proof(Some(pin));
        phone.authenticator.approve(request, number.as_deref(), &proof, phone.moment())
    };
    assert_eq!(approve(PIN), Err(ApprovalError::Unsettled.into()));
    assert_eq!(approve(OTHER_PIN), Err(ApprovalError::Unsettled.into()));
    let _ = phone.settle(&mut service);
    approve(OTHER_PIN).unwrap();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
}

#[test]
fn whoever_can_push_does_not_have_other_services_asked() {
    let (_, phone, _) = enrolled(None);
    let stranger = Phone::new();
    let mut elsewhere = Service::at("https://elsewhere.example", Policy::default(), phone.time());
    let _ = stranger.enrol(&mut elsewhere, ACCOUNT, None);
    let pushed = elsewhere.ask(ACCOUNT, &Ask::default(), phone.time());
    let refused = phone.authenticator.take_push(&pushed[0], phone.moment());
    assert_eq!(refused, Err(Refusal::UnknownKey.into()));
    assert!(phone.authenticator.exchanges(phone.moment()).unwrap().is_empty());
}

/// A copy that nobody has told the service of would be forgotten with its next word.
#[test]
fn a_copy_that_only_the_phone_has_seen_is_told_to_the_service() {
    let (mut service, phone, id) = enrolled(None);
    let copy = phone.copied();
    let foreign = copy.asked(&mut service, ACCOUNT, &Ask::default());
    copy.approve(&service, ACCOUNT, foreign, &Proof::Presence);
    let _ = copy.settle(&mut service);

    let own = phone.asked(&mut service, ACCOUNT, &Ask::default());
    phone.authenticator.deny(own, None, phone.moment()).unwrap();
    let events = phone.settle(&mut service);
    assert!(events.contains(&ApprovalEvent::Suspended(id)), "{events:?}");
    assert_eq!(service.credential(ACCOUNT).1.state, State::Active);
    let _ = phone.poll(&mut service, id);
    assert_eq!(
        phone.authenticator.credentials(phone.moment()).unwrap()[0].state,
        CredentialState::Suspended
    );

    // Also after a restart, and without anybody at the phone.
    let restarted = phone.copied();
    let next = restarted.asked(&mut service, ACCOUNT, &Ask::default());
    let state = restarted.request(next).state;
    assert_eq!(state, RequestState::Sent(Decision::Report));
    let _ = restarted.settle(&mut service);
    assert_eq!(service.credential(ACCOUNT).1.state, State::Suspended);

    // The service knows now, and may lift it: the phone believes it then.
    let _ = restarted.poll(&mut service, id);
    service.set_state(ACCOUNT, State::Active);
    let events = restarted.poll(&mut service, id);
    assert_eq!(events, [ApprovalEvent::Activated(id)]);
}
