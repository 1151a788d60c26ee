//! Stages that name stages.

use super::Sections;
use crate::spec::Stage;
use crate::spec::check::Mistake;
use crate::spec::diagnostics::known_names;

/// Stages that are named and do not exist, and stages that need themselves.
pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    let names: Vec<&str> = sections.stages.keys().map(String::as_str).collect();
    let mut mistakes = Vec::new();
    let mut known = |path: String, name: &str| {
        if !names.contains(&name) {
            let help = known_names(name, &names, "stages");
            mistakes.push(Mistake::value(&path, format!("there is no stage `{name}`"), help));
        }
    };
    for name in &names {
        for (key, on) in references(sections, name) {
            known(key, on);
        }
    }
    for (index, chart) in sections.charts.iter().enumerate() {
        if let Some(chart) = chart {
            known(format!("chart.{index}.stage"), &chart.stage);
        }
    }
    mistakes.extend(cycles(sections));
    mistakes
}

/// The stages that stage `name` names, each with the key it does that under.
fn references<'a>(sections: &'a Sections, name: &str) -> Vec<(String, &'a str)> {
    match sections.stages.get(name) {
        None | Some(None) => Vec::new(),
        Some(Some(Stage::Train(train))) => {
            let teacher = train.teacher.as_deref();
            teacher.map(|teacher| (format!("stage.{name}.train.teacher"), teacher)).into_iter().collect()
        }
        Some(Some(Stage::Prune(prune))) => {
            let from = (format!("stage.{name}.prune.from"), prune.from.as_str());
            let teacher = prune.recover.as_ref().and_then(|recover| recover.teacher.as_deref());
            let teacher = teacher.map(|teacher| (format!("stage.{name}.prune.recover.teacher"), teacher));
            [from].into_iter().chain(teacher).collect()
        }
    }
}

/// Every circle of stages, shown once, at the reference that closes it.
fn cycles(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let mut shown: Vec<&str> = Vec::new();
    for start in sections.stages.keys().map(String::as_str) {
        if shown.contains(&start) {
            continue;
        }
        let mut open = vec![vec![start]];
        let mut seen = Vec::new();
        while let Some(path) = open.pop() {
            let last = path[path.len() - 1];
            for (key, on) in references(sections, last) {
                if on == start {
                    let circle: Vec<&str> = path.iter().copied().chain([on]).collect();
                    let message = format!("the stages need each other in a circle: {}", circle.join(" → "));
                    mistakes.push(Mistake::value(&key, message, Vec::new()));
                    shown.extend(&path);
                    open.clear();
                    break;
                }
                if !seen.contains(&on) {
                    seen.push(on);
                    open.push(path.iter().copied().chain([on]).collect());
                }
            }
        }
    }
    mistakes
}
