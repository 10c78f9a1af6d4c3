//! The table of codes, laid out for a width.

use std::fmt::Write;

use authenticator_core::UnixTime;
use authenticator_core::otp::{Code, CodeError, TimedCode};

use crate::rows::{Entry, Shown};
use crate::style::{RESET, Style};
use crate::width;

/// What stands between two columns.
const GAP: usize = 2;
/// The columns of a countdown bar.
const BAR: usize = 10;
/// With fewer columns for issuer and name, something else goes.
const NAMES_AT_LEAST: usize = 16;
/// With fewer columns than that for both, the name goes.
const BOTH_NAMES_AT_LEAST: usize = 9;

/// A piece of a line.
#[derive(Debug)]
struct Cell {
    column: usize,
    columns: usize,
    text: String,
    style: Style,
}

/// A line of the table.
#[derive(Debug, Default)]
pub(crate) struct TableLine(Vec<Cell>);

impl TableLine {
    /// A line with nothing but `text`, within `columns`.
    pub(crate) fn of(text: &str, columns: usize, style: Style) -> Self {
        Self(vec![Cell { column: 0, columns, text: text.to_owned(), style }])
    }

    fn push(&mut self, column: usize, columns: usize, text: impl Into<String>, style: Style) {
        if columns > 0 {
            self.0.push(Cell { column, columns, text: text.into(), style });
        }
    }

    /// The line as text.
    pub(crate) fn plain(&self) -> String {
        let mut line = String::new();
        for cell in &self.0 {
            line.push_str(&" ".repeat(cell.column.saturating_sub(width::of(&line))));
            line.push_str(&width::fit(&cell.text, cell.columns));
        }
        line
    }

    /// The line for a terminal. Each cell is put in its place by itself, so that a
    /// name that the terminal draws wider or narrower moves nothing.
    pub(crate) fn placed(&self, colours: bool) -> String {
        let mut line = String::new();
        for cell in &self.0 {
            let text = width::fit(&cell.text, cell.columns);
            let column = cell.column + 1;
            // Writing to a String cannot fail.
            let _ = match (colours, cell.style) {
                (false, _) | (true, Style::Plain) => write!(line, "\x1b[{column}G{text}"),
                (true, style) => {
                    let start = style.start();
                    write!(line, "\x1b[{column}G{start}{text}{RESET}")
                }
            };
        }
        line
    }
}

/// Where each column begins and how wide it is; 0 wide is left out.
#[derive(Debug, Default)]
struct Layout {
    width: usize,
    issuer: usize,
    name: usize,
    code: usize,
    next: usize,
    bar: usize,
    left: usize,
}

