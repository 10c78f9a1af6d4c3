//! The calls about approvals, with a service that answers.

use std::sync::Arc;

use approval_service::{Ask, Request, Response};
use authenticator_core_ffi::{
    AuthenticatorHandle, DecisionReason, DeviceDescription, DevicePlatform, HttpHeader,
    HttpRequest, HttpResponse, PreviewKey, PushKind, PushTarget, RevocationReason,
    check_new_approval_pin, parse_enrolment_link,
};

use super::{ACCOUNT, App, Call, START, text};

impl App {
    /// The credentials and enrolments that there are, and one that there is not.
    fn credential(&self, call: &Call, vault: &AuthenticatorHandle) -> String {
        let credentials = vault.credentials(self.moment()).unwrap_or_default();
        let enrolments = vault.enrolments(self.moment()).unwrap_or_default();
        let ids = credentials.into_iter().map(|it| it.id);
        let ids: Vec<_> = ids.chain(enrolments.into_iter().map(|it| it.id)).collect();
        one_of(&ids, call).unwrap_or_else(|| text(&call.bytes))
    }

    pub(super) fn make_approval(&mut self, call: &Call, vault: &AuthenticatorHandle) {
        let now = self.moment();
        let time = self.time();
        let (bytes, flag) = (&call.bytes[..], call.flag);
        let id = self.credential(call, vault);
        let requests = vault.requests(now.clone()).unwrap_or_default().into_iter();
        let requests: Vec<_> = requests.map(|it| it.id).collect();
        let request = one_of(&requests, call).unwrap_or_else(|| text(bytes));
        let number = if flag { Some(text(bytes)) } else { self.service.newest_number(ACCOUNT) };
        let reason = flag.then_some(DecisionReason::NotMe);
        match call.which {
            62 | 63 => {
                let link = self.service.begin_enrolment(ACCOUNT, time);
                let begun = vault.begin_enrolment(if flag { link.as_bytes() } else { bytes }, now);
                if let Ok(id) = begun {
                    self.enrol(vault, &id);
                }
            }
            64 | 65 => {
                let push = PushTarget { kind: PushKind::Fcm, target: text(bytes) };
                let (name, platform) = ("Phone".to_owned(), DevicePlatform::Android);
                let device = DeviceDescription { name, platform, push: flag.then_some(push) };
                let pin = if call.number > 1 { bytes } else { &[] };
                let _ = vault.confirm_enrolment(id, device, pin, now);
            }
            66..=69 => self.carry(vault, flag),
            70 | 71 => {
                let ask = if flag { Ask::with_pin() } else { Ask::default() };
                self.pushed.extend(self.service.ask(ACCOUNT, &ask, time));
            }
            72 => {
                let push = one_of(&self.pushed, call).unwrap_or_else(|| text(bytes));
                let key = vault.preview_key(id, now.clone()).map(|key| key.reveal());
                let key = PreviewKey::from_bytes(&key.unwrap_or_else(|_| bytes.to_vec()));
                let _ = key.and_then(|key| key.preview(push.clone(), now.wall_millis));
                let _ = vault.take_push(push, now);
            }
            73 | 74 => drop(vault.approve(request, number, now)),
            75 => drop(vault.approve_with_pin(request, number, bytes, now)),
            76 => {
                let message =
                    vault.verification_message(request.clone(), number.clone(), now.clone());
                let Ok(message) = message else { return };
                let (_, signature) = (message.bytes(), message.key_handle());
                let message = Arc::new(message);
                let _ = vault.approve_with_biometric(request, number, message, signature, now);
            }
            77 => drop(vault.deny(request, reason, now)),
            78 => drop(vault.report(request, reason, now)),
            79 => drop((vault.deny_all(now.clone()), vault.history(now))),
            80 => drop(vault.change_approval_pin(id, bytes, b"739105", now)),
            81 => {
                let other = flag.then(|| text(bytes));
                let _ = vault.remove_credential(id, other, RevocationReason::Lost, now);
            }
            82 => drop((
                vault.cancel_enrolment(id.clone(), now.clone()),
                vault.change_push(id, None, now),
            )),
            _ => drop((
                vault.forget_credential(id, now),
                parse_enrolment_link(bytes),
                check_new_approval_pin(bytes),
            )),
        }
    }

    /// As far as it goes: what is in the way stays there.
    fn enrol(&mut self, vault: &AuthenticatorHandle, id: &str) {
        self.carry(vault, false);
        let (name, platform) = ("Phone".to_owned(), DevicePlatform::Ios);
        let device = DeviceDescription { name, platform, push: None };
        let _ = vault.confirm_enrolment(id.to_owned(), device, b"482913", self.moment());
        (0..2).for_each(|_| self.carry(vault, false));
        let codes = vault.credentials(self.moment()).unwrap_or_default().into_iter();
        for code in codes.filter_map(|it| it.pairing_code) {
            let _ = self.service.type_pairing_code(ACCOUNT, &code, self.time());
        }
        // It hears that it was typed, asks what is new, and approves the test.
        (0..2).for_each(|_| self.carry(vault, false));
        let number = self.service.newest_number(ACCOUNT);
        for request in vault.requests(self.moment()).unwrap_or_default() {
            let _ = vault.approve_with_pin(request.id, number.clone(), b"482913", self.moment());
        }
        self.carry(vault, false);
    }

    fn time(&self) -> u64 {
        START + u64::try_from(self.seconds).unwrap()
    }

    /// Sends what is due, and asks what is new; half of it gets lost where `lossy`.
    fn carry(&mut self, vault: &AuthenticatorHandle, lossy: bool) {
        let now = self.moment();
        let mut due = vault.exchanges(now.clone()).unwrap_or_default();
        for credential in vault.credentials(now.clone()).unwrap_or_default() {
            due.extend(vault.poll(credential.id.clone(), now.clone()).ok());
            due.extend(vault.ask_devices(credential.id, now.clone()).ok());
        }
        let time = self.time();
        while let Some(exchange) = due.pop() {
            let HttpRequest { method, url, headers, body } = exchange.request();
            let headers = headers.into_iter().map(|it| (it.name, it.value)).collect();
            let sent = Request { method, url, headers, body };
            if lossy && due.len().is_multiple_of(2) {
                let _ = vault.not_sent(exchange, now.clone());
                continue;
            }
            let Response { status, headers, body } = self.service.handle(&sent, time);
            let headers = headers.into_iter().map(|(name, value)| HttpHeader { name, value });
            let response = HttpResponse { status, headers: headers.collect(), body };
            let received = vault.receive(exchange, response, now.clone());
            due.extend(received.ok().and_then(|received| received.again));
        }
    }
}

/// One of what there is, mostly.
fn one_of(known: &[String], call: &Call) -> Option<String> {
    let place = usize::try_from(call.number).ok().filter(|place| *place < 4)?;
    known.iter().cycle().nth(place).cloned()
}
