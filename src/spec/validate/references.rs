//! Stages that name stages.

use crate::spec::check::Mistake;
use crate::spec::diagnostics::known_names;
use crate::spec::{Experiment, Stage};

/// Stages that are named and do not exist, and stages that need themselves.
pub(super) fn mistakes(experiment: &Experiment) -> Vec<Mistake> {
    let names: Vec<&str> = experiment.stage.keys().map(String::as_str).collect();
    let mut mistakes = Vec::new();
    let mut known = |path: String, name: &str| {
        if !names.contains(&name) {
            let help = known_names(name, &names, "stages");
            mistakes.push(Mistake::value(&path, format!("there is no stage `{name}`"), help));
        }
    };
    for (name, stage) in &experiment.stage {
        for (key, on) in references(name, stage) {
            known(key, on);
        }
    }
    for (index, chart) in experiment.chart.iter().enumerate() {
        known(format!("chart.{index}.stage"), &chart.stage);
    }
    if mistakes.is_empty() {
        mistakes.extend(cycle(experiment));
    }
    mistakes
}

/// The stages that `stage` names, each with the key it does that under.
pub(super) fn references<'a>(name: &str, stage: &'a Stage) -> Vec<(String, &'a str)> {
    match stage {
        Stage::Train(train) => {
            let teacher = train.teacher.as_deref();
            teacher.map(|teacher| (format!("stage.{name}.train.teacher"), teacher)).into_iter().collect()
        }
        Stage::Prune(prune) => {
            let from = (format!("stage.{name}.prune.from"), prune.from.as_str());
            let teacher = prune.recover.as_ref().and_then(|recover| recover.teacher.as_deref());
            let teacher = teacher.map(|teacher| (format!("stage.{name}.prune.recover.teacher"), teacher));
            [from].into_iter().chain(teacher).collect()
        }
    }
}

/// The first circle of stages, if there is one.
fn cycle(experiment: &Experiment) -> Option<Mistake> {
    for start in experiment.stage.keys() {
        let mut open = vec![vec![start.as_str()]];
        let mut seen = Vec::new();
        while let Some(path) = open.pop() {
            let last = path[path.len() - 1];
            for (key, on) in references(last, &experiment.stage[last]) {
                if on == start {
                    let circle: Vec<&str> = path.iter().copied().chain([on]).collect();
                    let message = format!("the stages need each other in a circle: {}", circle.join(" → "));
                    return Some(Mistake::value(&key, message, Vec::new()));
                }
                if !seen.contains(&on) {
                    seen.push(on);
                    open.push(path.iter().copied().chain([on]).collect());
                }
            }
        }
    }
    None
}
