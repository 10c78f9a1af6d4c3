//! Credentials, and how a phone is enrolled.

use authenticator_core::approval;

use super::{back, count, same};
use crate::account::text;
use crate::moment::millis;
use crate::{AuthenticatorError, Outcome, Refusal};

/// What a QR code or a link of a service asks for: to enrol this phone for an account. Nothing in it
/// is proved: show origin and account, and enrol only when the person says so.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct EnrolmentLink {
    /// The service, as its origin: what a person should recognise.
    pub origin: String,
    /// The account, as the link calls it.
    pub account: String,
    /// When the link is over, in milliseconds since 1970.
    pub expires_millis: i64,
}

/// Reads a link, `approval://enrol` or one of the app's own (`https`, with the path
/// `/approval/enrol`). UTF-8; its code is good for whoever has it.
#[uniffi::export]
pub fn parse_enrolment_link(link: &[u8]) -> Outcome<EnrolmentLink> {
    let link = approval::EnrolmentLink::parse(link_text(link)?)?;
    Ok(EnrolmentLink {
        origin: link.origin().to_owned(),
        account: link.account().to_owned(),
        expires_millis: millis(link.expires()),
    })
}

/// What is no text is no link.
pub(crate) fn link_text(link: &[u8]) -> Outcome<&str> {
    let refused = |_| AuthenticatorError::NotBelieved { refusal: Refusal::WrongType };
    text(link).map_err(refused)
}

/// A credential: an account of a service that this phone approves for.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ApprovalCredential {
    /// What it is used by, 32 hexadecimal digits. It stays the same.
    pub id: String,
    /// How the service calls itself.
    pub service: String,
    /// The service's origin, as `https://id.example`.
    pub origin: String,
    /// The account, as the service signed it.
    pub account: String,
    /// Where it stands.
    pub state: CredentialState,
    /// Why the service ended it, if it did.
    pub ended: Option<RevocationReason>,
    /// When it was enrolled, in milliseconds since 1970.
    pub added_millis: i64,
    /// Whether its device key is in hardware.
    pub is_in_hardware: bool,
    /// Whether it has an approval PIN.
    pub has_pin: bool,
    /// Wrong PINs that are left, as the service last said.
    pub tries_left: Option<u32>,
    /// While it is enrolled: the six digits that the person types into the page.
    pub pairing_code: Option<String>,
    /// Calls that the service has not answered yet: a change of the PIN, a removal.
    pub pending_calls: u32,
}

impl From<approval::CredentialItem> for ApprovalCredential {
    fn from(core: approval::CredentialItem) -> Self {
        Self {
            id: core.id.to_string(),
            service: core.service,
            origin: core.origin,
            account: core.account,
            state: core.state.into(),
            ended: core.ended.map(Into::into),
            added_millis: millis(core.added),
            is_in_hardware: core.is_in_hardware,
            has_pin: core.has_pin,
            tries_left: core.tries_left.map(count),
            pairing_code: core.pairing_code,
            pending_calls: count(core.pending_calls),
        }
    }
}

/// Where a credential stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum CredentialState {
    /// It is being enrolled: show the pairing code.
    Enrolling,
    /// It approves.
    Active,
    /// Somebody else has its key, perhaps: it can deny and report. Enrol anew, or ask an
    /// administrator.
    Suspended,
    /// The service has ended it, and its keys are gone: forget it when the person has seen it.
    Revoked,
}

same!(approval::CredentialState => CredentialState { Enrolling, Active, Suspended } else Revoked);

/// Why a credential is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum RevocationReason {
    /// Another enrolment took its place.
    Replaced,
    /// The person removed it.
    Removed,
    /// The phone was lost.
    Lost,
    /// Somebody else may have its keys.
    Suspected,
    /// An administrator ended it.
    Administrator,
}

same!(approval::RevocationReason => RevocationReason {
    Replaced, Removed, Lost, Suspected, Administrator,
});
back!(RevocationReason => approval::RevocationReason {
    Replaced, Removed, Lost, Suspected, Administrator,
});

