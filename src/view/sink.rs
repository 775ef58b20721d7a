//! Where a command's output goes as it comes: to the printer, without the secrets that are split over its pieces.

use std::sync::{Mutex, PoisonError};

use super::mask::Stream;
use super::printer::Printer;

/// The two streams of one command. What is held back of them is written at the end, when this is dropped.
#[derive(Debug)]
pub struct Sink {
    printer: Printer,
    stdout: Mutex<Stream>,
    stderr: Mutex<Stream>,
}

impl Sink {
    pub fn new(printer: &Printer) -> Self {
        let stream = || Mutex::new(Stream::new(printer.secrets()));
        Self { printer: printer.clone(), stdout: stream(), stderr: stream() }
    }

    pub fn stdout(&self, bytes: &[u8]) {
        let mut stream = self.stdout.lock().unwrap_or_else(PoisonError::into_inner);
        self.printer.raw_bytes(&stream.take(bytes));
    }

    pub fn stderr(&self, bytes: &[u8]) {
        let mut stream = self.stderr.lock().unwrap_or_else(PoisonError::into_inner);
        self.printer.raw_error_bytes(&stream.take(bytes));
    }
}

impl Drop for Sink {
    fn drop(&mut self) {
        let rest = |stream: &Mutex<Stream>| stream.lock().unwrap_or_else(PoisonError::into_inner).finish();
        let (out, err) = (rest(&self.stdout), rest(&self.stderr));
        if !out.is_empty() {
            self.printer.raw_bytes(&out);
        }
        if !err.is_empty() {
            self.printer.raw_error_bytes(&err);
        }
    }
}
