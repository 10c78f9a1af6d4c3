//! "Enrolment" as a state machine: two phones open the same link, the person's and that of
//! whoever has photographed it, through a network that loses, repeats and reorders.

mod checks;
mod steps;

use std::collections::BTreeSet;

/// The person's phone, and the photographer's.
const PERSON: u8 = 0;
/// Tests of one enrolment, at most.
const TESTS: u8 = 2;
/// Wrong codes that the page takes.
const TRIES: u8 = 3;

/// "States of an enrolment".
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Stage {
    Offered,
    Keyed,
    Revealed,
    Paired,
    Active,
    Void,
}

/// How far a phone is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Phone {
    /// It has the link.
    Begun,
    /// The enrolment message is written, and is sent until there is an offer. The key that it
    /// carries has a number.
    Keyed {
        key: u8,
    },
    /// The pairing code is shown. The reveal is sent until there is a status.
    Coded {
        key: u8,
        reveals: bool,
        test: Test,
    },
    Active,
    /// The enrolment is over here, and the keys are deleted.
    Gone,
}

#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Test {
    None,
    Open(u8),
    Decided(u8, Say),
}

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Say {
    Right,
    Wrong,
    Deny,
}

/// What was sent once, and may come at any time, again, or never. The phone stands first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
enum Message {
    /// With its key.
    Enrolment(u8, u8),
    Offer(u8),
    Reveal(u8),
    Status(u8, Stage),
    /// HTTP 409.
    Void(u8),
    Answer(u8, u8, Say),
    /// Whether the test was approved.
    Receipt(u8, u8, bool),
}

#[derive(Clone, Debug, Eq, Hash, PartialEq)]
struct World {
    stage: Stage,
    /// The phone and the key that the code was spent on.
    device: Option<(u8, u8)>,
    tries: u8,
    /// The newest test, and whether it is open.
    test: Option<(u8, bool)>,
    phones: [Phone; 2],
    network: BTreeSet<Message>,
    /// Whether time, the person or an administrator ended it.
    is_ended: bool,
    /// Whether a second phone came with a key of its own before it was active.
    has_second: bool,
    /// What a step did that none may.
    broken: bool,
}

/// What somebody does.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
enum Action {
    /// The person confirms on a phone: keys and message are written.
    Confirm(u8),
    /// The phone sends what is due, or did so before it crashed.
    Send(u8),
    /// The network brings a message; the response to it may be lost.
    Deliver {
        message: Message,
        is_response_lost: bool,
    },
    Poll(u8),
    /// What the person's phone shows is typed into the page, or something else.
    Type {
        is_right: bool,
    },
    Decide(u8, Say),
    /// `exp`, or the page.
    End,
    /// On a phone.
    Cancel(u8),
    /// A phone that had not written its keys begins anew.
    Forget(u8),
}

/// A rule that somebody leaves out.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Flaw {
    /// A second device key takes the place of the first.
    SecondTaken,
    /// A second device key is refused, and the first goes on.
    SecondIgnored,
    /// The page takes any code.
    CodeIgnored,
    /// The phone sends its keys before it has written them.
    KeysForgotten,
    /// The service answers once.
    OfferForgotten,
}

#[derive(Clone, Copy, Debug, Default)]
struct Plan {
    /// Whether somebody has photographed the link.
    has_photographer: bool,
    flaw: Option<Flaw>,
}

impl Plan {
    fn has(self, flaw: Flaw) -> bool {
        self.flaw == Some(flaw)
    }
}
