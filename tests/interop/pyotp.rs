//! Codes agree with pyotp; it reads the URIs that we write, and we read its.

use std::env;
use std::io::{BufWriter, Write};
use std::process::{Command, Stdio};
use std::sync::LazyLock;
use std::thread;

use authenticator_core::otp::{Account, Kind, Warning};
use data_encoding::HEXLOWER;

use crate::accounts::{COUNT, Case, cases};
use crate::skip;

/// Where `cargo xtask test` says which Python has pyotp.
const INTERPRETER: &str = "AUTHENTICATOR_CORE_PYTHON";

/// Each case with the fields of pyotp's answer.
type Answers = Vec<(Case, Vec<String>)>;

/// What pyotp answers; `None` where there is no pyotp.
///
/// One process answers all the tests.
static ANSWERS: LazyLock<Option<Answers>> = LazyLock::new(|| {
    let cases = cases();
    let questions: Vec<String> = cases.iter().map(question).collect();
    let answers = ask(&questions)?;
    assert_eq!(answers.len(), cases.len());
    Some(cases.into_iter().zip(answers).collect())
});

fn answers() -> Option<&'static Answers> {
    let answers = ANSWERS.as_ref();
    if answers.is_none() {
        skip(&format!("pyotp: {INTERPRETER} names no Python that has it"));
    }
    answers
}

/// An account as the lines of `answer.py` have it.
fn fields(account: &Account) -> Option<[String; 7]> {
    let (kind, algorithm, digits, moving) = match account.kind() {
        Kind::Totp { algorithm, digits, period } => {
            ("totp", algorithm, digits, period.as_secs().into())
        }
        Kind::Hotp { algorithm, digits, counter } => ("hotp", algorithm, digits, counter),
        _ => return None,
    };
    Some([
        kind.to_owned(),
        account.secret_text().expose().to_owned(),
        algorithm.to_string(),
        digits.count().to_string(),
        moving.to_string(),
        HEXLOWER.encode(account.name().as_bytes()),
        HEXLOWER.encode(account.issuer().unwrap_or_default().as_bytes()),
    ])
}

fn question(case: &Case) -> String {
    let account = &case.account;
    let [kind, secret, algorithm, digits, moving, name, issuer] =
        fields(account).unwrap_or_else(|| {
            let secret = account.secret_text().expose().to_owned();
            ["steam", &secret, "", "", "", "", ""].map(str::to_owned)
        });
    let (time, uri) = (case.time.as_secs().to_string(), account.to_uri());
    [kind, secret, algorithm, digits, moving, time, name, issuer, uri.expose().to_owned()]
        .join("\t")
}

fn ask(questions: &[String]) -> Option<Vec<Vec<String>>> {
    let python = env::var_os(INTERPRETER)?;
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/interop/answer.py");
    let mut child = Command::new(python)
        .args(["-X", "utf8", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let stdin = child.stdin.take().expect("a pipe was asked for");
    let output = thread::scope(|scope| {
        // Beside the reading: either pipe may be full while the other is waited for.
        scope.spawn(|| {
            let mut stdin = BufWriter::new(stdin);
            for question in questions {
                writeln!(stdin, "{question}").expect("Python reads its questions");
            }
        });
        child.wait_with_output().expect("Python ends")
    });
    assert!(output.status.success(), "answer.py: {}", output.status);

    let text = String::from_utf8(output.stdout).expect("Python was told to write UTF-8");
    let fields = |line: &str| line.split('\t').map(str::to_owned).collect();
    Some(text.lines().map(fields).collect())
}

#[test]
fn codes_are_the_ones_of_pyotp() {
    let Some(answers) = answers() else { return };
    for (case, answer) in answers {
        let [code, ..] = &answer[..] else { panic!("{answer:?} to {case:?}") };

        assert_eq!(&case.code(), code, "{answer:?} to {case:?}");
    }
}

#[test]
fn pyotp_reads_the_uris_that_are_written_here() {
    let Some(answers) = answers() else { return };
    for (case, answer) in answers {
        let Some(written) = fields(&case.account) else { continue };
        let [_, read @ .., code, _] = &answer[..] else { panic!("{answer:?} to {case:?}") };

        assert_eq!(read, written, "{:?}", case.account.to_uri().expose());
        assert_eq!(&case.code(), code, "{:?}", case.account.to_uri().expose());
    }
}

#[test]
fn the_uris_that_pyotp_writes_are_read_here() {
    let Some(answers) = answers() else { return };
    let mut count = 0;
    for (case, answer) in answers {
        let account = &case.account;
        let Some(written) = fields(account) else { continue };
        // Of `otpauth://totp/a%3Ab` alone nobody can say whether `a` is an issuer.
        if account.issuer().is_none() && account.name().contains(':') {
            continue;
        }
        let [.., uri] = &answer[..] else { panic!("{answer:?} to {case:?}") };

        let read = Account::from_uri(uri).unwrap_or_else(|error| panic!("{error} in {uri}"));

        assert_eq!(fields(&read.account), Some(written), "{uri}");
        assert_eq!(read.warnings, warnings_of(account), "{uri}");
        let read = Case { account: read.account, time: case.time };
        assert_eq!(read.code(), case.code(), "{uri}");
        count += 1;
    }
    assert!(count > COUNT / 2, "{count} are too few");
}

/// What is doubtful about an account itself, and not about how it is written.
fn warnings_of(account: &Account) -> Vec<Warning> {
    let parts = (account.issuer().unwrap_or_default(), account.name());
    let parsed = Account::from_parts(parts.0, parts.1, account.kind(), account.secret().clone());
    parsed.unwrap().warnings
}
