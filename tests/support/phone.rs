//! A phone with the library in it, and a wire to the service.
#![allow(dead_code, reason = "each test uses a part of it")]

use authenticator_core::approval::{
    ApprovalEvent, ApprovalPin, ApprovalRequest, CredentialId, Device, Exchange, HttpRequest,
    HttpResponse, Platform, Proof, RequestId,
};
use authenticator_core::{Authenticator, Moment, SecretString};

use super::support::{Folder, moment};
use approval_service::{Ask, Policy, Request, Response, Service};

pub(crate) const PIN: &str = "482913";
/// A right PIN of nobody.
pub(crate) const OTHER_PIN: &str = "739105";

pub(crate) const ACCOUNT: &str = "ann@example.com";

/// A service, and a phone that is enrolled there.
pub(crate) fn enrolled(pin: Option<&str>) -> (Service, Phone, CredentialId) {
    enrolled_by(Policy::default(), pin)
}

pub(crate) fn enrolled_by(policy: Policy, pin: Option<&str>) -> (Service, Phone, CredentialId) {
    let phone = Phone::new();
    let mut service = Service::new(policy, phone.time());
    let id = phone.enrol(&mut service, ACCOUNT, pin);
    (service, phone, id)
}

pub(crate) fn another(number: &str) -> String {
    let width = number.len();
    let value: u32 = number.parse().unwrap();
    format!("{:0width$}", (value + 1) % 10_u32.pow(u32::try_from(width).unwrap()))
}

pub(crate) struct Phone {
    pub(crate) folder: Folder,
    pub(crate) authenticator: Authenticator,
    /// Seconds since the phone was started.
    pub(crate) now: u64,
}

pub(crate) fn approval_pin(text: &str) -> ApprovalPin {
    ApprovalPin::read(&SecretString::new(text.to_owned())).unwrap()
}

pub(crate) fn proof(pin: Option<&str>) -> Proof {
    pin.map_or(Proof::Presence, |pin| Proof::Pin(approval_pin(pin)))
}

pub(crate) fn device() -> Device {
    Device { name: "Pixel".to_owned(), platform: Platform::Other, push: None }
}

pub(crate) fn sent(request: &HttpRequest) -> Request {
    let headers = request.headers.iter();
    Request {
        method: request.method.to_owned(),
        url: request.url.clone(),
        headers: headers.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        body: request.body.clone(),
    }
}

pub(crate) fn heard(response: Response) -> HttpResponse {
    let Response { status, headers, body } = response;
    HttpResponse { status, headers, body }
}

impl Phone {
    pub(crate) fn new() -> Self {
        let folder = Folder::new();
        let authenticator = folder.create();
        authenticator
            .set_auto_lock(
                authenticator_core::vault::AutoLock::NEVER,
                std::time::Duration::from_secs(30),
                moment(0),
            )
            .unwrap();
        Self { folder, authenticator, now: 0 }
    }

    pub(crate) fn moment(&self) -> Moment {
        moment(self.now)
    }

    /// What the clock of both sides shows.
    pub(crate) fn time(&self) -> u64 {
        self.moment().wall.as_secs()
    }

    pub(crate) fn wait(&mut self, seconds: u64) {
        self.now += seconds;
    }

    /// The app ends and begins anew: what is not in the vault is gone.
    pub(crate) fn restart(self) -> Self {
        let Self { folder, authenticator, now } = self;
        drop(authenticator);
        let authenticator = folder.open();
        let _ = authenticator.unlock_with_platform(moment(now)).unwrap();
        Self { folder, authenticator, now }
    }

    /// Sends one exchange, and what follows of it at once.
    pub(crate) fn carry(&self, service: &mut Service, exchange: Exchange) -> Vec<ApprovalEvent> {
        let mut next = Some(exchange);
        let mut events = Vec::new();
        while let Some(exchange) = next {
            let response = heard(service.handle(&sent(exchange.request()), self.time()));
            let received = self.authenticator.receive(&exchange, &response, self.moment()).unwrap();
            events.extend(received.events);
            next = received.again;
        }
        events
    }

    /// Sends everything that is due, until there is nothing.
    pub(crate) fn settle(&self, service: &mut Service) -> Vec<ApprovalEvent> {
        let mut events = Vec::new();
        for _ in 0..16 {
            let due = self.authenticator.exchanges(self.moment()).unwrap();
            if due.is_empty() {
                return events;
            }
            for exchange in due {
                events.extend(self.carry(service, exchange));
            }
        }
        panic!("there is always something more to send: {events:?}");
    }

