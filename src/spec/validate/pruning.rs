//! Prune stages: targets and layers.

use super::chain::Chain;
use super::networks::graph;
use super::{Sections, granularity, importance, reach, removal, scan, search, sparsity};
use crate::format::excerpt;
use crate::prune::{Allocation, Granularity, LayerFilter, Normalizer, Schedule, Target};
use crate::spec::check::Mistake;
use crate::spec::diagnostics::known_names;
use crate::spec::{Prune, Stage};

pub(super) fn mistakes(sections: &Sections) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    for (name, stage) in sections.stages() {
        let Stage::Prune(prune) = stage else { continue };
        let path = format!("stage.{name}.prune");
        mistakes.extend(how_far(&path, prune));
        mistakes.extend(search::mistakes(sections, &path, prune));
        mistakes.extend(granularity::mistake(sections, &path, prune));
        mistakes.extend(importance::mistake(sections, &path, prune));
        mistakes.extend(layers(sections, &path, prune));
        mistakes.extend(normalization(&path, prune));
        mistakes.extend(scan::mistakes(sections, &path, prune));
        mistakes.extend(removal::settings(&path, prune));
        let chain = Chain::to(sections, prune);
        mistakes.extend(chain.iter().flat_map(|chain| removal::mistakes(sections, &path, chain, prune)));
        if let Some(chain) = chain.filter(Chain::says_how_far) {
            mistakes.extend(sparsity::mistake(sections, &path, &chain, prune));
            // How far a search goes, the run alone can say.
            if prune.is_searched() {
                continue;
            }
            mistakes.extend(scan::out_of_reach(sections, &path, &chain, prune));
            mistakes.extend(match prune.granularity {
                Granularity::Weight | Granularity::Block(_) => reach::mistake(sections, &path, &chain, prune),
                Granularity::Channel | Granularity::Layer => {
                    removal::out_of_reach(sections, &path, &chain, prune)
                }
                Granularity::NOfM(_) => None,
            });
        }
    }
    mistakes
}

impl Chain<'_> {
    /// Whether every stage of it says how far it goes, and says it once.
    fn says_how_far(&self) -> bool {
        self.prunes().iter().all(|prune| how_far("", prune).is_empty())
    }
}

/// What says how far pruning goes must be said once.
fn how_far(path: &str, prune: &Prune) -> Vec<Mistake> {
    match prune.granularity {
        Granularity::NOfM(group) => granularity::contradictions(path, prune, group),
        Granularity::Weight | Granularity::Block(_) | Granularity::Channel | Granularity::Layer => {
            target(path, prune).into_iter().collect()
        }
    }
}

/// Where the granularity says nothing of it: by `target`, by a rate, or by a table of layers.
fn target(path: &str, prune: &Prune) -> Option<Mistake> {
    let has_rate = !prune.schedule.needs_target();
    let has_table = matches!(prune.allocation, Allocation::Layers(_));
    match (&prune.target, has_rate, has_table) {
        (_, true, true) => {
            let message = "a rate and a table of layers both say how far pruning goes";
            let help = vec![format!("leave out `{path}.schedule.geometric.rate`")];
            Some(Mistake::key(&format!("{path}.allocation"), message, help))
        }
        (Some(_), true, false) => {
            let message = "the schedule's rate and number of rounds say how far pruning goes already";
            let help = vec![
                "leave out `target`, or `rate`: then the rate is the one that reaches the target".to_owned(),
            ];
            Some(Mistake::key(&format!("{path}.target"), message, help))
        }
        (Some(_), false, true) => {
            let message = "`allocation.layers` says each layer's sparsity and takes the place of `target`";
            Some(Mistake::key(
                &format!("{path}.target"),
                message,
                vec!["leave one of the two out".to_owned()],
            ))
        }
        (None, false, false) => {
            let rate = match prune.schedule {
                Schedule::OneShot | Schedule::Linear(_) | Schedule::Cubic(_) => None,
                Schedule::Geometric(_) => Some("or `schedule.geometric.rate`".to_owned()),
            };
            let help = [format!("say `{path}.target.sparsity = 0.9`")].into_iter().chain(rate).collect();
            Some(Mistake::key(path, "it does not say how far to prune", help))
        }
        (Some(target), false, false) => together(path, *target, prune),
        (None, true, false) | (None, false, true) => None,
    }
}

