//! No secret, PIN or URI is ever printed: not by an error, a warning or `Debug`,
//! in no encoding, wherever in the text the secret stood.

use std::error::Error;
use std::fmt::{Debug, Write};
use std::sync::LazyLock;

use authenticator_core::otp::{Account, AccountError, CodeList, Generator, Kind, Parsed};
use authenticator_core::{Secret, SecretString, UnixTime};

/// Twenty bytes, also as text, with digits in every stretch of its base32.
const SECRET: &[u8; 20] = b"QzCanary7Key!x9Wv5Zk";
const SECRET_BASE32: &str = "KF5EGYLOMFZHSN2LMV4SC6BZK53DKWTL";
const SECRET_HEX: &str = "517a43616e617279374b65792178395776355a6b";
const SECRET_BASE64: &str = "UXpDYW5hcnk3S2V5IXg5V3Y1Wms=";
const PIN: &str = "Pin8642Pin";
const TIME: UnixTime = UnixTime::from_secs(1_741_011_292);

/// As many characters of an encoding as may not be printed in a row: 60 bits in
/// base32, 48 in hexadecimal.
const STRETCH: usize = 12;

/// What was printed on the way from a text to its codes.
#[derive(Default)]
struct Printed(String);

impl Printed {
    fn debug(&mut self, value: &dyn Debug) {
        let before = self.0.len();
        write!(self.0, "{value:?}").unwrap();
        // It says what it is, if nothing else.
        assert!(self.0.len() > before);
        self.0.push('\n');
    }

    fn error(&mut self, error: &dyn Error) {
        writeln!(self.0, "{error}").unwrap();
        self.debug(&error);
        if let Some(source) = error.source() {
            self.error(source);
        }
    }

    /// Everything that can be made of an account.
    fn read(&mut self, read: &Result<Parsed, AccountError>) {
        self.debug(&read);
        let parsed = match read {
            Ok(parsed) => parsed,
            Err(error) => return self.error(error),
        };
        let account = &parsed.account;
        self.debug(&parsed.warnings);
        self.debug(account);
        self.debug(&account.kind());
        self.debug(account.secret());
        self.debug(&account.secret_text());
        self.debug(&account.to_uri());

        let pin = SecretString::new(PIN.to_owned());
        self.debug(&pin);
        let list: CodeList = [(account, None), (account, Some(&pin))].into_iter().collect();
        self.debug(&list);
        for code in list.codes_at(TIME) {
            self.debug(&code);
        }
        for pin in [None, Some(&pin)] {
            match account.generator(pin) {
                Ok(generator) => {
                    self.debug(&generator);
                    match &generator {
                        Generator::Hotp(hotp) => self.debug(&(hotp, hotp.code(7))),
                        Generator::Totp(totp) => self.debug(&(totp, totp.code_at(TIME))),
                    }
                }
                Err(error) => self.error(&error),
            }
        }
    }

    /// What of the secret, the PIN or a URI stands in it.
    fn leak(&self) -> Option<&'static str> {
        let mut dense = self.0.clone();
        dense.retain(|character| character.is_ascii_alphanumeric());
        let dense_lower = dense.to_ascii_lowercase();
        let texts = [&self.0, &dense, &dense_lower];
        let found = NEEDLES.iter().find(|(_, part, form)| texts[*form as usize].contains(part));
        found.map(|(what, _, _)| *what)
    }
}

/// In which form of the printed text something is looked for.
#[derive(Clone, Copy)]
enum Form {
    AsItIs,
    LettersAndDigits,
    LowerLettersAndDigits,
}

/// What may stand nowhere.
static NEEDLES: LazyLock<Vec<(&str, String, Form)>> = LazyLock::new(|| {
    let mut needles = vec![
        ("the PIN", PIN.to_lowercase(), Form::LowerLettersAndDigits),
        ("the PIN", byte_list(PIN.as_bytes()), Form::AsItIs),
        ("a URI", "://".to_owned(), Form::AsItIs),
        ("a URI", "%3A%2F%2F".to_owned(), Form::AsItIs),
        ("a URI", "otpauthtotp".to_owned(), Form::LowerLettersAndDigits),
    ];
    let mut add = |what, text: &str, length, form| {
        let stretches = text.as_bytes().windows(length);
        needles
            .extend(stretches.map(|part| (what, String::from_utf8(part.to_vec()).unwrap(), form)));
    };
    let base32 = SECRET_BASE32.to_ascii_lowercase();
    add("the secret in base32", &base32, STRETCH, Form::LowerLettersAndDigits);
    add("the secret in hexadecimal", SECRET_HEX, STRETCH, Form::LowerLettersAndDigits);
    add("the secret in base64", SECRET_BASE64, STRETCH, Form::LettersAndDigits);
    add("the secret as text", str::from_utf8(SECRET).unwrap(), 6, Form::AsItIs);
    let bytes =
        SECRET.windows(4).map(|bytes| ("the secret's bytes", byte_list(bytes), Form::AsItIs));
    needles.extend(bytes);
    needles
});

