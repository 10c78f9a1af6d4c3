//! What services print is read as it was meant, with a warning where it is
//! doubtful, or refused; so is what a person types.

use authenticator_core::otp::{Account, AccountError, Generator, Kind, Parsed, Warning};
use authenticator_core::{SecretString, UnixTime};
use proptest::collection::vec;
use proptest::prelude::*;

const REFERENCE: &str = "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex";
const TIME: UnixTime = UnixTime::from_secs(1_741_011_292);

/// The outcome of a reading in the words of the table.
fn outcome(read: &Result<Parsed, AccountError>, pin: &str) -> String {
    let parsed = match read {
        Ok(parsed) => parsed,
        Err(error) => return format!("error {error:?}"),
    };
    let account = &parsed.account;
    let kind = match account.kind() {
        Kind::Totp { algorithm, digits, period } => {
            format!("totp {algorithm} {} {}", digits.count(), period.as_secs())
        }
        Kind::Hotp { algorithm, digits, counter } => {
            format!("hotp {algorithm} {} {counter}", digits.count())
        }
        Kind::Motp => "motp".to_owned(),
        Kind::Steam => "steam".to_owned(),
        Kind::Yandex => "yandex".to_owned(),
        other => format!("{other:?}"),
    };
    let mut warnings: Vec<_> =
        parsed.warnings.iter().map(|warning| format!("{warning:?}")).collect();
    warnings.sort();
    let fields = [
        ("kind", kind),
        ("issuer", account.issuer().unwrap_or_default().to_owned()),
        ("name", account.name().to_owned()),
        ("image", account.image().unwrap_or_default().to_owned()),
        ("secret", hex(account.secret().expose())),
        ("code", code(account, pin)),
        ("warn", warnings.join(" ")),
    ];
    written(&fields)
}

/// The outcome that a line of the table stands for, with the PIN it names.
fn expected(line: &str) -> (String, String) {
    if line.starts_with("error ") {
        return (line.to_owned(), String::new());
    }
    let mut fields = [
        ("kind", "totp SHA1 6 30".to_owned()),
        ("issuer", "Ex".to_owned()),
        ("name", "al".to_owned()),
        ("image", String::new()),
        ("secret", hex(b"12345678901234567890")),
        ("code", "839825".to_owned()),
        ("warn", String::new()),
    ];
    let mut pin = String::new();
    let mut differences = line.split(" | ");
    assert_eq!(differences.next(), Some("account"), "malformed: {line}");
    for difference in differences {
        let (name, value) = difference.split_once(' ').unwrap_or((difference, ""));
        match fields.iter_mut().find(|(field, _)| *field == name) {
            Some((_, field)) => *field = resolved(value),
            None if name == "pin" => pin = value.to_owned(),
            None => panic!("malformed: {line}"),
        }
    }
    (written(&fields), pin)
}

fn written(fields: &[(&str, String)]) -> String {
    let field = |(name, value): &(&str, String)| format!("{name} {value:?}");
    fields.iter().map(field).collect::<Vec<_>>().join(" | ")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn code(account: &Account, pin: &str) -> String {
    let code = match (account.generator(Some(&SecretString::new(pin.to_owned()))), account.kind()) {
        (Ok(Generator::Hotp(hotp)), Kind::Hotp { counter, .. }) => hotp.code(counter),
        (Ok(Generator::Totp(totp)), _) => totp.code_at(TIME).code,
        (other, kind) => panic!("{kind:?} has no code: {:?}", other.err()),
    };
    code.as_str().to_owned()
}

/// The text that a line of the table stands for: `\u{…}`, `\n`, `\r`, `\t` and
/// `\{x*100}` resolved.
fn resolved(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, escape)) = rest.split_once('\\') {
        text.push_str(before);
        rest = if let Some(escape) = escape.strip_prefix("u{") {
            let (number, after) = escape.split_once('}').unwrap();
            text.push(char::from_u32(u32::from_str_radix(number, 16).unwrap()).unwrap());
            after
        } else if let Some(escape) = escape.strip_prefix('{') {
            let (repeated, after) = escape.split_once('*').unwrap();
            let (count, after) = after.split_once('}').unwrap();
            text.push_str(&resolved(repeated).repeat(count.parse().unwrap()));
            after
        } else {
            let (name, after) = escape.split_at(1);
            text.push_str(match name {
                "n" => "\n",
                "r" => "\r",
                "t" => "\t",
                _ => panic!("malformed: {line}"),
            });
            after
        };
    }
    text + rest
}

