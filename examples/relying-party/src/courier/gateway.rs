//! Codes to whoever sends texts and calls for the service: a gateway, by one request each.

use std::fmt;

use serde::Serialize;

use super::http::{HttpRequest, Reach, Transport};
use super::wording::wording;
use super::{Channel, Code, Courier, Delivery, Failure, Outcome};

/// Codes by text and call, through a gateway.
pub struct Gateway<T> {
    transport: T,
    url: String,
    token: String,
    name: String,
}

#[derive(Serialize)]
struct Body<'a> {
    to: &'a str,
    channel: Channel,
    body: &'a str,
}

impl<T: Transport> Gateway<T> {
    /// One at `url`, which knows the service by `token`; the service calls itself `name`.
    pub fn new(transport: T, url: String, token: String, name: String) -> Self {
        Self { transport, url, token, name }
    }

    fn request(&self, code: &Code<'_>) -> Result<HttpRequest, Failure> {
        let text = wording(&self.name, code);
        let body = Body { to: code.to, channel: code.channel, body: &text };
        Ok(HttpRequest {
            method: "POST",
            url: self.url.clone(),
            headers: vec![
                ("authorization", format!("Bearer {}", self.token)),
                ("content-type", "application/json".to_owned()),
            ],
            body: serde_json::to_vec(&body).map_err(|_| Failure::Fault)?,
            reach: Reach::Chosen,
        })
    }

    fn bring(&self, delivery: &Delivery<'_>, now: u64) -> Result<Outcome, Failure> {
        let response = self.transport.send(&self.request(&delivery.code()?)?)?;
        Ok(response.outcome(now))
    }
}

impl<T: Transport> Courier for Gateway<T> {
    fn deliver(&self, delivery: &Delivery<'_>, now: u64) -> Outcome {
        self.bring(delivery, now).unwrap_or_else(Outcome::Failed)
    }
}

impl<T> fmt::Debug for Gateway<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gateway(..)")
    }
}

#[cfg(test)]
#[path = "gateway_tests.rs"]
mod tests;
