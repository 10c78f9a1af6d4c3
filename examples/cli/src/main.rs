//! Terminal authenticator.
fn main() {}
