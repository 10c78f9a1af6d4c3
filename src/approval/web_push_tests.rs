use proptest::prelude::*;

use super::super::jose::decode;
use super::*;

/// RFC 8291, section 5.
const TEXT: &str = "When I grow up, I want to be a watermelon";
const KEY: &str = "q1dXpw3UpT5VOmu_cf_v6ih07Aems3njxI-JWgLcM94";
const PUBLIC: &str =
    "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";
const BODY: &str = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLoc\
                    InmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLV\
                    WGNWQexSgSxsj_Qulcy4a-fN";
/// Where the record size is, and what follows it.
const SIZE: usize = SALT_LEN;
const LENGTH: usize = SIZE + 4;

fn bytes(text: &str) -> Vec<u8> {
    decode(text).unwrap()
}

fn keys() -> WebPushKeys {
    let kept = [bytes(KEY), bytes(AUTH)].concat();
    WebPushKeys::from_bytes(&Secret::new(kept)).unwrap()
}

fn sealed(keys: &WebPushKeys, padded: &[u8]) -> Vec<u8> {
    keys.seal(padded).unwrap()
}

#[test]
fn the_payload_of_rfc_8291_opens() {
    assert_eq!(keys().public()[..], bytes(PUBLIC));
    assert_eq!(keys().auth()[..], bytes(AUTH));
    assert_eq!(keys().open(&bytes(BODY)).unwrap(), TEXT);
}

#[test]
fn what_is_kept_opens_the_same_and_other_keys_nothing() {
    let kept = WebPushKeys::from_bytes(&keys().to_bytes()).unwrap();
    assert_eq!(kept.open(&bytes(BODY)).unwrap(), TEXT);

    let other = WebPushKeys::make().unwrap();
    assert_eq!(other.open(&bytes(BODY)), Err(Refusal::Malformed));
    let other_auth = WebPushKeys { auth: Box::new(Zeroizing::new([1; AUTH_LEN])), ..keys() };
    assert_eq!(other_auth.open(&bytes(BODY)), Err(Refusal::Malformed));

    for length in [0, 16, 47, 49] {
        let kept = WebPushKeys::from_bytes(&Secret::new(vec![1; length]));
        assert_eq!(kept.unwrap_err(), Refusal::Malformed, "{length}");
    }
    assert_eq!(format!("{other:?}"), "WebPushKeys(..)");
}

#[test]
fn every_bit_counts_but_those_of_the_record_size() {
    let body = bytes(BODY);
    for place in (0..body.len()).filter(|place| !(SIZE..LENGTH).contains(place)) {
        for bit in 0..8 {
            let mut altered = body.clone();
            altered[place] ^= 1 << bit;
            assert_eq!(keys().open(&altered), Err(Refusal::Malformed), "{place} {bit}");
        }
    }
    for end in 0..body.len() {
        assert_eq!(keys().open(&body[..end]), Err(Refusal::Malformed), "{end}");
    }
    assert_eq!(keys().open(&[&body[..], &[0]].concat()), Err(Refusal::Malformed));
}

#[test]
fn a_record_is_no_longer_than_its_size() {
    let body = bytes(BODY);
    let record = u32::try_from(body.len() - LENGTH - 1 - POINT_LEN).unwrap();
    let with = |size: u32| {
        let mut altered = body.clone();
        altered[SIZE..LENGTH].copy_from_slice(&size.to_be_bytes());
        keys().open(&altered)
    };
    for size in [0, 17, record - 1] {
        assert_eq!(with(size), Err(Refusal::Malformed), "{size}");
    }
    for size in [record, record + 1, u32::MAX] {
        assert_eq!(with(size).unwrap(), TEXT, "{size}");
    }
    // A text of nothing has a record of 17 bytes, and 18 is the least size there is.
    let mut least = sealed(&keys(), &[DELIMITER]);
    for (size, opened) in [(17, Err(Refusal::Malformed)), (18, Ok(String::new()))] {
        least[SIZE..LENGTH].copy_from_slice(&u32::to_be_bytes(size));
        assert_eq!(keys().open(&least), opened, "{size}");
    }
}

#[test]
fn only_the_delimiter_of_a_last_record_ends_the_text() {
    let opened = |padded: &[u8]| keys().open(&sealed(&keys(), padded));
    assert_eq!(opened(b"p\x02").unwrap(), "p");
    assert_eq!(opened(b"p\x02\0\0\0").unwrap(), "p");
    assert_eq!(opened(b"p\x02\x02").unwrap(), "p\x02");
    // None; one of a record that others follow; zeros alone; nothing; and no text.
    for padded in [&b"p"[..], b"p\0", b"p\x01", b"p\x01\0", b"\0\0", b"", b"\xff\x02"] {
        assert_eq!(opened(padded), Err(Refusal::Malformed), "{padded:?}");
    }
}

#[test]
fn a_body_has_at_most_4096_bytes() {
    let padded = |length: usize| [&vec![b'p'; length][..], &[DELIMITER]].concat();
    assert_eq!(keys().open(&sealed(&keys(), &padded(3_993))).unwrap().len(), 3_993);
    assert_eq!(keys().open(&sealed(&keys(), &padded(3_994))), Err(Refusal::Malformed));
}

proptest! {
    #[test]
    fn a_text_opens_as_it_was_however_it_is_padded(text in "[^\\x00]{0,300}", zeros in 0_usize..200) {
        let padded = [text.as_bytes(), &[DELIMITER], &vec![0; zeros]].concat();
        prop_assert_eq!(keys().open(&sealed(&keys(), &padded)), Ok(text));
    }

    #[test]
    fn whatever_comes_is_opened_or_refused(body in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_eq!(keys().open(&body), Err(Refusal::Malformed));
    }
}

#[test]
fn a_target_is_what_the_push_api_writes() {
    let key = decode(KEY).unwrap();
    let keys =
        WebPushKeys::from_bytes(&Secret::new([key, decode(AUTH).unwrap()].concat())).unwrap();
    let target = keys.target("https://push.example/\"a\"");
    let expected = format!(
        r#"{{"endpoint":"https://push.example/\"a\"","keys":{{"p256dh":"{PUBLIC}","auth":"{AUTH}"}}}}"#
    );
    assert_eq!((target.kind, target.target), (PushKind::Webpush, expected));
}
