//! Sign-ins approved by a phone with the library in it, at a service that was built from
//! `docs/approval-protocol.md` alone.

#[path = "support/phone.rs"]
mod phone;
mod support;

use approval_service::{Ask, Policy, Service};
use authenticator_core::ApprovalsError;
use authenticator_core::approval::{
    ApprovalError, ApprovalEvent, CredentialState, Decision, EnrolmentLink, NotificationState,
    Outcome, Proof, Reason, Refusal, RequestState, RevocationReason,
};
use phone::{ACCOUNT, OTHER_PIN, PIN, Phone, another, approval_pin, enrolled, enrolled_by, proof};

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
    let (mut service, mut phone, id) = enrolled(None);
    // The test of the enrolment was one, too.
    phone.wait(5 * 60);
    let mut asked = || {
        phone.wait(1);
        let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
        phone.request(request).notification
    };
    let notifications = [(); 4].map(|()| asked());
    assert_eq!(notifications[..3], [NotificationState::Alert; 3]);
    assert_eq!(notifications[3], NotificationState::Quiet);
    phone.authenticator.deny_all(phone.moment()).unwrap();
    let _ = phone.settle(&mut service);
    let left = phone.authenticator.requests(phone.moment()).unwrap();
    assert!(left.iter().all(|item| item.notification == NotificationState::Withdrawn));
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

#[test]
fn an_approve_waits_until_the_outcome_of_the_one_before_is_known() {
    let (mut service, phone, _) = enrolled(None);
    let mut numbered = || {
        let request = phone.asked(&mut service, ACCOUNT, &Ask::default());
        (request, service.newest_number(ACCOUNT))
    };
    let (first, second) = (numbered(), numbered());
    let approve = |(request, number): &(_, Option<String>)| {
        let proof = Proof::Presence;
        phone.authenticator.approve(*request, number.as_deref(), &proof, phone.moment())
    };
    approve(&first).unwrap();
    // Both would go on from the same one. Whoever held the second back until the next was
    // through would have the phone taken for a copy, and suspended.
    assert_eq!(approve(&second), Err(ApprovalError::Unsettled.into()));
    phone.authenticator.deny(second.0, None, phone.moment()).unwrap();
    let events = phone.settle(&mut service);
    assert!(events.contains(&ApprovalEvent::Receipt(first.0, Outcome::Approved)), "{events:?}");
    assert!(events.contains(&ApprovalEvent::Receipt(second.0, Outcome::Denied)), "{events:?}");
}
