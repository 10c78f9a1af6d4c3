//! An app that ends in the middle of anything, with a request that was never sent or a response
//! that never came: both sides agree afterwards, and the person goes on.

#[path = "support/phone.rs"]
mod phone;
mod support;

use approval_service::{Ask, Policy, Service, State};
use authenticator_core::approval::{
    ApprovalEvent, CredentialState, Outcome, RequestState, RevocationReason,
};
use phone::{OTHER_PIN, PIN, Phone, approval_pin, device, heard, proof, sent};
use serde_json::json;

const ACCOUNT: &str = "ann@example.com";

/// What is lost when the app ends.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Lost {
    Request,
    Response,
}

/// The way to the service, on which one exchange fails, and the app ends with it.
struct Wire {
    service: Service,
    lost: Lost,
    /// Exchanges until then.
    left: usize,
    has_failed: bool,
}

impl Wire {
    /// Carries `exchange` and what follows of it at once; whether the app is still there.
    fn carry(
        &mut self,
        phone: &Phone,
        exchange: authenticator_core::approval::Exchange,
        events: &mut Vec<ApprovalEvent>,
    ) -> bool {
        let mut next = Some(exchange);
        while let Some(exchange) = next {
            let ends = !self.has_failed && self.left == 0;
            self.left = self.left.saturating_sub(1);
            if ends && self.lost == Lost::Request {
                self.has_failed = true;
                return false;
            }
            let response = self.service.handle(&sent(exchange.request()), phone.time());
            if ends {
                self.has_failed = true;
                return false;
            }
            let received = phone.authenticator.receive(&exchange, &heard(response), phone.moment());
            let received = received.unwrap();
            events.extend(received.events);
            next = received.again;
        }
        true
    }

    /// Sends everything that is due, by an app that is started again if it ends.
    fn settle(&mut self, mut phone: Phone) -> (Phone, Vec<ApprovalEvent>) {
        let mut events = Vec::new();
        for _ in 0..32 {
            let due = phone.authenticator.exchanges(phone.moment()).unwrap();
            if due.is_empty() {
                return (phone, events);
            }
            let mut due = due.into_iter();
            if !due.all(|exchange| self.carry(&phone, exchange, &mut events)) {
                phone = phone.restart();
            }
        }
        panic!("there is always something more to send: {events:?}");
    }

    /// Asks what is new, until somebody answers.
    fn poll(&mut self, mut phone: Phone) -> Phone {
        loop {
            let id = phone.authenticator.credentials(phone.moment()).unwrap()[0].id;
            let poll = phone.authenticator.poll(id, phone.moment()).unwrap();
            if self.carry(&phone, poll, &mut Vec::new()) {
                return phone;
            }
            phone = phone.restart();
        }
    }

    /// Asks, and has the phone approve, with this PIN.
    fn approved(&mut self, phone: Phone, ask: Option<&Ask>, pin: &str) -> Phone {
        if let Some(ask) = ask {
            let _ = self.service.ask(ACCOUNT, ask, phone.time());
        }
        let phone = self.poll(phone);
        let requests = phone.authenticator.requests(phone.moment()).unwrap();
        let open = requests.iter().filter(|request| request.state == RequestState::Open);
        let open: Vec<_> = open.map(|request| request.id).collect();
        assert_eq!(open.len(), 1);
        phone.approve(&self.service, ACCOUNT, open[0], &proof(Some(pin)));
        let (phone, events) = self.settle(phone);
        assert!(events.contains(&ApprovalEvent::Receipt(open[0], Outcome::Approved)), "{events:?}");
        assert_eq!(self.service.newest(ACCOUNT).state, "approved");
        phone
    }
}

/// A credential's whole life; whether an exchange failed in it.
fn life(lost: Lost, left: usize) -> bool {
    let phone = Phone::new();
    let service = Service::new(Policy::default(), phone.time());
    let mut wire = Wire { service, lost, left, has_failed: false };

    let link = wire.service.begin_enrolment(ACCOUNT, phone.time());
    let id = phone.authenticator.begin_enrolment(&link, phone.moment()).unwrap();
    let (phone, _) = wire.settle(phone);
    let (old, new) = (approval_pin(PIN), approval_pin(OTHER_PIN));
    phone.authenticator.confirm_enrolment(id, &device(), Some(&old), phone.moment()).unwrap();
    let (phone, _) = wire.settle(phone);
    let code = phone.pairing_code(id);
    wire.service.type_pairing_code(ACCOUNT, &code, phone.time()).unwrap();
    let phone = wire.approved(phone, None, PIN);
    let state = phone.authenticator.credentials(phone.moment()).unwrap()[0].state;
    assert_eq!(
        (state, wire.service.credential(ACCOUNT).1.state),
        (CredentialState::Active, State::Active)
    );

    phone.authenticator.change_approval_pin(id, &old, &new, phone.moment()).unwrap();
    let (phone, events) = wire.settle(phone);
    assert!(events.contains(&ApprovalEvent::PinChange(id, Outcome::PinChanged)), "{events:?}");

    let before = wire.service.credential(ACCOUNT).1.key.thumbprint();
    let context = json!({ "app": "Mail" });
    let rotate = Ask { kind: "rotate", context, ..Ask::with_pin() };
    let phone = wire.approved(phone, Some(&rotate), OTHER_PIN);
    assert_ne!(wire.service.credential(ACCOUNT).1.key.thumbprint(), before);
    let phone = wire.approved(phone, Some(&Ask::with_pin()), OTHER_PIN);

    let now = phone.moment();
    phone.authenticator.remove_credential(id, None, RevocationReason::Removed, now).unwrap();
    let (_, events) = wire.settle(phone);
    assert!(events.contains(&ApprovalEvent::Removal(id, Outcome::Done)), "{events:?}");
    assert!(wire.service.credentials.values().all(|known| known.state == State::Revoked));
    wire.has_failed
}

/// The exchange that fails is a later one each time, until none does.
fn every_exchange(lost: Lost) {
    let failed = (0..).take_while(|left| life(lost, *left)).count();
    assert!(failed >= 12, "{failed}");
}

#[test]
fn a_request_that_was_never_sent_is_sent_by_the_app_that_is_started_again() {
    every_exchange(Lost::Request);
}

#[test]
fn a_response_that_never_came_is_asked_for_by_the_app_that_is_started_again() {
    every_exchange(Lost::Response);
}
