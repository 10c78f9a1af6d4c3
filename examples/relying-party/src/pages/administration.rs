//! What an administrator sees.

use askama::Template;

use super::{Device, Event, Frame, Method, Page};

/// Ways to what is newer and older, as the queries of paths: `before=…`, `after=…`.
#[derive(Clone, Debug, Default)]
pub struct Paging {
    /// The query for newer ones.
    pub newer: Option<String>,
    /// The query for older ones.
    pub older: Option<String>,
}

/// `/administrator/users`. POST the same (field `search`).
#[derive(Clone, Debug, Template)]
#[template(path = "users.html")]
pub struct Users {
    /// What is around it.
    pub frame: Frame,
    /// What was looked for.
    pub search: String,
    /// Those on this page.
    pub users: Vec<UserRow>,
    /// The others.
    pub paging: Paging,
}

/// A user in the list.
#[derive(Clone, Debug)]
pub struct UserRow {
    /// What it is known by in paths.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// Whether the person can sign in.
    pub state: UserState,
    /// What is set up.
    pub methods: Vec<Method>,
    /// When, in words.
    pub last_sign_in: Option<String>,
}

/// Whether a person can sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserState {
    /// Yes.
    Active,
    /// A method has yet to be set up.
    NotSetUp,
    /// Not until unlocked.
    Locked,
}

impl UserState {
    fn text(self) -> &'static str {
        match self {
            Self::Active => "Active",
            Self::NotSetUp => "Not set up",
            Self::Locked => "Locked",
        }
    }

    fn class(self) -> &'static str {
        match self {
            Self::Active => "good",
            Self::NotSetUp => "plain",
            Self::Locked => "bad",
        }
    }
}

/// `/administrator/users/{id}`.
#[derive(Clone, Debug, Template)]
#[template(path = "user.html")]
pub struct User {
    /// What is around it.
    pub frame: Frame,
    /// What it is known by in paths.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// Whether the person can sign in.
    pub state: UserState,
    /// Phones, apps and numbers.
    pub devices: Vec<Device>,
    /// Recovery codes that are left.
    pub recovery_left: usize,
    /// What happened last, newest first.
    pub recent: Vec<Event>,
}

/// `/administrator/policies` (fields `pin`, `match`, and `method` once for each that is allowed).
#[derive(Clone, Debug, Template)]
#[template(path = "policies.html")]
pub struct Policies {
    /// What is around it.
    pub frame: Frame,
    /// Whether approvals take a PIN.
    pub pin: PinPolicy,
    /// What is carried over to the phone.
    pub match_mode: MatchMode,
    /// The methods that people can set up and use.
    pub allowed: Vec<Method>,
}

macro_rules! options {
    ($(#[$documentation:meta])+ $name:ident { $($(#[$variant_documentation:meta])+ $variant:ident $value:literal $text:literal;)+ }) => {
        $(#[$documentation])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $($(#[$variant_documentation])+ $variant,)+
        }

        impl $name {
            /// All.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// As it is in forms, and in the configuration.
            #[must_use]
            pub fn value(self) -> &'static str {
                match self {
                    $(Self::$variant => $value,)+
                }
            }

            /// The one with this value.
            #[must_use]
            pub fn of(value: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|option| option.value() == value)
            }

            fn text(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }
    };
}

options! {
    /// Whether approvals take a PIN.
    PinPolicy {
        /// Never.
        None "none" "No PIN";
        /// Who wants one sets one.
        Optional "optional" "Each person decides";
        /// Always.
        Required "required" "Always";
    }
}

options! {
    /// What is carried over to the phone.
    MatchMode {
        /// Two digits.
        Enter2 "enter2" "Type two digits (recommended)";
        /// Six digits.
        Enter6 "enter6" "Type six digits (slower, almost impossible to guess)";
        /// A QR code.
        Scan "scan" "Scan a QR code (the phone needs its camera each time)";
        /// Nothing.
        None "none" "Nothing, just approve (people may approve what they did not ask for)";
    }
}

/// `/administrator/audit`.
#[derive(Clone, Debug, Template)]
#[template(path = "audit.html")]
pub struct Audit {
    /// What is around it.
    pub frame: Frame,
    /// Those on this page, newest first.
    pub entries: Vec<AuditEntry>,
    /// The others.
    pub paging: Paging,
}

/// Something that happened.
#[derive(Clone, Debug)]
pub struct AuditEntry {
    /// When, in words.
    pub when: String,
    /// Who did it.
    pub who: String,
    /// What, in words.
    pub what: String,
    /// To whom or what.
    pub about: String,
    /// From where.
    pub place: String,
}

impl Page for Users {
    fn title(&self) -> String {
        "Users".to_owned()
    }
}

impl Page for User {
    fn title(&self) -> String {
        format!("User {}", self.name)
    }
}

impl Page for Policies {
    fn title(&self) -> String {
        "Policies".to_owned()
    }
}

impl Page for Audit {
    fn title(&self) -> String {
        "Audit log".to_owned()
    }
}
