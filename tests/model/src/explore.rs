//! The worlds for the model checker.

use std::collections::BTreeSet;
use std::time::Instant;

use stateright::{Checker, Expectation, HasDiscoveries, Model, Path, Property};

use crate::world::{Action, Outcome, Plan, Say, World};

pub(crate) const MEANT: &str = "what is approved was approved with its number";
pub(crate) const SINGLE: &str = "a sign-in is approved once at most";
pub(crate) const FINAL: &str = "what is final stays";
pub(crate) const SPARED: &str = "nobody is suspended whose keys nobody copied";
pub(crate) const NOTICED: &str = "behind the copy's approve, no other of the phone counts";
pub(crate) const SETTLED: &str = "whoever waits gets on";

impl Model for Plan {
    type State = World;
    type Action = Action;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, actions: &mut Vec<Action>) {
        world.actions(self, actions);
    }

    fn next_state(&self, world: &World, action: Action) -> Option<World> {
        Some(world.after(self, action)).filter(|next| next != world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let mut properties = vec![
            Property::always(MEANT, |plan, world: &World| world.is_meant(plan)),
            Property::always(SINGLE, |plan, world: &World| world.is_single(plan)),
            Property::always(FINAL, |_, world: &World| world.broken.is_none()),
            Property::always(SPARED, |_, world: &World| world.is_spared()),
            Property::always(NOTICED, |_, world: &World| world.is_noticed()),
            Property::always(SETTLED, |plan, world: &World| {
                world
                    .settled(plan)
                    .is_some_and(|settled| settled.broken.is_none() && settled.agrees(plan))
            }),
        ];
        properties.extend(REACHED.map(|(name, is_so)| Property::sometimes(name, is_so)));
        properties
    }
}

type IsSo = fn(&Plan, &World) -> bool;

/// What has to come about, lest all that holds holds of nothing.
const REACHED: [(&str, IsSo); 15] = [
    ("approved", |_, world| world.has_heard(Outcome::Approved)),
    ("denied", |_, world| world.has_heard(Outcome::Denied)),
    ("reported", |_, world| world.has_heard(Outcome::Reported)),
    ("late", |_, world| world.has_heard(Outcome::Late)),
    ("wrong-match", |_, world| world.has_heard(Outcome::WrongMatch)),
    ("wrong-pin", |_, world| world.has_heard(Outcome::WrongPin)),
    ("chain", |_, world| world.has_heard(Outcome::Chain)),
    ("suspended", |_, world| world.has_heard(Outcome::Suspended)),
    ("revoked", |_, world| world.has_heard(Outcome::Revoked)),
    ("answered", |_, world| world.has_heard(Outcome::Answered)),
    ("cancelled", |_, world| world.has_heard(Outcome::Cancelled)),
    ("expired", |_, world| world.has_heard(Outcome::Expired)),
    ("lost", |_, world| {
        world.answers.iter().any(|answer| answer.receipt.is_some() && !answer.is_answered)
    }),
    ("again", |plan, world| {
        (0..plan.sign_ins()).any(|it| world.approvals(it).any(|answer| answer.id.attempt > 0))
    }),
    ("noticed", |_, world| {
        let told = |outcome| outcome == Outcome::Reported;
        world.answers.iter().any(|answer| {
            answer.say == Say::ReportClone && answer.receipt.is_some_and(|it| told(it.outcome))
        })
    }),
];

/// Explores everything, and says how much that was: all of it holds, and `reached` comes about.
pub(crate) fn explore(name: &str, plan: &Plan, reached: &[&str]) {
    let begun = Instant::now();
    let checker = plan.clone().checker().spawn_bfs().join();
    let (states, depth) = (checker.unique_state_count(), checker.max_depth());
    let seconds = begun.elapsed().as_secs_f32();
    eprintln!("{name}: {states} states, at most {depth} steps away, {seconds:.1} s");
    let discoveries = checker.discoveries();
    for property in plan.properties() {
        match (property.expectation, discoveries.get(property.name)) {
            (Expectation::Always, Some(path)) => panic!("{}", told(property.name, path)),
            (Expectation::Sometimes, None) => {
                assert!(!reached.contains(&property.name), "never: {}", property.name);
            }
            _ => {}
        }
    }
}

/// A way to where `property` does not hold, because of what is left out.
pub(crate) fn found(plan: &Plan, property: &'static str) {
    let first = HasDiscoveries::AnyOf(BTreeSet::from([property]));
    let checker = plan.clone().checker().finish_when(first).spawn_bfs().join();
    let path = checker.discovery(property);
    let path = path.unwrap_or_else(|| panic!("{:?} is not noticed: {property}", plan.flaw));
    eprintln!("{:?}: {}", plan.flaw, told(property, &path));
}

fn told(property: &str, path: &Path<World, Action>) -> String {
    let actions = path.clone().into_actions();
    let lines: Vec<_> = actions.iter().map(|action| format!("    {action:?}")).collect();
    format!("not so: {property}\n{}", lines.join("\n"))
}
