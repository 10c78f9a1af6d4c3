//! The rooms keep to their own side of the walls drawn in `src/lib.rs`.

use std::fs;
use std::path::{Path, PathBuf};

/// A room, and the words that must not be said in it. Rooms that are not built yet
/// have their walls already.
const WALLS: [(&str, &[&str]); 11] = [
    ("src/crypto", &["crate::otp", "crate::approval", "crate::vault", "crate::transfer"]),
    ("src/secret.rs", &["crate::otp", "crate::approval", "crate::vault", "crate::transfer"]),
    ("src/time.rs", &["crate::otp", "crate::approval", "crate::vault", "crate::transfer"]),
    ("src/key_store.rs", &["crate::otp", "crate::approval", "crate::vault", "crate::transfer"]),
    ("src/clock.rs", &["crate::otp", "crate::approval", "crate::vault", "crate::transfer"]),
    ("src/clock_sample.rs", &["crate::otp", "crate::approval", "crate::vault", "crate::transfer"]),
    ("src/otp", &["crate::approval", "crate::vault", "crate::transfer", "crate::authenticator"]),
    ("src/approval", &["crate::otp", "crate::vault", "crate::transfer", "crate::authenticator"]),
    ("src/vault", &["crate::transfer", "crate::authenticator"]),
    ("src/transfer", &["crate::approval", "crate::authenticator"]),
    // The core computes; the app supplies. And no wall is walked around.
    ("src", &["std::thread", "std::net", "tokio", "crate::*"]),
];

/// A crate, and the one room that may name it.
const ONLY_IN: [(&str, &str); 10] = [
    ("ring", "src/crypto"),
    ("p256", "src/crypto"),
    ("ecdsa", "src/crypto"),
    ("argon2", "src/crypto"),
    ("hmac", "src/crypto"),
    ("sha1", "src/crypto"),
    ("sha2", "src/crypto"),
    ("md5", "src/crypto"),
    ("rusqlite", "src/vault"),
    ("uniffi", "uniffi/src"),
];

/// What names nothing.
const EMPTY_NAMES: [&str; 6] =
    ["mod utils", "mod helpers", "mod common", "utils::", "Manager", "fn get_"];

const MAX_LINES: usize = 400;

