//! A bar or spinner for what takes longer than half a second, on terminals only.

use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::printer::Printer;

/// Short work shows nothing.
const SILENT_FOR: Duration = Duration::from_millis(500);

/// Progress of one piece of work; erased when dropped.
#[derive(Debug)]
pub struct Progress {
    bar: ProgressBar,
    began: Instant,
    shown: std::sync::atomic::AtomicBool,
    wanted: bool,
}

impl Progress {
    /// Nothing is drawn until half a second has passed, and never with `-q` or without a terminal.
    pub fn new(printer: &Printer, message: &str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_message(message.to_owned());
        Self { bar, began: Instant::now(), shown: false.into(), wanted: io::stderr().is_terminal() && !printer.quiet() }
    }

    /// Says how far the work is: `done` of `total`, in whatever unit it counts. From then on it is a bar.
    pub fn advance(&self, done: u64, total: u64) {
        if self.bar.length().is_none() {
            self.style("{spinner} {msg} {wide_bar} {pos}/{len}");
        }
        self.bar.set_length(total);
        self.bar.set_position(done);
        self.show();
    }

    /// The same in bytes; a whole that is not known is told by what is done.
    pub fn bytes(&self, done: u64, total: Option<u64>) {
        match total {
            Some(total) if self.bar.length() != Some(total) => {
                self.bar.set_length(total);
                self.style("{spinner} {msg} {wide_bar} {bytes}/{total_bytes}");
            }
            None if done > 0 && self.bar.position() == 0 => self.style("{spinner} {msg} {bytes}"),
            _ => {}
        }
        self.bar.set_position(done);
        self.show();
    }

    /// Says what is being done now.
    pub fn message(&self, message: &str) {
        self.bar.set_message(message.to_owned());
        self.show();
    }

    fn style(&self, form: &str) {
        if let Ok(style) = ProgressStyle::with_template(form) {
            self.bar.set_style(style);
        }
    }

    /// Draws, once the silent time is over: at the first thing said after it.
    fn show(&self) {
        use std::sync::atomic::Ordering::Relaxed;
        if !self.wanted || self.began.elapsed() < SILENT_FOR || self.shown.swap(true, Relaxed) {
            return;
        }
        if self.bar.length().is_none() && self.bar.position() == 0 {
            self.style("{spinner} {msg}");
        }
        self.bar.set_draw_target(ProgressDrawTarget::stderr());
        self.bar.enable_steady_tick(Duration::from_millis(120));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
