//! The terminal while somebody watches: a page that is drawn over and over, and the keys that end it.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crossterm::cursor::{Hide, MoveTo, Show};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::style::Print;
use crossterm::terminal::{
    Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode, size,
};
use crossterm::{execute, queue};

use crate::client::Failure;

/// How soon a key is heeded, and the end of the watch noticed.
const GLANCE: Duration = Duration::from_millis(100);

/// The terminal, ours as long as this lives; then it is as it was.
#[derive(Debug)]
pub(super) struct Screen {
    over: Arc<AtomicBool>,
}

impl Screen {
    /// Whether a person sits before stdin and stdout.
    pub(super) fn is_there() -> bool {
        io::stdin().is_terminal() && io::stdout().is_terminal()
    }

    /// Takes the terminal.
    pub(super) fn open() -> Result<Self, Failure> {
        enable_raw_mode().map_err(broken)?;
        // From here on the terminal is given back, whatever happens.
        let screen = Self {
            over: Arc::default(),
        };
        execute!(io::stdout(), EnterAlternateScreen, Hide).map_err(broken)?;
        Ok(screen)
    }

    /// Waits for `q`, Escape or Ctrl-C.
    pub(super) fn ended(&self) -> impl Future<Output = Result<(), Failure>> + use<> {
        let over = Arc::clone(&self.over);
        let keys = tokio::task::spawn_blocking(move || {
            while !over.load(Ordering::Relaxed) {
                if event::poll(GLANCE)? && ends(&event::read()?) {
                    break;
                }
            }
            Ok(())
        });
        async move {
            match keys.await {
                Ok(heard) => heard.map_err(broken),
                Err(error) => Err(Failure::Broken(format!("the keys are not heard: {error}"))),
            }
        }
    }

    /// Draws as much of the text as there is room for.
    pub(super) fn draw(&self, text: &str) -> Result<(), Failure> {
        let (width, height) = size().map_err(broken)?;
        let mut out = io::stdout().lock();
        let drawn = draw(&mut out, text, width, height);
        drawn.and_then(|()| out.flush()).map_err(broken)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // A terminal that is gone needs nothing back.
        let _gone = execute!(io::stdout(), LeaveAlternateScreen, Show);
        let _gone = disable_raw_mode();
    }
}

/// Writes the lines over what was there. In raw mode a line ends with both characters.
fn draw(out: &mut impl Write, text: &str, width: u16, height: u16) -> io::Result<()> {
    queue!(out, MoveTo(0, 0))?;
    let lines = text.lines().take(usize::from(height.saturating_sub(1)));
    for line in lines {
        let line: String = line.chars().take(usize::from(width)).collect();
        queue!(
            out,
            Print(line),
            Clear(ClearType::UntilNewLine),
            Print("\r\n")
        )?;
    }
    queue!(out, Clear(ClearType::FromCursorDown))
}

fn ends(event: &Event) -> bool {
    let Event::Key(KeyEvent {
        code,
        modifiers,
        kind: KeyEventKind::Press,
        ..
    }) = event
    else {
        return false;
    };
    match code {
        KeyCode::Char('q') | KeyCode::Esc => true,
        KeyCode::Char('c') => modifiers.contains(KeyModifiers::CONTROL),
        _ => false,
    }
}

fn broken(error: io::Error) -> Failure {
    Failure::Broken(format!("the terminal cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_has_no_room_is_cut_off() {
        let mut out = Vec::new();
        draw(&mut out, "first µ line\nsecond\nthird", 7, 3).unwrap();
        let drawn = String::from_utf8(out).unwrap();
        assert!(drawn.contains("first µ\u{1b}"), "{drawn:?}");
        assert!(drawn.contains("second"), "{drawn:?}");
        assert!(!drawn.contains("third"), "{drawn:?}");
    }

    #[test]
    fn q_and_ctrl_c_end_it_and_other_keys_do_not() {
        let key = |code, modifiers| Event::Key(KeyEvent::new(code, modifiers));
        assert!(ends(&key(KeyCode::Char('q'), KeyModifiers::NONE)));
        assert!(ends(&key(KeyCode::Char('c'), KeyModifiers::CONTROL)));
        assert!(!ends(&key(KeyCode::Char('c'), KeyModifiers::NONE)));
        assert!(!ends(&key(KeyCode::Char('x'), KeyModifiers::CONTROL)));
        assert!(!ends(&Event::Resize(80, 24)));
    }
}
