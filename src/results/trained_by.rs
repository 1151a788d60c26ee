//! What computed the trainings of results, and how long that took.

use crate::plan::Plan;
use crate::run::{ComputedBy, Summary};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Trainings that one machine computed, or machines that are alike.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrainedBy {
    /// `None` of trainings by earlier versions, which did not say.
    pub computed_by: Option<ComputedBy>,
    pub trainings: u64,
    /// What they took together, as if one had been done after the other.
    pub hours: f64,
    /// Their names in the store, where others were computed elsewhere.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<String>,
}

/// Of the trainings of `plan` that left `summaries`, what searches tried instead of the searches themselves, by who computed
/// them, in the order in which each comes first.
pub(super) fn trained_by(plan: &Plan, summaries: &[Option<Summary>]) -> Vec<TrainedBy> {
    let mut known = BTreeSet::new();
    let all = summaries.iter().enumerate().filter_map(|(id, summary)| Some((id, summary.as_ref()?)));
    let trainings = all.flat_map(|(id, summary)| match &summary.course.search {
        Some(log) => {
            let tried = log.probes.iter().zip(&*summary.probes);
            tried.filter_map(|(probe, summary)| Some((probe.key, summary.as_ref()?))).collect()
        }
        None => vec![(plan.nodes[id].key, summary)],
    });
    let trainings = trainings.filter(|(key, _)| known.insert(*key));
    counted(trainings.map(|(key, summary)| (key.to_string(), summary)))
}

fn counted<'a>(trainings: impl Iterator<Item = (String, &'a Summary)>) -> Vec<TrainedBy> {
    let mut all: Vec<TrainedBy> = Vec::new();
    for (key, Summary { course, .. }) in trainings {
        let hours = course.seconds / 3_600.0;
        match all.iter_mut().find(|by| by.computed_by == course.computed_by) {
            Some(by) => {
                by.trainings += 1;
                by.hours += hours;
                by.keys.push(key);
            }
            None => {
                let computed_by = course.computed_by.clone();
                all.push(TrainedBy { computed_by, trainings: 1, hours, keys: vec![key] });
            }
        }
    }
    if let [only] = all.as_mut_slice() {
        only.keys.clear();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::BackendKind;
    use crate::run::testing::summary;

    #[test]
    fn hours_add_up_for_each_machine() {
        let here = Some(ComputedBy::here(BackendKind::Flex));
        let mut summaries = [summary(0.5), summary(0.5), summary(0.5)];
        summaries[1].course.computed_by = here.clone();
        let by = |computed_by, hours, keys: &[&str]| TrainedBy {
            computed_by,
            trainings: keys.len() as u64,
            hours,
            keys: keys.iter().map(|key| (*key).to_owned()).collect(),
        };
        let keyed = |count: usize| ["a", "b", "c"].map(str::to_owned).into_iter().zip(&summaries).take(count);
        let expected = [by(None, 0.2 / 3_600.0, &["a", "c"]), by(here, 0.1 / 3_600.0, &["b"])];
        assert_eq!(counted(keyed(3)), expected);
        // Where all is of one machine, there is nothing to tell apart.
        assert!(counted(keyed(1))[0].keys.is_empty());
    }
}
