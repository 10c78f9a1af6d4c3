//! A service that people sign in at: the server's side of `docs/approval-protocol.md`, with codes and
//! a page.

pub mod approval;
pub mod audit;
pub mod courier;
pub mod sealing;
pub mod store;
