use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use authenticator_core::approval::WebPushKeys;
use hyper::Version;
use hyper::server::conn::http2;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rustls::ServerConfig;
use rustls::pki_types::PrivatePkcs8KeyDer;
use tokio::runtime::Runtime;
use tokio_rustls::TlsAcceptor;

use super::super::recording::{NOW, ecdsa_key, push, target, verified};
use super::super::{Apns, ApnsHost, Courier, Es256Key, Failure, Outcome, PushKind, WebPush};
use super::*;

/// A server on loopback that says `answer` to whoever comes, and what it is told: the head and
/// the body of each request.
fn server(answer: impl Into<Vec<u8>>) -> (String, Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let (answer, (sender, receiver)) = (answer.into(), channel());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut reader = BufReader::new(stream.unwrap());
            let (mut head, mut length) = (String::new(), 0);
            while reader.read_line(&mut head).unwrap() > 2 {
                let line = head.lines().last().unwrap();
                if let Some(value) = line.strip_prefix("content-length: ") {
                    length = value.parse().unwrap();
                }
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            sender.send((head, body)).unwrap();
            // A client that has read enough hangs up.
            let _ = reader.get_mut().write_all(&answer);
        }
    });
    (origin, receiver)
}

fn request(url: String, reach: Reach) -> HttpRequest {
    let headers = vec![("ttl", "60".to_owned())];
    HttpRequest { method: "POST", url, headers, body: b"p".to_vec(), reach }
}

#[test]
fn a_push_service_gets_the_push_and_the_phone_opens_it() {
    let (origin, told) = server("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n");
    let runtime = Runtime::new().unwrap();
    let key = Es256Key::from_pkcs8(&ecdsa_key()).unwrap();
    let point = key.public();
    let client = HttpClient::new(runtime.handle().clone());
    let courier = WebPush::new(client, key, "mailto:push@example.com".to_owned(), Reach::Chosen);
    let keys = WebPushKeys::make().unwrap();
    let to = target(PushKind::Webpush, &keys.target(&format!("{origin}/s?t=1")).target);

    let outcome = courier.deliver(&push(&to, "eyJ.P.S"), NOW);

    assert_eq!(outcome, Outcome::Delivered);
    let (head, body) = told.recv().unwrap();
    assert_eq!(keys.open(&body).as_deref(), Ok("eyJ.P.S"));
    let mut lines: Vec<&str> = head.trim_end().lines().collect();
    let authorization = lines.remove(1).strip_prefix("authorization: vapid t=").unwrap();
    let (token, _) = authorization.split_once(", k=").unwrap();
    assert_eq!(verified(token, &point).1["aud"], origin);
    assert_eq!(
        lines,
        [
            "POST /s?t=1 HTTP/1.1",
            "content-encoding: aes128gcm",
            "content-type: application/octet-stream",
            "ttl: 60",
            "urgency: high",
            &format!("host: {}", origin.strip_prefix("http://").unwrap()),
            "content-length: 110",
        ]
    );
}

#[test]
fn a_redirect_is_not_followed() {
    let (elsewhere, told) = server("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n");
    let runtime = Runtime::new().unwrap();
    let client = HttpClient::new(runtime.handle().clone());
    for status in [301, 302, 303, 307, 308] {
        let (origin, _told) = server(format!(
            "HTTP/1.1 {status} Moved\r\nlocation: {elsewhere}/\r\ncontent-length: 0\r\n\r\n"
        ));
        let response = client.send(&request(format!("{origin}/s"), Reach::Chosen)).unwrap();
        assert_eq!(response.status, status);
    }
    assert!(told.try_recv().is_err());
}

#[test]
fn of_what_comes_back_no_more_than_a_few_kilobytes_are_read() {
    let runtime = Runtime::new().unwrap();
    let client = HttpClient::new(runtime.handle().clone());
    let send = |answer: String| {
        let (origin, _told) = server(answer);
        client.send(&request(origin, Reach::Chosen))
    };
    let with_body = |length: usize| {
        let body = "x".repeat(length);
        format!("HTTP/1.1 429 Slow\r\nretry-after: 7\r\ncontent-length: {length}\r\n\r\n{body}")
    };

    let most = send(with_body(MAX_BODY)).unwrap();
    assert_eq!((most.status, most.body.len()), (429, MAX_BODY));
    assert_eq!(most.retry_after.as_deref(), Some("7"));
    for length in [MAX_BODY + 1, 10_000_000] {
        let more = send(with_body(length)).unwrap();
        assert_eq!((more.status, more.body.len()), (429, 0));
    }
    let head = format!("HTTP/1.1 201 Created\r\na: {}\r\n\r\n", "x".repeat(1_000_000));
    assert_eq!(send(head), Err(Unreached::Silent));
}

#[test]
fn whoever_is_silent_is_waited_for_no_longer_than_was_said() {
    let runtime = Runtime::new().unwrap();
    let mut client = HttpClient::new(runtime.handle().clone());
    client.patience = Duration::from_millis(100);
    let (origin, _told) = server("HTTP/1.1 201 Created\r\n");

    assert_eq!(client.send(&request(origin, Reach::Chosen)), Err(Unreached::Silent));
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap();
    let nobody = client.send(&request(format!("http://{closed}/"), Reach::Chosen));
    assert_eq!(nobody, Err(Unreached::Silent));
}

