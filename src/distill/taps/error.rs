//! Taps that cannot be.

use std::fmt;

/// What is wrong with a tap of a term.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the loss `{term}` cannot look at `{tap}`: {problem}")]
pub struct TapError {
    /// The term, by the name users write.
    pub term: &'static str,
    /// The name of the student's node, as it is written; empty where all of them are meant.
    pub tap: String,
    pub problem: Box<TapProblem>,
}

/// The network whose node is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    Student,
    Teacher,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TapProblem {
    #[error("the {whose} has no node `{name}`")]
    Unknown { whose: Whose, name: String, known: Vec<String> },
    #[error("`{name}` matches no node of the {whose}")]
    Unmatched { whose: Whose, name: String, known: Vec<String> },
    #[error("`{name}` has more than one `*`")]
    Stars { whose: Whose, name: String },
    #[error("one of `{student}` and `{teacher}` has a `*`, and the other has none")]
    OneStar { student: String, teacher: String },
    #[error(
        "no node of the teacher that `{teacher}` matches goes with one of the student that `{student}` does"
    )]
    Unpaired { student: String, teacher: String },
    #[error("the student's `{student}` gives {found}, and the teacher's `{teacher}` {expected}")]
    Unlike { student: String, teacher: String, found: String, expected: String },
    #[error("the {whose}'s `{name}` gives {found}, and it compares images")]
    NoImages { whose: Whose, name: String, found: String },
    #[error("it compares what lies between two taps, and there is one")]
    TooFew,
}

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Student => "student",
            Self::Teacher => "teacher",
        })
    }
}

impl TapProblem {
    /// Whose name is wrong.
    pub fn whose(&self) -> Whose {
        match self {
            Self::Unknown { whose, .. }
            | Self::Unmatched { whose, .. }
            | Self::Stars { whose, .. }
            | Self::NoImages { whose, .. } => *whose,
            Self::OneStar { .. } | Self::Unpaired { .. } | Self::Unlike { .. } => Whose::Teacher,
            Self::TooFew => Whose::Student,
        }
    }

    /// The name that is not known, and those that are.
    pub fn unknown(&self) -> Option<(&str, &[String])> {
        match self {
            Self::Unknown { name, known, .. } | Self::Unmatched { name, known, .. } => Some((name, known)),
            Self::Stars { .. }
            | Self::OneStar { .. }
            | Self::Unpaired { .. }
            | Self::Unlike { .. }
            | Self::NoImages { .. }
            | Self::TooFew => None,
        }
    }

    /// What to do about it.
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::Unknown { .. } | Self::Unmatched { .. } => None,
            Self::Stars { .. } => Some("one `*` stands for a run of characters without a dot"),
            Self::OneStar { .. } | Self::Unpaired { .. } => {
                Some("nodes go together for which both `*` stand for the same: `\"layer*\" = \"layer*\"`")
            }
            Self::Unlike { .. } => {
                Some("no adapter leads from images to features: choose nodes that are alike")
            }
            Self::NoImages { .. } => Some("choose a node before the images are flattened"),
            Self::TooFew => Some("name two nodes of each network, or more"),
        }
    }
}
