//! What the subset of JOSE refuses.

use serde_json::{Value, json};

use super::*;

fn key() -> (PrivateKey, Jwk) {
    let key = PrivateKey::from_slice(&[7; 32]).unwrap();
    let public = Jwk(key.public());
    (key, public)
}

fn signed(header: &str, payload: &str) -> String {
    let input = format!("{}.{}", encode(header.as_bytes()), encode(payload.as_bytes()));
    let signature = key().0.sign(input.as_bytes());
    format!("{input}.{}", encode(&signature))
}

fn header() -> String {
    let kid = key().1.thumbprint();
    format!(r#"{{"alg":"ES256","typ":"approval-status+jwt","kid":"{kid}"}}"#)
}

fn read(text: &str) -> Result<Value, Refusal> {
    Jws::parse(text, Kind::Status)?.claims(&key().1.0)
}

#[test]
fn what_was_signed_is_read_and_nothing_that_differs_in_a_single_character() {
    let text = signed(&header(), r#"{"a":1}"#);
    assert_eq!(read(&text), Ok(json!({ "a": 1 })));
    for place in 0..text.len() {
        for other in ["A", "b", "-", "=", ".", " ", "é"] {
            let mut changed = text.clone();
            changed.replace_range(place..=place, other);
            assert!(changed == text || read(&changed).is_err(), "{place} {other}");
        }
    }
}

#[test]
fn another_signature_of_the_same_makes_no_other_message() {
    let text = signed(&header(), "{}");
    let (input, signature) = text.rsplit_once('.').unwrap();
    let signature = decode(signature).unwrap();
    // n − s is as good as s.
    let order = "ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551";
    let order = data_encoding::HEXLOWER.decode(order.as_bytes()).unwrap();
    let mut other = signature.clone();
    let mut borrow = 0;
    for place in (0..32).rev() {
        let digit = i16::from(order[place]) - i16::from(signature[32 + place]) - borrow;
        borrow = i16::from(digit < 0);
        other[32 + place] = u8::try_from(digit.rem_euclid(256)).unwrap();
    }
    let other = format!("{input}.{}", encode(&other));
    assert_ne!(other, text);
    assert_eq!(read(&other), Ok(json!({})));
    let hash = |text: &str| Jws::parse(text, Kind::Status).unwrap().hash();
    assert_eq!(hash(&other), hash(&text));
}

#[test]
fn a_header_has_its_three_members_and_nothing_else() {
    let kid = key().1.thumbprint();
    let escaped = format!(r#"{{"kid":"{kid}","alg":"\u0045S256","typ":"approval-status+jwt"}}"#);
    assert_eq!(read(&signed(&escaped, "{}")), Ok(json!({})));
    for (from, to) in [
        (r#""alg":"ES256""#, r#""alg":"none""#),
        (r#""alg":"ES256""#, r#""alg":"HS256""#),
        (r#""alg":"ES256""#, r#""alg":"ES256","alg":"ES256""#),
        (r#""alg":"ES256""#, r#""alg":"ES256","crit":[]"#),
        (r#""alg":"ES256""#, r#""alg":"ES256","zip":"DEF""#),
        (r#""alg":"ES256","#, ""),
        (r#""alg":"ES256""#, r#""alg":null"#),
    ] {
        let text = signed(&header().replace(from, to), "{}");
        assert_eq!(read(&text), Err(Refusal::Malformed), "{to}");
    }
    let other = header().replace("status", "receipt");
    assert_eq!(read(&signed(&other, "{}")), Err(Refusal::WrongType));
}

#[test]
fn an_object_stands_alone() {
    for payload in ["{}", r#"{"a":[]}"#] {
        assert!(read(&signed(&header(), payload)).is_ok());
    }
    for payload in [" {}", "{} ", "{}{}", "[]", "1", "", "{", r#"{"a":"\ud800"}"#, "{\"a\":1,}"] {
        let text = signed(&header(), payload);
        assert_eq!(read(&text), Err(Refusal::Malformed), "{payload}");
    }
}

#[test]
fn what_was_encrypted_is_opened_by_its_key_alone() {
    let (key, public) = key();
    let kid = public.thumbprint();
    let sealed = seal(&public, "header.payload.signature").unwrap();
    assert!(is_encrypted(&sealed));
    assert_eq!(
        open(&sealed, &key, kid).as_deref().map(String::as_str),
        Ok("header.payload.signature")
    );
    assert_ne!(sealed, seal(&public, "header.payload.signature").unwrap());
    let other = PrivateKey::from_slice(&[8; 32]).unwrap();
    assert_eq!(open(&sealed, &other, Hash::of(b"")).err(), Some(Refusal::NotForUs));
    assert_eq!(open(&sealed, &other, kid).err(), Some(Refusal::Malformed));
    for place in 0..sealed.len() {
        let mut changed = sealed.clone();
        let other = if &sealed[place..=place] == "A" { "B" } else { "A" };
        changed.replace_range(place..=place, other);
        assert!(open(&changed, &key, kid).is_err(), "{place}");
    }
}

#[test]
fn a_message_has_at_most_16_384_bytes() {
    let long = |length: usize| signed(&header(), &format!(r#"{{"a":"{}"}}"#, "x".repeat(length)));
    let room = (MAX_LEN - long(0).len()) / 4 * 3;
    assert!(long(room).len() <= MAX_LEN && read(&long(room)).is_ok());
    assert_eq!(read(&long(room + 3)), Err(Refusal::Malformed));
}
