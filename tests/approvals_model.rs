//! The state machines that `tests/model/` explores, held against the library and the service for
//! tests: both take the same steps, and agree on everything after each.

#[path = "model/src/world/mod.rs"]
mod model;
#[path = "support/phone.rs"]
mod phone;
#[path = "support/replay.rs"]
mod replay;
mod support;

use std::collections::HashSet;

use model::{Action, AnswerId, CLONE, Outcome, PhoneState, Plan, Say, World};
use replay::{Real, Start};

/// Steps of one walk, at most: each takes a second, and challenges live for two minutes.
const STEPS: usize = 40;

/// Takes walks through the model that go where none before has been, if there is such a way.
fn walk(name: &str, plan: &Plan, walks: usize) {
    let walks = match std::env::var_os("AUTHENTICATOR_CORE_LONG") {
        Some(_) => 20 * walks,
        None => walks,
    };
    let start = Start::new(plan);
    let mut seen = HashSet::new();
    let (mut steps, mut turn) = (0, 0);
    for _ in 0..walks {
        let mut world = World::new(plan);
        let mut real = Real::new(&start, plan);
        let mut taken = Vec::new();
        for _ in 0..STEPS {
            let Some((action, next)) = step(plan, &world, &seen, &mut turn) else { break };
            taken.push(action);
            real.act(&world, action);
            real.check(&next, &taken);
            seen.insert(next.clone());
            world = next;
        }
        steps += taken.len();
    }
    eprintln!("{name}: {steps} steps to {} states", seen.len());
    assert!(seen.len() > walks, "{} of {walks}", seen.len());
}

/// Takes these steps, to where few walks come.
fn follow(plan: &Plan, steps: &[Action]) -> World {
    let start = Start::new(plan);
    let mut real = Real::new(&start, plan);
    let mut world = World::new(plan);
    for (place, action) in steps.iter().enumerate() {
        let (_, next) = ways(plan, &world)
            .into_iter()
            .find(|(way, _)| way == action)
            .unwrap_or_else(|| panic!("{action:?} cannot happen"));
        real.act(&world, *action);
        real.check(&next, &steps[..=place]);
        world = next;
    }
    world
}

/// Somebody signs an answer, sends it, and hears what became of it.
fn answered(phone: usize, sign_in: usize, say: Say) -> [Action; 4] {
    let id = u8::try_from(phone).unwrap();
    let answer = AnswerId { phone: id, sign_in: u8::try_from(sign_in).unwrap(), attempt: 0 };
    [
        Action::Decide { phone, sign_in, say, is_proved: true },
        Action::Send { phone, sign_in },
        Action::Arrive { answer, is_response_lost: false },
        Action::Hear { phone, answer },
    ]
}

/// What can happen next, and is something else than what is.
fn ways(plan: &Plan, world: &World) -> Vec<(Action, World)> {
    let mut actions = Vec::new();
    world.actions(plan, &mut actions);
    // The library signs on its own head alone.
    actions.retain(|action| !matches!(action, Action::Forge { .. }));
    let followed = actions.into_iter().map(|action| (action, world.after(plan, action)));
    followed.filter(|(_, next)| next != world).collect()
}

/// The next step: one to where nobody was, and otherwise each in its turn.
fn step(
    plan: &Plan,
    world: &World,
    seen: &HashSet<World>,
    turn: &mut usize,
) -> Option<(Action, World)> {
    let mut ways = ways(plan, world);
    if ways.is_empty() {
        return None;
    }
    *turn += 1;
    let first = *turn % ways.len();
    ways.rotate_left(first);
    let place = ways.iter().position(|(_, next)| !seen.contains(next)).unwrap_or(0);
    Some(ways.swap_remove(place))
}

fn least() -> Plan {
    Plan { phones: 1, own: 1, ..Plan::default() }
}

#[test]
fn one_phone_does_what_the_model_does() {
    walk("one phone", &Plan { own: 2, foreign: 1, mistypes: true, ends: true, ..least() }, 150);
}

#[test]
fn two_phones_do_what_the_model_does() {
    walk("two phones", &Plan { phones: 2, foreign: 1, mistypes: true, ends: true, ..least() }, 150);
}

#[test]
fn a_copied_phone_does_what_the_model_does() {
    let plan = Plan { foreign: 2, has_clone: true, ..least() };
    walk("a copy", &plan, 150);
}

#[test]
fn a_copy_is_noticed_as_the_model_has_it() {
    let plan = &Plan { own: 1, foreign: 2, has_clone: true, ..least() };
    let approve = Say::Approve { is_right: true };
    let begun = [Action::Poll { phone: 0 }, Action::Copy];
    let copy_s = |sign_in| answered(CLONE, sign_in, approve);

    // By the receipt of a deny.
    let denied = [&begun[..], &copy_s(1), &answered(0, 0, Say::Deny)].concat();
    assert_eq!(follow(plan, &denied).phone(0).state, PhoneState::Noticed);

    // By the chain: the service is told, and suspends.
    let met = [&begun[..], &copy_s(1), &answered(0, 0, approve)].concat();
    let report = AnswerId { phone: 0, sign_in: 0, attempt: 1 };
    let told = [
        Action::Send { phone: 0, sign_in: 0 },
        Action::Arrive { answer: report, is_response_lost: false },
        Action::Hear { phone: 0, answer: report },
        Action::Poll { phone: CLONE },
    ];
    let world = follow(plan, &[&met[..], &told].concat());
    assert!(world.has_met() && world.has_heard(Outcome::Reported));
    assert_eq!(world.phone(CLONE).state, PhoneState::Suspended);

    // By the service, which takes none that goes on from further back than one.
    let behind = [&begun[..], &copy_s(1), &copy_s(2), &answered(0, 0, approve)].concat();
    assert!(follow(plan, &behind).has_heard(Outcome::Suspended));
}

#[test]
fn a_phone_whose_keys_are_replaced_does_what_the_model_does() {
    let plan = Plan { own: 2, foreign: 1, rotates: true, ..least() };
    walk("a rotation", &plan, 150);
}
