//! The core of a mobile authenticator.
#![forbid(unsafe_code)]
