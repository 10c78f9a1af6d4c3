//! `code` and `inspect`: one result a line, in order, and never a silent fault.

mod program;

use program::{Folder, LIST, Run, SECRET, URI};
use serde_json::{Value, json};

const MOTP: &str = "motp://Ex:al?secret=3132333435363738393031323334353637383930";

#[test]
fn a_uri_gives_its_code_the_next_one_and_the_time_left() {
    let run = Run::of(&["code", "--at", "1741011292", "--json", URI]).done();

    let expected = json!({"code": "839825", "next": "272871", "seconds_left": 8, "warnings": []});
    assert_eq!(run.json(), [expected]);
    assert_eq!(run.stderr, "");
    let plain = Run::of(&["code", "--at", "1741011292", URI]).done();
    assert_eq!((plain.stdout.as_str(), plain.stderr.as_str()), ("839825\n", ""));
}

#[test]
fn without_an_argument_the_input_is_read() {
    for arguments in [&["code", "--at", "59"][..], &["code", "--at", "59", "-"]] {
        let run = Run::of(arguments).stdin(format!("\n \n{URI}\n").as_bytes()).done();

        assert_eq!(run.stdout, "287082\n");
    }
    assert_eq!(Run::of(&["code"]).done().stdout, "");
}

#[test]
fn every_time_from_the_first_to_the_last_has_a_code() {
    let first = Run::of(&["code", "--at", "0", "--json", URI]).done().json();
    assert_eq!(first[0]["seconds_left"], 30);

    let last = Run::of(&["code", "--at", "18446744073709551615", "--json", URI]).done().json();

    assert_eq!((&last[0]["next"], &last[0]["seconds_left"]), (&Value::Null, &json!(15)));
    for wrong in ["18446744073709551616", "-1", "now", ""] {
        assert_eq!(Run::of(&["code", "--at", wrong, URI]).end().code, Some(2), "{wrong}");
    }
}

#[test]
fn codes_by_a_counter_say_their_counter() {
    let uri = format!("otpauth://hotp/Ex:al?secret={SECRET}&issuer=Ex&counter=7");

    let run = Run::of(&["code", "--json", &uri]).done();

    assert_eq!(run.json(), [json!({"code": "162583", "counter": 7, "warnings": []})]);
}

#[test]
fn a_thousand_lines_give_a_thousand_results_in_order() {
    let line = |index: usize| match index % 5 {
        1 => b"otpauth://totp/Ex:al?secret=0189".to_vec(),
        2 => b"\xff\xfe".to_vec(),
        3 => vec![b'x'; 9_000],
        4 => format!("\n{URI}\r").into_bytes(),
        _ => format!("otpauth://hotp/Ex:al?secret={SECRET}&issuer=Ex&counter={index}").into_bytes(),
    };
    let input = (0..1_000).map(line).collect::<Vec<_>>().join(&b'\n');

    let run = Run::of(&["code", "--at", "59", "--json"]).stdin(&input).refused();

    let results = run.json();
    assert_eq!(results.len(), 1_000);
    for (index, result) in results.iter().enumerate() {
        match index % 5 {
            1 => assert_eq!(result["error"]["kind"], "invalid_secret"),
            2 => assert_eq!(result["error"]["kind"], "not_utf8"),
            3 => assert_eq!(result["error"]["kind"], "too_long"),
            4 => assert_eq!(result["code"], "287082"),
            _ => assert_eq!(result["counter"], index),
        }
    }
    assert_eq!(run.stderr, "");
    let plain = Run::of(&["code", "--at", "59"]).stdin(&input).refused();
    let plain: Vec<&str> = plain.stdout.lines().collect();
    assert_eq!(plain.len(), 1_000);
    assert!(plain[1].starts_with("error: invalid_secret: "), "{}", plain[1]);
    assert_eq!(plain[4], "287082");
}

#[test]
fn a_line_without_end_is_refused_without_being_kept() {
    let mut input = vec![b'x'; 50_000_000];
    input.extend_from_slice(format!("\n{URI}").as_bytes());

    let run = Run::of(&["code", "--at", "59", "--json"]).stdin(&input).refused();

    assert_eq!(run.json()[0]["error"]["kind"], "too_long");
    assert_eq!(run.json()[1]["code"], "287082");
}

#[test]
fn warnings_are_words_on_standard_error_and_data_in_json() {
    let doubtful = format!("{URI}&color=red");

    let plain = Run::of(&["code"]).stdin(format!("\n{doubtful}").as_bytes()).done();
    let json = Run::of(&["code", "--json", &doubtful]).done();

    assert!(plain.stderr.starts_with("warning: line 2: the parameter `color` "), "{plain:?}");
    assert_eq!(json.json()[0]["warnings"], json!([{"kind": "ignored_parameter", "name": "color"}]));
    assert_eq!(json.stderr, "");
}

