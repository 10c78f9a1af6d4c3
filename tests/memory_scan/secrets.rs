//! What a vault's keys are: worked out from its file, the key file and the guard's state
//! as `docs/vault-format.md` says, and so without the code that is tested.

use std::fs;

use argon2::{Algorithm, Argon2, Params, Version};
use authenticator_core::vault::{KeyFile, KeyWrapper, RecoveryKey};
use data_encoding::{BASE32_NOPAD, HEXLOWER};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use ring::digest::{SHA256, digest};
use ring::hmac;
use rusqlite::Connection;
use sha2::block_api::{compress256, compress512};

use crate::scan::Needles;
use crate::support::Folder;

/// What a person types.
pub(crate) struct Typed<'a> {
    pub(crate) pin: &'a str,
    pub(crate) recovery_key: Option<&'a RecoveryKey>,
}

/// Every key of the vault in `folder`, and what they are made of. What `typed` opens no
/// slot with gives what the attempt has in memory.
pub(crate) fn of_vault(folder: &Folder, typed: &Typed<'_>) -> Needles {
    let mut needles = Needles::default();
    let key_file = KeyFile::open(folder.key()).unwrap();
    let file_key = fs::read(folder.key()).unwrap()[1..33].to_vec();
    needles.add("the key file's key", &file_key);
    for purpose in ["wrap", "prf"] {
        let info = format!("authcore/1/key-file/{purpose}");
        hkdf(&mut needles, "the key file's key", &[], &file_key, info.as_bytes(), 32);
    }

    // A copy: the vault may be open.
    let copy = Folder::new();
    for name in ["vault", "vault-wal"] {
        let _ = fs::copy(folder.path(name), copy.path(name));
    }
    let database = Connection::open(copy.path("vault")).unwrap();
    let header: Vec<u8> =
        database.query_row("SELECT body FROM header", [], |row| row.get(0)).unwrap();
    let (vault, generation) = (&header[1..17], &header[33..37]);
    let guard = fs::read(folder.path(&format!("{}.guard", HEXLOWER.encode(vault)))).unwrap();
    let epoch = &guard[10..26];
    needles.add("the epoch", epoch);

    let mut statement = database.prepare("SELECT body FROM slot WHERE body NOT NULL").unwrap();
    let bodies = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    let mut opened = 0;
    for body in bodies {
        let body = body.unwrap();
        let Some(material) = material(&mut needles, &body, epoch, &key_file, typed) else {
            continue;
        };
        let info = [b"authcore/1/slot", &body[1..2]].concat();
        let keys = hkdf(&mut needles, "a slot's", &body[2..18], &material, &info, 64);
        needles.add("a slot's key", &keys[..32]);
        let wrapped = usize::from(u16::from_be_bytes([body[68], body[69]]));
        if keys[32..] != body[70 + wrapped..102 + wrapped] {
            // A wrong PIN has made it, as it has made the key.
            needles.add("a commitment", &keys[32..]);
            continue;
        }
        let (associated, rest) = body.split_at(102 + wrapped);
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, &keys[..32]).unwrap());
        let nonce = Nonce::try_assume_unique_for_key(&rest[..12]).unwrap();
        let mut master = rest[12..].to_vec();
        key.open_in_place(nonce, Aad::from(associated), &mut master).unwrap();
        master.truncate(32);
        needles.add("the master key", &master);
        for purpose in ["record", "root"] {
            let info = [format!("authcore/1/{purpose}").as_bytes(), generation].concat();
            let name = format!("the {purpose} key");
            let key = hkdf(&mut needles, &name, vault, &master, &info, 32);
            needles.add(&name, &key);
            hmac_key(&mut needles, &name, &key);
        }
        opened += 1;
    }
    assert!(opened > 0, "no slot was opened");
    needles
}

