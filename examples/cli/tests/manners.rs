//! What every command keeps to: exit codes, silence about secrets, colours, pipes.

mod program;

use std::process::{Command, Stdio};

use program::{Folder, LIST, PICTURE, PROGRAM, Run};

/// What must not be seen where it does not belong: as a URI, a secret, a PIN.
const CANARIES: [&str; 4] = ["CANARYCANARYCANARY234567", "otpauth://", "8642097531", "canary@"];

const HOSTILE: [&[&str]; 35] = [
    &[
        "code",
        "--pin",
        "8642097531",
        "extra",
        "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567",
    ],
    &["code", "-otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["code", "--otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["code", "--pni=8642097531", "-"],
    &["code", "--pin=8642097531", "--pin=8642097531", "-"],
    &["code", "--pin=8642097531", "--pin-file=8642097531", "-"],
    &["code", "--pin-file", "8642097531", "-"],
    &["code", "--at", "8642097531canary@", "-"],
    &["code", "--at=otpauth://totp/canary@", "-"],
    &["code", "--json=otpauth://totp/canary@", "-"],
    &["code", "--help=otpauth://totp/canary@"],
    &["code", "otpauth://totp/canary@?secret=CANARYCANARYCANARY2345670189"],
    &["code", "--json", "otpauth://totp/canary@?secret=CANARYCANARYCANARY2345670189"],
    &["otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["help", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["--CANARYCANARYCANARY234567"],
    &["inspect", "--revael", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["inspect", "otpauth://push/canary@?secret=CANARYCANARYCANARY234567"],
    &["watch", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["watch", "--for", "8642097531x", "-"],
    &["qr", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567", "8642097531"],
    &["qr", "--svg", "/canary@/CANARYCANARYCANARY234567", "otpauth://push/canary@"],
    &["scan", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["scan", "--json", "CANARYCANARYCANARY234567", "otpauth://totp/canary@.png"],
    &["completions", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["man", "/canary@/CANARYCANARYCANARY234567"],
    &["--vault", "/canary@/CANARYCANARYCANARY234567", "code", "-"],
    &["--vault", "/canary@/CANARYCANARYCANARY234567", "list"],
    &["list", "--json", "--vault", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["add", "--vault=/", "otpauth://push/canary@?secret=CANARYCANARYCANARY234567"],
    &["add", "--manual", "--secret", "CANARYCANARYCANARY234567"],
    &["add", "--manual", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["add", "--scan", "otpauth://totp/canary@?secret=CANARYCANARYCANARY234567"],
    &["pin", "set", "8642097531"],
    &["recovery", "use", "--recovery-fd", "CANARYCANARYCANARY234567"],
];

#[test]
fn no_message_repeats_a_uri_a_secret_or_a_pin() {
    for arguments in HOSTILE {
        let run = Run::of(arguments).end();

        for canary in CANARIES {
            assert!(!run.stderr.contains(canary), "{arguments:?}: {run:?}");
            assert!(!run.stdout.contains(canary), "{arguments:?}: {run:?}");
        }
        assert!(matches!(run.code, Some(1 | 2)), "{arguments:?}: {run:?}");
        assert!(run.stderr.lines().count() <= 1, "{arguments:?}: {run:?}");
    }
}

#[test]
fn no_refused_line_is_repeated() {
    let line = "otpauth://totp/canary@?secret=CANARYCANARYCANARY2345670189\n";
    let input = [line, &line.replace("totp", "8642097531"), "CANARYCANARYCANARY234567\n"].concat();
    for arguments in [
        &["code"][..],
        &["code", "--json"],
        &["inspect", "--reveal"],
        &["qr", "-"],
        &["watch", "-"],
    ] {
        let run = Run::of(arguments).stdin(input.as_bytes()).refused();

        let said = run.stderr + &run.stdout;
        for canary in CANARIES {
            assert!(!said.contains(canary), "{arguments:?}: {said}");
        }
    }
}

#[test]
fn wrong_usage_is_one_sentence_and_exit_code_2() {
    for (arguments, sentence) in [
        (&["cod"][..], "error: there is no such command, perhaps `codes`, `code`; "),
        (&["code", "a", "b"], "error: there is an argument too many, or an option "),
        (
            &["code", "--jsn"],
            "error: there is an argument too many, or an option that is not known here, perhaps `--json`; ",
        ),
        (
            &["code", "--at", "x"],
            "error: the value of `--at <UNIX>` is missing or not a possible one; ",
        ),
        (&["watch"], "error: `<FILE>` is missing; "),
        (&["qr", "--force", "x"], "error: `--svg <FILE>` is missing; "),
        (&["code", "--json", "--json"], "error: `--json` is given twice, or together "),
    ] {
        let run = Run::of(arguments).end();

        assert_eq!((run.code, run.stdout.as_str()), (Some(2), ""));
        assert!(run.stderr.starts_with(sentence), "{run:?}");
        assert_eq!(run.stderr.lines().count(), 1);
    }
    let nothing = Run::of(&[]).end();
    assert_eq!((nothing.code, nothing.stdout.as_str()), (Some(2), ""));
    assert!(nothing.stderr.contains("Usage: authenticator"));
}

#[cfg(unix)]
#[test]
fn an_argument_that_is_not_text_is_wrong_usage() {
    use std::os::unix::ffi::OsStrExt;

    let argument = std::ffi::OsStr::from_bytes(b"otpauth://\xff");
    let output = Command::new(PROGRAM).arg("code").arg(argument).output().unwrap();

    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        output.stderr,
        b"error: an argument is not UTF-8 text; see `authenticator --help`\n"
    );
}

#[test]
fn every_command_explains_itself_with_an_example() {
    for command in [
        "code",
        "inspect",
        "watch",
        "qr",
        "scan",
        "completions",
        "man",
        "init",
        "add",
        "list",
        "search",
        "codes",
        "edit",
        "tag",
        "note",
        "recovery-codes",
        "move",
        "rm",
        "undelete",
        "purge",
        "undo",
        "pin set",
        "pin change",
        "pin remove",
        "recovery new",
        "recovery confirm",
        "recovery use",
        "rotate",
        "verify",
        "salvage",
        "repair",
    ] {
        let words: Vec<&str> = command.split(' ').chain(["--help"]).collect();
        let help = Run::of(&words).done();

        assert!(help.stdout.contains("Example"), "{command}");
        assert!(help.stdout.contains(&format!("authenticator {command}")), "{command}");
        assert_eq!(help.stderr, "");
    }
    assert!(Run::of(&["--version"]).done().stdout.starts_with("authenticator "));
}

#[test]
fn completions_and_manual_are_written() {
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        assert!(Run::of(&["completions", shell]).done().stdout.contains("pin-file"), "{shell}");
    }
    assert!(Run::of(&["man"]).done().stdout.contains(".TH authenticator 1"));
    let folder = Folder::of("man");
    Run::of(&["man", &folder.path("")]).done();
    for page in ["watch", "init", "codes", "pin-set", "recovery-use"] {
        assert!(
            std::fs::exists(folder.path(&format!("authenticator-{page}.1"))).unwrap(),
            "{page}"
        );
    }
}

#[test]
fn nothing_but_text_goes_where_no_terminal_is() {
    let list = std::fs::read(LIST).unwrap();
    let uri = list.split(|byte| *byte == b'\n').next().unwrap();
    for (arguments, input) in [
        (&["--help"][..], &b""[..]),
        (&["code"], &list),
        (&["code", "--jsn"], b""),
        (&["inspect"], &list),
        (&["watch", "-"], &list),
        (&["watch", "--json", "-"], &list),
        (&["qr", "-"], uri),
        (&["scan", PICTURE], b""),
        (&["code"], b"rubbish"),
    ] {
        let run = Run::of(arguments).stdin(input).end();

        assert!(!run.stdout.contains('\x1b') && !run.stderr.contains('\x1b'), "{arguments:?}");
    }
}

#[test]
fn a_reader_who_has_seen_enough_is_no_error() {
    let list = std::fs::read_to_string(LIST).unwrap().repeat(5_000);
    for arguments in [&["code"][..], &["inspect", "--json"], &["watch", "-"]] {
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut input = child.stdin.take().unwrap();
        let list = list.clone();
        let writer = std::thread::spawn(move || {
            let _ = std::io::Write::write_all(&mut input, list.as_bytes());
        });

        let output = child.wait_with_output().unwrap();

        writer.join().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments:?}");
    }
}

/// A full disk is not a reader who has seen enough.
#[cfg(target_os = "linux")]
#[test]
fn output_that_cannot_be_written_is_an_error() {
    let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();

    let mut child = Command::new(PROGRAM);
    child.args(["code", program::URI]).stdout(full);
    let output = child.output().unwrap();

    assert_eq!(output.status.code(), Some(1));
    assert_eq!(output.stderr, b"error: the output cannot be written: no space is left\n");
}
