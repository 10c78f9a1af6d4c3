//! What a push of the web says, encrypted: RFC 8291, which is `aes128gcm` (RFC 8188) in a
//! single record.

use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::agreement::{ECDH_P256, PrivateKey, UnparsedPublicKey, agree};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use aws_lc_rs::rand;

use super::Failure;
use super::subscription::Subscription;

/// What may be said: a push service takes bodies of 4 096 bytes (RFC 8030, section 7.2), and
/// 103 of them are what encryption adds.
pub(super) const MAX_TEXT: usize = 3_993;
/// The record size that is written: there is one record, and it is shorter.
const RECORD: u32 = 4_096;
/// Behind the text of a last record (RFC 8188, section 2).
const DELIMITER: u8 = 2;
const SALT_LEN: usize = 16;

/// `text` as a body that `subscription` opens, with a key and a salt of its own.
pub(super) fn encrypt(text: &[u8], subscription: &Subscription) -> Result<Vec<u8>, Failure> {
    let sender = PrivateKey::generate(&ECDH_P256).map_err(|_| Failure::Fault)?;
    let mut salt = [0; SALT_LEN];
    rand::fill(&mut salt).map_err(|_| Failure::Fault)?;
    encrypt_with(text, subscription, &sender, &salt)
}

fn encrypt_with(
    text: &[u8],
    subscription: &Subscription,
    sender: &PrivateKey,
    salt: &[u8; SALT_LEN],
) -> Result<Vec<u8>, Failure> {
    let public = sender.compute_public_key().map_err(|_| Failure::Fault)?;
    let peer = UnparsedPublicKey::new(&ECDH_P256, subscription.p256dh());
    // That what the phone gave is a point of the curve is checked here.
    let material = agree(sender, peer, Failure::BadTarget, |shared| {
        let salt = Salt::new(HKDF_SHA256, subscription.auth());
        let info = [b"WebPush: info\0", subscription.p256dh(), public.as_ref()];
        expand::<32>(&salt.extract(shared), &info)
    })?;
    let content = Salt::new(HKDF_SHA256, salt).extract(&material);
    let key: [u8; 16] = expand(&content, &[b"Content-Encoding: aes128gcm\0"])?;
    // The only record has the number 0, by which the nonce stays as it is.
    let nonce: [u8; 12] = expand(&content, &[b"Content-Encoding: nonce\0"])?;

    let key = UnboundKey::new(&AES_128_GCM, &key).map_err(|_| Failure::Fault)?;
    let mut record = text.to_vec();
    record.push(DELIMITER);
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut record)
        .map_err(|_| Failure::Fault)?;

    let length = u8::try_from(public.as_ref().len()).map_err(|_| Failure::Fault)?;
    Ok([&salt[..], &RECORD.to_be_bytes(), &[length], public.as_ref(), &record].concat())
}

struct Bytes(usize);

impl KeyType for Bytes {
    fn len(&self) -> usize {
        self.0
    }
}

fn expand<const N: usize>(key: &Prk, info: &[&[u8]]) -> Result<[u8; N], Failure> {
    let mut bytes = [0; N];
    let expanded = key.expand(info, Bytes(N)).and_then(|okm| okm.fill(&mut bytes));
    expanded.map(|()| bytes).map_err(|_| Failure::Fault)
}

#[cfg(test)]
mod tests {
    use authenticator_core::approval::WebPushKeys;
    use data_encoding::BASE64URL_NOPAD;

    use super::*;

    fn decode(text: &str) -> Vec<u8> {
        BASE64URL_NOPAD.decode(text.as_bytes()).unwrap()
    }

    #[test]
    fn the_example_of_rfc_8291_comes_out_byte_for_byte() {
        // RFC 8291, section 5 and appendix A.
        let subscription = Subscription::parse(
            r#"{"endpoint":"https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
            "keys":{"p256dh":"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
            "auth":"BTBZMqHH6r4Tts7J_aSIgg"}}"#,
        )
        .unwrap();
        let sender = decode("yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw");
        let sender = PrivateKey::from_private_key(&ECDH_P256, &sender).unwrap();
        let salt = decode("DGv6ra1nlYgDCS1FRnbzlw").try_into().unwrap();
        let text = b"When I grow up, I want to be a watermelon";

        let body = encrypt_with(text, &subscription, &sender, &salt).unwrap();

        let published = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIg\
            Dll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuw\
            XPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN";
        assert_eq!(BASE64URL_NOPAD.encode(&body), published);
    }

    #[test]
    fn what_is_encrypted_opens_on_the_phone_alone_that_it_is_for() {
        let (keys, other) = (WebPushKeys::make().unwrap(), WebPushKeys::make().unwrap());
        let target = keys.target("https://push.example.net/s").target;
        let subscription = Subscription::parse(&target).unwrap();
        for length in [0, 1, 627, 821, 1_185, 2_048, 3_080, MAX_TEXT] {
            let text = "p".repeat(length);

            let body = encrypt(text.as_bytes(), &subscription).unwrap();

            assert_eq!(body.len(), length + 103);
            assert_eq!(keys.open(&body), Ok(text));
            assert!(other.open(&body).is_err());
        }
    }

    #[test]
    fn every_push_has_a_key_and_a_salt_of_its_own() {
        let keys = WebPushKeys::make().unwrap();
        let target = keys.target("https://push.example.net/s").target;
        let subscription = Subscription::parse(&target).unwrap();

        let [one, two] = [(); 2].map(|()| encrypt(b"p", &subscription).unwrap());

        assert_ne!(one[..16], two[..16]);
        assert_ne!(one[21..86], two[21..86]);
    }

    #[test]
    fn a_key_that_is_no_point_of_the_curve_is_refused() {
        let p256dh = BASE64URL_NOPAD.encode(&[&[4][..], &[1; 64]].concat());
        let auth = BASE64URL_NOPAD.encode(&[0; 16]);
        let target = format!(
            r#"{{"endpoint":"https://push.example.net/s","keys":{{"p256dh":"{p256dh}","auth":"{auth}"}}}}"#
        );
        let subscription = Subscription::parse(&target).unwrap();

        assert_eq!(encrypt(b"p", &subscription), Err(Failure::BadTarget));
    }
}