#[test]
fn every_row_of_the_table_has_its_outcome() {
    let mut faults = Vec::new();
    let mut heading = "";
    let mut inputs = Vec::new();
    let mut samples = 0;

    for (number, line) in include_str!("vectors/otpauth.txt").lines().enumerate() {
        if let Some(row) = line.strip_prefix("## ") {
            assert!(inputs.is_empty(), "no outcome before line {}", number + 1);
            heading = row;
        } else if let Some(outcome_line) = line.strip_prefix("    ") {
            assert!(!inputs.is_empty(), "no input before line {}", number + 1);
            let (expected, pin) = expected(outcome_line);
            for (number, input) in inputs.drain(..) {
                let found = outcome(&Account::from_uri(&resolved(input)), &pin);
                samples += 1;
                if found != expected {
                    faults.push(format!(
                        "line {number}, {heading}\n  {input}\n  must be {expected}\n  but is  {found}"
                    ));
                }
            }
        } else if !line.is_empty() && !line.starts_with('#') {
            inputs.push((number + 1, line));
        }
    }

    assert!(inputs.is_empty(), "an input without an outcome at the end");
    assert!(samples > 400, "{samples} samples were read");
    assert!(faults.is_empty(), "{} faults:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn the_advice_for_another_apps_code_says_whose_it_is_and_what_to_do() {
    for (text, app, act) in [
        ("phonefactor://activate_account?code=1", "Microsoft Authenticator", "choose"),
        ("otpauth-migration://offline?data=AA", "Google Authenticator", "import"),
        ("duo://x", "Duo Mobile", "ask"),
        ("oktaverify://x", "Okta Verify", "choose"),
    ] {
        let advice = Account::from_uri(text).unwrap_err().to_string();

        assert!(advice.contains(app) && advice.contains(act), "{text}: {advice}");
    }
}

#[test]
fn exactly_8_kib_are_read_and_one_byte_more_is_not() {
    let room = 8 * 1024 - REFERENCE.len() - "&x=".len();
    for (length, expected) in [(room, None), (room + 1, Some(AccountError::TooLong))] {
        let text = format!("{REFERENCE}&x={}", "a".repeat(length));

        let read = Account::from_uri(&text);

        assert_eq!(read.err(), expected, "{} bytes", text.len());
    }
}

#[test]
fn a_hostile_text_has_a_typed_outcome() {
    let long = "a".repeat(10 * 1024);
    for (text, expected) in [
        (String::new(), AccountError::NotOtpauth),
        ("\0".repeat(8192), AccountError::NotOtpauth),
        ("%".repeat(8192), AccountError::NotOtpauth),
        (":".repeat(8192), AccountError::NotOtpauth),
        ("\u{feff} \r\n".repeat(1000), AccountError::NotOtpauth),
        (format!("otpauth://totp/{}", "%".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/{}", ":".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/{}", "?".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/{}", "#".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/?{}", "&".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/?{}", "=".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/?{}", "&amp;".repeat(1600)), AccountError::MissingSecret),
        (format!("otpauth://totp/?{}", "a=&".repeat(2600)), AccountError::MissingSecret),
        (format!("otpauth://totp/?secret={}", "%00".repeat(2600)), AccountError::InvalidSecret),
        (format!("otpauth://totp/?secret={}", "%".repeat(8000)), AccountError::InvalidSecret),
        (format!("otpauth://totp/?secret={}", "-".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/?secret={}", "=".repeat(8000)), AccountError::MissingSecret),
        (format!("otpauth://totp/{}?secret=GE", ":".repeat(8000)), AccountError::TooLong),
        (format!("otpauth://totp/Ex:{long}?secret=GE"), AccountError::TooLong),
        (format!("otpauth://totp/{long}:al?secret=GE"), AccountError::TooLong),
        (format!("otpauth://totp/{}?secret=GE", "%F0".repeat(600)), AccountError::TooLong),
        (format!("motp://{}", "/".repeat(8000)), AccountError::MissingSecret),
        (format!("steam://{}", "/".repeat(8000)), AccountError::InvalidSecret),
        (format!("steam://{}", "A".repeat(8000)), AccountError::TooLong),
        (format!("{REFERENCE}&period={}", "9".repeat(8000)), AccountError::UnsupportedPeriod),
        (format!("{REFERENCE}&digits=6.{}1", "0".repeat(8000)), AccountError::UnsupportedDigits),
        (
            format!("{REFERENCE}&algorithm=sha{}1", "0".repeat(99)),
            AccountError::UnsupportedAlgorithm,
        ),
    ] {
        let read = Account::from_uri(&text);

        assert_eq!(read.err(), Some(expected), "{:.60}", text.escape_debug().to_string());
    }
}

#[test]
fn thousands_of_parameters_and_a_kilobyte_of_zeros_are_read() {
    for text in [
        format!("{REFERENCE}{}", "&amp;a=1&&=&b".repeat(600)),
        format!("{REFERENCE}{}", "&issuer=Ex".repeat(800)),
        format!("{REFERENCE}&period={}30", "0".repeat(4000)),
        format!("{REFERENCE}&digits=6.{}", "0".repeat(4000)),
        format!("{REFERENCE}&algorithm={}sha{}1", "-".repeat(2000), "-".repeat(2000)),
    ] {
        let parsed = Account::from_uri(&text).unwrap();

        assert_eq!(code(&parsed.account, ""), "839825", "{text:.200}");
        assert!(parsed.warnings.len() <= 4, "{:?}", parsed.warnings);
    }
}

#[test]
fn a_secret_is_read_however_a_person_types_it() {
    for (kind, typed, secret) in [
        (Kind::totp(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "12345678901234567890"),
        (Kind::totp(), "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "12345678901234567890"),
        (Kind::totp(), "gezd gnbv gy3t qojq gezd gnbv gy3t qojq", "12345678901234567890"),
        (Kind::totp(), "GEZD-GNBV-GY3T-QOJQ-GEZD-GNBV-GY3T-QOJQ", "12345678901234567890"),
        (Kind::totp(), "  Gezdgnbv\tgy3tqojq\r\ngezdgnbv gy3tqojq\n", "12345678901234567890"),
        (Kind::totp(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======", "12345678901234567890"),
        (Kind::totp(), "GEZDGNBVGY3TQOJQ_GEZDGNBVGY3TQOJQ", "12345678901234567890"),
        // What a word processor, a web page and a phone's keyboard make of it.
        (
            Kind::totp(),
            "gezd\u{a0}gnbv\u{202f}gy3t\u{2009}qojq gezdgnbvgy3tqojq",
            "12345678901234567890",
        ),
        (Kind::totp(), "gezd–gnbv—gy3t‐qojq−gezdgnbvgy3tqojq", "12345678901234567890"),
        (
            Kind::totp(),
            "\u{feff}gezdgnbv\u{200b}gy3tqojq\u{ad}gezdgnbvgy3tqojq\u{200e}",
            "12345678901234567890",
        ),
        (Kind::totp(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGE", "123456789012345678901"),
        (Kind::Steam, "gezdgnbv gy3tqojq gezdgnbv gy3tqojq", "12345678901234567890"),
        (Kind::Motp, "31323334 35363738-39303132\u{2014}33343536", "1234567890123456"),
        (Kind::Motp, "4A4B4C4D4a4b4c4d", "JKLMJKLM"),
        (Kind::Yandex, "gezdgnbvgy3tqojqgezdgnbvgy", "1234567890123456"),
    ] {
        let parsed = Account::from_typed_secret("Ex", "al", kind, typed).unwrap();

        assert_eq!(parsed.account.secret().expose(), secret.as_bytes(), "{typed:?}");
        assert_eq!(parsed.account.kind(), kind, "{typed:?}");
        assert_eq!((parsed.account.issuer(), parsed.account.name()), (Some("Ex"), "al"));
        assert_eq!(parsed.warnings, [], "{typed:?}");
    }
}

#[test]
fn a_doubtful_typed_secret_is_read_with_a_warning() {
    for (typed, length, warning) in [
        ("gezd gnbv gy3t qojq", 10, Warning::ShortSecret),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQGF", 21, Warning::NonCanonicalSecret),
        ("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQA", 20, Warning::NonCanonicalSecret),
    ] {
        let parsed = Account::from_typed_secret("Ex", "al", Kind::totp(), typed).unwrap();

        assert_eq!(parsed.account.secret().expose().len(), length, "{typed}");
        assert_eq!(parsed.warnings, [warning], "{typed}");
    }
}

#[test]
fn a_mistyped_secret_is_refused() {
    let too_long = "A".repeat(8193);
    for (kind, typed, expected) in [
        (Kind::totp(), "", AccountError::MissingSecret),
        (Kind::totp(), " \u{a0}\t- – \u{feff}", AccountError::MissingSecret),
        (Kind::totp(), "====", AccountError::MissingSecret),
        (Kind::Motp, " - ", AccountError::MissingSecret),
        (Kind::totp(), "GEZDGNBVGY3TQ0JQGEZDGNBVGY3TQOJQ", AccountError::InvalidSecret),
        (Kind::totp(), "1EZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", AccountError::InvalidSecret),
        (Kind::totp(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJ8", AccountError::InvalidSecret),
        (Kind::totp(), "GEZDGNBVGY3TQOJQ!", AccountError::InvalidSecret),
        (Kind::totp(), "ＧEZDGNBVGY3TQOJQ", AccountError::InvalidSecret),
        (Kind::totp(), "GEZDGNBV%20GY3TQOJQ", AccountError::InvalidSecret),
        (Kind::totp(), "GEZDGNBV+GY3TQOJQ", AccountError::InvalidSecret),
        (Kind::totp(), "GEZD=GNBV", AccountError::InvalidSecret),
        (Kind::totp(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQB", AccountError::InvalidSecret),
        (Kind::totp(), "3132333435363738393031323334353637383930", AccountError::InvalidSecret),
        (Kind::totp(), REFERENCE, AccountError::InvalidSecret),
        (Kind::Motp, "30edcc8edae50a6", AccountError::InvalidSecret),
        (Kind::Motp, "GEZDGNBVGY3TQOJQ", AccountError::InvalidSecret),
        (Kind::Yandex, "GEZDGNBVGY3TQOJQ", AccountError::InvalidSecret),
        (Kind::Yandex, "LA2V6KMCGYMWWVEW64RNP3JA3IAAAAAAHTSG4HRZPA", AccountError::InvalidSecret),
        (Kind::totp(), &too_long, AccountError::TooLong),
        (Kind::totp(), &too_long[..824], AccountError::TooLong),
    ] {
        let read = Account::from_typed_secret("Ex", "al", kind, typed);

        assert_eq!(read.err(), Some(expected), "{typed:?}");
    }
}

proptest! {
    #[test]
    fn no_text_whatever_makes_it_panic(text: String, bytes in vec(any::<u8>(), 0..200)) {
        for text in [text, String::from_utf8_lossy(&bytes).into_owned()] {
            let _ = Account::from_uri(&text);
            for kind in [Kind::totp(), Kind::Motp, Kind::Steam, Kind::Yandex] {
                let _ = Account::from_typed_secret(&text, &text, kind, &text);
            }
        }
    }
}