/// The header and one line for each row, none of them wider than `width`.
pub(crate) fn lines(rows: &[Shown<'_>], time: UnixTime, width: usize) -> Vec<TableLine> {
    let layout = Layout::new(rows, time, width);
    let header = layout.header();
    std::iter::once(header).chain(rows.iter().map(|row| layout.line(row, time))).collect()
}

impl Layout {
    fn new(rows: &[Shown<'_>], time: UnixTime, width: usize) -> Self {
        let entries = || rows.iter().filter_map(|shown| shown.row.entry.as_ref().ok());
        let codes = || rows.iter().filter_map(|shown| shown.codes.as_ref()?.as_ref().ok());
        let widest = |texts: &mut dyn Iterator<Item = usize>| texts.max().unwrap_or(0);

        let issuer = widest(&mut entries().map(|entry| width::of(issuer(entry)))).max(6);
        let name = widest(&mut entries().map(|entry| width::of(&entry.name))).max(7);
        let code = widest(&mut codes().map(|(now, _)| grouped(&now.code).len())).max(4);
        let left =
            widest(&mut codes().map(|(now, _)| now.seconds_left_at(time).to_string().len())) + 2;

        let all = Self { width, issuer, name, code, next: code, bar: BAR, left };
        // What is least missed goes first where the terminal is narrow.
        let narrower = [
            Self { ..all },
            Self { bar: 0, ..all },
            Self { bar: 0, next: 0, ..all },
            Self { bar: 0, next: 0, left: 0, ..all },
        ];
        let roomy = |layout: &Self| layout.for_names() >= NAMES_AT_LEAST.min(issuer + GAP + name);
        let last = Self { bar: 0, next: 0, left: 0, ..all };
        narrower.into_iter().find(roomy).unwrap_or(last).with_names()
    }

    /// The columns that are left for issuer, gap and name.
    fn for_names(&self) -> usize {
        let others = [self.code, self.next, self.bar, self.left];
        let taken: usize = others.iter().filter(|columns| **columns > 0).map(|w| w + GAP).sum();
        self.width.saturating_sub(taken)
    }

    /// Shares the room between issuer and name.
    fn with_names(self) -> Self {
        let room = self.for_names();
        if room < BOTH_NAMES_AT_LEAST {
            return Self { issuer: self.issuer.min(room), name: 0, ..self };
        }
        let room = room - GAP;
        let issuer = self.issuer.min((room / 2).max(room.saturating_sub(self.name)));
        Self { issuer, name: self.name.min(room - issuer), ..self }
    }

    /// The places of name, code, next, bar and left.
    fn places(&self) -> [usize; 5] {
        let after = |place: usize, columns: usize| match columns {
            0 => place,
            _ => place + columns + GAP,
        };
        let name = after(0, self.issuer);
        let code = after(name, self.name);
        let next = after(code, self.code);
        let bar = after(next, self.next);
        [name, code, next, bar, after(bar, self.bar)]
    }

    /// `columns` from `place` on, as far as the line goes.
    fn within(&self, place: usize, columns: usize) -> usize {
        columns.min(self.width.saturating_sub(place))
    }

    fn header(&self) -> TableLine {
        let [name, code, next, bar, left] = self.places();
        let mut line = TableLine::default();
        line.push(0, self.issuer, "issuer", Style::Dim);
        line.push(name, self.name, "account", Style::Dim);
        line.push(code, self.within(code, self.code), "code", Style::Dim);
        line.push(next, self.next, "next", Style::Dim);
        let (place, columns) = if self.bar > 0 { (bar, self.bar) } else { (left, self.left) };
        line.push(place, columns, "left", Style::Dim);
        line
    }

    fn line(&self, shown: &Shown<'_>, time: UnixTime) -> TableLine {
        let entry = match &shown.row.entry {
            Ok(entry) => entry,
            Err(refusal) => {
                let text = format!("{}{refusal}", shown.row.place);
                return TableLine::of(&text, self.width, Style::Red);
            }
        };
        let [name, code, ..] = self.places();
        let mut line = TableLine::default();
        line.push(0, self.issuer, issuer(entry), Style::Plain);
        line.push(name, self.name, entry.name.as_str(), Style::Plain);
        match &shown.codes {
            Some(Ok((now, after))) => self.push_codes(&mut line, now, after.as_ref(), time),
            Some(Err(error)) => {
                line.push(code, self.width.saturating_sub(code), instead(*error), Style::Yellow);
            }
            None => {}
        }
        line
    }

    fn push_codes(
        &self,
        line: &mut TableLine,
        now: &TimedCode,
        after: Option<&Code>,
        time: UnixTime,
    ) {
        let [_, code, next, bar, left] = self.places();
        let seconds = now.seconds_left_at(time);
        let period = u64::from(now.period.as_secs());
        let style = match seconds {
            0..=5 => Style::Red,
            6..=10 => Style::Yellow,
            _ => Style::Green,
        };
        line.push(code, self.within(code, self.code), grouped(&now.code), Style::Bold);
        line.push(next, self.next, after.map(grouped).unwrap_or_default(), Style::Dim);
        let columns = u64::try_from(BAR).unwrap_or(0);
        // Never empty while the code is shown.
        let full = usize::try_from((seconds * columns).div_ceil(period)).unwrap_or(BAR).min(BAR);
        let drawn = format!("{}{}", "█".repeat(full), "░".repeat(BAR - full));
        line.push(bar, self.bar, drawn, style);
        let digits = self.left.saturating_sub(2);
        line.push(left, self.left, format!("{seconds:>digits$} s"), style);
    }
}

/// The issuer, or a sign that there is none.
fn issuer(entry: &Entry) -> &str {
    entry.issuer.as_deref().unwrap_or("-")
}

/// A code in groups, as it is read.
fn grouped(code: &Code) -> String {
    code.groups().collect::<Vec<_>>().join(" ")
}

/// What stands where a code would.
fn instead(error: CodeError) -> &'static str {
    match error {
        CodeError::CounterBased => "by counter",
        CodeError::PinRequired => "needs its PIN",
        CodeError::Unreadable => "cannot be read now",
        _ => "no code",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::{Rows, Source};

    const LIST: &str = concat!(
        include_str!("../samples/accounts.txt"),
        "rubbish\n",
        "motp://Ex:al?secret=3132333435363738393031323334353637383930\n",
        "otpauth://totp/%F0%9F%91%A9%E2%80%8D%F0%9F%92%BB%20e%CC%81:x?secret=GEZDGNBV\n",
        "otpauth://totp/x?secret=GEZDGNBV&digits=10&period=4294967295\n",
    );

    fn table(width: usize) -> Vec<String> {
        let mut rows = Rows::read(LIST.as_bytes(), None).unwrap();
        let time = UnixTime::from_secs(59);
        lines(&rows.at(time).unwrap(), time, width).iter().map(TableLine::plain).collect()
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        for columns in 0..150 {
            for line in table(columns) {
                assert!(width::of(&line) <= columns, "{columns}: {line}");
            }
        }
    }

    #[test]
    fn the_code_is_the_last_to_go() {
        for columns in 12..150 {
            assert!(table(columns)[1].contains("287 082"), "{columns}");
        }
    }

    #[test]
    fn a_wide_terminal_shows_everything() {
        let table = table(usize::MAX);

        assert!(table[1].starts_with("Example Bank"), "{}", table[1]);
        assert!(table[1].ends_with("█░░░░░░░░░           1 s"), "{}", table[1]);
        assert_eq!(table[7], "line 7: not_otpauth: this is not an otpauth URI");
        assert!(table[8].ends_with("needs its PIN"), "{}", table[8]);
    }
}
