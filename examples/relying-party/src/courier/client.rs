//! The client that every courier sends with: HTTP/1.1 and HTTP/2 on one runtime.

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::header::{AUTHORIZATION, HeaderValue, RETRY_AFTER};
use hyper::{Request, Uri};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use hyper_util::client::legacy::connect::{Connect, HttpConnector};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::crypto::aws_lc_rs::default_provider;
use rustls::{ClientConfig, RootCertStore};
use tokio::runtime::Handle;
use tower_service::Service;

use super::address::{check, is_public};
use super::http::{HttpRequest, HttpResponse, Reach, Transport, Unreached};

/// For how long a connection is waited for, and for how long everything.
const CONNECT: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(10);
/// How much of a body is read, and of the headers: couriers read short reasons and tokens.
const MAX_BODY: usize = 16_384;
const MAX_HEADERS: u32 = 16_384;
/// APNs wants connections kept; strangers must not have us keep many.
const IDLE: Duration = Duration::from_secs(1_800);
const IDLE_PUBLIC: Duration = Duration::from_secs(30);
/// Whether kept ones live is asked so often, lest a push be lost on one that is dead.
const PING: Duration = Duration::from_secs(120);

type Body = Full<Bytes>;
type Connector<R> = HttpsConnector<HttpConnector<R>>;

/// Sends over the network.
#[derive(Clone)]
pub struct HttpClient {
    runtime: Handle,
    patience: Duration,
    chosen: Client<Connector<GaiResolver>, Body>,
    public: Client<Connector<PublicOnly>, Body>,
}

impl HttpClient {
    /// One that trusts Mozilla's roots, on `runtime`, which has to have threads of its own.
    pub fn new(runtime: Handle) -> Self {
        let roots = webpki_roots::TLS_SERVER_ROOTS.iter().cloned().collect();
        Self::trusting(runtime, roots)
    }

    /// One that trusts `roots`: for a gateway whose certificate is of one's own making.
    ///
    /// # Panics
    ///
    /// Never: the cryptography that is built in has the versions of TLS that are.
    pub fn trusting(runtime: Handle, roots: RootCertStore) -> Self {
        Self::resolving(runtime, roots, system_lookup)
    }

    fn resolving(runtime: Handle, roots: RootCertStore, lookup: Lookup) -> Self {
        let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
            .with_safe_default_protocol_versions()
            .expect("aws-lc-rs has TLS 1.2 and 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let chosen = client(tls.clone(), HttpConnector::new(), IDLE);
        let connector = HttpConnector::new_with_resolver(PublicOnly(lookup));
        let public = client(tls, connector, IDLE_PUBLIC);
        Self { runtime, patience: PATIENCE, chosen, public }
    }

    async fn exchange(&self, request: &HttpRequest) -> Result<HttpResponse, Unreached> {
        let uri: Uri = request.url.parse().map_err(|_| Unreached::Refused)?;
        check(&uri, request.reach)?;
        let mut built = Request::builder().method(request.method).uri(uri);
        for (name, value) in &request.headers {
            let mut value = HeaderValue::try_from(value).map_err(|_| Unreached::Refused)?;
            // Neither traces of the libraries nor HTTP/2's table of headers are to have it.
            value.set_sensitive(*name == AUTHORIZATION.as_str());
            built = built.header(*name, value);
        }
        let body = Full::new(Bytes::from(request.body.clone()));
        let built = built.body(body).map_err(|_| Unreached::Refused)?;

        let response = match request.reach {
            Reach::Chosen => self.chosen.request(built).await,
            Reach::Public => self.public.request(built).await,
        };
        let (parts, body) = response.map_err(|error| why(&error))?.into_parts();
        let retry_after = parts.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok());
        Ok(HttpResponse {
            status: parts.status.as_u16(),
            retry_after: retry_after.map(str::to_owned),
            body: read(body).await.unwrap_or_default(),
        })
    }
}

impl Transport for HttpClient {
    /// # Panics
    ///
    /// On a thread of the runtime that runs its tasks: what waits there holds others up.
    fn send(&self, request: &HttpRequest) -> Result<HttpResponse, Unreached> {
        self.runtime.block_on(async {
            let exchange = self.exchange(request);
            tokio::time::timeout(self.patience, exchange).await.unwrap_or(Err(Unreached::Silent))
        })
    }
}

/// A client that opens connections by `http`, and keeps them for `idle`.
///
/// Nothing in it follows redirects, keeps cookies or asks the environment for a proxy.
fn client<R>(
    tls: ClientConfig,
    mut http: HttpConnector<R>,
    idle: Duration,
) -> Client<Connector<R>, Body>
where
    Connector<R>: Connect + Clone,
{
    http.enforce_http(false);
    http.set_nodelay(true);
    http.set_connect_timeout(Some(CONNECT));
    let connector = HttpsConnectorBuilder::new()
        .with_tls_config(tls)
        .https_or_http()
        .enable_all_versions()
        .wrap_connector(http);
    Client::builder(TokioExecutor::new())
        .timer(TokioTimer::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(idle)
        .pool_max_idle_per_host(2)
        .http1_max_buf_size(MAX_BODY)
        .http2_max_header_list_size(MAX_HEADERS)
        .http2_keep_alive_interval(PING)
        .http2_keep_alive_while_idle(true)
        .build(connector)
}

/// `None` if it breaks off, or is longer than any courier reads.
async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            if bytes.len() + data.len() > MAX_BODY {
                return None;
            }
            bytes.extend_from_slice(&data);
        }
    }
    Some(bytes)
}

/// What an address is looked up by.
type Lookup = fn(&str) -> Option<Vec<IpAddr>>;

fn system_lookup(name: &str) -> Option<Vec<IpAddr>> {
    Some((name, 0).to_socket_addrs().ok()?.map(|address| address.ip()).collect())
}

/// Resolves names that have public addresses alone.
///
/// What it gives is what is connected to, so that a name cannot have one address when it is
/// looked at and another when it is gone to. One address that is not public is enough to refuse
/// all: only somebody who tries mixes them.
#[derive(Clone)]
struct PublicOnly(Lookup);

impl Service<Name> for PublicOnly {
    type Response = std::vec::IntoIter<SocketAddr>;
    type Error = NotPublic;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        let lookup = self.0;
        Box::pin(async move {
            let found = tokio::task::spawn_blocking(move || lookup(name.as_str())).await;
            let addresses = found.ok().flatten().unwrap_or_default();
            if !addresses.iter().copied().all(is_public) {
                return Err(NotPublic);
            }
            // The port is the connector's to say.
            let addresses = addresses.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(addresses.collect::<Vec<_>>().into_iter())
        })
    }
}

#[derive(Debug)]
struct NotPublic;

impl fmt::Display for NotPublic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name has addresses that are not public")
    }
}

impl Error for NotPublic {}

fn why(error: &(dyn Error + 'static)) -> Unreached {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error.is::<NotPublic>() {
            return Unreached::Refused;
        }
        cause = error.source();
    }
    Unreached::Silent
}

impl fmt::Debug for HttpClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpClient(..)")
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
