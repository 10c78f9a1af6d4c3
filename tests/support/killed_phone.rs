//! A phone in a process that may be killed, with a wire of its own to the service's program.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use authenticator_core::approval::{
    ApprovalError, ApprovalEvent, ApprovalPin, ApprovalRequest, CredentialState, Device, Exchange,
    HttpResponse, Outcome, Platform as System, Proof, Reason, RequestId, RequestKind, RequestState,
    RevocationReason,
};
use authenticator_core::vault::{AutoLock, KeyFile, StateFile};
use authenticator_core::{
    ApprovalsError, Authenticator, BootId, Moment, Platform, SecretString, UnixTime,
};
use proptest::prelude::Rng;
use proptest::test_runner::{RngAlgorithm, TestRng};

pub(crate) const ACCOUNT: &str = "ann@example.com";
pub(crate) const PINS: [&str; 2] = ["482913", "739105"];

pub(crate) struct Phone {
    pub(crate) folder: PathBuf,
    pub(crate) origin: String,
    pub(crate) vault: Option<Authenticator>,
}

/// What the clocks of this machine show, the same in both processes.
pub(crate) fn now() -> Moment {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let wall = UnixTime::from_secs(since.as_secs());
    Moment { wall, monotonic: since, boot_id: BootId::from_bytes([1; 16]) }
}

fn pin(text: &str) -> ApprovalPin {
    ApprovalPin::read(&SecretString::new(text.to_owned())).unwrap()
}

impl Phone {
    pub(crate) fn open(folder: PathBuf, origin: String) -> Self {
        let platform = Platform {
            keys: Arc::new(KeyFile::open(folder.join("key")).unwrap()),
            guard: Arc::new(StateFile::new(&folder)),
        };
        let vault = Authenticator::open(&folder.join("vault"), platform).unwrap();
        let _ = vault.unlock_with_platform(now()).unwrap();
        vault.set_auto_lock(AutoLock::NEVER, Duration::from_secs(30), now()).unwrap();
        Self { folder, origin, vault: Some(vault) }
    }

    pub(crate) fn vault(&self) -> &Authenticator {
        self.vault.as_ref().unwrap()
    }

