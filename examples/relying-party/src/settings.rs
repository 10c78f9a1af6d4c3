//! How a service is set up: a file of JSON, whose every member has its meaning here.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::{fs, io};

use data_encoding::HEXLOWER;
use serde::Deserialize;

/// The file of a service.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Where people and phones reach it: `https://…`, without a path. `http` only on loopback.
    pub origin: String,
    /// How it calls itself.
    pub name: String,
    /// Where it listens: behind a proxy that ends TLS, or on loopback.
    pub listen: SocketAddr,
    /// Where it keeps what it keeps.
    pub store: StoreSettings,
    /// A file with 64 hexadecimal digits, which what is secret is sealed with. It is made if it is
    /// not there; whoever loses it loses the service's keys.
    pub key_file: PathBuf,
    /// The addresses of proxies whose `X-Forwarded-For` is believed.
    #[serde(default)]
    pub proxies: Vec<IpAddr>,
}

/// Where a service keeps what it keeps.
#[derive(Deserialize)]
#[serde(rename_all = "lowercase", deny_unknown_fields)]
pub enum StoreSettings {
    /// In a file of SQLite: one instance alone.
    Sqlite(PathBuf),
    /// In PostgreSQL, by a `postgres://` address: as many instances as one likes.
    Postgres {
        /// With its user, and a database.
        address: String,
        /// How many connections an instance has.
        connections: u32,
    },
}

impl fmt::Debug for StoreSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(file) => f.debug_tuple("Sqlite").field(file).finish(),
            // There may be a password in the address.
            Self::Postgres { .. } => f.write_str("Postgres { .. }"),
        }
    }
}

/// Why a service does not start.
#[derive(Debug)]
pub enum Unset {
    /// A file cannot be read or written.
    File(PathBuf, io::Error),
    /// The settings are not understood.
    Settings(serde_json::Error),
    /// The origin is none, or is not encrypted and not on loopback.
    Origin,
    /// The key file has not 64 hexadecimal digits.
    Key,
}

impl fmt::Display for Unset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file, error) => write!(f, "{}: {error}", file.display()),
            Self::Settings(error) => write!(f, "the settings: {error}"),
            Self::Origin => f.write_str(
                "origin: has to be https:// and a host, without a path (http:// on loopback alone)",
            ),
            Self::Key => f.write_str("key_file: has to have 64 hexadecimal digits"),
        }
    }
}

impl std::error::Error for Unset {}

impl Settings {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// [`Unset`].
    pub fn read(file: &Path) -> Result<Self, Unset> {
        let text = fs::read(file).map_err(|error| Unset::File(file.to_owned(), error))?;
        let settings: Self = serde_json::from_slice(&text).map_err(Unset::Settings)?;
        if is_origin(&settings.origin) { Ok(settings) } else { Err(Unset::Origin) }
    }

    /// The key that what is secret is sealed with.
    ///
    /// # Errors
    ///
    /// [`Unset`].
    pub fn key(&self) -> Result<[u8; 32], Unset> {
        let failed = |error| Unset::File(self.key_file.clone(), error);
        if !self.key_file.exists() {
            let text = HEXLOWER.encode(&approval_jose::random::<32>());
            write_secret(&self.key_file, &text).map_err(failed)?;
        }
        let text = fs::read(&self.key_file).map_err(failed)?;
        let bytes = HEXLOWER.decode(text.trim_ascii()).map_err(|_| Unset::Key)?;
        bytes.try_into().map_err(|_| Unset::Key)
    }
}

/// A new file, which nobody else reads.
fn write_secret(file: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(file)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// As the protocol has an `iss`.
fn is_origin(text: &str) -> bool {
    let (host, is_loopback) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
        (Some(host), _) => (host, false),
        (_, Some(host)) => (host, true),
        _ => return false,
    };
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let is_port = |port: &str| port.parse::<u16>().is_ok_and(|number| number.to_string() == port);
    let known =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    let is_local = ["127.0.0.1", "[::1]", "localhost"].contains(&name);
    let is_host = is_local || (!name.is_empty() && name.bytes().all(known));
    is_host && port.is_none_or(is_port) && (!is_loopback || is_local)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for text in [
            "https://a.example",
            "https://a-b.example:8443",
            "http://127.0.0.1:80",
            "http://[::1]:1",
        ] {
            assert!(is_origin(text), "{text}");
        }
        for text in [
            "a.example",
            "https://",
            "https://A.example",
            "https://a.example/",
            "https://a.example/x",
            "https://a.example:",
            "https://a.example:080",
            "https://a.example:70000",
            "https://user@a.example",
            "http://a.example",
            "http://127.0.0.1.example",
        ] {
            assert!(!is_origin(text), "{text}");
        }
    }

    #[test]
    fn settings_name_every_member_and_a_key_is_made_once() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("settings.json");
        let write = |more: &str| {
            let text = format!(
                r#"{{"origin": "http://127.0.0.1:8080", "name": "Example", "listen": "127.0.0.1:8080",
                "store": {{"sqlite": "store"}}, "key_file": {:?}{more}}}"#,
                folder.path().join("key"),
            );
            fs::write(&file, text).unwrap();
            Settings::read(&file)
        };
        let settings = write("").unwrap();
        let key = settings.key().unwrap();
        assert_eq!(settings.key().unwrap(), key);
        assert!(matches!(write(r#", "more": 1"#), Err(Unset::Settings(_))));
        fs::write(&settings.key_file, "short").unwrap();
        assert!(matches!(settings.key(), Err(Unset::Key)));
        let postgres =
            StoreSettings::Postgres { address: "postgres://a:b@c".to_owned(), connections: 1 };
        assert_eq!(format!("{postgres:?}"), "Postgres { .. }");
    }
}
