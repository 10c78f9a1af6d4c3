//! `watch`: the codes of a list, second by second.

use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use std::{iter, thread};

use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use serde::Serialize;

use crate::arguments::Watch;
use crate::code::{hint, warn};
use crate::refusal::{Doubt, Refusal};
use crate::rows::{Place, Rows, Shown, Source};
use crate::screen::Screen;
use crate::style::{self, Style};
use crate::table::{self, TableLine};
use crate::vault::ClockFacts;
use crate::{End, Failure, file, interrupt, output};

/// How long a signal may wait until it is noticed.
const SLICE: Duration = Duration::from_millis(100);

/// Shows the table, or writes it.
pub(crate) fn run(arguments: &Watch) -> Result<End, Failure> {
    let pin = arguments.pin.read()?;
    let mut rows = if arguments.file.as_os_str() == "-" {
        hint("URIs, one a line");
        Rows::read(io::stdin().lock(), pin.as_ref())?
    } else {
        let list = file::open(&arguments.file);
        let list = list.map_err(|error| file::unreadable("the list", &error))?;
        Rows::read(list, pin.as_ref())?
    };
    if !arguments.json && !io::stdout().is_terminal() {
        for row in rows.iter() {
            if let Ok(entry) = &row.entry {
                warn(&entry.warnings, &row.place.to_string());
            }
        }
        return once(&mut rows);
    }
    let keep_on = io::stdout().is_terminal() || arguments.seconds.is_some();
    show(&mut rows, keep_on.then_some(arguments.seconds), arguments.json)
}

/// Shows the table until its seconds are over, if it has any; once without `until`.
pub(crate) fn show(
    rows: &mut dyn Source,
    until: Option<Option<u64>>,
    json: bool,
) -> Result<End, Failure> {
    let until = until.map(Until::new).transpose()?;
    match until {
        until if json => write_json(rows, until.as_ref()),
        Some(until) if io::stdout().is_terminal() => live(rows, &until),
        _ => once(rows),
    }
}

/// Writes the table once.
fn once(rows: &mut dyn Source) -> Result<End, Failure> {
    let time = rows.time()?;
    let shown = rows.at(time)?;
    for line in table::lines(&shown, time, usize::MAX) {
        output::line(line.plain())?;
    }
    Ok(End::refused_if(shown.iter().any(Shown::is_refused)))
}

/// When to end: after a time, or at a signal.
struct Until {
    signal: Arc<AtomicBool>,
    time: Option<Instant>,
}

impl Until {
    /// `seconds` from now, or at a signal that asks to end.
    fn new(seconds: Option<u64>) -> Result<Self, Refusal> {
        let signal = Arc::new(AtomicBool::new(false));
        interrupt::leave_to_another();
        for number in interrupt::signals() {
            signal_hook::flag::register(number, Arc::clone(&signal)).map_err(|_| {
                Refusal::new("no_signals", "the system does not let this program hear signals")
            })?;
        }
        // A time beyond what the clock can count never comes.
        let time = seconds.and_then(|secs| Instant::now().checked_add(Duration::from_secs(secs)));
        Ok(Self { signal, time })
    }

    fn is_over(&self) -> bool {
        self.signal.load(Ordering::Relaxed) || self.time.is_some_and(|time| Instant::now() >= time)
    }

    /// How long to wait at once until the clock's next second.
    fn slice(&self, next: SystemTime) -> Option<Duration> {
        let rest = next.duration_since(SystemTime::now()).ok().filter(|rest| !rest.is_zero())?;
        // A clock that was set back must not stop the table.
        let rest = (rest <= Duration::from_secs(1)).then_some(rest)?;
        let end = self.time.map_or(SLICE, |time| time.saturating_duration_since(Instant::now()));
        Some(rest.min(SLICE).min(end))
    }
}

/// The moment of the next full second.
fn next_second() -> SystemTime {
    let now = SystemTime::now();
    let into = now.duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos());
    now + Duration::from_secs(1) - Duration::from_nanos(into.into())
}

/// What a key asks for.
enum Wish {
    End,
    #[cfg(unix)]
    Suspend,
    Scroll(isize),
    Redraw,
}

/// The live table, until somebody ends it.
fn live(rows: &mut dyn Source, until: &Until) -> Result<End, Failure> {
    let screen = Screen::take().map_err(|_| {
        Refusal::new("no_terminal", "the terminal cannot be used; write to a pipe for one table")
    })?;
    let colours = style::colours_on_stdout();
    let mut first = 0;
    while !until.is_over() {
        let next = next_second();
        let (columns, lines) = screen.size();
        let page = lines.saturating_sub(2).max(1);
        first = draw(&screen, rows, first, page, columns, colours)?;
        while let Some(slice) = until.slice(next) {
            if until.is_over() {
                break;
            }
            if !event::poll(slice)? {
                continue;
            }
            match wish(&event::read()?, page) {
                None => continue,
                Some(Wish::End) => return Ok(End::Done),
                #[cfg(unix)]
                Some(Wish::Suspend) => screen.suspend()?,
                Some(Wish::Scroll(by)) => first = first.saturating_add_signed(by),
                Some(Wish::Redraw) => {}
            }
            break;
        }
    }
    Ok(End::Done)
}