/// A target that the allocation cannot aim at, or the schedule cannot go towards.
fn together(path: &str, target: Target, prune: &Prune) -> Option<Mistake> {
    let name = target.name();
    let is_sparsity = target.sparsity().is_some() || target.search().is_some();
    if !is_sparsity && !prune.allocation.ranks_all_layers() {
        let message = format!(
            "this allocation divides a sparsity among the layers, and `target.{name}` is of the whole network"
        );
        let help = vec![
            format!("aim at a sparsity: `{path}.target.sparsity = 0.9`"),
            "or rank all layers together, with `allocation` left out or `\"lamp\"`: then any target can be met"
                .to_owned(),
        ];
        return Some(Mistake::key(&format!("{path}.allocation"), message, help));
    }
    match (target, &prune.schedule) {
        (Target::Threshold(_), Schedule::Geometric(_)) => {
            let message = "a threshold grows from 0, so no rate leads to it";
            let help = vec!["say `schedule.linear`, or leave `schedule` out".to_owned()];
            Some(Mistake::key(&format!("{path}.schedule"), message, help))
        }
        (Target::Parameters(_) | Target::Macs(_) | Target::Threshold(_), Schedule::Cubic(_)) => {
            let message = format!("a cubic schedule grows a sparsity, and `target.{name}` is none");
            let help = vec![format!("say `{path}.target.sparsity = 0.9`, or leave `schedule` out")];
            Some(Mistake::key(&format!("{path}.schedule"), message, help))
        }
        (Target::LossRise(_) | Target::AccuracyDrop(_), Schedule::Linear(_) | Schedule::Geometric(_)) => {
            let message = format!(
                "`target.{name}` tries sparsities one by one, each in one round, and the schedule has several"
            );
            let help = vec![
                "leave `schedule` out, or say `schedule.cubic`".to_owned(),
                format!(
                    "for rounds that end early: `schedule.geometric = {{ rate = 0.2, rounds = 20, until = {{ {name} = … }} }}`"
                ),
            ];
            Some(Mistake::key(&format!("{path}.schedule"), message, help))
        }
        (Target::LossRise(_) | Target::AccuracyDrop(_), Schedule::OneShot | Schedule::Cubic(_))
        | (Target::Threshold(_), Schedule::OneShot | Schedule::Linear(_))
        | (Target::Sparsity(_) | Target::Parameters(_) | Target::Macs(_), _) => None,
    }
}

/// Scores that are made comparable between layers twice.
fn normalization(path: &str, prune: &Prune) -> Option<Mistake> {
    let is_twice = prune.allocation == Allocation::Lamp && prune.normalization != Normalizer::None;
    is_twice.then(|| {
        let message = "`lamp` compares layers by shares of its own, and `normalization` by others";
        let help = vec!["leave one of the two out".to_owned()];
        Mistake::key(&format!("{path}.normalization"), message, help)
    })
}

/// Globs that match no layer of the network, and a filter that leaves none.
fn layers(sections: &Sections, path: &str, prune: &Prune) -> Vec<Mistake> {
    // A network that cannot be built is a mistake of the stage that trains it.
    let graph = Chain::to(sections, prune).and_then(|chain| graph(sections, chain.train));
    let Some(Ok(graph)) = graph else { return Vec::new() };
    let names = graph.prunable();
    let known: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut mistakes = Vec::new();
    let mut unknown = |path: String, glob: &str, mistake: fn(&str, String, Vec<String>) -> Mistake| {
        let help = known_names(glob, &known, "prunable layers");
        mistakes.push(mistake(&path, format!("`{}` matches no layer of the network", excerpt(glob)), help));
    };
    let listed = [
        ("include", prune.layers.include.as_deref().unwrap_or_default()),
        ("exclude", &prune.layers.exclude),
    ];
    for (list, globs) in listed {
        for (index, glob) in globs.iter().enumerate() {
            let alone = LayerFilter { include: None, exclude: vec![glob.clone()] };
            if !alone.unmatched(&names).is_empty() {
                unknown(format!("{path}.layers.{list}.{index}"), glob, Mistake::value);
            }
        }
    }
    let place = match &prune.allocation {
        Allocation::Global | Allocation::UniformPlus | Allocation::Erk | Allocation::Lamp => "allocation",
        Allocation::SensitivityScan(_) => "allocation",
        Allocation::Uniform(_) => "allocation.uniform.scale",
        Allocation::Layers(_) => "allocation.layers",
    };
    for glob in prune.allocation.unmatched(&names) {
        unknown(format!("{path}.{place}.{glob}"), &glob, Mistake::key);
    }
    if mistakes.is_empty() && prune.layers.select(&names).is_empty() {
        let help = vec![format!("prunable layers: {}", known.join(", "))];
        mistakes.push(Mistake::value(&format!("{path}.layers"), "no layer is left to prune", help));
    }
    mistakes
}
