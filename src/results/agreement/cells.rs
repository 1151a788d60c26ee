//! The values of a column, which are equal where their bytes are.

use polars::prelude::{Column, DataType, PolarsResult};
use std::fmt;
use std::mem::discriminant;

/// One value of a table.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Cell {
    Null,
    Whole(i64),
    /// The bits of a number, so that equal cells are equal bytes.
    Real(u64),
    Text(String),
}

impl Cell {
    /// All of a column, in its order.
    pub fn all(column: &Column) -> PolarsResult<Vec<Self>> {
        Ok(match column.dtype() {
            DataType::Int64 => {
                column.i64()?.iter().map(|value| value.map_or(Self::Null, Self::Whole)).collect()
            }
            DataType::Float64 => {
                let cell = |value: Option<f64>| value.map_or(Self::Null, |value| Self::Real(value.to_bits()));
                column.f64()?.iter().map(cell).collect()
            }
            // A column of nulls alone is read as such.
            DataType::Null => vec![Self::Null; column.len()],
            _ => {
                let cell =
                    |value: Option<&str>| value.map_or(Self::Null, |value| Self::Text(value.to_owned()));
                column.str()?.iter().map(cell).collect()
            }
        })
    }

    /// Whether they are the same to the byte: also a number and the word for it, as an axis has one or the other by what
    /// else is on it.
    pub fn is_same(&self, other: &Self) -> bool {
        self == other || discriminant(self) != discriminant(other) && self.to_string() == other.to_string()
    }

    /// As a number; `None` for words and for what is missing.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Whole(value) => Some(*value as f64),
            Self::Real(bits) => Some(f64::from_bits(*bits)),
            Self::Null | Self::Text(_) => None,
        }
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => formatter.write_str("null"),
            Self::Whole(value) => write!(formatter, "{value}"),
            Self::Real(bits) => write!(formatter, "{}", f64::from_bits(*bits)),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}
