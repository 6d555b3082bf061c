//! Standard output of a command, whose reader may leave early.

use std::io::{self, StdoutLock, Write};

use anstream::AutoStream;

/// Standard output, without styles where they do not belong.
///
/// A reader that has seen enough (`| head`) closes the pipe. What is written after that is dropped: the command goes on,
/// so that its exit code and its other outputs are those of its result.
pub(super) struct Screen {
    out: AutoStream<StdoutLock<'static>>,
}

impl Screen {
    /// Locks standard output.
    pub(super) fn open() -> Self {
        Self { out: anstream::stdout().lock() }
    }
}

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.out.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(bytes.len()),
            written => written,
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self.out.flush() {
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
            flushed => flushed,
        }
    }
}