/// What a slot's key is made of.
fn material(
    needles: &mut Needles,
    body: &[u8],
    epoch: &[u8],
    key_file: &KeyFile,
    typed: &Typed<'_>,
) -> Option<Vec<u8>> {
    let number = |at: usize| u32::from_be_bytes(body[at..at + 4].try_into().unwrap());
    let kind = body[1];
    let mut material = Vec::new();
    if kind == 3 {
        let text = typed.recovery_key?.text();
        let key = recovery_bytes(text.expose());
        needles.add("the recovery key", &key);
        needles.add("the recovery key's text", text.expose().as_bytes());
        needles.add("the recovery key's text", text.expose().replace('-', "").as_bytes());
        material.extend(key);
    }
    if kind == 1 || kind == 4 {
        let wrapped = usize::from(u16::from_be_bytes([body[68], body[69]]));
        let secret = key_file.unwrap(&body[70..70 + wrapped]).unwrap();
        needles.add("the platform's secret", secret.expose());
        material.extend(secret.expose());
    }
    if kind == 2 || kind == 4 {
        needles.add("the PIN", typed.pin.as_bytes());
        let params = Params::new(number(40), number(44), number(48), Some(32)).unwrap();
        let mut stretched = [0; 32];
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into(typed.pin.as_bytes(), &body[52..68], &mut stretched)
            .unwrap();
        needles.add("the stretched PIN", &stretched);
        let input = [b"authcore/1/prf", &stretched[..], epoch].concat();
        let input: [u8; 32] = digest(&SHA256, &input).as_ref().try_into().unwrap();
        needles.add("the keyed function's input", &input);
        let prf = key_file.prf(&input).unwrap().unwrap();
        needles.add("the keyed function's output", prf.expose());
        material.extend([&stretched, epoch, prf.expose()].concat());
    }
    Some(material)
}

fn recovery_bytes(text: &str) -> Vec<u8> {
    let symbols = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut alphabet = data_encoding::Specification::new();
    alphabet.symbols.push_str(symbols);
    let bytes = alphabet.encoding().unwrap().decode(text.replace('-', "").as_bytes()).unwrap();
    bytes[..32].to_vec()
}

/// HKDF with SHA-256; notes what is secret on the way.
fn hkdf(
    needles: &mut Needles,
    name: &str,
    salt: &[u8],
    material: &[u8],
    info: &[u8],
    length: usize,
) -> Vec<u8> {
    let key = |bytes: &[u8]| hmac::Key::new(hmac::HMAC_SHA256, bytes);
    let extracted = hmac::sign(&key(salt), material);
    needles.add(&format!("{name}, extracted"), extracted.as_ref());
    hmac_key(needles, &format!("{name}, extracted"), extracted.as_ref());
    let (mut output, mut block) = (Vec::new(), Vec::new());
    for count in 1..=u8::try_from(length.div_ceil(32)).unwrap() {
        let text = [&block, info, &[count]].concat();
        block = hmac::sign(&key(extracted.as_ref()), &text).as_ref().to_vec();
        output.extend_from_slice(&block);
    }
    output
}

/// The two states of an HMAC key under SHA-256.
pub(crate) fn hmac_key(needles: &mut Needles, name: &str, key: &[u8]) {
    absorbed(needles, name, key, SHA256_START, compress256, u32::to_be_bytes);
}

/// The two states of an HMAC key under SHA-1.
pub(crate) fn hmac_key_sha1(needles: &mut Needles, name: &str, key: &[u8]) {
    const START: [u32; 5] = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];
    absorbed(needles, name, key, START, sha1::block_api::compress, u32::to_be_bytes);
}

/// The two states of an HMAC key under SHA-512.
pub(crate) fn hmac_key_sha512(needles: &mut Needles, name: &str, key: &[u8]) {
    absorbed(needles, name, key, SHA512_START, compress512, u64::to_be_bytes);
}

fn absorbed<W: Copy, const WORDS: usize, const BLOCK: usize, const LEN: usize>(
    needles: &mut Needles,
    name: &str,
    key: &[u8],
    start: [W; WORDS],
    compress: fn(&mut [W; WORDS], &[[u8; BLOCK]]),
    bytes: fn(W) -> [u8; LEN],
) {
    for (half, pad) in [("inner", 0x36), ("outer", 0x5c)] {
        let mut block = [pad; BLOCK];
        block.iter_mut().zip(key).for_each(|(to, from)| *to ^= from);
        needles.add(&format!("{name}, filled up"), &block[..key.len()]);
        let mut state = start;
        compress(&mut state, &[block]);
        needles.add_words(&format!("{name}, absorbed ({half})"), &state.map(bytes));
    }
}

/// A secret in every spelling.
pub(crate) fn spelled(needles: &mut Needles, name: &str, secret: &[u8]) {
    needles.add(name, secret);
    needles.add(&format!("{name} in base32"), BASE32_NOPAD.encode(secret).as_bytes());
    needles.add(&format!("{name} in hex"), HEXLOWER.encode(secret).as_bytes());
}

const SHA256_START: [u32; 8] = [
    0x6a09_e667,
    0xbb67_ae85,
    0x3c6e_f372,
    0xa54f_f53a,
    0x510e_527f,
    0x9b05_688c,
    0x1f83_d9ab,
    0x5be0_cd19,
];
const SHA512_START: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];
