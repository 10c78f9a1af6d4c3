//! The samples belong together: one picture with a code for each account.
//!
//! `cargo run -p authenticator-cli --example draw_samples` draws the picture again
//! from the list.

mod program;

use program::{LIST, PICTURE, Run};

#[test]
fn the_picture_holds_the_accounts_in_their_order() {
    let scanned = Run::of(&["scan", PICTURE]).done();

    assert_eq!(scanned.stdout, std::fs::read_to_string(LIST).unwrap());
    assert_eq!(scanned.stderr, "");
}

#[test]
fn every_account_has_a_code_and_no_warning() {
    let run = Run::of(&["code", "--at", "59"]).stdin(&std::fs::read(LIST).unwrap()).done();

    // RFC 6238, appendix B, and RFC 4226, appendix D; the others by another program.
    let codes: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(codes[..2], ["287082", "46119246"]);
    assert_eq!(codes[4..], ["287082", "162583"]);
    assert_eq!(run.stderr, "");
}
