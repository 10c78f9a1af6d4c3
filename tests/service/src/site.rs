//! The service on loopback, over HTTP.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::{Policy, Request, Response, Service, page};

/// What the clock of this machine shows, in seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// A service that can be reached, for as long as the process lives.
#[derive(Clone)]
pub struct Site {
    /// `http://127.0.0.1` and a port.
    pub origin: String,
    service: Arc<Mutex<Service>>,
}

impl Site {
    pub fn new(policy: Policy) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let service = Arc::new(Mutex::new(Service::at(&origin, policy, now())));
        let site = Self { origin, service };
        let serving = site.clone();
        thread::spawn(move || {
            for stream in listener.incoming() {
                // A phone that went away in the middle is no reason to stop.
                let _ = serving.answer(&stream.unwrap());
            }
        });
        site
    }

    pub fn with<T>(&self, act: impl FnOnce(&mut Service) -> T) -> T {
        act(&mut self.service.lock().unwrap())
    }

    /// One request for each connection.
    fn answer(&self, mut stream: &TcpStream) -> std::io::Result<()> {
        let Some(request) = read(stream, &self.origin) else { return Ok(()) };
        let asked = request.url.strip_prefix(&format!("{}/page/", self.origin));
        let Response { status, headers, body } = self.with(|service| match asked {
            Some(asked) => page::answer(service, asked, &request, now()),
            None => service.handle(&request, now()),
        });
        let mut head = format!(
            "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n",
            body.len()
        );
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        stream.write_all(format!("{head}\r\n").as_bytes())?;
        stream.write_all(&body)
    }
}

fn read(stream: &TcpStream, origin: &str) -> Option<Request> {
    let mut reader = BufReader::new(stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let (method, rest) = lines[0].split_once(' ')?;
    let (path, _) = rest.split_once(' ')?;
    let url = format!("{origin}{path}");
    let headers = lines[1..].iter().filter_map(|line| line.split_once(':'));
    // Whoever sends them may write names as they like.
    let name = |name: &str| {
        if name.eq_ignore_ascii_case("dpop") { "DPoP".to_owned() } else { name.to_owned() }
    };
    let headers: Vec<_> =
        headers.map(|(known, value)| (name(known), value.trim().to_owned())).collect();
    let length = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let mut body = vec![0; length.map_or(0, |(_, value)| value.parse().unwrap())];
    reader.read_exact(&mut body).ok()?;
    Some(Request { method: method.to_owned(), url, headers, body })
}
