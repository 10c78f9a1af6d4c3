//! Sign-ins approved by a phone with the library in it, at a service that was built from
//! `docs/approval-protocol.md` alone.

#[path = "support/phone.rs"]
mod phone;
#[path = "support/service/mod.rs"]
mod service;
mod support;

use authenticator_core::ApprovalsError;
use authenticator_core::approval::{
    ApprovalError, ApprovalEvent, CredentialId, CredentialState, Decision, EnrolmentLink, Outcome,
    Proof, Reason, Refusal, RequestState, RevocationReason,
};
use phone::{OTHER_PIN, PIN, Phone, approval_pin, proof};
use service::{Ask, Policy, Service, State};

const ACCOUNT: &str = "ann@example.com";

/// A service, and a phone that is enrolled there.
fn enrolled(pin: Option<&str>) -> (Service, Phone, CredentialId) {
    enrolled_by(Policy::default(), pin)
}

fn enrolled_by(policy: Policy, pin: Option<&str>) -> (Service, Phone, CredentialId) {
    let phone = Phone::new();
    let mut service = Service::new(policy, phone.time());
    let id = phone.enrol(&mut service, ACCOUNT, pin);
    (service, phone, id)
}

fn another(number: &str) -> String {
    let width = number.len();
    let value: u32 = number.parse().unwrap();
    format!("{:0width$}", (value + 1) % 10_u32.pow(u32::try_from(width).unwrap()))
}

#[test]
fn a_phone_is_enrolled_and_approves_a_sign_in_by_its_number() {
    let (mut service, phone, id) = enrolled(None);
    let items = phone.authenticator.credentials(phone.moment()).unwrap();
    assert_eq!((&*items[0].account, &*items[0].service), (ACCOUNT, "Example"));
    assert_eq!(items[0].state, CredentialState::Active);
    assert_eq!(items[0].pairing_code, None);

    let pushed = service.ask(ACCOUNT, &Ask::default(), phone.time());
    let request = phone.authenticator.take_push(&pushed[0], phone.moment()).unwrap();
    let shown = phone.authenticator.requests(phone.moment()).unwrap();
    let shown = shown.iter().find(|item| item.id == request).unwrap();
    assert_eq!(shown.state, RequestState::Open);
    assert_eq!((&*shown.details.app, &*shown.details.account), ("Mail", ACCOUNT));
    assert_eq!(shown.details.place.as_deref(), Some("Berlin"));
    assert!(shown.is_new_app && shown.is_new_place);
    assert_eq!(service.newest(ACCOUNT).state, "open");

    phone.approve(&service, ACCOUNT, request, &Proof::Presence);
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
    let challenge = service.newest(ACCOUNT).clone();
    assert_eq!(challenge.state, "approved");
    assert!(!service.redeem(&challenge.jti, "another session"));
    assert!(service.redeem(&challenge.jti, &challenge.session));
    assert!(!service.redeem(&challenge.jti, &challenge.session));

    let history = phone.authenticator.history(phone.moment()).unwrap();
    assert!(history.iter().any(|item| {
        (item.credential, item.decision, item.outcome)
            == (id, Some(Decision::Approve), Some(Outcome::Approved))
    }));
}

#[test]
fn every_way_to_match_and_a_poll_in_the_place_of_a_push() {
    let (mut service, phone, id) = enrolled(None);
    for matching in ["enter2", "enter6", "scan", "none"] {
        let _ = service.ask(ACCOUNT, &Ask::matched_by(matching), phone.time());
        let events = phone.poll(&mut service, id);
        let [ApprovalEvent::Requested(request)] = events[..] else { panic!("{events:?}") };
        let typed = match matching {
            "scan" => Some(service.newest_match_link(ACCOUNT)),
            _ => service.newest_number(ACCOUNT),
        };
        let now = phone.moment();
        phone.authenticator.approve(request, typed.as_deref(), &Proof::Presence, now).unwrap();
        let events = phone.settle(&mut service);
        assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)], "{matching}");
    }
}

#[test]
fn challenges_may_be_encrypted_and_must_be_where_the_policy_says_so() {
    let policy = Policy { encrypted: true, ..Policy::default() };
    let (mut service, phone, _) = enrolled_by(policy, Some(PIN));
    let pushed = service.ask(ACCOUNT, &Ask::with_pin(), phone.time());
    assert_eq!(pushed[0].split('.').count(), 5);
    let request = phone.authenticator.take_push(&pushed[0], phone.moment()).unwrap();
    phone.approve(&service, ACCOUNT, request, &proof(Some(PIN)));
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);

    let _ = service.ask(ACCOUNT, &Ask::with_pin(), phone.time());
    let bare = service.newest(ACCOUNT).message.clone();
    let refused = phone.authenticator.take_push(&bare, phone.moment());
    assert_eq!(refused, Err(Refusal::Policy.into()));
}

