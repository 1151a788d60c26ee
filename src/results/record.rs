//! `record.json`: what was run, and how it went: all that a report needs besides the tables.

use super::digests::{take_digest, with_digest};
use super::ended_early::ended_early;
use super::facts::{DataFacts, NetworkFacts, StageFacts, data, networks, stages};
use super::missing::{Missing, missing};
use super::setting_hours::SettingHours;
use super::trained_by::trained_by;
use super::{Digests, Host, Program, Provenance, Session, Tables, TablesError, TrainedBy, warnings};
use crate::backend::BackendKind;
use crate::durable;
use crate::plan::{Names, NodeId, Plan};
use crate::regular_file::{self, Refused};
use crate::run::{Machine, NodeError, Summary};
use crate::spec::{Chart, Labels, PlannedClaim};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::io::{self, ErrorKind};
use std::path::Path;

/// Raised when a record is read otherwise than before: an older or newer one is not read at all.
const FORMAT: u32 = 1;

/// A record of millions of networks is smaller; what is larger is something else.
const MOST_BYTES: u64 = 1 << 30;

/// What was run, and how it went.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Record {
    pub format: u32,
    /// Version of the program.
    pub niwaki: String,
    pub name: String,
    pub title: String,
    pub question: Option<String>,
    pub backend: BackendKind,
    pub provenance: Provenance,
    /// Dotted key and values of every axis.
    pub axes: Vec<(String, Vec<serde_json::Value>)>,
    /// What values of axes are called where people read of them.
    #[serde(default, skip_serializing_if = "Labels::is_empty")]
    pub labels: Labels,
    /// In the order in which they build on each other.
    pub stages: Vec<StageFacts>,
    pub charts: Vec<Chart>,
    /// What was claimed, with the networks that it is about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub claims: Vec<PlannedClaim>,
    /// Digest of the plan; `None` where nothing is claimed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The written experiment, merged, without the sweep.
    pub experiment: Value,
    /// The written sweep with its samples, exclusions and zips; null where there is none.
    pub sweep: Value,
    pub data: Vec<DataFacts>,
    pub networks: Vec<NetworkFacts>,
    pub trials: u64,
    pub nodes: u64,
    /// The program that put the results together.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub program: Option<Program>,
    /// The machine on which it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// What computed the trainings, each once, however many trials share it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub trained_by: Vec<TrainedBy>,
    /// The runs that trained something.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sessions: Vec<Session>,
    /// What each setting took, and how much of that others needed too.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub costs: Vec<SettingHours>,
    pub missing: Vec<Missing>,
    /// What the latencies were measured on; `None` where none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub latency_machine: Option<Machine>,
    /// Rounds that were not needed, because those before them were not good enough.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ended_early: Vec<String>,
    /// Layers that pruning left with nothing, damaged artifacts that were made again, and the like.
    pub warnings: Vec<String>,
    /// All files of these results, by their paths from the record: what may be replaced or removed.
    pub files: Vec<String>,
    /// Of the tables.
    #[serde(default, skip_serializing_if = "Digests::is_empty")]
    pub digests: Digests,
    /// Whether it was changed by hand after it was written. Drawing the results again does not change that.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub edited: bool,
}

impl Record {
    /// The name of its file.
    pub const FILE: &str = "record.json";

