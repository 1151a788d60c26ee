//! A claim whose networks were found in the sweep.

use crate::spec::{Claim, Published};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A claim with the networks that it is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PlannedClaim {
    pub claim: Claim,
    pub subject: Subject,
    /// The seeds with which all of its networks are run.
    pub seeds: Vec<u64>,
    /// Why what it compares is never measured, where the plan says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unmeasured: Option<String>,
}

/// What a claim compares.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    Difference {
        of: Cell,
        against: Cell,
    },
    Published {
        of: Cell,
        published: Published,
    },
    /// From the best to the worst.
    Order(Vec<Cell>),
    /// Some of its networks are not in this run, and which.
    NotRun(String),
}

/// Networks of one stage, one a seed; of a claim about a whole method, all networks along its curve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Cell {
    pub stage: String,
    /// `None` for the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round: Option<u32>,
    /// The value of each axis that reaches the stage, by its dotted key.
    pub values: BTreeMap<String, Value>,
}

impl PlannedClaim {
    /// Why no result can decide it; `None` where one can.
    pub fn inadmissible(&self) -> Option<String> {
        if let Subject::NotRun(why) = &self.subject {
            return Some(why.clone());
        }
        let (seeds, least) = (self.seeds.len(), self.claim.seeds.at_least);
        let too_few = || {
            let are = if seeds == 1 { "there is 1".to_owned() } else { format!("there are {seeds}") };
            (seeds < least as usize).then(|| format!("it takes {least} seeds, and {are}"))
        };
        self.unmeasured.clone().or_else(too_few)
    }
}
