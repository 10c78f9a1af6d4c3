//! Firebase Cloud Messaging, by its HTTP v1 interface.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::http::{HttpRequest, HttpResponse, Reach, Transport};
use super::oauth::{Access, Denied, ServiceAccount};
use super::{Courier, Delivery, Failure, Outcome, Push, PushKind};

/// Where Google takes messages.
const ORIGIN: &str = "https://fcm.googleapis.com";
/// What `data` may have, keys and values.
const MAX_DATA: usize = 4_096;

/// Pushes by FCM.
pub struct Fcm<T> {
    transport: T,
    account: ServiceAccount,
    access: Access,
    url: String,
}

#[derive(Serialize)]
struct Body<'a> {
    message: Message<'a>,
}

#[derive(Serialize)]
struct Message<'a> {
    token: &'a str,
    data: Data<'a>,
    android: Android,
}

#[derive(Serialize)]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    p: Option<&'a str>,
}

#[derive(Serialize)]
struct Android {
    priority: &'static str,
    ttl: &'static str,
}

#[derive(Deserialize)]
struct Refusal {
    error: Reasons,
}

#[derive(Deserialize)]
struct Reasons {
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Deserialize)]
struct Detail {
    #[serde(rename = "errorCode")]
    code: Option<String>,
}

impl<T: Transport> Fcm<T> {
    /// One that sends as `account`.
    pub fn new(transport: T, account: ServiceAccount) -> Self {
        Self::at(ORIGIN, transport, account)
    }

    /// One that sends to `origin`, which is not Google's.
    pub fn at(origin: &str, transport: T, account: ServiceAccount) -> Self {
        let url = format!("{origin}/v1/projects/{}/messages:send", account.project());
        Self { transport, account, access: Access::default(), url }
    }

    fn request(&self, push: &Push<'_>, token: &str) -> Result<HttpRequest, Failure> {
        // One that is too long is fetched by polling: the push says that there is something.
        let p = Some(push.p).filter(|p| "p".len() + p.len() <= MAX_DATA);
        let android = Android { priority: "HIGH", ttl: "60s" };
        let message = Message { token: &push.target.target, data: Data { p }, android };
        Ok(HttpRequest {
            method: "POST",
            url: self.url.clone(),
            headers: vec![
                ("authorization", format!("Bearer {token}")),
                ("content-type", "application/json".to_owned()),
            ],
            body: serde_json::to_vec(&Body { message }).map_err(|_| Failure::Fault)?,
            reach: Reach::Chosen,
        })
    }

    fn bring(&self, delivery: &Delivery<'_>, now: u64) -> Result<Outcome, Denied> {
        let (push, _) = delivery.push(PushKind::Fcm, now)?;
        let token = self.access.token(&self.account, &self.transport, now)?;
        let mut response = self.send(&push, &token)?;
        if response.status == 401 {
            // It was withdrawn before its time: once more, with a new one.
            self.access.forget(&token);
            let token = self.access.token(&self.account, &self.transport, now)?;
            response = self.send(&push, &token)?;
        }
        // A project that does not exist is 404, too: the code alone says that the phone is gone.
        let is_gone = response.status == 404 && is_unregistered(&response.body);
        Ok(if is_gone { Outcome::Gone } else { response.outcome(now) })
    }

    fn send(&self, push: &Push<'_>, token: &str) -> Result<HttpResponse, Failure> {
        Ok(self.transport.send(&self.request(push, token)?)?)
    }
}

impl<T: Transport> Courier for Fcm<T> {
    fn deliver(&self, delivery: &Delivery<'_>, now: u64) -> Outcome {
        match self.bring(delivery, now) {
            Ok(outcome) => outcome,
            Err(Denied::Failure(failure)) => Outcome::Failed(failure),
            Err(Denied::Response(response)) => match response.outcome(now) {
                // Of a success that is not 200, there is no token to be had.
                Outcome::Delivered => Outcome::Failed(Failure::Status(response.status)),
                outcome => outcome,
            },
        }
    }
}

fn is_unregistered(body: &[u8]) -> bool {
    let refusal = serde_json::from_slice::<Refusal>(body);
    refusal.is_ok_and(|refusal| {
        let mut codes = refusal.error.details.iter().map(|detail| detail.code.as_deref());
        codes.any(|code| code == Some("UNREGISTERED"))
    })
}

impl<T> fmt::Debug for Fcm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fcm").field("account", &self.account).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "fcm_tests.rs"]
mod tests;