/// What is wrong with the source `text` of the file at `path`.
fn faults(path: &str, text: &str) -> Vec<String> {
    let code = code(text);
    let paths = paths(path, &code);
    let said = |word: &str| {
        let inside = format!("{word}::");
        paths.iter().any(|path| path == word || path.starts_with(&inside))
    };
    let within = |room: &str| {
        path.strip_prefix(room).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let mut faults = Vec::new();
    for (room, words) in WALLS.iter().filter(|(room, _)| within(room)) {
        let said = words.iter().filter(|word| said(word));
        faults.extend(said.map(|word| format!("{path}: `{word}` must not be said in {room}")));
    }
    for (word, room) in ONLY_IN.iter().filter(|(word, room)| !within(room) && said(word)) {
        faults.push(format!("{path}: `{word}` is for {room} alone"));
    }
    for name in EMPTY_NAMES.iter().filter(|name| code.contains(**name)) {
        faults.push(format!("{path}: `{name}` says nothing"));
    }
    // Also in the middle of a path: `time::Instant::now()`.
    for word in ["SystemTime", "Instant"] {
        if within("src") && paths.iter().any(|path| path.split("::").any(|name| name == word)) {
            faults.push(format!("{path}: `{word}` reads a clock"));
        }
    }
    if text.lines().count() > MAX_LINES {
        faults.push(format!("{path}: longer than {MAX_LINES} lines"));
    }
    if path.split("src/").last().is_some_and(|below| below.matches('/').count() > 1) {
        faults.push(format!("{path}: more than one level of folders"));
    }
    faults
}

/// `text` without its comments: documentation may point over every wall.
fn code(text: &str) -> String {
    let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.flat_map(|line| [line.split(" //").next().unwrap_or(line), "\n"]).collect()
}

/// The paths that `code` names, those of `use` in braces written out, and those
/// that leave the room of the file at `file` by `super` as they stand in the crate.
fn paths(file: &str, code: &str) -> Vec<String> {
    let in_a_room = file.matches('/').count() > 1 && !file.ends_with("/mod.rs");
    let way_out = if in_a_room { "super::super::" } else { "super::" };
    let mut found = Vec::new();
    let mut path = String::new();
    let mut prefixes = Vec::new();
    let mut before = "";
    let mut declared = false;
    for token in tokens(code) {
        let goes_on = path.ends_with("::");
        let is_word = token.starts_with(is_word_character);
        if goes_on && (is_word || token == "*") {
            path.push_str(token);
        } else if goes_on && token == "{" {
            prefixes.push(std::mem::take(&mut path));
        } else if token == "::" {
            path.push_str(if path.is_empty() { "" } else { "::" });
        } else {
            let whole = std::mem::take(&mut path);
            if declared || whole.contains("::") {
                // `super::*` is how a file's own tests begin.
                let inside = whole.strip_prefix(way_out).filter(|inside| *inside != "*");
                let inside = inside.map(|inside| inside.trim_start_matches("super::"));
                found.push(inside.map(|inside| format!("crate::{inside}")).unwrap_or(whole));
            }
            match token {
                "{" => prefixes.push(String::new()),
                "}" => drop(prefixes.pop()),
                _ if is_word => path = prefixes.last().cloned().unwrap_or_default() + token,
                _ => {}
            }
            // What follows these is a path even if it is a single word.
            declared = is_word && ["use", "crate"].contains(&before);
        }
        before = token;
    }
    found
}

/// The words of `code`, `::` and every other sign by itself.
fn tokens(code: &str) -> impl Iterator<Item = &str> {
    let mut rest = code;
    std::iter::from_fn(move || {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        let length = if is_word_character(first) {
            rest.find(|c| !is_word_character(c)).unwrap_or(rest.len())
        } else if rest.starts_with("::") {
            2
        } else {
            first.len_utf8()
        };
        let (token, after) = rest.split_at(length);
        rest = after;
        Some(token)
    })
}

fn is_word_character(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// The Rust files below `folder`, which need not exist yet.
fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut files = Vec::new();
    for entry in entries {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_room_keeps_to_its_side_of_the_walls() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut faults_found = Vec::new();
    let mut seen = Vec::new();

    for file in [root.join("src"), root.join("uniffi/src")].iter().flat_map(|room| rust_files(room))
    {
        let names = file.strip_prefix(root).unwrap().iter().map(|name| name.to_str().unwrap());
        let path = names.collect::<Vec<_>>().join("/");
        faults_found.extend(faults(&path, &fs::read_to_string(&file).unwrap()));
        seen.push(path);
    }

    for expected in ["src/lib.rs", "src/secret.rs", "src/crypto/mod.rs", "src/otp/uri.rs"] {
        assert!(seen.iter().any(|path| path == expected), "{expected} was not looked at");
    }
    assert!(faults_found.is_empty(), "\n{}", faults_found.join("\n"));
}

#[test]
fn a_wall_that_is_broken_is_noticed() {
    let long = "\n".repeat(401);
    for (path, text) in [
        ("src/otp/a.rs", "use crate::vault::Vault;"),
        ("src/otp/a.rs", "use crate::{Secret, vault};"),
        ("src/otp/a.rs", "use crate::{\n    Secret,\n    vault::{self, Vault},\n};"),
        ("src/otp/a.rs", "fn f(v: &crate::vault::Vault) {}"),
        ("src/otp/a.rs", "use super::super::approval;"),
        ("src/otp/a.rs", "use crate::*;"),
        ("src/otp/mod.rs", "use super::transfer::qr;"),
        ("src/approval/a.rs", "mod tests { use crate::otp::Account; }"),
        ("src/vault/a.rs", "pub use crate::transfer::qr;"),
        ("src/transfer/a.rs", "use crate::approval;"),
        ("src/crypto/a.rs", "use crate::otp::Algorithm;"),
        ("src/secret.rs", "use super::vault::Slot;"),
        ("src/time.rs", "let x = crate::approval::X;"),
        ("src/clock.rs", "use crate::otp::Period;"),
        ("src/otp/a.rs", "use hmac::Mac;"),
        ("src/otp/a.rs", "use sha1 as hash;"),
        ("src/otp/a.rs", "let h = ::sha2::Sha256::new();"),
        ("src/otp/a.rs", "extern crate ring;"),
        ("src/approval/a.rs", "use p256::{ecdsa, PublicKey};"),
        ("src/vault/a.rs", "let key = argon2::Argon2::default();"),
        ("src/transfer/a.rs", "let mut h = md5::Md5::new();"),
        ("src/authenticator.rs", "use rusqlite::Connection;"),
        ("src/lib.rs", "uniffi::setup_scaffolding!();"),
        ("src/otp/a.rs", "#[derive(uniffi::Record)] struct A;"),
        ("src/vault/a.rs", "let now = std::time::SystemTime::now();"),
        ("src/vault/a.rs", "use std::time::{Duration, Instant};"),
        ("src/vault/a.rs", "let now = time::Instant::now();"),
        ("src/transfer/a.rs", "std::thread::spawn(f);"),
        ("src/approval/a.rs", "use std::net::TcpStream;"),
        ("src/otp/deep/a.rs", ""),
        ("src/otp/a.rs", "mod utils;"),
        ("src/vault/a.rs", "struct KeyManager;"),
        ("src/vault/a.rs", "pub fn get_slot(&self) {}"),
        ("src/otp/a.rs", &long),
        ("uniffi/src/lib.rs", "use rusqlite::Connection;"),
    ] {
        assert_eq!(faults(path, text).len(), 1, "{path}: {text}\n{:?}", faults(path, text));
    }
}

#[test]
fn what_only_looks_like_a_broken_wall_is_none() {
    for (path, text) in [
        ("src/otp/a.rs", "use crate::crypto::hmac::{Algorithm, HmacKey};"),
        ("src/otp/a.rs", "use crate::{Secret, UnixTime, crypto::{digest::sha256, hmac::HmacKey}};"),
        ("src/otp/a.rs", "let hash = md5(&[ring, sha1]); // crate::vault has it too"),
        ("src/otp/a.rs", "//! See [`crate::vault`] and `ring::rand`."),
        (
            "src/otp/a.rs",
            "use super::hmac::Key; mod tests { use super::super::text; use super::*; }",
        ),
        ("src/otp/a.rs", "struct Instantiated; let string = 1; fn target_of() {}"),
        ("src/crypto/a.rs", "use ring::rand; use sha2::Sha256;"),
        (
            "src/vault/a.rs",
            "use crate::{approval, crypto, otp}; use rusqlite::{Connection, params};",
        ),
        (
            "src/transfer/a.rs",
            "use crate::otp::Account; use crate::vault::Vault; use std::time::Duration;",
        ),
        ("src/authenticator.rs", "use crate::{approval, otp, transfer, vault};"),
        ("uniffi/src/lib.rs", "uniffi::setup_scaffolding!();"),
    ] {
        assert_eq!(faults(path, text), <[String; 0]>::default(), "{path}: {text}");
    }
}
