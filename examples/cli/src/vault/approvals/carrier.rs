//! Carries what the vault wants sent to services, and back.

use std::time::Duration;

use authenticator_core::approval::{
    ApprovalEvent, Exchange, ExchangeProblem, HttpRequest, HttpResponse, MAX_BODY,
};
use ureq::Agent;
use ureq::http::{Request, Response};

use super::super::opened::{Opened, now};
use crate::refusal::Refusal;

/// For how long a service is waited for.
const PATIENCE: Duration = Duration::from_secs(10);
/// Rounds of requests, each of which may make others due: more are a service's fault.
const ROUNDS: usize = 64;

/// Speaks HTTP over TLS; follows no redirect and keeps no cookies.
pub(super) struct Carrier(Agent);

impl Carrier {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(PATIENCE))
            .build();
        Self(config.into())
    }

    /// Sends everything that is due, and says what came of it.
    pub(super) fn settle(&self, opened: &Opened) -> Result<Vec<ApprovalEvent>, Refusal> {
        let mut events = Vec::new();
        for _ in 0..ROUNDS {
            let due = opened.vault.exchanges(now()?)?;
            if due.is_empty() {
                break;
            }
            for exchange in due {
                self.carry(opened, exchange, &mut events)?;
            }
        }
        Ok(events)
    }

    /// Sends one exchange, and what it asks for at once.
    pub(super) fn carry(
        &self,
        opened: &Opened,
        exchange: Exchange,
        events: &mut Vec<ApprovalEvent>,
    ) -> Result<(), Refusal> {
        let mut next = Some(exchange);
        while let Some(exchange) = next {
            // Nobody else has to wait for a service.
            opened.suspend()?;
            let response = self.send(exchange.request());
            opened.resume()?;
            let Some(response) = response else {
                opened.vault.not_sent(&exchange, now()?);
                let problem = ExchangeProblem::Unavailable;
                events.push(ApprovalEvent::Failed(exchange.credential(), problem));
                return Ok(());
            };
            let received = opened.vault.receive(&exchange, &response, now()?)?;
            events.extend(received.events);
            next = received.again;
        }
        Ok(())
    }

    /// `None` if nothing came back.
    fn send(&self, request: &HttpRequest) -> Option<HttpResponse> {
        let mut built = Request::builder().method(request.method).uri(&request.url);
        for (name, value) in &request.headers {
            built = built.header(*name, value);
        }
        let response = if request.body.is_empty() {
            self.0.run(built.body(()).ok()?)
        } else {
            self.0.run(built.body(request.body.clone()).ok()?)
        };
        read(response.ok()?)
    }
}

fn read(response: Response<ureq::Body>) -> Option<HttpResponse> {
    let (parts, mut body) = response.into_parts();
    // One byte beyond what is taken: it is refused as too long, and not cut off in silence.
    let limit = u64::try_from(MAX_BODY + 1).ok()?;
    let body = body.with_config().limit(limit).read_to_vec().ok()?;
    let headers = parts.headers.iter().filter_map(|(name, value)| {
        Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
    });
    Some(HttpResponse { status: parts.status.as_u16(), headers: headers.collect(), body })
}
