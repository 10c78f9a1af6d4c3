//! What can be wrong with what a person sent, and what was done, in words.

use super::duration;

/// What is wrong. Each says what to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Name or password; which of them, nobody is told.
    WrongPassword,
    /// The password that a dangerous action asks for again.
    WrongPasswordAgain,
    /// Too many tries; the next is heard after so many seconds.
    Throttled {
        /// Seconds until then.
        seconds: u64,
    },
    /// Nothing was typed into this field.
    Empty {
        /// The field's name.
        field: &'static str,
    },
    /// The code is not right.
    WrongCode,
    /// The code was right, and was used before.
    UsedCode,
    /// The recovery code is not right, or was used.
    WrongRecoveryCode,
    /// The pairing code is not right.
    WrongPairingCode {
        /// Tries that are left.
        tries_left: u8,
    },
    /// No phone has answered the link, so that there is no pairing code.
    PhoneNotHere,
    /// What was typed is no telephone number.
    BadNumber,
    /// The text message could not be sent, or the call not made.
    NotDelivered,
    /// No method was chosen.
    NothingChosen,
    /// The request is open: nobody has answered it.
    NotAnswered,
    /// The last method cannot be removed, as the policy asks for one.
    LastMethod,
    /// The policies would leave no method.
    NoMethodAllowed,
    /// The device, user or method is gone.
    Gone,
}

impl Problem {
    /// The name of the field that it belongs to.
    #[must_use]
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::WrongPassword | Self::WrongPasswordAgain => Some("password"),
            Self::Empty { field } => Some(field),
            Self::WrongCode
            | Self::UsedCode
            | Self::WrongRecoveryCode
            | Self::WrongPairingCode { .. }
            | Self::PhoneNotHere => Some("code"),
            Self::BadNumber => Some("number"),
            Self::NothingChosen | Self::NoMethodAllowed => Some("method"),
            Self::Throttled { .. }
            | Self::NotDelivered
            | Self::NotAnswered
            | Self::LastMethod
            | Self::Gone => None,
        }
    }

    /// In words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::WrongPassword => "The name and the password do not belong together. Check both and type them again.",
            Self::WrongPasswordAgain => "This is not your password. Type it again.",
            Self::Throttled { seconds } => {
                return format!("There were too many tries. Wait {}, then try again.", duration(*seconds));
            }
            Self::Empty { field: "name" } => "Type the name of your account.",
            Self::Empty { field: "password" } => "Type your password.",
            Self::Empty { field: "code" } => "Type the code.",
            Self::Empty { .. } => "Something is missing. Fill in this field.",
            Self::WrongCode => {
                "This code is not right, or its time is over. Wait for the next one and type it within its 30 seconds."
            }
            Self::UsedCode => "This code was used already. Wait for the next one and type that.",
            Self::WrongRecoveryCode => {
                "This recovery code is not right, or was used already. Check it, or take another one of your list."
            }
            Self::WrongPairingCode { tries_left: 1 } => {
                "These are not the digits that your phone shows. You have one more try; after that you begin again with a new QR code."
            }
            Self::WrongPairingCode { tries_left } => {
                return format!(
                    "These are not the digits that your phone shows. Compare them and type them again. You have {tries_left} more tries."
                );
            }
            Self::PhoneNotHere => {
                "Your phone has not answered yet. Scan the QR code with the app first; then the app shows the digits."
            }
            Self::BadNumber => {
                "This is not a telephone number. Type it with the code of the country, as in +41 44 555 01 23."
            }
            Self::NotDelivered => "We could not reach this number. Check it, or choose another way.",
            Self::NothingChosen => "Choose one of the methods.",
            Self::NotAnswered => "Nobody has answered on the phone yet. Open the app, answer there, then continue.",
            Self::LastMethod => {
                "This is your only method, and you need one to sign in. Add another one first, then remove this one."
            }
            Self::NoMethodAllowed => "Nobody could sign in without a method. Allow at least one.",
            Self::Gone => "This is not there any more; somebody may have removed it. Look at the list below.",
        }
        .to_owned()
    }
}

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice {
    /// Signed out, here.
    SignedOut,
    /// Signed out after a time without a request.
    SessionOver,
    /// Signed out everywhere, and the account's devices locked.
    LockedByOwner,
    /// A method or device was added.
    Added,
    /// A method or device was removed.
    Removed,
    /// A lost device was locked.
    Locked,
    /// The default method was changed.
    DefaultChanged,
    /// Another request or text message was sent.
    SentAgain,
    /// The policies were kept.
    PoliciesKept,
    /// A user was reset.
    UserReset,
    /// A user was unlocked.
    UserUnlocked,
    /// Signed in by a recovery code.
    RecoveryCodeUsed,
}

impl Notice {
    /// In words.
    #[must_use]
    pub fn text(self) -> &'static str {
        match self {
            Self::SignedOut => "You are signed out.",
            Self::SessionOver => {
                "You were away for a while, so we signed you out. Sign in again to go on."
            }
            Self::LockedByOwner => {
                "You are signed out on every device, and your devices cannot approve sign-ins any more. Tell your administrator, who unlocks your account with you."
            }
            Self::Added => "It is set up. You can sign in with it from now on.",
            Self::Removed => "It is removed, and cannot be used to sign in any more.",
            Self::Locked => "The device is locked, and cannot approve sign-ins any more.",
            Self::DefaultChanged => "Your default method is changed.",
            Self::SentAgain => "We have sent a new one. The one before does not work any more.",
            Self::PoliciesKept => "The policies are saved. They hold from the next sign-in on.",
            Self::UserReset => {
                "The methods are removed. The person sets up a new one at the next sign-in."
            }
            Self::UserUnlocked => "The account is unlocked.",
            Self::RecoveryCodeUsed => {
                "You used a recovery code, and it does not work again. If your phone is lost, lock it here and set up another."
            }
        }
    }
}