    pub(crate) fn poll(&self, service: &mut Service, id: CredentialId) -> Vec<ApprovalEvent> {
        let exchange = self.authenticator.poll(id, self.moment()).unwrap();
        let mut events = self.carry(service, exchange);
        events.extend(self.settle(service));
        events
    }

    /// Enrols for `account`, with a PIN if there is one, through to the approved test.
    pub(crate) fn enrol(
        &self,
        service: &mut Service,
        account: &str,
        pin: Option<&str>,
    ) -> CredentialId {
        let id = self.pair(service, account, pin);
        let events = self.poll(service, id);
        let [ApprovalEvent::Requested(test)] = events[..] else { panic!("{events:?}") };
        let number = self.number(service, account);
        self.authenticator.approve(test, number.as_deref(), &proof(pin), self.moment()).unwrap();
        let events = self.settle(service);
        assert!(events.contains(&ApprovalEvent::Activated(id)), "{events:?}");
        id
    }

    /// Enrols up to the right pairing code.
    pub(crate) fn pair(
        &self,
        service: &mut Service,
        account: &str,
        pin: Option<&str>,
    ) -> CredentialId {
        let link = service.begin_enrolment(account, self.time());
        let id = self.authenticator.begin_enrolment(&link, self.moment()).unwrap();
        let events = self.settle(service);
        assert_eq!(events, [ApprovalEvent::EnrolmentToConfirm(id)]);
        let pin = pin.map(approval_pin);
        self.authenticator.confirm_enrolment(id, &device(), pin.as_ref(), self.moment()).unwrap();
        let events = self.settle(service);
        assert_eq!(events, [ApprovalEvent::PairingCode(id)]);
        let code = self.pairing_code(id);
        service.type_pairing_code(account, &code, self.time()).unwrap();
        id
    }

    pub(crate) fn pairing_code(&self, id: CredentialId) -> String {
        let items = self.authenticator.credentials(self.moment()).unwrap();
        let item = items.into_iter().find(|item| item.id == id).unwrap();
        item.pairing_code.unwrap()
    }

    /// The number of the newest challenge of `account`.
    pub(crate) fn number(&self, service: &Service, account: &str) -> Option<String> {
        service.newest_number(account)
    }

    /// Asks the phone's account, and brings it the push.
    pub(crate) fn asked(&self, service: &mut Service, account: &str, ask: &Ask) -> RequestId {
        let pushed = service.ask(account, ask, self.time());
        self.first_of(&pushed)
    }

    /// The one of several pushes that is for this phone.
    pub(crate) fn first_of(&self, pushed: &[String]) -> RequestId {
        let mut taken = pushed.iter().map(|push| self.authenticator.take_push(push, self.moment()));
        taken.find_map(Result::ok).unwrap()
    }

    pub(crate) fn approve(&self, service: &Service, account: &str, id: RequestId, proof: &Proof) {
        let number = service.newest_number(account);
        self.authenticator.approve(id, number.as_deref(), proof, self.moment()).unwrap();
    }

    pub(crate) fn request(&self, id: RequestId) -> ApprovalRequest {
        let requests = self.authenticator.requests(self.moment()).unwrap();
        requests.into_iter().find(|request| request.id == id).unwrap()
    }

    /// Another phone with the same vault and the same keys.
    pub(crate) fn copied(&self) -> Self {
        let folder = Folder::new();
        for entry in std::fs::read_dir(self.folder.path("")).unwrap() {
            let from = entry.unwrap().path();
            std::fs::copy(&from, folder.path(from.file_name().unwrap().to_str().unwrap())).unwrap();
        }
        let authenticator = folder.open();
        let _ = authenticator.unlock_with_platform(moment(self.now)).unwrap();
        Self { folder, authenticator, now: self.now }
    }

    /// Enrols up to the pairing code.
    pub(crate) fn keyed(&self, service: &mut Service, link: &str) -> CredentialId {
        let id = self.authenticator.begin_enrolment(link, self.moment()).unwrap();
        let _ = self.settle(service);
        self.authenticator.confirm_enrolment(id, &device(), None, self.moment()).unwrap();
        let _ = self.settle(service);
        id
    }
}
