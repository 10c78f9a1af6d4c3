//! What holds of every enrolment.

use std::collections::BTreeSet;
use std::time::Instant;

use stateright::{Checker, Expectation, HasDiscoveries, Model, Property};

use super::{Action, Flaw, PERSON, Phone, Plan, Stage, TRIES, World};

const OWN: &str = "only the phone whose code was typed becomes active";
const ALONE: &str = "a code that two keys used enrols neither";
const FINAL: &str = "active and void stay";
const SPARED: &str = "an enrolment that nobody disturbs is not void";
const SETTLED: &str = "whoever waits gets on";

impl World {
    /// What becomes of it when nothing is lost any more.
    fn settled(&self, plan: Plan) -> Self {
        let mut world = self.clone();
        loop {
            let before = world.clone();
            for phone in 0..2 {
                for message in world.due(phone) {
                    world.network.insert(message);
                    let response = world.deliver(plan, message);
                    world.network.extend(response);
                    let heard = response.and_then(|response| world.deliver(plan, response));
                    assert_eq!(heard, None, "phones answer nothing");
                }
                if let Phone::Coded { .. } = world.phones[usize::from(phone)] {
                    world = world.after(plan, Action::Poll(phone));
                }
            }
            if world == before {
                return world;
            }
        }
    }

    /// Whether each phone is where the service sees it, or waits for the person.
    fn agrees(&self) -> bool {
        (0..2).zip(self.phones).all(|(number, phone)| {
            let is_its = self.device.is_some_and(|(known, _)| known == number);
            match phone {
                Phone::Begun | Phone::Gone => true,
                Phone::Keyed { .. } => false,
                Phone::Coded { .. } => {
                    is_its && matches!(self.stage, Stage::Revealed | Stage::Paired)
                }
                Phone::Active => is_its && self.stage == Stage::Active,
            }
        })
    }
}

impl Model for Plan {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new()]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        world.actions(*self, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        Some(world.after(*self, action)).filter(|next| next != world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always(OWN, |_, world: &World| {
                let is_persons = world.device.is_some_and(|(phone, _)| phone == PERSON);
                world.stage != Stage::Active || is_persons
            }),
            Property::always(ALONE, |_, world: &World| {
                world.stage != Stage::Active || !world.has_second
            }),
            Property::always(FINAL, |_, world: &World| !world.broken),
            Property::always(SPARED, |plan: &Self, world: &World| {
                let is_disturbed = world.is_ended
                    || world.tries == TRIES
                    || (plan.has_photographer && world.has_second);
                world.stage != Stage::Void || is_disturbed
            }),
            Property::always(SETTLED, |plan: &Self, world: &World| world.settled(*plan).agrees()),
            Property::sometimes("active on both sides", |_, world: &World| {
                world.stage == Stage::Active && world.phones[0] == Phone::Active
            }),
            Property::sometimes("void for both", |_, world: &World| {
                world.has_second && world.phones == [Phone::Gone; 2]
            }),
            Property::sometimes("void after three codes", |_, world: &World| {
                world.tries == TRIES && world.stage == Stage::Void
            }),
            Property::sometimes("active at the second test", |_, world: &World| {
                world.stage == Stage::Active && world.test.is_some_and(|(number, _)| number == 1)
            }),
            // Its keys are deleted: somebody has to remove the credential on the page.
            Property::sometimes("active, and given up on the phone", |_, world: &World| {
                world.stage == Stage::Active && world.phones[0] == Phone::Gone
            }),
        ]
    }
}

#[test]
fn every_enrolment_ends_well_or_void() {
    let plan = Plan { has_photographer: true, flaw: None };
    let begun = Instant::now();
    let checker = plan.checker().spawn_bfs().join();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    let seconds = begun.elapsed().as_secs_f32();
    eprintln!("enrolment: {states} states, at most {depth} steps away, {seconds:.1} s");
    for property in plan.properties() {
        let found = checker.discovery(property.name).map(stateright::Path::into_actions);
        let is_expected = property.expectation == Expectation::Sometimes;
        assert_eq!(found.is_some(), is_expected, "{}: {found:#?}", property.name);
    }
}

#[test]
fn each_rule_that_is_left_out_is_missed() {
    let left_out = [
        (true, Flaw::SecondTaken, ALONE),
        (true, Flaw::SecondIgnored, ALONE),
        (true, Flaw::CodeIgnored, OWN),
        (false, Flaw::KeysForgotten, SPARED),
        (false, Flaw::OfferForgotten, SETTLED),
    ];
    for (has_photographer, flaw, property) in left_out {
        let first = HasDiscoveries::AnyOf(BTreeSet::from([property]));
        let plan = Plan { has_photographer, flaw: Some(flaw) };
        let checker = plan.checker().finish_when(first).spawn_bfs().join();
        assert!(checker.discovery(property).is_some(), "{flaw:?} is not noticed: {property}");
    }
}