/// An enrolment before the service has made an offer.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct ApprovalEnrolment {
    /// What it goes on by; the credential will have the same.
    pub id: String,
    /// The service's origin.
    pub origin: String,
    /// The account, as the link calls it.
    pub account: String,
    /// When the link is over, in milliseconds since 1970.
    pub expires_millis: i64,
    /// What the person confirms, once the service's configuration is there.
    pub confirm: Option<EnrolmentConfirmation>,
    /// Whether it was confirmed, and waits for the service.
    pub is_confirmed: bool,
}

impl From<approval::EnrolmentItem> for ApprovalEnrolment {
    fn from(core: approval::EnrolmentItem) -> Self {
        Self {
            id: core.id.to_string(),
            origin: core.origin,
            account: core.account,
            expires_millis: millis(core.expires),
            confirm: core.confirm.map(Into::into),
            is_confirmed: core.is_confirmed,
        }
    }
}

/// What a person is asked before a phone is enrolled.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct EnrolmentConfirmation {
    /// How the service calls itself.
    pub service: String,
    /// Whether a PIN is set.
    pub pin: ApprovalPinPolicy,
    /// Whether the service requires keys in hardware.
    pub requires_hardware: bool,
    /// What the app needs in order to receive pushes by FCM: the sender id.
    pub fcm: Option<String>,
    /// By APNs: the topic.
    pub apns: Option<String>,
    /// By Web Push: the application server's public key, in base64url.
    pub webpush: Option<String>,
}

impl From<approval::Confirmation> for EnrolmentConfirmation {
    fn from(core: approval::Confirmation) -> Self {
        let approval::Confirmation { service, pin, hardware, fcm, apns, webpush } = core;
        let (pin, requires_hardware) = (pin.into(), hardware);
        Self { service, pin, requires_hardware, fcm, apns, webpush }
    }
}

/// Whether an account has an approval PIN.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum ApprovalPinPolicy {
    /// There is none.
    NotAllowed,
    /// The person may set one.
    Optional,
    /// The person has to set one.
    Required,
}

impl From<approval::PinPolicy> for ApprovalPinPolicy {
    fn from(core: approval::PinPolicy) -> Self {
        match core {
            // `none` is a word of Swift's own.
            approval::PinPolicy::None => Self::NotAllowed,
            approval::PinPolicy::Optional => Self::Optional,
            approval::PinPolicy::Required => Self::Required,
        }
    }
}

/// What the person and the app say of this phone.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct DeviceDescription {
    /// How the person knows it, 1 to 256 characters.
    pub name: String,
    /// The system.
    pub platform: DevicePlatform,
    /// Where the service sends pushes; none: the app asks by itself.
    pub push: Option<PushTarget>,
}

impl From<DeviceDescription> for approval::Device {
    fn from(ours: DeviceDescription) -> Self {
        let DeviceDescription { name, platform, push } = ours;
        Self { name, platform: platform.into(), push: push.map(Into::into) }
    }
}

/// A phone's system.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum DevicePlatform {
    /// Android.
    Android,
    /// iOS, iPadOS and others of Apple's.
    Ios,
    /// Any other.
    Other,
}

same!(approval::Platform => DevicePlatform { Android, Ios, Other });
back!(DevicePlatform => approval::Platform { Android, Ios, Other });

/// Where a push goes.
#[derive(Clone, Debug, Eq, PartialEq, uniffi::Record)]
pub struct PushTarget {
    /// Which push service.
    pub kind: PushKind,
    /// The registration token, device token, or subscription, 1 to 1024 characters.
    pub target: String,
}

impl From<PushTarget> for approval::PushTarget {
    fn from(ours: PushTarget) -> Self {
        Self { kind: ours.kind.into(), target: ours.target }
    }
}

impl From<approval::PushTarget> for PushTarget {
    fn from(core: approval::PushTarget) -> Self {
        Self { kind: core.kind.into(), target: core.target }
    }
}

/// A push service.
#[derive(Clone, Copy, Debug, Eq, PartialEq, uniffi::Enum)]
pub enum PushKind {
    /// Firebase Cloud Messaging.
    Fcm,
    /// Apple Push Notification service.
    Apns,
    /// Web Push (RFC 8030).
    Webpush,
}

same!(approval::PushKind => PushKind { Fcm, Apns, Webpush });
back!(PushKind => approval::PushKind { Fcm, Apns, Webpush });
