//! Everything that an unlocked vault shows, as JSON: to be compared, and to be written.

use authenticator_core::otp::Kind;
use authenticator_core::vault::{Entry, Item, VaultError};
use authenticator_core::{Authenticator, Moment};
use data_encoding::HEXLOWER;
use serde_json::{Map, Value, json};

/// Every account, in the list first and in the trash then, each with its secrets.
/// Presence is proved already.
pub(crate) fn snapshot(vault: &Authenticator, now: Moment) -> Result<Value, VaultError> {
    let mut accounts = Vec::new();
    for item in vault.items(now)?.iter().chain(&vault.trash(now)?) {
        accounts.push(account(item, &vault.reveal(item.id(), now)?));
    }
    Ok(json!({ "accounts": accounts, "can_undo": vault.can_undo(now)? }))
}

/// An account under the names that `vault_reader.py` gives its fields.
fn account(item: &Item, entry: &Entry) -> Value {
    let mut fields = Map::new();
    let mut put = |name: &str, value: Value| {
        fields.insert(name.to_owned(), value);
    };
    put("id", json!(item.id().to_string()));
    put("created", json!(item.created().as_secs()));
    put("issuer", json!(entry.account.issuer()));
    put("name", json!(entry.account.name()));
    let (kind, parameters) = match entry.account.kind() {
        Kind::Totp { algorithm, digits, period } => {
            ("TOTP", Some((algorithm, digits, ("period", u64::from(period.as_secs())))))
        }
        Kind::Hotp { algorithm, digits, counter } => {
            ("HOTP", Some((algorithm, digits, ("counter", counter))))
        }
        Kind::Steam => ("Steam", None),
        Kind::Motp => ("mOTP", None),
        Kind::Yandex => ("Yandex", None),
        kind => panic!("{kind:?} has no name here"),
    };
    put("kind", json!(kind));
    if let Some((algorithm, digits, (moving, value))) = parameters {
        put("algorithm", json!(algorithm.to_string().replace("SHA", "SHA-")));
        put("digits", json!(digits.count()));
        put(moving, json!(value));
    }
    put("image", json!(entry.account.image()));
    put("note", json!(entry.note));
    put("tags", if entry.tags.is_empty() { Value::Null } else { json!(entry.tags) });
    put("group", json!(entry.group));
    put("pinned", if entry.pinned { json!(true) } else { Value::Null });
    put("trashed", json!(item.trashed().map(|time| time.as_secs())));
    put("secret", json!(data_encoding::BASE32_NOPAD.encode(entry.account.secret().expose())));
    put("pin", json!(entry.pin.as_ref().map(|pin| pin.expose())));
    let codes = entry.recovery_codes.iter().map(|code| json!([code.code.expose(), code.used]));
    let codes: Vec<Value> = codes.collect();
    put("recovery_codes", if codes.is_empty() { Value::Null } else { json!(codes) });
    put("icon", json!(entry.icon.as_ref().map(|icon| HEXLOWER.encode(icon))));
    if let Some(last) = item.usage().last {
        put("used", json!([item.usage().count, last.as_secs()]));
    }
    // What the list shows by itself agrees.
    let listed = json!([item.issuer(), item.name(), item.note(), item.group(), item.has_icon()]);
    let revealed = json!([
        entry.account.issuer(),
        entry.account.name(),
        entry.note,
        entry.group,
        entry.icon.is_some()
    ]);
    assert_eq!(listed, revealed);
    assert_eq!(item.kind(), entry.account.kind());
    assert_eq!(item.tags(), entry.tags);
    fields.retain(|_, value| !value.is_null());
    Value::Object(fields)
}
