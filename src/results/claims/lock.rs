//! `claims.lock.json`: what was claimed before there were results.

use crate::durable;
use crate::plan::Plan;
use crate::regular_file::{self, Refused};
use crate::results::digests::{take_digest, with_digest};
use crate::results::{Folder, Record, TablesError};
use crate::spec::Claim;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::path::Path;

const FORMAT: u32 = 1;

/// A file of a thousand claims is smaller; what is larger is something else.
const MOST_BYTES: u64 = 4 << 20;

/// The claims of an experiment as they were when they were first made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ClaimLock {
    format: u32,
    /// Digest of the plan that was first run.
    plan: String,
    /// The commit of the experiment file then; null where it was in no repository.
    commit: Option<String>,
    claims: BTreeMap<String, LockedClaim>,
    /// Whether it was changed by hand after it was written.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    edited: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct LockedClaim {
    digest: String,
    /// Whether there were results already when it was first made.
    late: bool,
}

/// When a claim was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Before there were results, and it says the same still.
    Registered,
    /// It was changed when there were results.
    Changed,
    /// It was added when there were results.
    Late,
}

impl Standing {
    /// What it is marked with wherever it is shown; `None` where it is as it was.
    pub fn mark(self) -> Option<&'static str> {
        match self {
            Self::Registered => None,
            Self::Changed => Some("DEVIATED: changed after results existed"),
            Self::Late => Some("DEVIATED: added after results existed"),
        }
    }
}

impl ClaimLock {
    /// The name of its file, in the folder of the results.
    pub const FILE: &str = Folder::CLAIMS;

    /// The lock in `folder`; `None` where there is none.
    pub fn read(folder: &Path) -> Result<Option<Self>, TablesError> {
        let path = folder.join(Self::FILE);
        let bytes = match regular_file::read_at_most(&path, MOST_BYTES) {
            Err(Refused::Io(error)) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|refused| refused.to_string()).map(Option::unwrap_or_default),
        };
        let lock = bytes.and_then(|bytes| {
            let damaged = |error: serde_json::Error| {
                format!("is damaged ({error}); move it away, and all claims count as added later")
            };
            let mut value: Value = serde_json::from_slice(&bytes).map_err(damaged)?;
            let is_as_written = take_digest(&mut value);
            let lock: Self = serde_json::from_value(value).map_err(damaged)?;
            match lock.format {
                FORMAT => Ok(Self { edited: lock.edited || !is_as_written, ..lock }),
                other => Err(format!("is of another version (format {other}); move it away")),
            }
        });
        lock.map(Some).map_err(|problem| TablesError { path, problem })
    }

    /// Locks the claims of `plan` before it is run: all of them where no results can be known, and those that are new where
    /// `folder` has them, or all that the plan trains `is_stored`. `commit` is that of the experiment file.
    pub fn register(
        folder: &Folder,
        plan: &Plan,
        is_stored: bool,
        commit: Option<String>,
    ) -> Result<(), TablesError> {
        if plan.claims.is_empty() {
            return Ok(());
        }
        let there = Self::read(folder.path())?;
        let late = folder.previous().is_some() || is_stored;
        let fresh =
            Self { format: FORMAT, plan: plan.digest(), commit, claims: BTreeMap::new(), edited: false };
        let mut lock = there.clone().filter(|_| late).unwrap_or(fresh);
        for planned in &plan.claims {
            let locked = LockedClaim { digest: digest(&planned.claim), late };
            lock.claims.entry(planned.claim.name.clone()).or_insert(locked);
        }
        if there.as_ref() == Some(&lock) {
            return Ok(());
        }
        let path = folder.path().join(Self::FILE);
        let text = serde_json::to_string_pretty(&lock).expect("a lock is plain data");
        let text = with_digest(&text) + "\n";
        let written =
            durable::create_directory(folder.path()).and_then(|()| durable::write(&path, text.as_bytes()));
        written.map_err(|error| TablesError {
            path,
            problem: format!(
                "cannot be written ({error}); make room there, or choose another place with `--results`: what is claimed \
                 is locked before anything is trained"
            ),
        })
    }

    /// When `claim` was made, by what is locked.
    pub fn standing(lock: Option<&Self>, claim: &Claim) -> Standing {
        match lock.and_then(|lock| lock.claims.get(&claim.name)) {
            None => Standing::Late,
            Some(locked) if locked.digest != digest(claim) => Standing::Changed,
            Some(locked) if locked.late => Standing::Late,
            Some(_) => Standing::Registered,
        }
    }

    /// What became of what is locked in the experiment of `record`, a sentence each: claims that it has no more, and
    /// another plan.
    pub fn changes(&self, record: &Record) -> Vec<String> {
        let is_there = |name: &String| record.claims.iter().any(|planned| planned.claim.name == *name);
        let withdrawn = self.claims.keys().filter(|name| !is_there(name));
        let withdrawn = withdrawn.map(|name| {
            format!(
                "claim {name} is WITHDRAWN: the experiment had it when there were results, and has it no more"
            )
        });
        let is_another = record.plan.as_ref().is_some_and(|plan| *plan != self.plan);
        let another = is_another.then(|| {
            "the plan (seeds, axes, settings) is not the one that was first run with the claims: it was changed after \
             results existed"
                .to_owned()
        });
        withdrawn.chain(another).collect()
    }

    /// Whether it was changed by hand after it was written.
    pub fn was_edited(&self) -> bool {
        self.edited
    }

    /// The commit of the experiment file when its claims were locked.
    pub fn commit(&self) -> Option<&str> {
        self.commit.as_deref()
    }
}

