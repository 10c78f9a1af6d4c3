//! Scripts on packages of npm.

use std::env;
use std::path::Path;
use std::process::Command;

use crate::skip;

/// Where `cargo xtask test` says which Node runs the scripts.
const NODE: &str = "AUTHENTICATOR_CORE_NODE";
/// Where it says which folder `node_modules` has the packages. The scripts read it, too.
const MODULES: &str = "AUTHENTICATOR_CORE_NODE_MODULES";

/// What runs a script of `tests/interop/`; `None`, and a word about it, where there is no Node.
pub(crate) fn node(script: &str) -> Option<Command> {
    let (Some(node), Some(_)) = (env::var_os(NODE), env::var_os(MODULES)) else {
        skip(&format!("{script}: {NODE} and {MODULES} name no Node with its packages"));
        return None;
    };
    let mut command = Command::new(node);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/interop").join(script));
    Some(command)
}
