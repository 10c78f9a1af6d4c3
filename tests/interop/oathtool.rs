//! Codes agree with oathtool, of the OATH Toolkit.

use std::io::Write;
use std::process::{Command, Stdio};

use authenticator_core::otp::{Algorithm, Generator, Kind};
use data_encoding::HEXLOWER;

use crate::accounts::{Case, cases};
use crate::skip;

/// How many codes one process is asked for.
const CODES: u64 = 10;

#[test]
fn codes_are_the_ones_of_oathtool() {
    if Command::new("oathtool").arg("--version").stdout(Stdio::null()).status().is_err() {
        return skip("oathtool is not installed");
    }
    for case in cases() {
        let Some(theirs) = theirs(&case) else { continue };

        assert_eq!(ours(&case), theirs, "{case:?}");
    }
}

/// The code of the case and the ones after it.
fn ours(case: &Case) -> Vec<String> {
    let count = usize::try_from(CODES).unwrap();
    let codes: Vec<_> = match (case.account.generator(None).unwrap(), case.account.kind()) {
        (Generator::Hotp(hotp), Kind::Hotp { counter, .. }) => {
            (counter..counter + CODES).map(|counter| hotp.code(counter)).collect()
        }
        (Generator::Totp(totp), _) => {
            totp.codes_from(case.time).take(count).map(|timed| timed.code).collect()
        }
        (generator, kind) => panic!("{generator:?} is no generator of {kind:?}"),
    };
    codes.iter().map(|code| code.as_str().to_owned()).collect()
}

/// What oathtool says, if it knows the kind of code.
fn theirs(case: &Case) -> Option<Vec<String>> {
    let mut command = Command::new("oathtool");
    match case.account.kind() {
        Kind::Totp { algorithm, digits, period } => command
            .arg(format!("--totp={algorithm}"))
            .arg(format!("--digits={}", digits.count()))
            .arg(format!("--time-step-size={}s", period.as_secs()))
            .arg(format!("--now=@{}", case.time.as_secs())),
        // By a counter it knows SHA-1 alone.
        Kind::Hotp { algorithm: Algorithm::Sha1, digits, counter } => command
            .arg("--hotp")
            .arg(format!("--digits={}", digits.count()))
            .arg(format!("--counter={counter}")),
        // As steps of a second it knows a counter for the others.
        Kind::Hotp { algorithm, digits, counter } if counter < 1 << 32 => command
            .arg(format!("--totp={algorithm}"))
            .arg(format!("--digits={}", digits.count()))
            .arg("--time-step-size=1s")
            .arg(format!("--now=@{counter}")),
        _ => return None,
    };
    command.arg(format!("--window={}", CODES - 1)).arg("-");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());

    let mut child = command.spawn().expect("oathtool starts");
    // Not as an argument, which every user of the machine can read.
    let secret = HEXLOWER.encode(case.account.secret().expose()) + "\n";
    let mut stdin = child.stdin.take().expect("a pipe was asked for");
    stdin.write_all(secret.as_bytes()).expect("oathtool reads its secret");
    drop(stdin);
    let output = child.wait_with_output().expect("oathtool ends");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let lines = String::from_utf8(output.stdout).expect("codes are ASCII");
    Some(lines.lines().map(str::to_owned).collect())
}
