//! What a person who is signed in sees and manages.

use askama::Template;

use super::{Frame, Page, segment};

/// How a person can prove who they are, besides the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Approvals on the phone.
    Notifications,
    /// Codes of the app.
    Code,
    /// A code by text message.
    Text,
    /// A code by a call.
    Call,
}

impl Method {
    /// All.
    pub const ALL: [Self; 4] = [Self::Notifications, Self::Code, Self::Text, Self::Call];

    /// As it is in forms.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Notifications => "notifications",
            Self::Code => "code",
            Self::Text => "text",
            Self::Call => "call",
        }
    }

    /// The one with this value.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.value() == value)
    }

    /// In words.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Notifications => "Mobile app: notification",
            Self::Code => "Mobile app: verification code",
            Self::Text => "Authentication phone: text message",
            Self::Call => "Authentication phone: call",
        }
    }
}

/// `/`: signed in.
#[derive(Clone, Debug, Template)]
#[template(path = "home.html")]
pub struct Home {
    /// What is around it.
    pub frame: Frame,
    /// When this sign-in was, and by what.
    pub this_time: String,
    /// The one before.
    pub last_time: Option<String>,
    /// Recovery codes that are left.
    pub recovery_left: usize,
}

/// `/security`: security info. POST `/security/default` (field `method`).
#[derive(Clone, Debug, Template)]
#[template(path = "security.html")]
pub struct Security {
    /// What is around it.
    pub frame: Frame,
    /// What is tried first at a sign-in.
    pub default: Option<Method>,
    /// What there is to choose from.
    pub methods: Vec<Method>,
    /// Phones, apps and numbers.
    pub devices: Vec<Device>,
    /// Recovery codes that are left.
    pub recovery_left: usize,
    /// The last sign-ins, newest first.
    pub recent: Vec<Event>,
}

/// A phone, an app or a number.
#[derive(Clone, Debug)]
pub struct Device {
    /// What it is known by in paths.
    pub id: String,
    /// What the person calls it.
    pub name: String,
    /// What it is good for.
    pub method: Method,
    /// When it was added, in words.
    pub added: String,
    /// When it was used last, in words.
    pub last_used: Option<String>,
    /// Whether it can be used.
    pub state: DeviceState,
}

/// Whether a device can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceState {
    /// It can.
    Active,
    /// Nobody knows which of two phones is the right one: it has to be set up anew.
    Suspended,
    /// Lost or reported.
    Locked,
    /// It can, but its PIN was wrong too often.
    PinDisabled,
}

impl DeviceState {
    /// What its owner is told.
    pub(super) fn text(self) -> &'static str {
        match self {
            Self::Active => "",
            Self::Suspended => {
                "Paused: a copy of it may exist. Remove it, then set up your phone again."
            }
            Self::Locked => {
                "Locked: it cannot approve sign-ins. Remove it, or ask your administrator."
            }
            Self::PinDisabled => {
                "Its PIN was wrong too often. Remove it, then set up your phone again with a new PIN."
            }
        }
    }

    /// What an administrator is told.
    pub(super) fn told(self) -> &'static str {
        match self {
            Self::Active => "",
            Self::Suspended => "Paused: a copy of it may exist. The person sets it up again.",
            Self::Locked => "Locked: lost, or reported. The audit log says which.",
            Self::PinDisabled => "Its PIN was wrong too often. The person sets it up again.",
        }
    }
}

/// A sign-in that was.
#[derive(Clone, Debug)]
pub struct Event {
    /// When, in words.
    pub when: String,
    /// What, in words.
    pub what: String,
    /// From where, in words.
    pub place: String,
}

/// `/security/recovery-codes`: shown once. POST `…/kept`.
#[derive(Clone, Debug, Template)]
#[template(path = "recovery_codes.html")]
pub struct RecoveryCodes {
    /// What is around it.
    pub frame: Frame,
    /// As they are typed.
    pub codes: Vec<String>,
}

/// Asks before what cannot be taken back. POST to the same path (field `password`).
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    /// What is around it.
    pub frame: Frame,
    /// What is about to be done.
    pub action: Action,
    /// Whether the password is asked for again.
    pub password: bool,
}

