//! Swift: what is on the path, or else a Debian that has it.
//!
//! Debian 12 has no Swift, and that of Debian 13 needs its C library. So Debian 13 is unpacked
//! into the cache, once, and entered with chroot; what it sees of this machine, it sees read-only,
//! but for its own folder of builds. Nothing stays mounted.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{self, at_root, root};
use crate::debian;
use crate::harness::Harness;
use crate::report::Report;
use crate::stop::Stop;
use crate::tools::{self, Need};

/// The Debian that has Swift 6.
const SUITE: &str = "trixie";

/// The package.
const PACKAGE: &str = "bindings/swift";

/// Its tests; warnings are errors.
const TEST: [&str; 14] = [
    "env",
    "AUTHENTICATOR_CORE_SERVICE={library}/approval-service",
    "swift",
    "test",
    "--scratch-path",
    "{build}/package",
    "-Xswiftc",
    "-warnings-as-errors",
    "-Xlinker",
    "-L{library}",
    "-Xlinker",
    "-rpath",
    "-Xlinker",
    "{library}",
];

/// The generated code in language mode 6, and the files for Apple's systems.
const CHECK: [&str; 3] = ["bash", "Tests/AppleStubs/check.sh", "{build}/stubs"];

/// Where a command finds the folders that it is given.
const MOUNTS: [&str; 3] = ["/src", "/library", "/build"];

