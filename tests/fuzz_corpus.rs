//! Every input that fuzzing found worth keeping keeps the promise of its target; those of
//! the vault's inner formats are run beside them, in `src/vault/fuzzing.rs`.

#[cfg(feature = "transfer")]
#[path = "fuzz/promises/migration.rs"]
mod migration;
#[path = "fuzz/promises/otpauth_uri.rs"]
mod otpauth_uri;
#[cfg(feature = "transfer")]
#[path = "fuzz/promises/qr.rs"]
mod qr;
#[path = "fuzz/replay.rs"]
mod replay;
#[path = "fuzz/promises/vault_file.rs"]
mod vault_file;

use replay::replay;

#[test]
fn whatever_is_done_to_a_vaults_files_nothing_wrong_is_read() {
    replay("vault_file", vault_file::check);
}

#[test]
fn whatever_text_is_read_as_an_account_is_written_and_read_again() {
    replay("otpauth_uri", otpauth_uri::check);
}

#[test]
#[cfg(feature = "transfer")]
fn whatever_a_migration_link_holds_is_moved_on_or_refused() {
    replay("migration", migration::check);
}

#[test]
#[cfg(feature = "transfer")]
fn whatever_a_picture_shows_is_read_once_or_not_at_all() {
    replay("qr", qr::check);
}
