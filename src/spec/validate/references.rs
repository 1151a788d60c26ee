//! Stages that name stages.

use super::Sections;
use crate::format::excerpt;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::known_names;
use crate::spec::source::Part;
use crate::spec::{Reference, Stage};
use std::collections::BTreeSet;

/// Stages that are named and do not exist, and stages that need themselves.
pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    let names: Vec<&str> = sections.stages.keys().map(String::as_str).collect();
    let mut mistakes = Vec::new();
    let mut known = |path: String, part: Part, name: &str| {
        if !sections.stages.contains_key(name) {
            let help = known_names(name, &names, "stages");
            mistakes.push(Mistake {
                path,
                part,
                message: format!("there is no stage `{}`", excerpt(name)),
                help,
            });
        }
    };
    for name in &names {
        for reference in references(sections, name) {
            known(place(name, &reference), reference.part, reference.stage);
        }
    }
    for (index, chart) in sections.charts.iter().enumerate() {
        if let Some(chart) = chart {
            if let Some(stage) = &chart.stage {
                known(format!("chart.{index}.stage"), Part::Value, stage);
            }
            for (number, stage) in chart.beside.iter().enumerate() {
                known(format!("chart.{index}.beside.{number}"), Part::Value, stage);
            }
        }
    }
    mistakes.extend(circles(sections));
    mistakes
}

/// What stage `name` names, where there is such a stage.
fn references<'a>(sections: &'a Sections, name: &str) -> Vec<Reference<'a>> {
    let written = || {
        let named = sections.named.get(name).into_iter().flatten();
        named.map(|(key, part, stage)| Reference { key: key.clone(), part: *part, stage }).collect()
    };
    sections.stage(name).map_or_else(written, Stage::references)
}

fn place(name: &str, reference: &Reference<'_>) -> String {
    format!("stage.{name}.{}", reference.key)
}

/// Every circle of stages, at the reference that closes it: a walk depth first, in which a reference to a
/// stage that is still open leads back.
fn circles(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for start in sections.stages.keys().map(String::as_str) {
        let mut open: Vec<(&str, Vec<Reference<'_>>)> = Vec::new();
        if seen.insert(start) {
            open.push((start, references(sections, start)));
        }
        while let Some((name, rest)) = open.last_mut() {
            let name = *name;
            if rest.is_empty() {
                open.pop();
                continue;
            }
            let reference = rest.remove(0);
            if let Some(at) = open.iter().position(|(name, _)| *name == reference.stage) {
                let circle: Vec<&str> =
                    open[at..].iter().map(|(name, _)| *name).chain([reference.stage]).collect();
                let message = format!("the stages need each other in a circle: {}", circle.join(" → "));
                let (path, part) = (place(name, &reference), reference.part);
                mistakes.push(Mistake { path, part, message, help: Vec::new() });
            } else if seen.insert(reference.stage) {
                open.push((reference.stage, references(sections, reference.stage)));
            }
        }
    }
    mistakes
}