/// Not compiled and not tested with, and 1.2 GB.
const LEFT_OUT: &str = "\
force-unsafe-io
path-exclude=/usr/share/doc/*
path-exclude=/usr/share/man/*
path-exclude=/usr/share/locale/*
path-exclude=/usr/libexec/swift/lib/liblldb*
path-exclude=/usr/libexec/swift/lib/libsourcekitdInProc.so
path-exclude=/usr/libexec/swift/lib/swift/embedded/*
path-exclude=/usr/libexec/swift/lib/swift/FrameworkABIBaseline/*
path-exclude=/usr/libexec/swift/lib/swift_static/*
path-exclude=/usr/libexec/swift/bin/lldb*
path-exclude=/usr/libexec/swift/bin/clangd
path-exclude=/usr/libexec/swift/bin/sourcekit-lsp
path-exclude=/usr/libexec/swift/bin/docc
";

/// Runs `"$@"` from the fifth argument on in the root that is the first one, with the three
/// folders that follow it at their places. The compiler dies without /proc.
const ENTER: &str = r#"
root=$1
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mkdir -p "$root/src" "$root/library" "$root/build"
if [ -n "$2" ]; then
    mount --bind "$2" "$root/src" && mount -o remount,bind,ro "$root/src"
    mount --bind "$3" "$root/library" && mount -o remount,bind,ro "$root/library"
    mount --bind "$4" "$root/build"
fi
shift 4
exec chroot "$root" /usr/bin/env -i PATH=/usr/bin:/usr/sbin:/bin:/sbin HOME=/root LANG=C.UTF-8 \
    bash -euc 'cd /src; exec "$@"' swift "$@"
"#;

/// A Swift that runs here.
#[derive(Debug)]
pub(crate) enum Swift {
    /// On the path.
    Here,
    /// In a Debian of its own.
    Apart(PathBuf),
}

/// What has to be on this machine before Swift can be provided.
pub(crate) fn needs() -> Vec<Need> {
    if is_here() {
        return Vec::new();
    }
    vec![Need {
        name: "debootstrap".into(),
        present: |need| debian::is_ours_to_change() && tools::is_on_path(need),
        package: "debootstrap".into(),
        advice: "install Swift 6, or leave it out with --skip-swift",
    }]
}

fn is_here() -> bool {
    cargo::read(Command::new("sh").args(["-c", "swift --version 2>/dev/null || true"]))
        .is_ok_and(|version| is_six(&version))
}

fn is_six(version: &str) -> bool {
    version.split_once("Swift version ").is_some_and(|(_, version)| version.starts_with("6."))
}

impl Swift {
    /// Swift, unpacked first if need be: 1.4 GB, some minutes.
    pub(crate) fn provide() -> Result<Self, Stop> {
        if is_here() {
            return Ok(Self::Here);
        }
        let home = tools::cache().join(format!("swift-{SUITE}"));
        if !home.join(".ready-1").is_file() {
            let half = home.with_extension("half");
            println!("Unpacking Swift from Debian's {SUITE}");
            remove(&half)?;
            unpack(&half)?;
            remove(&home)?;
            fs::rename(&half, &home).map_err(|error| Stop::failed(error.to_string()))?;
        }
        Ok(Self::Apart(home))
    }

    /// A command in a folder of the repository. `{library}` in it is the folder of the door's
    /// library, `{build}` one of its own.
    pub(crate) fn command(&self, folder: &str, library: &Path, words: &[&str]) -> Command {
        let build = tools::cache().join("swift-build");
        // Where that fails, so does what follows.
        let _ = fs::create_dir_all(&build);
        let filled = |library: &Path, build: &Path| -> Vec<String> {
            let fill = |word: &&str| {
                let word = word.replace("{library}", &library.to_string_lossy());
                word.replace("{build}", &build.to_string_lossy())
            };
            words.iter().map(fill).collect()
        };
        match self {
            Self::Here => {
                let words = filled(library, &build);
                let mut command = at_root(words.first().map_or("swift", String::as_str));
                command.args(words.iter().skip(1)).current_dir(root().join(folder));
                command
            }
            Self::Apart(home) => {
                let [_, at_library, at_build] = MOUNTS.map(Path::new);
                let mut command = enter(home, &[&root(), library, &build]);
                command.args(["bash", "-euc", "cd \"$0\"; exec \"$@\"", folder]);
                command.args(filled(at_library, at_build));
                command
            }
        }
    }
}

impl Swift {
    /// The package with its tests, and what can be said here of the files that only Apple's
    /// systems compile.
    pub(crate) fn suites(&self, report: &mut Report, library: &Path) {
        report.tests(
            "tests in Swift",
            Harness::SwiftTesting,
            &mut self.command(PACKAGE, library, &TEST),
        );
        report.command(
            "types of Swift in mode 6, and of Apple's part",
            &mut self.command(PACKAGE, library, &CHECK),
        );
    }
}

/// The beginning of a command inside a Debian of its own.
fn enter(home: &Path, folders: &[&Path; 3]) -> Command {
    let mut command = at_root("unshare");
    command.args(["--mount", "--propagation", "private", "--", "bash", "-euc", ENTER, "enter"]);
    command.arg(home).args(folders);
    command
}

/// Makes a Debian with Swift in it.
fn unpack(home: &Path) -> Result<(), Stop> {
    let mirror = debian::mirror()?;
    let mut bootstrap = Command::new("debootstrap");
    cargo::read(bootstrap.args(["--variant=minbase", SUITE]).arg(home).arg(mirror))?;
    let write = |path: &str, text: &str| {
        fs::write(home.join(path), text).map_err(|error| Stop::failed(format!("{path}: {error}")))
    };
    let resolver = fs::read_to_string("/etc/resolv.conf").unwrap_or_default();
    write("etc/resolv.conf", &resolver)?;
    write("etc/apt/apt.conf.d/99less", "Acquire::Retries \"3\";\n")?;
    write("etc/dpkg/dpkg.cfg.d/99less", LEFT_OUT)?;
    let inside = |words: &[&str]| {
        let mut chroot = Command::new("chroot");
        chroot.arg(home).args(["env", "DEBIAN_FRONTEND=noninteractive"]).args(words);
        cargo::read(&mut chroot).map(drop)
    };
    // The compiler needs the two that it only recommends.
    let packages = ["swiftlang", "libc6-dev", "libstdc++-14-dev"];
    let install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends"];
    inside(&[&install[..], &packages].concat())?;
    inside(&["apt-get", "clean"])?;
    let nothing = Path::new("");
    let mut version = enter(home, &[nothing; 3]);
    let version = cargo::read(version.args(["swiftc", "--version"]))?;
    if !is_six(&version) {
        return Err(Stop::failed(format!("this is no Swift 6: {version}")));
    }
    write(".ready-1", "")
}

/// Removes a Debian that is there half, and nothing that is mounted in it.
fn remove(home: &Path) -> Result<(), Stop> {
    cargo::run(Command::new("rm").args(["-rf", "--one-file-system"]).arg(home))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_swift_before_six_is_none() {
        assert!(is_six("Swift version 6.0.3 (swift-6.0.3-RELEASE)\nTarget: x86_64\n"));
        assert!(is_six("swift-driver version: 1.1 Apple Swift version 6.2 (swiftlang-6.2)\n"));
        assert!(!is_six("Swift version 5.10 (swift-5.10-RELEASE)\n"));
        assert!(!is_six(""));
    }

    #[test]
    fn words_name_the_folders_as_swift_sees_them() {
        let words = ["swift", "test", "-L{library}", "--scratch-path={build}/x"];
        let here = Swift::Here.command(".", Path::new("/there"), &words);
        let here: Vec<_> = here.get_args().map(|word| word.to_string_lossy()).collect();
        assert_eq!(here[..2], ["test", "-L/there"]);

        let apart = Swift::Apart("/home".into()).command(".", Path::new("/there"), &words);
        let apart: Vec<_> = apart.get_args().map(|word| word.to_string_lossy()).collect();
        assert_eq!(apart[apart.len() - 2..], ["-L/library", "--scratch-path=/build/x"]);
    }
}