/// `bytes` as Debug lists them, without the brackets.
fn byte_list(bytes: &[u8]) -> String {
    format!("{bytes:?}").trim_matches(['[', ']']).to_owned()
}

/// The texts that hold the secret where it belongs.
fn uris() -> Vec<String> {
    let lower = SECRET_BASE32.to_ascii_lowercase();
    let grouped = |by: &str| {
        let groups: Vec<_> = SECRET_BASE32.as_bytes().chunks(4).collect();
        groups.into_iter().map(|group| str::from_utf8(group).unwrap()).collect::<Vec<_>>().join(by)
    };
    vec![
        format!("otpauth://totp/Ex:al?secret={SECRET_BASE32}&issuer=Ex"),
        format!("otpauth://totp/Ex:al?issuer=Ex&digits=8&algorithm=SHA512&secret={lower}"),
        format!("otpauth://totp/Ex:al?secret={}&period=60", grouped("-")),
        format!("otpauth://totp/Ex:al?secret={}&image=x", grouped("%20")),
        format!("otpauth://hotp/Ex:al?secret={SECRET_BASE32}&issuer=Ex&counter=7"),
        format!("otpauth://steam/Ex:al?secret={SECRET_BASE32}"),
        format!("otpauth://yaotp/al?secret={}&pin={PIN}", &SECRET_BASE32[..26]),
        format!("motp://Ex:al?secret={SECRET_HEX}&pin={PIN}"),
        format!("steam://{SECRET_BASE32}"),
        format!("otpauth-migration://offline?data={SECRET_BASE64}"),
    ]
}

/// The texts that hold it where it does not belong.
fn misplaced() -> Vec<String> {
    let start = "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex";
    let mut texts = Vec::new();
    let groups: Vec<_> =
        SECRET_BASE32.as_bytes().chunks(4).map(<[u8]>::to_ascii_lowercase).collect();
    let groups: Vec<_> = groups.iter().map(|group| str::from_utf8(group).unwrap()).collect();
    for secret in [
        SECRET_BASE32.to_owned(),
        SECRET_BASE32.to_ascii_lowercase(),
        groups.join("-"),
        groups.join("_"),
        groups.join("."),
        groups.join(" "),
        groups.join("+"),
        groups.join("%20"),
        SECRET_HEX.to_owned(),
        SECRET_HEX.to_ascii_uppercase(),
        SECRET_BASE64.to_owned(),
        String::from_utf8(SECRET.to_vec()).unwrap(),
        PIN.to_owned(),
        format!("otpauth://totp/Ex:al?secret={SECRET_BASE32}"),
        format!("otpauth%3A%2F%2Ftotp%2FEx%3Aal%3Fsecret%3D{SECRET_BASE32}"),
    ] {
        texts.extend([
            secret.clone(),
            format!("{secret}://totp/Ex:al?secret=GEZDGNBV"),
            format!("otpauth://{secret}/Ex:al?secret=GEZDGNBV"),
            format!("otpauth://totp/{secret}"),
            format!("otpauth://totp/{secret}?secret=GEZDGNBV"),
            format!("otpauth://totp/{secret}:al?secret=GEZDGNBV"),
            format!("otpauth://totp/Ex:{secret}?secret=GEZDGNBV&issuer=Other"),
            format!("otpauth://totp/Ex:al?{secret}"),
            format!("otpauth://totp/Ex:al?{secret}=1"),
            format!("otpauth://totp/Ex:al?={secret}"),
            format!("{start}&{secret}"),
            format!("{start}&{secret}="),
            format!("{start}&{secret}=x"),
            format!("{start}&amp;{secret}=x"),
            format!("{start}&x={secret}"),
            format!("{start}#{secret}"),
            format!("{start}?{secret}"),
            format!("{start}&secret={secret}"),
            format!("{start}&issuer={secret}"),
            format!("{start}&algorithm={secret}"),
            format!("{start}&digits={secret}"),
            format!("{start}&period={secret}"),
            format!("{start}&counter={secret}"),
            format!("{start}&encoder={secret}"),
            format!("{start}&image={secret}"),
            format!("otpauth://totp/al?secret=GEZDGNBV&issuer={secret}"),
            format!("otpauth://hotp/al?secret=GEZDGNBV&counter={secret}"),
            format!("otpauth://steam/al?secret=GEZDGNBV&digits={secret}&algorithm={secret}"),
            format!("phonefactor://activate_account?code={secret}"),
            format!("otpauth-migration://offline?data={secret}"),
            format!("duo://{secret}"),
            format!("motp://{secret}"),
            format!("steam://{secret}!"),
        ]);
    }
    texts
}

fn assert_no_leak(text: &str) {
    let mut printed = Printed::default();

    printed.read(&Account::from_uri(text));
    for kind in [Kind::totp(), Kind::Motp] {
        printed.read(&Account::from_typed_secret("Ex", "al", kind, text));
    }

    if let Some(leak) = printed.leak() {
        panic!("{leak} is printed for {text:?}:\n{}", printed.0);
    }
}

