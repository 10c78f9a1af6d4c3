//! What is answered instead of a page.

use askama::Template;

use super::{Frame, Page};

/// A request that was not answered, by its HTTP status.
#[derive(Clone, Debug, Template)]
#[template(path = "failure.html")]
pub struct Failure {
    /// What is around it.
    pub frame: Frame,
    /// 400, 403, 404, 405, 413, 429 or 500; another one is told as the first or last of them.
    pub status: u16,
}

impl Failure {
    /// What happened and what to do next.
    fn text(&self) -> (&'static str, &'static str) {
        match self.status {
            403 => (
                "You may not open this page, or it was open for too long before you sent it.",
                "Go back, load the page again, and send it once more. If that does not help, sign in again.",
            ),
            404 => (
                "There is no page at this address. The link may be old, or a letter may be missing.",
                "Check the address, or go to the start page.",
            ),
            405 => (
                "This address only takes what a form sends.",
                "Go to the start page and find your way from there.",
            ),
            413 => (
                "What you sent is longer than we can read.",
                "Go back, shorten it, and send it again.",
            ),
            429 => (
                "There were too many requests in a short time.",
                "Wait a minute, then load the page again. Nothing is lost.",
            ),
            500.. => (
                "Something went wrong on our side. It is not your fault.",
                "Try again in a minute. If it happens again, tell your administrator what you did and when.",
            ),
            _ => (
                "We did not understand what your browser sent.",
                "Go back, load the page again, and send it once more.",
            ),
        }
    }
}

impl Page for Failure {
    fn title(&self) -> String {
        match self.status {
            403 => "This page is not open to you",
            404 => "Page not found",
            405 => "This address is not a page",
            413 => "That was too long",
            429 => "Too many requests",
            500.. => "Something went wrong",
            _ => "Request not understood",
        }
        .to_owned()
    }
}
