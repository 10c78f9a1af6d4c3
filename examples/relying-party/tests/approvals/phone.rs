//! A phone with the library in it.

use std::sync::Arc;
use std::time::Duration;

use authenticator_core::approval::{
    ApprovalEvent, ApprovalPin, CredentialId, Device, Exchange, HttpResponse, Platform, Proof,
    RequestId,
};
use authenticator_core::vault::{AutoLock, KeyFile, StateFile};
use authenticator_core::{Authenticator, BootId, Moment, SecretString, UnixTime};
use relying_party::approval::{ChallengeState, Paired, Request};
use tempfile::TempDir;

use crate::site::{ORIGIN, SESSION, Site};

/// When every test begins.
pub(crate) const NOW: u64 = 1_741_011_292;

pub(crate) struct Phone {
    _folder: TempDir,
    pub(crate) authenticator: Authenticator,
    /// Seconds since the test began.
    pub(crate) now: u64,
}

pub(crate) fn pin(text: &str) -> ApprovalPin {
    ApprovalPin::read(&SecretString::new(text.to_owned())).unwrap()
}

pub(crate) fn proof(text: Option<&str>) -> Proof {
    text.map_or(Proof::Presence, |text| Proof::Pin(pin(text)))
}

/// A number that is not the right one.
pub(crate) fn another(number: &str) -> String {
    format!("{:02}", (number.parse::<u32>().unwrap() + 1) % 100)
}

impl Phone {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let platform = authenticator_core::Platform {
            keys: Arc::new(KeyFile::create(folder.path().join("key")).unwrap()),
            guard: Arc::new(StateFile::new(folder.path())),
        };
        let mut it = Self {
            authenticator: Authenticator::create(&folder.path().join("vault"), platform, moment(0))
                .unwrap(),
            _folder: folder,
            now: 0,
        };
        let after = Duration::from_secs(30);
        it.authenticator.set_auto_lock(AutoLock::NEVER, after, it.moment()).unwrap();
        it.wait(0);
        it
    }

    pub(crate) fn moment(&self) -> Moment {
        moment(self.now)
    }

    pub(crate) fn time(&self) -> u64 {
        NOW + self.now
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now += seconds;
    }

    pub(crate) fn carry(&self, site: &Site, exchange: Exchange) -> Vec<ApprovalEvent> {
        let mut next = Some(exchange);
        let mut events = Vec::new();
        while let Some(exchange) = next {
            let asked = exchange.request();
            let proofs = asked.headers.iter().filter(|(name, _)| *name == "DPoP");
            let answered = site.handle(
                &Request {
                    method: asked.method,
                    path: asked.url.strip_prefix(ORIGIN).unwrap(),
                    proofs: proofs.map(|(_, value)| value.as_str()).collect(),
                    body: &asked.body,
                },
                self.time(),
            );
            let nonce = answered.nonce.map(|nonce| ("DPoP-Nonce".to_owned(), nonce));
            let response = HttpResponse {
                status: answered.status,
                headers: nonce.into_iter().collect(),
                body: answered.body.into_bytes(),
            };
            let received = self.authenticator.receive(&exchange, &response, self.moment()).unwrap();
            events.extend(received.events);
            next = received.again;
        }
        events
    }

    /// Sends everything that is due, until there is nothing.
    pub(crate) fn settle(&self, site: &Site) -> Vec<ApprovalEvent> {
        let mut events = Vec::new();
        for _ in 0..16 {
            let due = self.authenticator.exchanges(self.moment()).unwrap();
            if due.is_empty() {
                return events;
            }
            due.into_iter().for_each(|exchange| events.extend(self.carry(site, exchange)));
        }
        panic!("there is always something more to send: {events:?}");
    }

    pub(crate) fn poll(&self, site: &Site, id: CredentialId) -> Vec<ApprovalEvent> {
        let mut events = self.carry(site, self.authenticator.poll(id, self.moment()).unwrap());
        events.extend(self.settle(site));
        events
    }

    /// Enrols up to the pairing code, which is not typed yet.
    pub(crate) fn keyed(
        &self,
        site: &Site,
        link: &str,
        with: Option<&str>,
    ) -> (CredentialId, String) {
        let id = self.authenticator.begin_enrolment(link, self.moment()).unwrap();
        assert_eq!(self.settle(site), [ApprovalEvent::EnrolmentToConfirm(id)]);
        let code = self.confirm(site, id, with);
        (id, code)
    }

    /// Confirms an enrolment, and gives the pairing code.
    pub(crate) fn confirm(&self, site: &Site, id: CredentialId, with: Option<&str>) -> String {
        let device = Device { name: "Pixel".to_owned(), platform: Platform::Other, push: None };
        let with = with.map(pin);
        self.authenticator.confirm_enrolment(id, &device, with.as_ref(), self.moment()).unwrap();
        assert_eq!(self.settle(site), [ApprovalEvent::PairingCode(id)]);
        let known = self.authenticator.credentials(self.moment()).unwrap();
        known.into_iter().find(|known| known.id == id).unwrap().pairing_code.unwrap()
    }

    /// Enrols up to the approved test.
    pub(crate) fn enrol(&self, site: &Site, with: Option<&str>) -> CredentialId {
        let (id, begun) = self.pair(site, with);
        let shown = site.end_of_enrolment(&begun, self.time()).unwrap();
        assert_eq!((&*shown.kind, shown.state), ("test", ChallengeState::Open));
        self.pass_test(site, id, &shown.number, with);
        id
    }

    /// Enrols up to the right pairing code, and gives what the page knows the enrolment by.
    pub(crate) fn pair(&self, site: &Site, with: Option<&str>) -> (CredentialId, String) {
        let begin = site.with(|it, tx| it.begin_enrolment(tx, "a", SESSION, self.time()));
        let begun = begin.unwrap();
        let (id, code) = self.keyed(site, &begun.link, with);
        let paired = site.with(|it, tx| it.pair(tx, (&begun.id, SESSION), &code, self.time()));
        assert_eq!(paired.unwrap(), Paired::Right);
        (id, begun.id)
    }

    pub(crate) fn pass_test(
        &self,
        site: &Site,
        id: CredentialId,
        number: &str,
        with: Option<&str>,
    ) {
        let events = self.poll(site, id);
        let [ApprovalEvent::Requested(test)] = events[..] else { panic!("{events:?}") };
        self.authenticator.approve(test, Some(number), &proof(with), self.moment()).unwrap();
        let events = self.settle(site);
        assert!(events.contains(&ApprovalEvent::Activated(id)), "{events:?}");
    }

    /// Takes the push of a sign-in that was asked, and gives it with its number.
    pub(crate) fn asked(&self, site: &Site) -> (RequestId, String, String) {
        let asked = site.ask("sign-in", self.time()).unwrap();
        let pushes = asked.pushes.iter();
        let mut taken = pushes.map(|(_, push)| self.authenticator.take_push(push, self.moment()));
        let request = taken.find_map(Result::ok).unwrap();
        let seen = site.seen(&asked.txn, self.time());
        assert_eq!(seen.state, ChallengeState::Open);
        (request, asked.txn, seen.number)
    }
}

fn moment(seconds: u64) -> Moment {
    Moment {
        wall: UnixTime::from_secs(NOW + seconds),
        monotonic: Duration::from_secs(1_000 + seconds),
        boot_id: BootId::from_bytes([1; 16]),
    }
}