/// What is asked about before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// `/security/devices/{id}/remove`
    RemoveDevice {
        /// The device's.
        id: String,
        /// What the person calls it.
        name: String,
    },
    /// `/security/devices/{id}/lost`
    LostDevice {
        /// The device's.
        id: String,
        /// What the person calls it.
        name: String,
    },
    /// `/security/recovery-codes/new`
    NewRecoveryCodes,
    /// `/security/not-me`: signs out everywhere and locks the devices.
    NotMe,
    /// `/administrator/users/{id}/reset`
    ResetUser {
        /// The user's.
        id: String,
        /// The account's name.
        name: String,
    },
    /// `/administrator/users/{id}/unlock`
    UnlockUser {
        /// The user's.
        id: String,
        /// The account's name.
        name: String,
    },
}

impl Action {
    /// Where its page is and where it is sent to.
    #[must_use]
    pub fn path(&self) -> String {
        match self {
            Self::RemoveDevice { id, .. } => format!("/security/devices/{}/remove", segment(id)),
            Self::LostDevice { id, .. } => format!("/security/devices/{}/lost", segment(id)),
            Self::NewRecoveryCodes => "/security/recovery-codes/new".to_owned(),
            Self::NotMe => "/security/not-me".to_owned(),
            Self::ResetUser { id, .. } => format!("/administrator/users/{}/reset", segment(id)),
            Self::UnlockUser { id, .. } => format!("/administrator/users/{}/unlock", segment(id)),
        }
    }

    /// Where one comes from.
    fn back(&self) -> String {
        match self {
            Self::ResetUser { id, .. } | Self::UnlockUser { id, .. } => {
                format!("/administrator/users/{}", segment(id))
            }
            _ => "/security".to_owned(),
        }
    }

    /// What its button says.
    fn button(&self) -> &'static str {
        match self {
            Self::RemoveDevice { .. } => "Remove it",
            Self::LostDevice { .. } => "Lock it",
            Self::NewRecoveryCodes => "Make new codes",
            Self::NotMe => "Sign out everywhere and lock",
            Self::ResetUser { .. } => "Reset the methods",
            Self::UnlockUser { .. } => "Unlock the account",
        }
    }

    /// What it does.
    fn consequences(&self) -> Vec<&'static str> {
        match self {
            Self::RemoveDevice { .. } => vec![
                "It cannot be used to sign in any more.",
                "To use it again, you set it up again with a new QR code.",
                "What is in the app itself stays there until you remove it there.",
            ],
            Self::LostDevice { .. } => vec![
                "It cannot approve sign-ins any more, and browsers that it let in are signed out.",
                "If you find it again, you set it up again with a new QR code.",
                "You sign in with another device or a recovery code.",
            ],
            Self::NewRecoveryCodes => vec![
                "The codes that you have now do not work any more.",
                "You see the new ones once, on the next page. Have paper or your password manager ready.",
            ],
            Self::NotMe => vec![
                "You are signed out everywhere, here too.",
                "Your devices cannot approve sign-ins until an administrator unlocks your account with you.",
                "They give you a new password as well, because somebody may know yours.",
            ],
            Self::ResetUser { .. } => vec![
                "All devices, numbers and recovery codes of this person stop working.",
                "The person is signed out everywhere, and sets up a method at the next sign-in.",
                "First make sure that it is really this person who asks: call back, or see them.",
            ],
            Self::UnlockUser { .. } => vec![
                "The person can sign in again, with the methods that are not locked.",
                "First find out in the audit log why the account was locked.",
            ],
        }
    }
}

impl Page for Home {
    fn title(&self) -> String {
        "You are signed in".to_owned()
    }
}

impl Page for Security {
    fn title(&self) -> String {
        "Security info".to_owned()
    }
}

impl Page for RecoveryCodes {
    fn title(&self) -> String {
        "Your recovery codes".to_owned()
    }
}

impl Page for Confirm {
    fn title(&self) -> String {
        match &self.action {
            Action::RemoveDevice { name, .. } => format!("Remove {name}?"),
            Action::LostDevice { name, .. } => format!("Lock {name} because it is lost?"),
            Action::NewRecoveryCodes => "Make new recovery codes?".to_owned(),
            Action::NotMe => "Was a sign-in not you?".to_owned(),
            Action::ResetUser { name, .. } => format!("Reset the methods of {name}?"),
            Action::UnlockUser { name, .. } => format!("Unlock the account of {name}?"),
        }
    }
}