#[test]
fn a_pin_is_asked_for_again_while_the_challenge_is_open() {
    let (mut service, phone, _) = enrolled(Some(PIN));
    let request = phone.asked(&mut service, ACCOUNT, &Ask::with_pin());
    phone.approve(&service, ACCOUNT, request, &proof(Some(OTHER_PIN)));
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::ProveAgain(request, Outcome::WrongPin)]);
    let shown = phone.request(request);
    assert_eq!(shown.state, RequestState::ProveAgain(Outcome::WrongPin));
    assert_eq!(shown.tries_left, Some(9));
    assert_eq!(service.newest(ACCOUNT).state, "open");

    phone.authenticator.approve(request, None, &proof(Some(PIN)), phone.moment()).unwrap();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
}

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
fn one_wrong_number_ends_the_challenge_on_every_phone() {
    let (mut service, phone, _) = enrolled(None);
    let second = Phone::new();
    let other = second.enrol(&mut service, ACCOUNT, None);
    let pushed = service.ask(ACCOUNT, &Ask::default(), phone.time());
    assert_eq!(pushed.len(), 2);
    let first = phone.first_of(&pushed);
    let sibling = second.first_of(&pushed);

    let wrong = another(&service.newest_number(ACCOUNT).unwrap());
    let now = phone.moment();
    phone.authenticator.approve(first, Some(&wrong), &Proof::Presence, now).unwrap();
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(first, Outcome::WrongMatch)]);
    let events = second.poll(&mut service, other);
    assert_eq!(events, [ApprovalEvent::Closed(sibling, Outcome::Cancelled)]);
    // The next is another, and the chain goes on from there.
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    phone.approve(&service, ACCOUNT, request, &Proof::Presence);
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
}

#[test]
fn what_one_phone_approves_is_answered_for_the_other() {
    let (mut service, phone, _) = enrolled(None);
    let second = Phone::new();
    let other = second.enrol(&mut service, ACCOUNT, None);
    let pushed = service.ask(ACCOUNT, &Ask::default(), phone.time());
    let (first, sibling) = (phone.first_of(&pushed), second.first_of(&pushed));
    second.approve(&service, ACCOUNT, sibling, &Proof::Presence);
    phone.approve(&service, ACCOUNT, first, &Proof::Presence);
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(first, Outcome::Approved)]);
    // It decided as well, and hears that it was not needed.
    let events = second.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(sibling, Outcome::Answered)]);
    assert_eq!(second.poll(&mut service, other), []);
}

#[test]
fn deny_and_report_reach_the_service_also_after_the_end() {
    for (expected, late) in [("denied", false), ("reported", false), ("expired", true)] {
        let (mut service, mut phone, _) = enrolled(None);
        let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
        let now = phone.moment();
        if expected == "reported" {
            phone.authenticator.report(request, Some(Reason::NotMe), now).unwrap();
        } else {
            phone.authenticator.deny(request, Some(Reason::Mistake), now).unwrap();
        }
        let approved = phone.authenticator.approve(request, Some("00"), &Proof::Presence, now);
        assert_eq!(approved, Err(ApprovalError::Decided.into()));
        if late {
            // Offline, and started anew in between.
            phone.wait(600);
            phone = phone.restart();
        }
        let outcome = match expected {
            "denied" => Outcome::Denied,
            "reported" => Outcome::Reported,
            _ => Outcome::Late,
        };
        let events = phone.settle(&mut service);
        assert_eq!(events, [ApprovalEvent::Receipt(request, outcome)]);
        assert_eq!(service.newest(ACCOUNT).state, expected);
    }
}

#[test]
fn an_approve_never_waits_beyond_the_end_of_its_challenge() {
    let (mut service, mut phone, _) = enrolled(None);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    phone.approve(&service, ACCOUNT, request, &Proof::Presence);
    phone.wait(600);
    let events = phone.settle(&mut service);
    assert_eq!(events, [ApprovalEvent::Receipt(request, Outcome::Expired)]);
    assert_eq!(service.newest(ACCOUNT).state, "expired");
    // And one that is over is not approved at all.
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    let number = service.newest_number(ACCOUNT);
    phone.wait(600);
    let now = phone.moment();
    let approved = phone.authenticator.approve(request, number.as_deref(), &Proof::Presence, now);
    assert_eq!(approved, Err(ApprovalError::Over.into()));
}

