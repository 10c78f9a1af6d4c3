//! A program on a terminal, which is a real one, made by `script` of util-linux.

use std::io::{Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::{Folder, PROGRAM};

/// Long enough for a slow machine; only a failure waits so long.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// A terminal in which one command runs.
#[derive(Debug)]
pub(crate) struct Terminal {
    folder: Folder,
    script: Child,
    keys: Option<ChildStdin>,
    seen: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// A terminal of `size` (`stty`'s words) that runs the program with `arguments`.
    pub(crate) fn run(test: &str, size: &str, arguments: &str) -> Self {
        Self::run_with(test, size, "", arguments)
    }

    /// As [`Self::run`], with the shell's words `before` in front.
    pub(crate) fn run_with(test: &str, size: &str, before: &str, arguments: &str) -> Self {
        let folder = Folder::of(test);
        let shell = format!(
            "stty {size}; stty -a > {settings}; tty > {device}; \
             {before} sh -c 'echo $$ > {pid}; exec {PROGRAM} {arguments}'; \
             echo $? > {code}; stty -a > {settings_after}",
            settings = folder.path("before"),
            device = folder.path("device"),
            pid = folder.path("pid"),
            code = folder.path("code"),
            settings_after = folder.path("after"),
        );
        let mut script = Command::new("script")
            .args(["-qfec", &shell, "/dev/null"])
            .env("SHELL", "/bin/sh")
            .env("TERM", "xterm-256color")
            .env_remove("NO_COLOR")
            .env_remove("AUTHENTICATOR_PIN")
            .env_remove("AUTHENTICATOR_NEW_PIN")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = script.stdout.take().unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&seen);
        let reader = Some(thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(length @ 1..) = output.read(&mut bytes) {
                all.lock().unwrap().extend_from_slice(&bytes[..length]);
            }
        }));
        let keys = script.stdin.take();
        Self { folder, script, keys, seen, reader }
    }

    pub(crate) fn seen(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Waits until `text` was written.
    pub(crate) fn wait_for(&self, text: &str) {
        let start = Instant::now();
        while !self.seen().contains(text) {
            assert!(start.elapsed() < PATIENCE, "{text:?} in {:?}", self.seen());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until `prompt` was written and what is typed is not shown: a prompt comes a
    /// moment before that.
    pub(crate) fn wait_for_hidden(&self, prompt: &str) {
        self.wait_for(prompt);
        let device = std::fs::read_to_string(self.folder.path("device")).unwrap();
        let start = Instant::now();
        let settings = || Command::new("stty").args(["-a", "-F", device.trim()]).output().unwrap();
        while !String::from_utf8_lossy(&settings().stdout).contains(" -echo ") {
            assert!(start.elapsed() < PATIENCE, "{prompt:?} is answered in the open");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until the program is stopped, which it is a moment after it gave the terminal
    /// back.
    pub(crate) fn wait_until_stopped(&self) {
        let pid = std::fs::read_to_string(self.folder.path("pid")).unwrap();
        let start = Instant::now();
        let state = || std::fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap();
        while !state().contains(") T ") {
            assert!(start.elapsed() < PATIENCE, "{}", state());
            thread::sleep(Duration::from_millis(20));
        }
    }

    pub(crate) fn press(&mut self, keys: &str) {
        let input = self.keys.as_mut().unwrap();
        input.write_all(keys.as_bytes()).unwrap();
        input.flush().unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = std::fs::read_to_string(self.folder.path("pid")).unwrap();
        // The shell's own: a bare system has no program of that name.
        let kill = ["-c", "kill \"$0\" \"$1\"", name, pid.trim()];
        assert!(Command::new("sh").args(kill).status().unwrap().success());
    }

    /// Waits for the end: what was seen, and the exit code. The terminal must be as
    /// it was.
    pub(crate) fn end(mut self) -> (String, String) {
        let start = Instant::now();
        while self.script.try_wait().unwrap().is_none() {
            assert!(start.elapsed() < PATIENCE, "{:?}", self.seen());
            thread::sleep(Duration::from_millis(20));
        }
        drop(self.keys.take());
        self.reader.take().unwrap().join().unwrap();
        let seen = String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned();
        let read = |name: &str| std::fs::read_to_string(self.folder.path(name)).unwrap();
        assert_eq!(read("before"), read("after"), "{seen:?}");
        for [on, off] in
            [["\x1b[?1049h", "\x1b[?1049l"], ["\x1b[?25l", "\x1b[?25h"], ["\x1b[?7l", "\x1b[?7h"]]
        {
            assert_eq!(seen.matches(on).count(), seen.matches(off).count(), "{seen:?}");
            assert!(seen.rfind(on) <= seen.rfind(off), "{seen:?}");
        }
        (seen, read("code").trim().to_owned())
    }
}

/// A test that fails takes its terminal along.
impl Drop for Terminal {
    fn drop(&mut self) {
        if let Ok(None) = self.script.try_wait() {
            let pid = std::fs::read_to_string(self.folder.path("pid")).unwrap_or_default();
            // It may be stopped, and then hears nothing else.
            let kill = ["-c", "kill -KILL $0", pid.trim()];
            let _ = Command::new("sh").args(kill).status();
            let _ = self.script.kill();
            let _ = self.script.wait();
        }
    }
}