/// What tells a claim from another version of it: all that it says.
pub(super) fn digest(claim: &Claim) -> String {
    let text = serde_json::to_string(claim).expect("a claim is plain data");
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;
    use crate::results::Provenance;
    use crate::results::Record;

    fn plan(tolerance: f64, more: &str) -> Plan {
        planned(&format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [10] }}
            epochs = 1
            [sweep]
            seed = [0, 1, 2]
            [[claim]]
            name = "a"
            text = "It learns"
            metric = "accuracy"
            of = {{ stage = "dense" }}
            against = {{ value = 0.5 }}
            expect.at-least = {tolerance}
            because = "a reason"
            {more}
            "#
        ))
    }

    /// Writes a record into `folder`: there are results.
    fn with_results(folder: &Path, plan: &Plan) {
        let provenance = Provenance::new(Path::new("case.toml"), &[], folder, "case");
        let none = vec![None; plan.nodes.len()];
        let record = Record::new(plan, provenance, &none, &BTreeMap::new(), Vec::new(), None);
        record.write(folder).unwrap();
    }

    #[test]
    fn a_claim_that_is_changed_or_added_after_results_existed_is_known() {
        let dir = tempfile::tempdir().unwrap();
        let standings = |plan: &Plan| {
            let folder = Folder::of_results(dir.path()).unwrap();
            ClaimLock::register(&folder, plan, false, None).unwrap();
            let lock = ClaimLock::read(dir.path()).unwrap();
            let standing =
                |planned: &crate::spec::PlannedClaim| ClaimLock::standing(lock.as_ref(), &planned.claim);
            plan.claims.iter().map(standing).collect::<Vec<_>>()
        };
        let (first, changed) = (plan(0.1, ""), plan(0.2, ""));
        assert_eq!(standings(&first), [Standing::Registered]);
        // Before there are results a claim may be changed.
        assert_eq!(standings(&changed), [Standing::Registered]);
        assert_eq!(standings(&first), [Standing::Registered]);
        with_results(dir.path(), &first);
        assert_eq!(standings(&first), [Standing::Registered]);
        assert_eq!(standings(&changed), [Standing::Changed]);
        let more = r#"
            [[claim]]
            name = "b"
            text = "It learns more"
            metric = "accuracy"
            of = { stage = "dense" }
            against = { value = 0.6 }
            expect.at-least = 0.1
            because = "a reason"
        "#;
        assert_eq!(standings(&plan(0.1, more)), [Standing::Registered, Standing::Late]);
        assert_eq!(standings(&first), [Standing::Registered]);
    }

    #[test]
    fn where_all_is_stored_results_are_known() {
        let dir = tempfile::tempdir().unwrap();
        let (first, changed) = (plan(0.1, ""), plan(0.2, ""));
        let standing = |plan: &Plan, is_stored| {
            ClaimLock::register(&Folder::of_results(dir.path()).unwrap(), plan, is_stored, None).unwrap();
            let lock = ClaimLock::read(dir.path()).unwrap();
            ClaimLock::standing(lock.as_ref(), &plan.claims[0].claim)
        };
        assert_eq!(standing(&first, false), Standing::Registered);
        assert_eq!(standing(&changed, true), Standing::Changed);
        std::fs::remove_file(dir.path().join(ClaimLock::FILE)).unwrap();
        assert_eq!(standing(&changed, true), Standing::Late);
    }

    #[test]
    fn what_is_claimed_no_more_is_said() {
        let dir = tempfile::tempdir().unwrap();
        let (both, other) = (plan(0.1, ""), plan(0.1, "").claims.remove(0));
        ClaimLock::register(&Folder::of_results(dir.path()).unwrap(), &both, false, None).unwrap();
        with_results(dir.path(), &both);
        let lock = ClaimLock::read(dir.path()).unwrap().unwrap();
        let mut record = Record::read(dir.path()).unwrap().unwrap();
        assert_eq!(lock.changes(&record), [""; 0]);
        record.claims = Vec::new();
        record.plan = Some("another".to_owned());
        let said = lock.changes(&record);
        assert!(said[0].contains(&format!("claim {} is WITHDRAWN", other.claim.name)), "{said:?}");
        assert!(said[1].contains("changed after results existed"), "{said:?}");
    }

    #[test]
    fn a_lock_that_was_changed_by_hand_stays_known_as_that() {
        let dir = tempfile::tempdir().unwrap();
        let (first, changed) = (plan(0.1, ""), plan(0.2, ""));
        let register = |plan: &Plan| {
            ClaimLock::register(&Folder::of_results(dir.path()).unwrap(), plan, false, None).unwrap();
            ClaimLock::read(dir.path()).unwrap().unwrap()
        };
        assert!(!register(&first).was_edited());
        with_results(dir.path(), &first);
        let path = dir.path().join(ClaimLock::FILE);
        let [old, new] = [&first, &changed].map(|plan| digest(&plan.claims[0].claim));
        let edited = std::fs::read_to_string(&path).unwrap().replace(&old, &new);
        std::fs::write(&path, edited).unwrap();
        let lock = register(&changed);
        assert!(lock.was_edited());
        assert_eq!(ClaimLock::standing(Some(&lock), &changed.claims[0].claim), Standing::Registered);
    }

    #[test]
    fn a_damaged_lock_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(ClaimLock::FILE), "{").unwrap();
        let said = ClaimLock::read(dir.path()).unwrap_err().to_string();
        assert!(said.contains("claims.lock.json: is damaged"), "{said}");
    }
}