#[test]
fn a_refused_argument_is_a_sentence_or_an_object() {
    let plain = Run::of(&["code", "phonefactor://activate"]).refused();
    let json = Run::of(&["code", "--json", "phonefactor://activate"]).refused();

    assert_eq!((plain.stdout.as_str(), plain.stderr.lines().count()), ("", 1));
    assert!(plain.stderr.starts_with("error: this code activates Microsoft"));
    assert_eq!(json.json()[0]["error"]["app"], "microsoft_authenticator");
    assert_eq!(json.stderr, "");
}

#[test]
fn a_pin_comes_as_an_argument_or_from_a_file() {
    let folder = Folder::of("pin");
    let file = folder.path("pin");
    std::fs::write(&file, "1234\r\n").unwrap();

    let argument = Run::of(&["code", "--at", "59", "--pin", "1234", MOTP]).done();
    let from_file = Run::of(&["code", "--at", "59", "--pin-file", &file, MOTP]).done();

    assert_eq!(argument.stdout, from_file.stdout);
    assert_eq!(argument.stdout.trim().len(), 6);
    let other = Run::of(&["code", "--at", "59", "--pin", "1235", MOTP]).done();
    assert_ne!(argument.stdout, other.stdout);
    let none = Run::of(&["code", "--json", MOTP]).refused();
    assert_eq!(none.json()[0]["error"]["kind"], "pin_required");
    std::fs::write(&file, "\n").unwrap();
    Run::of(&["code", "--pin-file", &file, MOTP]).refused();
    Run::of(&["code", "--pin-file", &folder.path("none"), MOTP]).refused();
}

#[test]
fn inspect_shows_everything_but_the_secret() {
    let uri =
        format!("{URI}&algorithm=SHA512&digits=8&period=60&image=https%3A%2F%2Fex.com%2Fa.png");

    let hidden = Run::of(&["inspect", "--json", &uri]).done();
    let shown = Run::of(&["inspect", "--json", "--reveal", &uri]).done();

    let mut account = json!({
        "kind": "totp", "issuer": "Ex", "name": "al", "algorithm": "SHA512", "digits": 8,
        "period": 60, "secret_bits": 160, "image": "https://ex.com/a.png",
    });
    assert_eq!(hidden.json(), [json!({"account": account, "warnings": []})]);
    account["secret"] = SECRET.into();
    assert_eq!(shown.json(), [json!({"account": account, "warnings": []})]);
    let plain = Run::of(&["inspect", &uri]).done();
    assert!(plain.stdout.contains("SHA512") && !plain.stdout.contains(SECRET), "{plain:?}");
    assert!(Run::of(&["inspect", "--reveal", &uri]).done().stdout.contains(SECRET));
}

#[test]
fn inspect_says_what_is_fixed_for_each_kind() {
    let account =
        |uri: &str| Run::of(&["inspect", "--json", uri]).done().json()[0]["account"].clone();

    let motp = account(MOTP);
    assert_eq!(
        (&motp["algorithm"], &motp["digits"], &motp["period"]),
        (&json!("MD5"), &json!(6), &json!(10))
    );
    let steam = account(&format!("otpauth://steam/Ex:al?secret={SECRET}"));
    assert_eq!(
        (&steam["algorithm"], &steam["digits"], &steam["period"]),
        (&json!("SHA1"), &json!(5), &json!(30))
    );
    let yandex = account("otpauth://yaotp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY");
    assert_eq!(
        (&yandex["algorithm"], &yandex["digits"], &yandex["period"]),
        (&json!("SHA256"), &json!(8), &json!(30))
    );
    let hotp = account(&format!("otpauth://hotp/al?secret={SECRET}&counter=7"));
    assert_eq!(
        (&hotp["counter"], hotp.get("period"), &hotp["issuer"]),
        (&json!(7), None, &Value::Null)
    );
}

#[test]
fn inspect_reads_a_batch_too() {
    let mut list = std::fs::read(LIST).unwrap();
    list.extend_from_slice(b"rubbish\n");

    let run = Run::of(&["inspect", "--json"]).stdin(&list).refused();

    assert_eq!(run.json().len(), 7);
    assert_eq!(run.json()[6]["error"]["kind"], "not_otpauth");
    let plain = Run::of(&["inspect"]).stdin(&list).refused();
    assert!(plain.stdout.ends_with("error: not_otpauth: this is not an otpauth URI\n"));
}
