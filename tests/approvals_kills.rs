//! A phone whose process is killed at any moment of an enrolment, an approval, a change of the
//! PIN, a rotation or a removal, at a service that goes on: both sides agree afterwards, and the
//! person can go on.
#![cfg(unix)]

#[path = "support/killed_phone.rs"]
mod killed_phone;
mod support;

use std::env;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use approval_service::{Policy, Site, State};
use authenticator_core::approval::{ApprovalEvent, CredentialState, Outcome, RequestState};
use killed_phone::{ACCOUNT, PINS, Phone};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

const NAME: &str = "a_phone_that_is_killed_at_any_moment_and_its_service_agree_afterwards";
/// What the second process is told.
const TOLD: &str = "AUTHENTICATOR_CORE_TEST_APPROVALS_KILLS";

fn spawn(phone: &Phone, seed: u64) -> Child {
    let told = format!("{seed} {} {}", phone.origin, phone.folder.display());
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", NAME, "--nocapture", "--test-threads=1"]).env(TOLD, told);
    command.stdout(Stdio::piped()).spawn().unwrap()
}

#[test]
fn a_phone_that_is_killed_at_any_moment_and_its_service_agree_afterwards() {
    if let Ok(told) = env::var(TOLD) {
        let mut words = told.splitn(3, ' ');
        let mut word = || words.next().unwrap();
        let seed = word().parse().unwrap();
        let (origin, folder) = (word().to_owned(), word().into());
        Phone::open(folder, origin).work(seed);
    }
    let rounds = if env::var_os("AUTHENTICATOR_CORE_LONG").is_some() { 1_000 } else { 40 };
    let mut dice = TestRng::from_seed(RngAlgorithm::ChaCha, &[17; 32]);
    let folder = support::Folder::new();
    drop(folder.create());
    let site = Site::new(Policy::default());
    let at = folder.path("");
    for round in 0..rounds {
        let phone = Phone { folder: at.clone(), origin: site.origin.clone(), vault: None };
        let mut child = spawn(&phone, dice.next_u64());
        let mut said = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.contains("ready") {
            line.clear();
            assert_ne!(said.read_line(&mut line).unwrap(), 0, "it ended before it began");
        }
        thread::sleep(Duration::from_millis(dice.next_u64() % 1_200));
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(9), "round {round}: it ended by itself");
        look(&Phone::open(at.clone(), site.origin.clone()), &site, round);
    }
}

/// Both sides come to agree, whatever was under way, and a sign-in is approved.
fn look(phone: &Phone, site: &Site, round: usize) {
    phone.carry_all();
    for enrolment in phone.vault().enrolments(killed_phone::now()).unwrap() {
        // The person was asked, and does not go on.
        phone.vault().cancel_enrolment(enrolment.id, killed_phone::now()).unwrap();
    }
    phone.finish_enrolment();
    phone.carry_all();
    let credentials = phone.vault().credentials(killed_phone::now()).unwrap();
    let active = site.with(|service| {
        let of_it = service.credentials.values().filter(|known| known.account == ACCOUNT);
        of_it.filter(|known| known.state == State::Active).count()
    });
    assert_eq!(active, credentials.len(), "round {round}: {credentials:?}");
    for credential in credentials {
        assert_eq!(credential.state, CredentialState::Active, "round {round}");
        assert_eq!(credential.pending_calls, 0, "round {round}: a call has no receipt");
        phone.finish_open_requests();
        let request = phone.asked("sign-in");
        // Nobody knows whether the change of the PIN was made: one of them is right.
        let outcomes = PINS.map(|pin| {
            let open = phone.request(request).is_some_and(|item| {
                matches!(item.state, RequestState::Open | RequestState::ProveAgain(_))
            });
            open.then(|| phone.approved(request, pin)).flatten()
        });
        assert!(outcomes.contains(&Some(Outcome::Approved)), "round {round}: {outcomes:?}");
        let said = phone.carry_all();
        let failed = said.iter().any(|event| matches!(event, ApprovalEvent::Failed(..)));
        assert!(!failed, "round {round}: {said:?}");
    }
}