#[test]
fn the_search_finds_every_encoding() {
    let text = str::from_utf8(SECRET).unwrap().to_owned();
    for (printed, expected) in [
        (format!("{text:?}"), "the secret as text"),
        (format!("Secret({SECRET_BASE32})"), "the secret in base32"),
        (SECRET_BASE32.to_ascii_lowercase(), "the secret in base32"),
        (SECRET_BASE32[3..16].to_owned(), "the secret in base32"),
        ("kf5e gylo-mfzh_sn2l".to_owned(), "the secret in base32"),
        (SECRET_HEX.to_ascii_uppercase(), "the secret in hexadecimal"),
        (SECRET_BASE64.to_owned(), "the secret in base64"),
        (format!("{SECRET:?}"), "the secret's bytes"),
        (format!("{SECRET:x?}"), "the secret in hexadecimal"),
        (format!("pin: {PIN}"), "the PIN"),
        (format!("{:?}", PIN.as_bytes()), "the PIN"),
        ("otpauth://totp/Ex".to_owned(), "a URI"),
    ] {
        assert_eq!(Printed(printed.clone()).leak(), Some(expected), "{printed}");
    }
    assert_eq!(Printed("Account { kind: Motp, .. }".to_owned()).leak(), None);
    assert_eq!(Printed(format!("{:?}", Secret::new(SECRET.to_vec()))).leak(), None);
}

#[test]
fn nothing_is_printed_of_an_account_that_is_read() {
    for text in uris() {
        assert_no_leak(&text);
    }
    assert_no_leak(SECRET_BASE32);
    assert_no_leak(SECRET_HEX);
}

#[test]
fn nothing_is_printed_of_a_secret_in_the_wrong_place() {
    for text in misplaced() {
        assert_no_leak(&text);
    }
}

#[test]
fn nothing_is_printed_of_a_text_that_was_damaged_anywhere() {
    for text in uris() {
        for (position, character) in text.char_indices() {
            let (before, after) = text.split_at(position);
            let rest = &after[character.len_utf8()..];
            for inserted in ["&", "=", "?", "#", "%", ":", "+", "0", "é", "=x&", "&issuer="] {
                assert_no_leak(&[before, inserted, after].concat());
            }
            for replaced in ["&", "=", "?", "/"] {
                assert_no_leak(&[before, replaced, rest].concat());
            }
            assert_no_leak(&[before, rest].concat());
            assert_no_leak(before);
            assert_no_leak(after);
            assert_no_leak(&[after, before].concat());
            assert_no_leak(&[before, &after.to_ascii_lowercase()].concat());
        }
    }
}

#[test]
fn a_refused_account_says_nothing_of_its_names() {
    for (issuer, name, secret) in [
        ("CanaryIssuer", "CanaryName", vec![]),
        ("CanaryIssuer", "CanaryName", vec![1; 513]),
        (&*"CanaryIssuer".repeat(30), "CanaryName", vec![1; 20]),
        ("CanaryIssuer", &*"CanaryName".repeat(60), vec![1; 20]),
    ] {
        let read = Account::from_parts(issuer, name, Kind::totp(), Secret::new(secret));

        let mut printed = Printed::default();
        printed.error(&read.unwrap_err());
        assert!(!printed.0.contains("Canary"), "{}", printed.0);
    }
}

#[test]
fn a_code_is_shown_by_display_and_not_by_debug() {
    let account = Account::from_uri(&uris()[0]).unwrap().account;
    let Ok(Generator::Totp(totp)) = account.generator(None) else { panic!("it is TOTP") };
    let now = totp.code_at(TIME);

    assert_eq!(format!("{:?}", now.code), "Code(..)");
    assert!(!format!("{now:#?}").contains(now.code.as_str()));
    assert_eq!(now.code.to_string(), now.code.as_str());
}

#[cfg(feature = "transfer")]
#[test]
fn nothing_is_printed_on_the_way_through_a_qr_code_or_a_migration_link() {
    use authenticator_core::transfer::google::{MigrationBatch, MigrationLink, export};
    use authenticator_core::transfer::qr::QrCode;

    let accounts = uris().into_iter().filter_map(|text| Account::from_uri(&text).ok());
    let accounts: Vec<_> = accounts.map(|parsed| parsed.account).collect();
    let mut printed = Printed::default();

    let exported = export(&accounts).unwrap();
    printed.debug(&exported);
    for refusal in &exported.refused {
        printed.error(&refusal.reason);
    }
    let mut batch = MigrationBatch::default();
    for link in &exported.links {
        printed.debug(&QrCode::encode(link.expose()).unwrap());
        printed.debug(&QrCode::encode(link.expose()).unwrap().to_svg());
        let read = MigrationLink::parse(link.expose()).unwrap();
        printed.debug(&read);
        batch.add(read).unwrap();
        for (position, _) in link.expose().char_indices() {
            let damaged = &link.expose()[..position];
            printed.debug(&MigrationLink::parse(damaged));
            printed.error(&Account::from_uri(damaged).unwrap_err());
        }
    }
    printed.debug(&batch);
    for entry in batch.into_entries() {
        printed.debug(&entry);
        printed.read(&entry.account.map_err(|_| AccountError::MissingSecret));
    }

    assert_eq!(printed.leak(), None, "{}", printed.0);
}