    /// Of a plan of which the nodes with one of `summaries` are done. `failed` are the errors of those that
    /// failed or could not be read, or need one of which that is so; of the others, that they failed holds still
    /// where `previous` says so, which is not asked where it was changed by hand. Warnings about
    /// layers that pruning left with nothing or little are added to `warnings`.
    pub fn new(
        plan: &Plan,
        provenance: Provenance,
        summaries: &[Option<Summary>],
        failed: &BTreeMap<NodeId, NodeError>,
        warnings: Vec<String>,
        previous: Option<&Self>,
    ) -> Self {
        let names = Names::of(plan);
        let previous = previous.filter(|record| !record.edited);
        let known = previous.into_iter().flat_map(|record| &record.missing).filter(|missing| !missing.unread);
        let known: BTreeMap<&str, &String> =
            known.filter_map(|missing| Some((missing.key.as_str(), missing.error.as_ref()?))).collect();
        let error = |id: NodeId| {
            let known = || known.get(plan.nodes[id].key.to_string().as_str()).copied();
            failed.get(&id).cloned().or_else(|| Some(NodeError::Failed(known()?.clone())))
        };
        let mut warnings = warnings;
        let of_networks = warnings::of_layers(plan, &names, summaries);
        for warning in of_networks.into_iter().chain(warnings::of_removals(plan, &names, summaries)) {
            if !warnings.contains(&warning) {
                warnings.push(warning);
            }
        }
        Self {
            format: FORMAT,
            niwaki: env!("CARGO_PKG_VERSION").to_owned(),
            name: plan.name.clone(),
            title: plan.title.clone(),
            question: plan.question.clone(),
            backend: plan.backend,
            provenance,
            axes: plan.axes.iter().map(|axis| (axis.key.clone(), axis.values.clone())).collect(),
            labels: plan.labels.clone(),
            stages: stages(plan, &names),
            charts: plan.charts.clone(),
            claims: plan.claims.clone(),
            plan: (!plan.claims.is_empty()).then(|| plan.digest()),
            experiment: plan.experiment.clone(),
            sweep: plan.sweep.clone(),
            data: data(plan),
            networks: networks(plan),
            trials: plan.trials.len() as u64,
            nodes: plan.nodes.len() as u64,
            program: Some(Program::this()),
            host: Some(Host::here(plan.backend)),
            trained_by: trained_by(plan, summaries),
            sessions: previous.map(|record| record.sessions.clone()).unwrap_or_default(),
            costs: Vec::new(),
            missing: missing(plan, &names, |id| summaries[id].is_some(), error),
            latency_machine: None,
            ended_early: ended_early(plan, &names, summaries),
            warnings,
            files: Tables::FILES.map(str::to_owned).to_vec(),
            digests: Digests::default(),
            edited: false,
        }
    }

    /// Networks that were not measured, each once, however many settings share it.
    pub fn networks_missing(&self) -> usize {
        self.networks_where(|_| true)
    }

    /// Networks that are missing and fulfil `is_meant`, each once.
    pub fn networks_where(&self, is_meant: impl Fn(&Missing) -> bool) -> usize {
        let meant = self.missing.iter().filter(|missing| is_meant(missing));
        meant.map(|missing| &missing.key).collect::<BTreeSet<_>>().len()
    }

    /// Networks that were measured.
    pub fn networks_measured(&self) -> usize {
        (self.nodes as usize).saturating_sub(self.networks_missing())
    }

    /// Whether some networks are missing for no other reason than that nobody ran them, or that what is stored of
    /// them could not be read.
    pub fn is_cut_short(&self) -> bool {
        self.missing.iter().any(|missing| missing.error.is_none() || missing.unread)
    }

    /// Writes `record.json` into `dir`.
    pub fn write(&self, dir: &Path) -> io::Result<()> {
        let path = dir.join(Self::FILE);
        let text = serde_json::to_string_pretty(self).expect("a record is plain data");
        let text = with_digest(&text) + "\n";
        durable::create_directory(dir).and_then(|()| durable::write(&path, text.as_bytes()))
    }

    /// Reads `record.json` of `dir`; `None` where there is none. A record of another format is an error.
    pub fn read(dir: &Path) -> Result<Option<Self>, TablesError> {
        let path = dir.join(Self::FILE);
        let read = match regular_file::read_at_most(&path, MOST_BYTES) {
            Err(Refused::Io(error)) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.map_err(|refused| refused.to_string()),
        };
        let record = read.and_then(|bytes| Self::parse(&bytes.ok_or("is too large for a record")?));
        record.map(Some).map_err(|problem| TablesError { path, problem })
    }

    fn parse(bytes: &[u8]) -> Result<Self, String> {
        const NEXT: &str = "move its folder away, or choose another place with `--results`";

        let damaged = |problem: &dyn Display| Err(format!("is damaged ({problem}); {NEXT}"));
        let mut value: Value = match serde_json::from_slice(bytes) {
            Ok(value) => value,
            Err(error) => return damaged(&error),
        };
        let is_as_written = take_digest(&mut value);
        let own = env!("CARGO_PKG_VERSION");
        let version = value["niwaki"].as_str().unwrap_or(own).to_owned();
        let another = |version: &str| {
            Err(format!("is of another version ({version}), which this one ({own}) does not read; {NEXT}"))
        };
        match value["format"].as_u64() {
            Some(format) if format == u64::from(FORMAT) => match serde_json::from_value::<Self>(value) {
                Ok(record) => Ok(Self { edited: record.edited || !is_as_written, ..record }),
                Err(_) if version != own => another(&version),
                Err(error) => damaged(&error),
            },
            Some(format) => another(&format!("{version}, format {format}")),
            None if version != own => another(&version),
            // The first ones named none.
            None if value["niwaki"].is_string() => another(&format!("an earlier state of {version}")),
            None => damaged(&"it names no format"),
        }
    }
}
