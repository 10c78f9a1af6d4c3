//! What a server says of the machine's clock.

mod program;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use program::{Run, URI, Vault};
use serde_json::{Value, json};

/// The date of a server whose clock is `seconds` ahead of this machine's, as of now.
fn date(seconds: i64) -> String {
    let by = Duration::from_secs(seconds.unsigned_abs());
    let now = SystemTime::now();
    httpdate::fmt_http_date(if seconds < 0 { now - by } else { now + by })
}

fn only(run: Run) -> Value {
    run.done().json().remove(0)
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

fn code(time: &Value) -> Value {
    only(Run::of(&["code", "--json", "--at", &time.to_string(), URI]))["code"].clone()
}

#[test]
fn a_clock_that_is_off_is_said_to_be_and_corrected_only_if_that_is_asked_for() {
    let vault = Vault::empty("clock");
    vault.run(&["add", URI]).done();
    // An hour: whatever the machine is busy with, it does not come near.
    let slow = date(3_600);
    let plain = only(vault.run(&["codes", "--json"]));
    assert!(plain.get("clock").is_none(), "{plain}");

    let tick = only(vault.run(&["codes", "--json", "--server-date", &slow]));
    let clock = &tick["clock"];
    assert!((-3_605..=-3_000).contains(&clock["ahead"].as_i64().unwrap()), "{clock}");
    assert_eq!((&clock["is_off"], &clock["corrected"]), (&json!(true), &json!(false)));
    assert_eq!(clock["uncertainty"], 3);
    assert!(tick["time"].as_u64().unwrap() <= now());
    assert_eq!(tick["rows"][0]["code"], code(&tick["time"]));
    let said = vault.run(&["codes", "--server-date", &slow]).done();
    assert!(said.stderr.starts_with("warning: this machine's clock is 3"), "{said:?}");
    assert!(
        said.stderr.contains(" s behind, give or take 3 s: ")
            && said.stderr.contains("--corrected")
    );

    let corrected = ["codes", "--json", "--corrected", "--server-date", &slow];
    let tick = only(vault.run(&corrected));
    assert_eq!(tick["clock"]["corrected"], true);
    assert!(tick["time"].as_u64().unwrap() > now() + 3_000, "{tick}");
    assert_eq!(tick["rows"][0]["code"], code(&tick["time"]));
    let watched = vault.run(&[
        "codes",
        "--watch",
        "--for",
        "0",
        "--json",
        "--corrected",
        "--server-date",
        &slow,
    ]);
    assert_eq!(only(watched)["clock"]["is_off"], true);
    let fast = date(-3_600);
    let named = only(vault.run(&["codes", "al", "--json", "--corrected", "--server-date", &fast]));
    assert!((3_000..=4_200).contains(&named["clock"]["ahead"].as_i64().unwrap()), "{named}");
    let (then, past) = (now() - 3_600, |time: u64| code(&json!(time)));
    assert!((then - 60..=then + 60).map(past).any(|code| code == named["code"]), "{named}");
}

#[test]
fn a_clock_that_is_right_is_no_warning() {
    let vault = Vault::full("clock-right");

    let said = vault.run(&["codes", "--asked-ago", "10", "--server-date", &date(-5)]).done();
    assert!(said.stderr.starts_with("This machine's clock is "), "{said:?}");
    assert!(said.stderr.ends_with(", give or take 7 s.\n"), "{said:?}");
    let named = vault.run(&["codes", "bank alice", "--server-date", &date(-1)]).done();
    assert!(named.stderr.starts_with("This machine's clock is "), "{named:?}");
    assert_eq!(named.stdout.trim().len(), 6);
}

#[test]
fn a_date_that_cannot_be_gone_by_is_refused_before_a_counter_goes_up() {
    let vault = Vault::full("clock-refused");
    let error = |date: &str| {
        let run = vault.run(&["codes", "door", "--json", "--server-date", date]);
        run.refused().json()[0]["error"].clone()
    };

    let refused = error("Sun Nov  6 08:49:37 1994");
    assert_eq!(refused["kind"], "invalid_date");
    assert!(refused["message"].as_str().unwrap().contains("Sun, 06 Nov 1994 08:49:37 GMT"));
    let refused = error("Sun, 06 Nov 1994 08:49:37 GMT");
    assert_eq!(refused["kind"], "clock_out_of_bounds");
    assert!(refused["message"].as_str().unwrap().ends_with("set the clock"), "{refused}");
    assert_eq!(vault.run(&["codes", "door"]).done().stdout, "162583\n");
    for wrong in
        [&["--corrected"][..], &["--asked-ago", "1"], &["--asked-ago", "11", "--server-date", ""]]
    {
        assert_eq!(vault.run(&[&["codes"], wrong].concat()).end().code, Some(2), "{wrong:?}");
    }
}