fn wish(event: &Event, page: usize) -> Option<Wish> {
    let Event::Key(KeyEvent { code, modifiers, kind: KeyEventKind::Press, .. }) = event else {
        return matches!(event, Event::Resize(..)).then_some(Wish::Redraw);
    };
    let page = isize::try_from(page).unwrap_or(isize::MAX);
    let control = modifiers.contains(KeyModifiers::CONTROL);
    Some(match code {
        KeyCode::Char('c') if control => Wish::End,
        #[cfg(unix)]
        KeyCode::Char('z') if control => Wish::Suspend,
        KeyCode::Char('q' | 'Q') | KeyCode::Esc => Wish::End,
        KeyCode::Up => Wish::Scroll(-1),
        KeyCode::Down => Wish::Scroll(1),
        KeyCode::PageUp => Wish::Scroll(-page),
        KeyCode::PageDown => Wish::Scroll(page),
        KeyCode::Home => Wish::Scroll(isize::MIN),
        KeyCode::End => Wish::Scroll(isize::MAX),
        _ => return None,
    })
}

/// Draws the page of rows that begins at `first`, or the last one that is full;
/// answers where it begins.
fn draw(
    screen: &Screen,
    rows: &mut dyn Source,
    first: usize,
    page: usize,
    columns: usize,
    colours: bool,
) -> Result<usize, Failure> {
    let (time, clock) = (rows.time()?, rows.clock());
    let shown = rows.at(time)?;
    let first = first.min(shown.len().saturating_sub(page));
    let last = shown.len().min(first.saturating_add(page));
    let doubtful = shown
        .iter()
        .any(|shown| shown.row.entry.as_ref().is_ok_and(|entry| !entry.warnings.is_empty()));
    let mut keys = String::from("q ends");
    if last - first < shown.len() {
        keys = format!("{}-{last} of {} · arrows scroll · {keys}", first + 1, shown.len());
    }
    if doubtful {
        keys.push_str(" · some accounts are doubtful: see `authenticator inspect`");
    }
    if let Some(off) = clock.filter(|clock| clock.is_off) {
        keys.push_str(&format!(" · the clock is {off}"));
    }
    let mut table = table::lines(&shown, time, columns).into_iter();
    let header = table.next();
    let body = table.skip(first).take(page);
    let footer = TableLine::of(&keys, columns, Style::Dim);
    let lines: Vec<String> = header
        .into_iter()
        .chain(body)
        .chain(iter::once(footer))
        .map(|line| line.placed(colours))
        .collect();
    // On a screen of one or two lines, the rows are what matters.
    let (_, height) = screen.size();
    let skipped = usize::from(height < 2);
    let visible: Vec<String> = lines.into_iter().skip(skipped).take(height).collect();
    screen.draw(&visible)?;
    Ok(first)
}

/// The table as JSON.
#[derive(Debug, Serialize)]
struct Tick<'a> {
    time: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    clock: Option<ClockFacts>,
    /// The state folder cannot be read.
    #[serde(skip_serializing_if = "output::is_down")]
    guard_is_unavailable: bool,
    rows: Vec<JsonRow<'a>>,
}

/// A row as JSON: the account's names if it is one, and its codes or why not.
#[derive(Debug, Default, Serialize)]
struct JsonRow<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(flatten)]
    account: Option<JsonAccount<'a>>,
    #[serde(flatten)]
    codes: Option<JsonCodes>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<Refusal>,
}

#[derive(Debug, Serialize)]
struct JsonAccount<'a> {
    issuer: Option<&'a str>,
    name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    warnings: Option<Vec<Doubt<'a>>>,
}

#[derive(Debug, Serialize)]
struct JsonCodes {
    code: String,
    next: Option<String>,
    seconds_left: u64,
    period: u32,
}

/// Writes the table once or, with `until`, each second.
fn write_json(rows: &mut dyn Source, until: Option<&Until>) -> Result<End, Failure> {
    loop {
        let next = next_second();
        let (time, clock) = (rows.time()?, rows.clock());
        let guard_is_unavailable = rows.guard_is_unavailable();
        let shown = rows.at(time)?;
        let json = shown.iter().map(|shown| json_row(shown, time)).collect();
        let time = time.as_secs();
        output::json(&Tick { time, clock, guard_is_unavailable, rows: json })?;
        while let Some(slice) = until.and_then(|until| until.slice(next)) {
            if until.is_some_and(Until::is_over) {
                break;
            }
            thread::sleep(slice);
        }
        if until.is_none_or(Until::is_over) {
            return Ok(End::refused_if(shown.iter().any(Shown::is_refused)));
        }
    }
}

fn json_row<'a>(shown: &Shown<'a>, time: authenticator_core::UnixTime) -> JsonRow<'a> {
    let mut json = JsonRow::default();
    match shown.row.place {
        Place::Line(number) => json.line = Some(number),
        Place::Vault(id) => json.id = id.map(|id| id.to_string()),
    }
    match &shown.row.entry {
        Ok(entry) => {
            json.account = Some(JsonAccount {
                issuer: entry.issuer.as_deref(),
                name: &entry.name,
                warnings: json.line.map(|_| Doubt::all(&entry.warnings)),
            });
        }
        Err(refusal) => json.error = Some(refusal.clone()),
    }
    match &shown.codes {
        Some(Ok((now, next))) => {
            json.codes = Some(JsonCodes {
                code: now.code.as_str().to_owned(),
                next: next.as_ref().map(|next| next.as_str().to_owned()),
                seconds_left: now.seconds_left_at(time),
                period: now.period.as_secs(),
            });
        }
        Some(Err(error)) => json.error = Some((*error).into()),
        None => {}
    }
    json
}
