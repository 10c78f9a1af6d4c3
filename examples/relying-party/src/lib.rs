//! A service that people sign in at: the server's side of `docs/approval-protocol.md`, with codes and
//! a page.

pub mod approval;
pub mod audit;
pub mod codes;
pub mod courier;
pub mod limits;
pub mod pages;
pub mod people;
pub mod sealing;
pub mod session;
pub mod settings;
pub mod store;
pub mod web;
