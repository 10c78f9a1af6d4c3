//! The vault on a terminal: what is asked for, and what is not shown.
#![cfg(target_os = "linux")]

mod program;

use program::terminal::Terminal;
use program::{Run, URI, Vault};

const PIN: &str = "482913";
const SIZE: &str = "cols 120 rows 24";

fn on_terminal(test: &str, vault: &Vault, arguments: &str) -> Terminal {
    Terminal::run(test, SIZE, &format!("--vault {} {arguments}", vault.path("vault")))
}

/// The recovery key on the screen.
fn recovery_key(seen: &str) -> String {
    let is_key = |word: &&str| word.len() == 69 && word.matches('-').count() == 13;
    seen.split_whitespace().find(is_key).unwrap().to_owned()
}

#[test]
fn a_new_vault_asks_for_a_pin_twice_and_for_the_recovery_key() {
    let vault = Vault::none("prompt-init");
    let mut terminal = on_terminal("prompt-init-terminal", &vault, "init --pin");
    terminal.wait_for_hidden("at least 6 characters: ");
    terminal.press(&format!("{PIN}\n"));
    terminal.wait_for_hidden("Once more: ");
    terminal.press(&format!("{PIN}\n"));
    terminal.wait_for_hidden("Recovery key: ");
    let key = recovery_key(&terminal.seen());
    terminal.press(&key.replacen(|c: char| c.is_ascii_digit(), "A", 1));
    terminal.press("\n");
    terminal.wait_for_hidden("the recovery key is mistyped");
    terminal.press(&format!("{}\n", key.to_lowercase().replace('-', " ")));

    let (seen, code) = terminal.end();

    assert_eq!(code, "0", "{seen}");
    assert!(!seen.contains(PIN) && seen.matches(&key).count() == 1, "{seen}");
    assert!(seen.contains("It opens by its key file and the PIN together."), "{seen}");
    let list = vault.run(&["list"]).env("AUTHENTICATOR_PIN", PIN);
    list.done();

    let mut terminal = on_terminal("prompt-pin", &vault, "list");
    terminal.wait_for_hidden("PIN of the vault: ");
    // Nobody waits for a person who types.
    vault.run(&["add", URI]).env("AUTHENTICATOR_PIN", PIN).done();
    terminal.press(&format!("{PIN}\n"));
    let (seen, code) = terminal.end();
    assert_eq!(code, "0", "{seen}");
    assert!(!seen.contains(PIN) && seen.contains("Ex"), "{seen}");
}

#[test]
fn two_pins_that_differ_make_no_vault() {
    let vault = Vault::none("prompt-differ");
    let mut terminal = on_terminal("prompt-differ-terminal", &vault, "init --pin");
    terminal.wait_for_hidden("characters: ");
    terminal.press("482913\n");
    terminal.wait_for_hidden("Once more: ");
    terminal.press("482931\n");

    let (seen, code) = terminal.end();

    assert_eq!(code, "1");
    assert!(seen.contains("the two PINs differ: nothing was changed"), "{seen}");
    assert!(!std::fs::exists(vault.path("vault")).unwrap());
}

#[test]
fn what_ends_it_at_a_prompt_leaves_the_terminal_as_it_was() {
    for (signal, status) in [(None, "130"), (Some("-TERM"), "143"), (Some("-HUP"), "129")] {
        let vault = Vault::none("prompt-ended");
        let mut terminal = on_terminal("prompt-ended-terminal", &vault, "init --pin");
        terminal.wait_for_hidden("characters: ");
        terminal.press("4829");
        match signal {
            Some(signal) => terminal.signal(signal),
            None => terminal.press("\x03"),
        }

        let (seen, code) = terminal.end();

        assert_eq!(code, status, "{seen}");
        assert!(!std::fs::exists(vault.path("vault")).unwrap());
    }
}

#[test]
fn an_account_is_typed_without_its_secret_on_the_screen() {
    let vault = Vault::empty("prompt-manual");
    let mut terminal = on_terminal("prompt-manual-terminal", &vault, "add --manual");
    terminal.wait_for("Issuer ");
    terminal.press("Ex\n");
    terminal.wait_for("Account ");
    terminal.press("al\n");
    terminal.wait_for_hidden("Secret: ");
    terminal.press("gezd gnbv gy3t qojq gezd gnbv gy3t qojq\n");

    let (seen, code) = terminal.end();

    assert_eq!(code, "0", "{seen}");
    assert!(seen.contains("Ex: al") && !seen.contains("gnbv"), "{seen}");
    let same = vault.run(&["add", "--json", URI]).refused().json();
    assert_eq!(same[0]["error"]["kind"], "same_account");
}

#[test]
fn a_purge_asks_first() {
    let vault = Vault::full("prompt-purge");
    vault.run(&["rm", "bank"]).done();
    for (answer, left) in [("\n", 1), ("y\n", 0)] {
        let mut terminal = on_terminal("prompt-purge-terminal", &vault, "purge bank");
        terminal.wait_for("Destroy them? [y/N] ");
        terminal.press(answer);
        assert_eq!(terminal.end().1, left.to_string());
        assert_eq!(vault.run(&["list", "--trash", "--json"]).done().json().len(), left);
    }
}

#[test]
fn the_table_shows_what_another_program_adds() {
    let vault = Vault::full("prompt-watch");
    let mut terminal = on_terminal("prompt-watch-terminal", &vault, "codes --watch");
    terminal.wait_for("q ends");
    terminal.wait_for("Example Bank");

    vault
        .run(&["add", "--keep", &URI.replace("Ex:al", "Late:comer").replace("=Ex", "=Late")])
        .done();
    terminal.wait_for("Late");
    // Not even a new master key ends it.
    vault.run(&["rotate"]).done();
    vault.run(&["rm", "late"]).done();
    vault.run(&["edit", "bank alice", "--name", "renamed"]).done();
    terminal.wait_for("renamed");
    terminal.press("q");

    assert_eq!(terminal.end().1, "0");
}

/// After a prompt too, at which Ctrl-C has another meaning.
#[test]
fn a_signal_ends_the_table_of_a_vault_with_a_pin_in_good_order() {
    let vault = Vault::none("prompt-signal");
    vault.run(&["init", "--pin", "--no-recovery"]).env("AUTHENTICATOR_PIN", PIN).done();
    vault.run(&["add", URI]).env("AUTHENTICATOR_PIN", PIN).done();
    let mut terminal = on_terminal("prompt-signal-terminal", &vault, "codes --watch");
    terminal.wait_for_hidden("PIN of the vault: ");
    terminal.press(&format!("{PIN}\n"));
    terminal.wait_for("q ends");
    terminal.signal("-INT");

    let (seen, code) = terminal.end();

    assert_eq!(code, "0", "{seen}");
    assert!(seen.contains("\x1b[?1049h") && !seen.contains(PIN), "{seen}");
}

#[test]
fn as_json_the_table_is_one_line_a_second() {
    let vault = Vault::full("watch-json");
    let path = vault.path("vault");
    let ticks =
        Run::of(&["--vault", &path, "codes", "--watch", "--for", "3", "--json"]).done().json();

    assert!((2..=5).contains(&ticks.len()), "{}", ticks.len());
    assert_eq!(ticks[0]["rows"].as_array().unwrap().len(), 6);
}
