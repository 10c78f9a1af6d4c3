//! The service on the web.

mod client;
mod phones;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::DefaultBodyLimit;
use tokio::net::TcpListener;

use crate::approval::{Approvals, Fault};
use crate::store::Store;

/// What every request is answered with.
#[derive(Debug)]
pub struct Service {
    /// The protocol.
    pub approvals: Approvals,
    /// What is kept.
    pub store: Store,
    /// Whose `X-Forwarded-For` is believed.
    pub proxies: Vec<IpAddr>,
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

impl Service {
    /// Makes what is not there yet: keys, and a configuration that goes on for days.
    ///
    /// # Errors
    ///
    /// [`Fault::Store`].
    pub fn prepare(&self) -> Result<(), Fault> {
        self.store.transact(|tx| self.approvals.prepare(tx, now()))
    }
}

/// Everything that is answered.
pub fn router(service: Arc<Service>) -> Router {
    phones::router().layer(DefaultBodyLimit::max(approval_jose::MAX_BODY)).with_state(service)
}

/// Serves until `ends`.
///
/// # Errors
///
/// The listener does not listen any more.
pub async fn serve(
    service: Arc<Service>,
    listener: TcpListener,
    ends: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    let answers = router(service).into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, answers).with_graceful_shutdown(ends).await
}
