//! Approvals, as values: what an app lists, what it carries, and what came of it.

mod credential;
mod event;
mod exchange;
mod pin;
mod preview;
mod problem;
mod request;
mod web_push;

pub(crate) use credential::link_text;
pub use credential::{
    ApprovalCredential, ApprovalEnrolment, ApprovalPinPolicy, CredentialState, DeviceDescription,
    DevicePlatform, EnrolmentConfirmation, EnrolmentLink, PushKind, PushTarget, RevocationReason,
    parse_enrolment_link,
};
pub use event::{AccountDevice, ApprovalEvent, ApprovalOutcome, ExchangeProblem};
pub use exchange::{
    ApprovalExchange, HttpHeader, HttpRequest, HttpResponse, ReceivedResponse, poll_delay_millis,
};
pub use pin::check_new_approval_pin;
pub(crate) use pin::{new_approval_pin, typed_approval_pin};
pub use preview::{ApprovalPreview, PreviewKey};
pub(crate) use problem::answered;
pub use problem::{ApprovalProblem, Refusal};
pub use request::{
    ApprovalHistoryItem, ApprovalRequest, Decision, DecisionReason, Matching, NotificationState,
    RequestDetails, RequestKind, RequestState, Verification, VerificationMessage,
};

pub use web_push::WebPushKeys;

/// Generates the conversion of one enum without fields into another, where the core may have more.
macro_rules! same {
    ($core:path => $ours:ident { $($variant:ident),* $(,)? } else $other:ident) => {
        impl From<$core> for $ours {
            fn from(core: $core) -> Self {
                use $core as Core;
                match core {
                    $(Core::$variant => Self::$variant,)*
                    _ => Self::$other,
                }
            }
        }
    };
    ($core:path => $ours:ident { $($variant:ident),* $(,)? }) => {
        impl From<$core> for $ours {
            fn from(core: $core) -> Self {
                use $core as Core;
                match core {
                    $(Core::$variant => Self::$variant,)*
                }
            }
        }
    };
}

/// The same, in the other direction.
macro_rules! back {
    ($ours:ident => $core:path { $($variant:ident),* $(,)? }) => {
        impl From<$ours> for $core {
            fn from(ours: $ours) -> Self {
                use $core as Core;
                match ours {
                    $($ours::$variant => Core::$variant,)*
                }
            }
        }
    };
}

use {back, same};

/// A number that no app counts beyond.
fn count(number: impl TryInto<u32>) -> u32 {
    number.try_into().unwrap_or(u32::MAX)
}
