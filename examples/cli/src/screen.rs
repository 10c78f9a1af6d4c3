//! The terminal while a table is on it, and as it was before.

use std::io::{self, Write};
use std::panic;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::{Hide, Show};
use crossterm::execute;
use crossterm::terminal::{
    DisableLineWrap, EnableLineWrap, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};

/// Whether there is something to put back.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// A terminal that shows nothing but what is drawn on it.
///
/// It is put back when this is dropped, and before the message of a panic.
#[derive(Debug)]
pub(crate) struct Screen(());

impl Screen {
    /// Takes the terminal.
    pub(crate) fn take() -> io::Result<Self> {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |message| {
            put_back();
            before(message);
        }));
        take()?;
        Ok(Self(()))
    }

    /// Columns and lines; the usual ones where the terminal does not know its own,
    /// as on a serial line.
    pub(crate) fn size(&self) -> (usize, usize) {
        let known = size().ok().filter(|(columns, lines)| *columns > 0 && *lines > 0);
        let (columns, lines) = known.unwrap_or((80, 24));
        (columns.into(), lines.into())
    }

    /// Draws `lines` from the top, and nothing below them.
    pub(crate) fn draw(&self, lines: &[String]) -> io::Result<()> {
        let mut frame = String::from("\x1b[H");
        for (index, line) in lines.iter().enumerate() {
            if index > 0 {
                frame.push_str("\r\n");
            }
            // Cleared before it is written, the last one with all below: a full line
            // leaves the cursor on its last character.
            frame.push_str(if index + 1 == lines.len() { "\x1b[0J" } else { "\x1b[2K" });
            frame.push_str(line);
        }
        let mut stdout = io::stdout().lock();
        stdout.write_all(frame.as_bytes())?;
        stdout.flush()
    }

    /// Gives the terminal back while the person does something else there (Ctrl-Z),
    /// and takes it again.
    #[cfg(unix)]
    pub(crate) fn suspend(&self) -> io::Result<()> {
        put_back();
        signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGTSTP)?;
        take()
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        put_back();
    }
}

fn take() -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    let taken = execute!(io::stdout(), EnterAlternateScreen, DisableLineWrap, Hide);
    if taken.is_err() {
        put_back();
    }
    taken
}

/// Puts everything back, once.
fn put_back() {
    if TAKEN.swap(false, Ordering::SeqCst) {
        // A terminal that is gone needs nothing.
        let _ = execute!(io::stdout(), Show, EnableLineWrap, LeaveAlternateScreen);
        let _ = disable_raw_mode();
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_panic_is_seen_on_a_terminal_that_is_as_it_was() {
        /// Tells this test that it is the program which runs on the terminal.
        const CHILD: &str = "AUTHENTICATOR_TEST_PANICS";
        if std::env::var_os(CHILD).is_some() {
            let _screen = Screen::take().unwrap();
            panic!("seen afterwards");
        }
        let program = std::env::current_exe().unwrap();
        let test = "screen::tests::a_panic_is_seen_on_a_terminal_that_is_as_it_was";
        let test = format!("--exact --nocapture {test}");
        let program = program.to_str().unwrap();
        let shell = format!("stty -a; echo END; {CHILD}=1 {program} {test}; stty -a; echo END");
        let mut script = Command::new("script");
        script.args(["-qec", &shell, "/dev/null"]).env("SHELL", "/bin/sh");
        // An input that stays open: its end would reach the terminal as a key.
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let input = child.stdin.take();

        let output = child.wait_with_output().unwrap();

        drop(input);
        let seen = String::from_utf8(output.stdout).unwrap();
        let (before, after) = seen.split_once("\x1b[?1049l").unwrap();
        assert_eq!(before.matches("\x1b[?1049h").count(), 1);
        assert!(!before.contains("seen afterwards") && after.contains("seen afterwards"));
        let settings = |seen: &str| {
            let lines = seen.lines().skip_while(|line| !line.starts_with("speed"));
            lines.take_while(|line| *line != "END").map(str::to_owned).collect::<Vec<_>>()
        };
        assert!(settings(before).iter().any(|line| line.contains("icanon")), "{before}");
        assert_eq!(settings(before), settings(after));
    }
}
