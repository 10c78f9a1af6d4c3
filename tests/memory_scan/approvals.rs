//! A credential that approves, and what is secret of it.

use std::fs;
use std::sync::{Arc, Mutex};

use authenticator_core::Secret;
use authenticator_core::approval::{
    DeviceKey, DeviceKeys, KeyError, KeyPurpose, SoftwareKeys, WebPushKeys,
};
use data_encoding::BASE64URL_NOPAD;

use crate::accounts;
use crate::phone::Phone;
use crate::scan::Needles;
use crate::secrets::spelled;
use crate::support::{Folder, moment};
use approval_service::{Ask, Policy, Service};

const ACCOUNT: &str = "ann@example.com";

/// Keys in software, of which the test gets to know what they are.
#[derive(Default)]
struct Known(Mutex<Vec<Vec<u8>>>);

impl DeviceKeys for Known {
    fn generate(
        &self,
        purpose: KeyPurpose,
        challenge: &[u8; 32],
    ) -> Result<Option<DeviceKey>, KeyError> {
        let made = SoftwareKeys.generate(purpose, challenge)?;
        self.0.lock().unwrap().extend(made.iter().map(|key| key.handle.expose().to_vec()));
        Ok(made)
    }

    fn sign(&self, handle: &Secret, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        SoftwareKeys.sign(handle, message)
    }

    fn delete(&self, handle: &Secret) -> Result<(), KeyError> {
        SoftwareKeys.delete(handle)
    }
}

/// Enrols the vault in `folder`, and leaves there what the process that is looked into is to
/// approve: an encrypted push, the number and the PIN.
pub(crate) fn make(folder: &Folder) -> Needles {
    let keys = Arc::new(Known::default());
    let authenticator = folder.open().with_device_keys(Arc::<Known>::clone(&keys));
    let _ = authenticator.unlock_with_platform(moment(0)).unwrap();
    let phone = Phone { folder: Folder::new(), authenticator, now: 0 };
    let policy = Policy { encrypted: true, ..Policy::default() };
    let mut service = Service::new(policy, phone.time());
    let pin = accounts::word();
    let id = phone.enrol(&mut service, ACCOUNT, Some(&pin));
    let push = service.ask(ACCOUNT, &Ask::with_pin(), phone.time()).remove(0);
    let number = service.newest_number(ACCOUNT).unwrap();
    for (name, text) in [("push", push), ("number", number), ("approval-pin", pin.clone())] {
        fs::write(folder.path(name), text).unwrap();
    }
    let preview = phone.authenticator.preview_key(id, moment(0)).unwrap().to_bytes();
    let kept: serde_json::Value = serde_json::from_slice(preview.expose()).unwrap();
    let envelope = BASE64URL_NOPAD.decode(kept["envelope"].as_str().unwrap().as_bytes()).unwrap();
    let web_push = WebPushKeys::make().unwrap();
    fs::write(folder.path("web-push"), web_push.to_bytes().expose()).unwrap();
    let web_push_key = web_push.to_bytes().expose()[..32].to_vec();

    let mut needles = Needles::default();
    needles.add("the approval PIN", pin.as_bytes());
    let made = keys.0.lock().unwrap();
    assert_eq!(made.len(), 1);
    let of_web_push = ("the key of Web Push", &web_push_key);
    for (name, key) in [("the device key", &made[0]), ("the envelope key", &envelope), of_web_push]
    {
        assert_eq!(key.len(), 32);
        spelled(&mut needles, name, key);
        needles.add(name, BASE64URL_NOPAD.encode(key).as_bytes());
        // As numbers are held for computing: the lowest byte first.
        needles.add(name, &key.iter().rev().copied().collect::<Vec<u8>>());
    }
    needles.add("the secret of Web Push", &web_push.auth());
    needles
}