#[test]
fn a_strangers_name_is_gone_to_only_if_all_its_addresses_are_public() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_nonblocking(true).unwrap();
    let port = listener.local_addr().unwrap().port();
    let runtime = Runtime::new().unwrap();
    let to = request(format!("https://push.example.net:{port}/s"), Reach::Public);
    let lookups: [Lookup; 4] = [
        |_| Some(vec![Ipv4Addr::LOCALHOST.into()]),
        |_| Some(vec![Ipv4Addr::new(1, 1, 1, 1).into(), Ipv4Addr::LOCALHOST.into()]),
        |_| Some(vec!["::ffff:127.0.0.1".parse().unwrap()]),
        |_| Some(vec![Ipv4Addr::new(169, 254, 169, 254).into()]),
    ];
    for lookup in lookups {
        let client =
            HttpClient::resolving(runtime.handle().clone(), RootCertStore::empty(), lookup);
        assert_eq!(client.send(&to), Err(Unreached::Refused));
    }
    let unknown = HttpClient::resolving(runtime.handle().clone(), RootCertStore::empty(), |_| None);
    assert_eq!(unknown.send(&to), Err(Unreached::Silent));

    // What is no name is refused before anything is looked up.
    let client = HttpClient::resolving(runtime.handle().clone(), RootCertStore::empty(), |_| {
        panic!("looked up")
    });
    for url in [format!("https://127.0.0.1:{port}/"), format!("http://localhost:{port}/")] {
        assert_eq!(client.send(&request(url, Reach::Public)), Err(Unreached::Refused));
    }
    assert!(listener.accept().is_err(), "somebody came");
}

#[test]
fn a_name_whose_addresses_are_public_is_gone_to_at_all_of_them() {
    let runtime = Runtime::new().unwrap();
    let lookup: Lookup = |name| {
        assert_eq!(name, "push.example.net");
        Some(vec!["1.1.1.1".parse().unwrap(), "2606:4700::1111".parse().unwrap()])
    };
    let name = "push.example.net".parse().unwrap();

    let addresses = runtime.block_on(PublicOnly(lookup).call(name)).unwrap();

    let texts: Vec<String> = addresses.map(|address| address.to_string()).collect();
    assert_eq!(texts, ["1.1.1.1:0", "[2606:4700::1111]:0"]);
}

/// A server on loopback with a certificate of its own that speaks HTTP/2 alone, and the roots
/// that trust it. It tells which connection each request came by.
fn http2_server(runtime: &Runtime) -> (u16, RootCertStore, Receiver<(usize, Request<Incoming>)>) {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(made.cert.der().clone()).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let mut tls = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into())
        .unwrap();
    tls.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = TlsAcceptor::from(Arc::new(tls));
    let bound = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    let listener = runtime.block_on(bound).unwrap();
    let port = listener.local_addr().unwrap().port();
    let (sender, receiver) = channel();
    runtime.spawn(async move {
        for connection in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            // A client that does not trust the certificate hangs up.
            let Ok(stream) = acceptor.accept(stream).await else { continue };
            let sender = sender.clone();
            let service = service_fn(move |request| {
                sender.send((connection, request)).unwrap();
                async { Ok::<_, Infallible>(hyper::Response::new(Full::<Bytes>::default())) }
            });
            let builder = http2::Builder::new(TokioExecutor::new());
            tokio::spawn(builder.serve_connection(TokioIo::new(stream), service));
        }
    });
    (port, roots, receiver)
}

#[test]
fn apns_is_spoken_to_by_http_2_over_one_connection() {
    let runtime = Runtime::new().unwrap();
    let (port, roots, told) = http2_server(&runtime);
    let courier = |client| {
        let host = ApnsHost::Other(format!("https://localhost:{port}"));
        let key = ("KEY".to_owned(), Es256Key::from_pkcs8(&ecdsa_key()).unwrap());
        Apns::new(client, host, "com.example.app".to_owned(), "TEAM".to_owned(), key)
    };
    let trusting = courier(HttpClient::trusting(runtime.handle().clone(), roots));
    let to = target(PushKind::Apns, "00fc13ad");
    for _ in 0..3 {
        assert_eq!(trusting.deliver(&push(&to, "p"), NOW), Outcome::Delivered);
        let (connection, request) = told.recv().unwrap();
        assert_eq!(connection, 0);
        assert_eq!(request.version(), Version::HTTP_2);
        assert_eq!(
            request.uri().to_string(),
            format!("https://localhost:{port}/3/device/00fc13ad")
        );
        assert_eq!(request.headers()["apns-topic"], "com.example.app");
    }

    let distrusting = courier(HttpClient::new(runtime.handle().clone()));
    let outcome = distrusting.deliver(&push(&to, "p"), NOW);
    assert_eq!(outcome, Outcome::Failed(Failure::Unreached));
    assert!(told.try_recv().is_err());
}
