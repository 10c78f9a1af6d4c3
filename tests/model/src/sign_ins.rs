//! Sign-ins, answered on phones through a network that loses, repeats and reorders.

use crate::explore::{FINAL, MEANT, NOTICED, SETTLED, SINGLE, SPARED, explore, found};
use crate::world::{Flaw, Plan};

/// One phone, and a sign-in that the person began.
fn least() -> Plan {
    Plan { phones: 1, own: 1, clocks: true, ..Plan::default() }
}

/// Another that somebody else began, and whatever a person gets wrong.
fn astray() -> Plan {
    Plan { foreign: 1, mistypes: true, misproves: true, ..least() }
}

/// Two phones that are asked the same.
fn siblings() -> Plan {
    Plan { phones: 2, mistypes: true, ..least() }
}

/// A page that gives up, and a service that revokes.
fn ended() -> Plan {
    Plan { ends: true, misproves: true, ..siblings() }
}

/// Three sign-ins one after the other, in the same minute.
fn in_a_row() -> Plan {
    Plan { own: 3, ..least() }
}

/// Two of them, and a PIN that is wrong at first.
fn proved_again() -> Plan {
    Plan { own: 2, misproves: true, ..least() }
}

/// Somebody has copied the phone, and signs in.
fn copied() -> Plan {
    Plan { foreign: 1, has_clone: true, ..least() }
}

/// The first sign-in replaces the phone's keys.
fn rotation() -> Plan {
    Plan { own: 2, foreign: 1, rotates: true, ..least() }
}

#[test]
fn one_phone_and_whatever_a_person_gets_wrong() {
    let heard = ["approved", "denied", "reported", "late", "wrong-match", "wrong-pin", "expired"];
    explore("one phone, two sign-ins", &astray(), &heard);
    explore("one phone, a wrong PIN", &proved_again(), &["lost", "again"]);
}

#[test]
fn two_phones_that_are_asked_the_same() {
    let heard = ["approved", "answered", "denied", "cancelled"];
    explore("two phones, two sign-ins", &Plan { foreign: 1, ..siblings() }, &heard);
}

#[test]
fn two_phones_and_a_service_that_ends_it() {
    explore("two phones, revoked", &ended(), &["approved", "cancelled", "revoked"]);
}

#[test]
fn three_sign_ins_in_a_row() {
    explore("one phone, three sign-ins", &in_a_row(), &["chain", "again", "lost"]);
}

#[test]
fn a_copy_that_signs_in() {
    explore("a copy", &copied(), &["approved", "chain", "suspended", "noticed"]);
}

#[test]
fn keys_that_are_replaced() {
    explore("a rotation", &rotation(), &["approved", "denied", "late"]);
}

#[test]
fn a_copy_of_one_of_two_phones() {
    let plan = Plan { has_clone: true, ..siblings() };
    explore("a copy of one of two phones", &plan, &["approved", "answered"]);
}

#[test]
fn a_copy_and_a_wrong_number() {
    if std::env::var_os("AUTHENTICATOR_CORE_LONG").is_none() {
        return;
    }
    let plan = Plan { mistypes: true, ..copied() };
    explore("a copy, a wrong number", &plan, &["wrong-match", "noticed"]);
}

#[test]
fn each_rule_that_is_left_out_is_missed() {
    let left_out = [
        (siblings(), Flaw::NumberIgnored, MEANT),
        (astray(), Flaw::StateIgnored, FINAL),
        (siblings(), Flaw::SiblingsIgnored, SINGLE),
        (copied(), Flaw::HeadIgnored, NOTICED),
        (proved_again(), Flaw::ReceiptsForgotten, SPARED),
        (astray(), Flaw::DecisionForgotten, FINAL),
        (copied(), Flaw::AnyHeadTaken, NOTICED),
        (in_a_row(), Flaw::SeveralOutstanding, SPARED),
        (proved_again(), Flaw::SeveralOutstanding, SPARED),
        (copied(), Flaw::SignForgotten, FINAL),
        (copied(), Flaw::CopyNotReported, SETTLED),
        (rotation(), Flaw::OldKeyKept, SETTLED),
    ];
    for (plan, flaw, property) in left_out {
        found(&plan.with(flaw), property);
    }
}
