//! On a terminal: the live table, and the terminal afterwards.
//!
//! The terminal is a real one, made by `script` of util-linux.
#![cfg(target_os = "linux")]

mod program;

use std::thread;
use std::time::{Duration, Instant};

use program::terminal::{PATIENCE, Terminal};
use program::{LIST, URI};

#[test]
fn every_key_and_signal_that_ends_it_leaves_the_terminal_as_it_was() {
    for (name, how) in [
        ("ctrl-c", Ok("\x03")),
        ("q", Ok("q")),
        ("escape", Ok("\x1b")),
        ("sigterm", Err("-TERM")),
        ("sigint", Err("-INT")),
        ("sighup", Err("-HUP")),
    ] {
        let mut terminal = Terminal::run(name, "cols 80 rows 24", &format!("watch {LIST}"));
        terminal.wait_for("q ends");

        match how {
            Ok(keys) => terminal.press(keys),
            Err(signal) => terminal.signal(signal),
        }

        let (seen, code) = terminal.end();
        assert_eq!(code, "0", "{name}");
        assert_eq!(seen.matches("\x1b[?1049h").count(), 1, "{name}");
        assert!(seen.contains("Example Bank") && seen.contains("例え銀行"), "{name}");
    }
}

#[test]
fn after_its_time_it_ends_by_itself() {
    let start = Instant::now();
    let terminal = Terminal::run("for", "cols 80 rows 24", &format!("watch --for 3 {LIST}"));

    let (seen, code) = terminal.end();

    assert_eq!(code, "0");
    assert!(start.elapsed() >= Duration::from_secs(3));
    let frames = seen.matches("\x1b[H").count();
    assert!((2..=5).contains(&frames), "{frames}");
}

#[test]
fn a_list_from_standard_input_leaves_the_keys_to_the_terminal() {
    let list = format!("{{ cat {LIST}; echo rubbish; }} |");
    let mut terminal = Terminal::run_with("pipe", "cols 80 rows 24", &list, "watch -");
    terminal.wait_for("line 7: not_otpauth: ");
    terminal.wait_for("Example Games");

    terminal.press("q");

    assert_eq!(terminal.end().1, "0");
}

#[test]
fn more_rows_than_the_screen_has_are_scrolled() {
    let mut terminal = Terminal::run("scroll", "cols 40 rows 5", &format!("watch {LIST}"));
    terminal.wait_for("1-3 of 6 · arrows scroll");
    assert!(!terminal.seen().contains("Example D"));

    terminal.press("\x1b[6~");

    terminal.wait_for("4-6 of 6");
    terminal.wait_for("Example D");
    terminal.press("\x1b[A");
    terminal.wait_for("3-5 of 6");
    terminal.press("q");
    assert_eq!(terminal.end().1, "0");
}

#[test]
fn suspended_it_gives_the_terminal_back_and_takes_it_again() {
    let mut terminal = Terminal::run("suspend", "cols 80 rows 24", &format!("watch {LIST}"));
    terminal.wait_for("q ends");

    terminal.press("\x1a");
    terminal.wait_for("\x1b[?1049l");
    // A shell without job control does not wake it.
    terminal.wait_until_stopped();
    terminal.signal("-CONT");

    let start = Instant::now();
    while terminal.seen().matches("\x1b[?1049h").count() < 2 {
        assert!(start.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(20));
    }
    terminal.press("q");
    assert_eq!(terminal.end().1, "0");
}

#[test]
fn colours_are_used_unless_no_color_is_set() {
    let arguments = format!("watch --for 1 {LIST}");
    let coloured = Terminal::run("coloured", "cols 80 rows 24", &arguments).end().0;
    let plain = Terminal::run_with("plain", "cols 80 rows 24", "NO_COLOR=1", &arguments).end().0;

    assert!(coloured.contains("\x1b[1m") && coloured.contains("\x1b[2m"));
    let styles = plain.split("\x1b[").skip(1).filter(|sequence| {
        sequence.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('m')
    });
    assert_eq!(styles.count(), 0, "{plain:?}");
}

#[test]
fn other_commands_write_no_escape_codes_with_no_color() {
    for arguments in ["--help", "code rubbish", &format!("qr \"{URI}\"")] {
        let terminal = Terminal::run_with("no-color", "cols 100 rows 40", "NO_COLOR=1", arguments);

        let (seen, _) = terminal.end();

        assert!(!seen.contains('\x1b'), "{arguments}: {seen:?}");
    }
}

#[test]
fn a_code_is_black_on_white_and_refused_where_it_does_not_fit() {
    let arguments = format!("qr \"{URI}\"");
    let (wide, code) = Terminal::run("wide", "cols 80 rows 40", &arguments).end();
    let (narrow, refused) = Terminal::run("narrow", "cols 30 rows 40", &arguments).end();

    assert_eq!((code.as_str(), refused.as_str()), ("0", "1"));
    assert!(wide.contains("\x1b[38;5;16;48;5;231m") && wide.contains('▀'));
    assert!(narrow.contains("columns wide and the terminal is not"), "{narrow:?}");
}

#[test]
fn as_json_it_is_one_line_a_second() {
    let command = ["watch", "--json", "--for", "3", LIST];
    let ticks = program::Run::of(&command).done().json();

    let times: Vec<u64> = ticks.iter().map(|tick| tick["time"].as_u64().unwrap()).collect();
    assert!((2..=5).contains(&times.len()), "{times:?}");
    assert!(times.windows(2).all(|pair| pair[0] < pair[1]), "{times:?}");
    let row = &ticks[0]["rows"][0];
    let at = times[0].to_string();
    let code = program::Run::of(&["code", "--json", "--at", &at])
        .stdin(&std::fs::read(LIST).unwrap())
        .done()
        .json();
    for key in ["code", "next", "seconds_left"] {
        assert_eq!(row[key], code[0][key], "{key}");
    }
    assert_eq!(program::Run::of(&["watch", "--json", LIST]).done().json().len(), 1);
}

#[test]
fn without_a_terminal_the_table_is_written_once() {
    let list = format!("\n{}rubbish\n{URI}&color=red", std::fs::read_to_string(LIST).unwrap());

    let all = program::Run::of(&["watch", "--for", "60", LIST]).done();
    let some = program::Run::of(&["watch", "-"]).stdin(list.as_bytes()).refused();

    assert_eq!(all.stdout.lines().count(), 7);
    assert_eq!(some.stdout.lines().count(), 9);
    assert!(some.stdout.contains("line 8: not_otpauth: "), "{some:?}");
    assert!(some.stderr.starts_with("warning: line 9: the parameter `color` "), "{some:?}");
}
