//! Mistakes in a file, all at once.

/// One mistake: where, what was found, what is allowed, and the next step.
#[derive(Clone, Debug, PartialEq)]
pub struct Diagnostic {
    pub message: String,
}

/// Every mistake of a file; displays as the user sees them.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("mistakes")]
pub struct Diagnostics(pub Vec<Diagnostic>);
