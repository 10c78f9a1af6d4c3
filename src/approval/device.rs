//! What a service is told of this phone.

use serde::{Deserialize, Serialize};

/// What the person and the app say of this phone.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Device {
    /// How the person knows it, 1 to 256 characters.
    pub name: String,
    /// The system.
    pub platform: Platform,
    /// Where the service sends pushes; `None`: the app asks by itself.
    pub push: Option<PushTarget>,
}

/// A phone's system.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Platform {
    /// Android.
    Android,
    /// iOS, iPadOS and others of Apple's.
    Ios,
    /// Any other.
    Other,
}

/// Where a push goes.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(deny_unknown_fields)]
pub struct PushTarget {
    /// Which push service.
    pub kind: PushKind,
    /// The registration token, device token, or subscription, 1 to 1 024 characters.
    pub target: String,
}

/// A push service.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum PushKind {
    /// Firebase Cloud Messaging.
    Fcm,
    /// Apple Push Notification service.
    Apns,
    /// Web Push (RFC 8030).
    Webpush,
}

impl PushTarget {
    pub(super) fn fits(&self) -> bool {
        (1..=1_024).contains(&self.target.chars().count())
    }
}
