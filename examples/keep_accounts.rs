//! Keeps an account in an encrypted vault, and finds it there again.

use std::sync::Arc;
use std::time::Duration;

use authenticator_core::otp::Account;
use authenticator_core::vault::{Added, Duplicates, Entry, KeyFile, StateFile};
use authenticator_core::{Authenticator, BootId, Moment, Platform, UnixTime};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("vault");
    // A phone's app has its key store here, and a place that no copy of the file brings along.
    let platform = Platform {
        keys: Arc::new(KeyFile::create(folder.path().join("key"))?),
        guard: Arc::new(StateFile::new(folder.path())),
    };
    // The app reads its clocks; the core reads none.
    let now = Moment {
        wall: UnixTime::from_secs(1_741_011_292),
        monotonic: Duration::from_secs(100),
        boot_id: BootId::from_bytes([1; 16]),
    };

    let authenticator = Authenticator::create(&path, platform.clone(), now)?;
    let uri = "otpauth://totp/Ex:al?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Ex";
    let mut entry = Entry::new(Account::from_uri(uri)?.account);
    entry.tags = vec!["work".to_owned()];
    let added = authenticator.add(entry, Duplicates::Refuse, now)?;
    drop(authenticator);

    let authenticator = Authenticator::open(&path, platform)?;
    let unlocked = authenticator.unlock_with_platform(now)?;
    assert_eq!(unlocked.rolled_back, None);
    let items = authenticator.items(now)?;
    assert_eq!(added, Added::New(items[0].id()));
    assert_eq!(items[0].tags(), ["work"]);

    let codes = authenticator.codes(now.wall, now)?;
    let code = codes[0].1.as_ref().map_err(ToString::to_string)?;
    assert_eq!(code.code.as_str(), "839825");
    println!("{}: {}", items[0].name(), code.code);
    Ok(())
}
