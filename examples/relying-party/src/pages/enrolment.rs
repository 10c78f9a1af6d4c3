//! Additional security verification: choosing a method and setting it up.

use askama::Template;

use super::{Frame, Method, Page};

/// `/security/required`: after the password, where the account has no method yet.
#[derive(Clone, Debug, Template)]
#[template(path = "more_information.html")]
pub struct MoreInformation {
    /// What is around it.
    pub frame: Frame,
}

/// `/security/choose` (field `method`).
#[derive(Clone, Debug, Template)]
#[template(path = "choose.html")]
pub struct ChooseMethod {
    /// What is around it.
    pub frame: Frame,
    /// What the policies allow.
    pub choices: Vec<Choice>,
    /// What is chosen.
    pub chosen: Option<Choice>,
}

/// What can be set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Choice {
    /// Approvals on the phone.
    Notifications,
    /// Codes of the app.
    Code,
    /// A text message or a call.
    Phone,
}

impl Choice {
    /// The value of the field `method`.
    #[must_use]
    pub fn value(self) -> &'static str {
        match self {
            Self::Notifications => "notifications",
            Self::Code => "code",
            Self::Phone => "phone",
        }
    }

    /// The one with this value.
    #[must_use]
    pub fn of(value: &str) -> Option<Self> {
        [Self::Notifications, Self::Code, Self::Phone]
            .into_iter()
            .find(|choice| choice.value() == value)
    }

    fn name(self) -> &'static str {
        match self {
            Self::Notifications => "Mobile app: receive notifications for verification",
            Self::Code => "Mobile app: use verification code",
            Self::Phone => "Authentication phone",
        }
    }

    fn hint(self) -> &'static str {
        match self {
            Self::Notifications => {
                "Your phone asks you whether it is you who signs in. Easiest, and safer than a code."
            }
            Self::Code => {
                "The app shows six digits that you type here. Works without a connection, too."
            }
            Self::Phone => {
                "We send a code by text message, or call you. For phones without the app."
            }
        }
    }
}

/// `/security/app`: QR code and pairing code (field `code`). Events at `/security/app/events`
/// with the states `revealed`; POST `…/pairing`, `…/continue`, `…/cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "enrol_app.html")]
pub struct EnrolApp {
    /// What is around it.
    pub frame: Frame,
    /// The enrolment link.
    pub link: String,
    /// Whether the phone has answered the link, so that it shows the digits.
    pub revealed: bool,
    /// Whether the app asks for a PIN meanwhile.
    pub pin: bool,
}

/// `/security/app/test`: the first challenge. Events at `/security/app/events`; POST `…/continue`,
/// `…/again`, `…/cancel`.
#[derive(Clone, Debug, Template)]
#[template(path = "test.html")]
pub struct TestApproval {
    /// What is around it.
    pub frame: Frame,
    /// The digits to type on the phone.
    pub number: String,
    /// What the phone calls itself.
    pub device: String,
    /// Whether the phone asks for the PIN.
    pub pin: bool,
    /// Seconds until the request is over.
    pub seconds_left: u64,
}

/// `/security/code`: QR code or typed secret, and the first code (field `code`).
#[derive(Clone, Debug, Template)]
#[template(path = "enrol_code.html")]
pub struct EnrolCode {
    /// What is around it.
    pub frame: Frame,
    /// The `otpauth` link.
    pub link: String,
    /// The secret in base32; the page shows it in groups.
    pub secret: String,
    /// The account's name, as the app has to be told it.
    pub account: String,
}

/// `/security/phone`: a number, and text message or call (fields `number`, `method` with
/// `text` or `call`).
#[derive(Clone, Debug, Template)]
#[template(path = "enrol_phone.html")]
pub struct EnrolPhone {
    /// What is around it.
    pub frame: Frame,
    /// The number that was typed before.
    pub number: String,
    /// Text message or call; one of both that is chosen.
    pub chosen: Method,
    /// Which of both the policies allow.
    pub allowed: Vec<Method>,
}

/// `/security/phone/code`: the code that was sent (field `code`); POST `…/again`.
#[derive(Clone, Debug, Template)]
#[template(path = "enrol_phone_code.html")]
pub struct EnrolPhoneCode {
    /// What is around it.
    pub frame: Frame,
    /// The number that it was sent to.
    pub number: String,
    /// Whether by a call.
    pub call: bool,
}

/// After a method was set up.
#[derive(Clone, Debug, Template)]
#[template(path = "enrolled.html")]
pub struct Enrolled {
    /// What is around it.
    pub frame: Frame,
    /// Which.
    pub method: Method,
    /// The device's name or the number.
    pub name: String,
    /// Whether recovery codes come next, as the account has none.
    pub recovery_next: bool,
}

/// An enrolment that is void.
#[derive(Clone, Debug, Template)]
#[template(path = "enrolment_ended.html")]
pub struct EnrolmentEnded {
    /// What is around it.
    pub frame: Frame,
    /// Why.
    pub end: EnrolmentEnd,
}

/// Why an enrolment is void.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnrolmentEnd {
    /// Its time was over.
    Expired,
    /// Three wrong pairing codes.
    WrongCodes,
    /// A second phone used the same link.
    SecondDevice,
    /// The phone's messages do not fit together.
    NotFitting,
    /// The person gave up.
    Cancelled,
    /// An administrator ended it.
    Administrator,
}

impl EnrolmentEnd {
    fn what(self) -> &'static str {
        match self {
            Self::Expired => {
                "The QR code was good for a few minutes only, and they are over. Nothing was set up."
            }
            Self::WrongCodes => {
                "The digits were wrong three times, so this QR code does not work any more. Nothing was set up."
            }
            Self::SecondDevice => {
                "Two phones used the same QR code, so neither was set up. It may have been photographed, or you scanned it with two of your own."
            }
            Self::NotFitting => "What your phone sent did not fit together, so it was not set up.",
            Self::Cancelled => "You stopped before it was finished. Nothing was set up.",
            Self::Administrator => "An administrator ended it. Nothing was set up.",
        }
    }

    fn next(self) -> &'static str {
        match self {
            Self::Expired => "Open the app first, then begin again with a new QR code.",
            Self::WrongCodes => {
                "Begin again with a new QR code, and type the six digits that the app shows then."
            }
            Self::SecondDevice => {
                "Begin again where nobody else sees your screen, with one phone. In the app, remove what is waiting."
            }
            Self::NotFitting => {
                "Update the app if there is a newer one, then begin again with a new QR code."
            }
            Self::Cancelled => "Begin again whenever you like, with a new QR code.",
            Self::Administrator => "Ask your administrator why, then begin again.",
        }
    }
}

macro_rules! titled {
    ($($page:ident: $title:literal;)+) => {$(
        impl Page for $page {
            fn title(&self) -> String {
                $title.to_owned()
            }
        }
    )+};
}

titled! {
    MoreInformation: "More information required";
    ChooseMethod: "Additional security verification";
    EnrolApp: "Set up the mobile app";
    TestApproval: "Try it out on your phone";
    EnrolCode: "Set up verification codes";
    EnrolPhone: "Set up an authentication phone";
    EnrolPhoneCode: "Enter the code that we sent";
    Enrolled: "You are all set";
    EnrolmentEnded: "Not set up yet";
}
