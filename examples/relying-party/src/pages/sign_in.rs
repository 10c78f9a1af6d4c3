//! Signing in: password, approval, code, recovery code, and how it can end.

use askama::Template;

use super::{Frame, Page, duration};

/// `/sign-in`: name and password (fields `name`, `password`).
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn {
    /// What is around it.
    pub frame: Frame,
    /// The name that was typed before.
    pub name: String,
}

/// `/sign-in/approval`, or `/security/app/approval` for a device that is added: waits for the
/// phone. Events at `…/events`; POST `…/continue`, `…/again`, `…/cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "approval.html")]
pub struct Approval {
    /// What is around it.
    pub frame: Frame,
    /// What it is for.
    pub purpose: Purpose,
    /// The names of the devices that it was sent to.
    pub devices: Vec<String>,
    /// What has to be carried over to the phone.
    pub matching: Matching,
    /// Seconds until the request is over.
    pub seconds_left: u64,
    /// Seconds until another one may be sent; 0 is now.
    pub again_in: u64,
    /// Whether a code of the app does as well.
    pub code_allowed: bool,
    /// Whether the person has recovery codes.
    pub recovery_allowed: bool,
}

/// What an approval is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// To sign in.
    SignIn,
    /// To add another device, which a device that is there already has to allow.
    AddDevice {
        /// What the new device calls itself.
        name: String,
    },
}

impl Purpose {
    /// Where the paths of the approval begin.
    pub(super) fn base(&self) -> &'static str {
        match self {
            Self::SignIn => "/sign-in/approval",
            Self::AddDevice { .. } => "/security/app/approval",
        }
    }

    /// What did not come of it.
    fn nothing(&self) -> &'static str {
        match self {
            Self::SignIn => "so you are not signed in",
            Self::AddDevice { .. } => "so the new device is not added",
        }
    }
}

/// What the page shows and the phone asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Two or six digits, typed on the phone.
    Number(String),
    /// A link, scanned by the phone.
    Scan(String),
    /// Nothing.
    Nothing,
}

/// `/sign-in/code`: a code of the app, of a text message or a call (field `code`).
#[derive(Clone, Debug, Template)]
#[template(path = "code.html")]
pub struct EnterCode {
    /// What is around it.
    pub frame: Frame,
    /// The last digits of the number, where the code was sent to one.
    pub sent_to: Option<String>,
    /// Whether an approval can be asked for instead.
    pub approval_allowed: bool,
    /// Whether the person has recovery codes.
    pub recovery_allowed: bool,
}

/// `/sign-in/recovery`: one of the recovery codes (field `code`).
#[derive(Clone, Debug, Template)]
#[template(path = "recovery.html")]
pub struct RecoveryCode {
    /// What is around it.
    pub frame: Frame,
}

/// How a sign-in ended, and what to do next.
#[derive(Clone, Debug, Template)]
#[template(path = "outcome.html")]
pub struct Outcome {
    /// What is around it.
    pub frame: Frame,
    /// What was asked for.
    pub purpose: Purpose,
    /// How.
    pub outcome: OutcomeOf,
    /// Whether a code of the app does as well.
    pub code_allowed: bool,
}

/// How a sign-in ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutcomeOf {
    /// Denied on the phone.
    Denied,
    /// Reported on the phone as not asked for; the account is locked.
    Reported,
    /// Nobody answered in time.
    Expired,
    /// Another number was typed on the phone.
    WrongNumber,
    /// Given up on the page, or by a newer request.
    Cancelled,
    /// The account is locked.
    Locked,
    /// Too many tries; the next is heard after so many seconds.
    TooMany {
        /// Seconds until then.
        seconds: u64,
    },
}

impl Outcome {
    /// What happened.
    fn what(&self) -> String {
        match self.outcome {
            OutcomeOf::Denied => {
                return format!("Somebody with your phone answered “no”, {}.", self.purpose.nothing());
            }
            OutcomeOf::Reported => {
                "Somebody with your phone reported that they had not asked for it. To be safe, we have locked this account."
            }
            OutcomeOf::Expired => {
                return format!("Nobody answered on the phone in time, {}.", self.purpose.nothing());
            }
            OutcomeOf::WrongNumber => {
                "Another number was typed on the phone than the one that this page showed. Each request allows one number."
            }
            OutcomeOf::Cancelled => "This request was taken back, and nobody can answer it any more.",
            OutcomeOf::Locked => "Nobody can sign in to this account until an administrator unlocks it.",
            OutcomeOf::TooMany { seconds } => {
                return format!(
                    "There were too many tries in a short time. You can try again in {}.",
                    duration(seconds)
                );
            }
        }
        .to_owned()
    }

    /// What to do.
    fn next(&self) -> &'static str {
        match self.outcome {
            OutcomeOf::Denied => {
                "Was it you, by mistake? Ask for a new request. If it was not you, somebody may have your phone: use another method, then lock the phone under “Security info”."
            }
            OutcomeOf::Reported => {
                "Ask your administrator to unlock it. If it was you who asked, say so; if not, ask for a new password as well, because somebody knows yours."
            }
            OutcomeOf::Expired => {
                "Have your phone at hand, open the app, and ask for a new request."
            }
            OutcomeOf::WrongNumber => "Ask for a new request. It comes with a new number.",
            OutcomeOf::Cancelled => "Ask for a new request, or begin again.",
            OutcomeOf::Locked => {
                "Ask your administrator to unlock it. They can see why it was locked, and help you to set up your phone again."
            }
            OutcomeOf::TooMany { .. } => {
                "You need not do anything until then. Your account is not locked."
            }
        }
    }

    /// Whether a new request helps.
    fn again(&self) -> bool {
        !matches!(self.outcome, OutcomeOf::Reported | OutcomeOf::Locked | OutcomeOf::TooMany { .. })
    }
}

impl Page for SignIn {
    fn title(&self) -> String {
        "Sign in".to_owned()
    }
}

impl Page for Approval {
    fn title(&self) -> String {
        match &self.purpose {
            Purpose::SignIn => "Approve on your phone",
            Purpose::AddDevice { .. } => "Approve the new device",
        }
        .to_owned()
    }
}

impl Page for EnterCode {
    fn title(&self) -> String {
        "Enter a code".to_owned()
    }
}

impl Page for RecoveryCode {
    fn title(&self) -> String {
        "Use a recovery code".to_owned()
    }
}

impl Page for Outcome {
    fn title(&self) -> String {
        match self.outcome {
            OutcomeOf::Denied => "The request was denied",
            OutcomeOf::Reported => "The request was reported",
            OutcomeOf::Expired => "The request is over",
            OutcomeOf::WrongNumber => "The number did not match",
            OutcomeOf::Cancelled => "The request was cancelled",
            OutcomeOf::Locked => "This account is locked",
            OutcomeOf::TooMany { .. } => "Please wait before the next try",
        }
        .to_owned()
    }
}
