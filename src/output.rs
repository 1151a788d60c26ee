//! All printing of the program. A reader that is gone (`| head -1`) ends what it would have read and
//! nothing else: it is no error, and never the end of a training.

use std::fmt::Display;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::sync::Mutex;
use std::sync::PoisonError;

/// The first error of standard output, a reader that is gone aside.
static REFUSED: Mutex<Option<io::Error>> = Mutex::new(None);

/// Prints `text` and a line break on standard output: what the user asked for.
pub(crate) fn print(text: impl Display) {
    let written = write(&mut io::stdout().lock(), &text);
    if let Err(error) = written
        && error.kind() != ErrorKind::BrokenPipe
    {
        REFUSED.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Prints `text` and a line break on standard error: what happens meanwhile.
pub(crate) fn tell(text: impl Display) {
    // Where standard error cannot be written to, there is nobody left to tell.
    let _ = write(&mut io::stderr().lock(), &text);
}

/// What kept standard output from being written so far, such as a full disk.
pub(crate) fn refused() -> Option<io::Error> {
    REFUSED.lock().unwrap_or_else(PoisonError::into_inner).take()
}

/// Whether standard error shows colours: a terminal, unless `NO_COLOR` or `TERM` says otherwise.
pub(crate) fn has_colours() -> bool {
    let no_colour = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|terminal| terminal == "dumb");
    io::stderr().is_terminal() && !no_colour && !dumb
}

/// One call of the system for the whole line, so that lines of several threads do not mix.
fn write(stream: &mut impl Write, text: &impl Display) -> io::Result<()> {
    stream.write_all(format!("{text}\n").as_bytes())?;
    stream.flush()
}