    /// One request for each connection, as the service has it.
    fn http(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, String)],
        body: &[u8],
    ) -> HttpResponse {
        let path = url.strip_prefix(&self.origin).unwrap();
        let host = self.origin.strip_prefix("http://").unwrap();
        let mut stream = TcpStream::connect(host).unwrap();
        let mut head = format!("{method} {path} HTTP/1.1\r\nContent-Length: {}\r\n", body.len());
        headers.iter().for_each(|(name, value)| head.push_str(&format!("{name}: {value}\r\n")));
        stream.write_all(&[head.as_bytes(), b"\r\n", body].concat()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
        let head = String::from_utf8(answer[..end].to_vec()).unwrap();
        let (first, rest) = head.split_once("\r\n").unwrap();
        let headers = rest.lines().filter_map(|line| line.split_once(": "));
        HttpResponse {
            status: first.split(' ').nth(1).unwrap().parse().unwrap(),
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: answer[end + 4..].to_vec(),
        }
    }

    fn page(&self, verb: &str) -> String {
        let url = format!("{}/page/{verb}account=ann%40example.com", self.origin);
        String::from_utf8(self.http("GET", &url, &[], &[]).body).unwrap()
    }

    fn send(&self, exchange: Exchange, events: &mut Vec<ApprovalEvent>) {
        let request = exchange.request();
        let response = self.http(request.method, &request.url, &request.headers, &request.body);
        let received = self.vault().receive(&exchange, &response, now()).unwrap();
        events.extend(received.events);
        received.again.into_iter().for_each(|again| self.send(again, events));
    }

    fn carry(&self) -> Vec<ApprovalEvent> {
        let mut events = Vec::new();
        loop {
            let due = self.vault().exchanges(now()).unwrap();
            if due.is_empty() {
                return events;
            }
            due.into_iter().for_each(|exchange| self.send(exchange, &mut events));
        }
    }

    /// Carries, and asks what is new, until nothing is.
    pub(crate) fn carry_all(&self) -> Vec<ApprovalEvent> {
        let mut events = self.carry();
        for credential in self.vault().credentials(now()).unwrap() {
            if credential.state != CredentialState::Revoked {
                let poll = self.vault().poll(credential.id, now());
                poll.into_iter().for_each(|exchange| self.send(exchange, &mut events));
            }
        }
        events.extend(self.carry());
        events
    }

    /// Types the pairing code of an enrolment that is under way, and approves its test.
    pub(crate) fn finish_enrolment(&self) {
        let credentials = self.vault().credentials(now()).unwrap();
        let enrolling = credentials.iter().find(|it| it.state == CredentialState::Enrolling);
        let Some(code) = enrolling.and_then(|it| it.pairing_code.clone()) else { return };
        // It was typed before, perhaps.
        let _ = self.page(&format!("pair?code={code}&"));
        let _ = self.carry_all();
        self.finish_open_requests();
    }

    /// Approves a test that waits, and denies what else does.
    pub(crate) fn finish_open_requests(&self) {
        for item in self.vault().requests(now()).unwrap() {
            match (item.state, item.kind) {
                (RequestState::Open | RequestState::ProveAgain(_), RequestKind::Test) => {
                    let _ = self.approved(item.id, PINS[0]);
                }
                (RequestState::Open | RequestState::ProveAgain(_), _) => {
                    let denied = self.vault().deny(item.id, Some(Reason::Mistake), now());
                    // Approved before, and not proved: that stays, until it is over.
                    let decided = ApprovalsError::Approval(ApprovalError::Decided);
                    assert!(denied.is_ok() || denied == Err(decided), "{denied:?}");
                }
                _ => {}
            }
        }
        let _ = self.carry();
    }

    pub(crate) fn request(&self, id: RequestId) -> Option<ApprovalRequest> {
        self.vault().requests(now()).unwrap().into_iter().find(|item| item.id == id)
    }

    /// Has the service ask for something that takes the PIN.
    pub(crate) fn asked(&self, kind: &str) -> RequestId {
        let push = self.page(&format!("ask?kind={kind}&uv=pin&"));
        self.vault().take_push(push.lines().next().unwrap(), now()).unwrap()
    }

    /// What the service says of an approve with this PIN.
    pub(crate) fn approved(&self, id: RequestId, with: &str) -> Option<Outcome> {
        let is_open = self.request(id).is_some_and(|item| item.state == RequestState::Open);
        let number = is_open.then(|| self.page("number?"));
        let proof = Proof::Pin(pin(with));
        self.vault().approve(id, number.as_deref(), &proof, now()).unwrap();
        self.carry().into_iter().find_map(|event| match event {
            ApprovalEvent::Receipt(of, outcome) | ApprovalEvent::ProveAgain(of, outcome) => {
                (of == id).then_some(outcome)
            }
            _ => None,
        })
    }

    /// Does what a person does, for ever.
    pub(crate) fn work(&self, seed: u64) -> ! {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_be_bytes());
        let mut dice = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        println!("ready");
        loop {
            let credentials = self.vault().credentials(now()).unwrap();
            let Some(credential) = credentials.first() else {
                self.enrol();
                continue;
            };
            // Which of them counts, nobody remembers.
            let of_two = usize::try_from(dice.next_u64() % 2).unwrap();
            match dice.next_u64() % 8 {
                0..4 => self.approve_with_either(self.asked("sign-in"), of_two),
                4 => {
                    let request = self.asked("sign-in");
                    self.vault().deny(request, None, now()).unwrap();
                }
                5 => {
                    let (old, new) = (pin(PINS[of_two]), pin(PINS[1 - of_two]));
                    self.vault().change_approval_pin(credential.id, &old, &new, now()).unwrap();
                }
                6 => self.approve_with_either(self.asked("rotate"), of_two),
                _ => {
                    let reason = RevocationReason::Removed;
                    self.vault().remove_credential(credential.id, None, reason, now()).unwrap();
                }
            }
            let _ = self.carry_all();
        }
    }

    fn approve_with_either(&self, request: RequestId, first: usize) {
        if self.approved(request, PINS[first]) == Some(Outcome::WrongPin) {
            assert_eq!(self.approved(request, PINS[1 - first]), Some(Outcome::Approved));
        }
    }

    fn enrol(&self) {
        let id = self.vault().begin_enrolment(&self.page("enrol?"), now()).unwrap();
        let _ = self.carry();
        let device = Device { name: "Pixel".to_owned(), platform: System::Other, push: None };
        self.vault().confirm_enrolment(id, &device, Some(&pin(PINS[0])), now()).unwrap();
        let _ = self.carry();
        self.finish_enrolment();
    }
}
