//! The state machines of the approval protocol, explored.
#![cfg(test)]

mod enrolment;
mod explore;
mod sign_ins;
mod world;
