//! Debian: the one system on which a chore may install what is missing.

use std::fs;
use std::process::{Command, Stdio};

use crate::cargo;
use crate::stop::Stop;

/// Whether packages can be installed without asking anybody: Debian, and root.
pub(crate) fn is_ours_to_change() -> bool {
    fs::read_to_string("/etc/os-release").is_ok_and(|text| is_debian(&text))
        && cargo::read(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// Whether an `os-release` file is that of Debian itself.
///
/// Derivatives do not count: their packages bear other names and versions.
fn is_debian(os_release: &str) -> bool {
    os_release
        .lines()
        .filter_map(|line| line.strip_prefix("ID="))
        .any(|id| id.trim_matches(['"', '\'']) == "debian")
}

/// Installs packages.
pub(crate) fn install(packages: &[&str]) -> Result<(), Stop> {
    println!("Installing {}", packages.join(", "));
    // A fresh machine has no list of packages, and an old list names files that are gone.
    apt(&["update"])?;
    apt(&[&["install", "--yes", "--no-install-recommends"], packages].concat())
}

/// Where this machine's own packages come from: the first source that is Debian's main archive.
pub(crate) fn mirror() -> Result<String, Stop> {
    let format = "$(REPO_URI)";
    let sources = cargo::read(Command::new("apt-get").args(["indextargets", "--format", format]))?;
    let main = sources.lines().find(|uri| uri.trim_end_matches('/').ends_with("/debian"));
    main.map(str::to_owned).ok_or_else(|| Stop::failed("no source of packages is Debian's archive"))
}

fn apt(arguments: &[&str]) -> Result<(), Stop> {
    // Another installation may be under way: it is waited for.
    let mut command = Command::new("apt-get");
    command.args(["-qq", "-o", "DPkg::Lock::Timeout=300"]).args(arguments);
    command.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null()).stdout(Stdio::null());
    cargo::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debian_is_told_from_its_derivatives() {
        assert!(is_debian("PRETTY_NAME=\"Debian GNU/Linux 12\"\nID=debian\nVERSION_ID=\"12\"\n"));
        assert!(is_debian("ID=\"debian\"\n"));
        assert!(!is_debian("ID=ubuntu\nID_LIKE=debian\n"));
        assert!(!is_debian("VERSION_ID=debian\n"));
        assert!(!is_debian(""));
    }
}