#[test]
fn a_receipt_that_was_lost_is_given_again_and_nothing_happens_twice() {
    let (mut service, phone, _) = enrolled(None);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    phone.approve(&service, ACCOUNT, request, &Proof::Presence);
    let due = phone.authenticator.exchanges(phone.moment()).unwrap();
    let first = service.handle(&phone::sent(due[0].request()), phone.time());
    assert_eq!(phone.request(request).state, RequestState::Sent(Decision::Approve));
    // The response is lost, and the phone is started anew.
    let phone = phone.restart();
    let again = phone.authenticator.exchanges(phone.moment()).unwrap();
    assert_eq!(again[0].request().body, due[0].request().body);
    let second = service.handle(&phone::sent(again[0].request()), phone.time());
    assert_eq!(second.body, first.body);
    let heard = phone::heard(second);
    let received = phone.authenticator.receive(&again[0], &heard, phone.moment()).unwrap();
    assert_eq!(received.events, [ApprovalEvent::Receipt(request, Outcome::Approved)]);
    // Once more, it brings about nothing.
    let received = phone.authenticator.receive(&again[0], &heard, phone.moment()).unwrap();
    assert_eq!(received.events, []);
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
fn a_notification_extension_shows_the_same_without_the_vault() {
    let policy = Policy { encrypted: true, ..Policy::default() };
    let (mut service, phone, id) = enrolled_by(policy, None);
    let key = phone.authenticator.preview_key(id, phone.moment()).unwrap();
    let pushed = service.ask(ACCOUNT, &Ask::default(), phone.time());
    let preview = key.preview(&pushed[0], phone.moment().wall).unwrap();
    assert_eq!(preview.details.app, "Mail");
    let late = authenticator_core::UnixTime::from_secs(phone.time() + 600);
    assert_eq!(key.preview(&pushed[0], late).err(), Some(Refusal::Expired));
}

#[test]
fn many_requests_are_quiet_and_can_be_denied_together() {
    let (mut service, phone, id) = enrolled(None);
    for _ in 0..4 {
        let _ = phone.asked(&mut service, ACCOUNT, &Ask::default());
    }
    assert!(phone.authenticator.is_quiet(phone.moment()).unwrap());
    phone.authenticator.deny_all(phone.moment()).unwrap();
    let _ = phone.settle(&mut service);
    assert!(service.challenges.iter().all(|known| known.state != "open"));
    // And those that come within ten minutes.
    let _ = service.ask(ACCOUNT, &Ask::default(), phone.time());
    let _ = phone.poll(&mut service, id);
    assert_eq!(service.newest(ACCOUNT).state, "denied");
}

#[test]
fn two_requests_without_a_number_are_told_apart_or_not_approved() {
    let (mut service, phone, _) = enrolled(None);
    let one = phone.asked(&mut service, ACCOUNT, &Ask::matched_by("none"));
    let other = phone.asked(&mut service, ACCOUNT, &Ask::default());
    let approved = phone.authenticator.approve(one, None, &Proof::Presence, phone.moment());
    assert_eq!(approved, Err(ApprovalsError::Approval(ApprovalError::Ambiguous)));
    phone.approve(&service, ACCOUNT, other, &Proof::Presence);
}

#[test]
fn what_nobody_decided_is_over_and_in_the_history_when_its_credential_goes() {
    let (mut service, mut phone, id) = enrolled(None);
    let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
    let expired = RequestState::Over { decision: None, outcome: Outcome::Expired };
    // One that nobody has told the end of, as far as the phone's own clock goes.
    phone.wait(120);
    assert_eq!(phone.request(request).state, expired);
    let other = phone.asked(&mut service, ACCOUNT, &Ask::default());
    let now = phone.moment();
    phone.authenticator.remove_credential(id, None, RevocationReason::Removed, now).unwrap();
    let _ = phone.settle(&mut service);
    assert_eq!(phone.authenticator.requests(phone.moment()).unwrap(), []);
    let history = phone.authenticator.history(phone.moment()).unwrap();
    assert!([request, other].iter().all(|id| history.iter().any(|item| item.id == *id)));
    assert_eq!(phone.authenticator.credentials(phone.moment()).unwrap(), []);
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
fn nothing_that_is_printed_says_what_is_sent() {
    let phone = Phone::new();
    let mut service = Service::new(Policy::default(), phone.time());
    let link = service.begin_enrolment(ACCOUNT, phone.time());
    let code = link.split("code=").nth(1).unwrap().split('&').next().unwrap();
    let parsed = EnrolmentLink::parse(&link).unwrap();
    assert!(!format!("{parsed:?}").contains(code));
    let id = phone.authenticator.begin_enrolment(&link, phone.moment()).unwrap();
    let _ = phone.settle(&mut service);
    let pin = approval_pin(PIN);
    assert!(!format!("{pin:?} {:?}", proof(Some(PIN))).contains(PIN));
    let now = phone.moment();
    phone.authenticator.confirm_enrolment(id, &phone::device(), Some(&pin), now).unwrap();
    let due = phone.authenticator.exchanges(now).unwrap();
    let request = due[0].request();
    let response = phone::heard(service.handle(&phone::sent(request), phone.time()));
    let printed = format!("{due:?} {request:?} {response:?} {:?}", phone.authenticator);
    for secret in [&request.body, &response.body] {
        let part = String::from_utf8(secret[..40].to_vec()).unwrap();
        assert!(!printed.contains(&part) && !printed.contains(code), "{printed}");
    }
}
