//! How long a plan will take, from how long a step of its trainings takes.

use crate::plan::{KeptOutputs, Node, NodeId, Plan};
use std::collections::{BTreeMap, BTreeSet};

/// Sparsities at which a training is timed where kernels compute with the kept weights only.
pub(super) const SPARSITIES: [f64; 2] = [0.5, 0.95];

/// Seconds of a step, and of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Timing {
    pub step: f64,
    pub evaluation: f64,
}

/// Dense, and at each of [`SPARSITIES`].
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Timings {
    pub dense: Timing,
    pub sparse: [Timing; 2],
    /// Seconds that the teachers take for the images of a step.
    pub teachers: f64,
    /// Seconds of a step before the first of the student, where its loss trains something by itself.
    pub pretraining: f64,
}

impl Timings {
    /// Between the sparsities that were timed time falls with the number of kept weights.
    fn at(&self, sparsity: f64) -> Timing {
        let ([from, to], [before, after]) = (SPARSITIES, self.sparse);
        if sparsity < from {
            return self.dense;
        }
        let share = ((sparsity - from) / (to - from)).min(1.0);
        let between = |before: f64, after: f64| before + share * (after - before);
        Timing {
            step: between(before.step, after.step),
            evaluation: between(before.evaluation, after.evaluation),
        }
    }
}

/// Multiply-accumulates of a step, of an evaluation, and of the teachers in a step, up to a factor.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Macs {
    step: f64,
    evaluation: f64,
    teachers: f64,
}

impl Macs {
    fn of(plan: &Plan, node: &Node) -> Self {
        let (image, trained) = (node.origin.cost.macs as f64, node.macs_trained() as f64);
        let [step, evaluation] = [node.training().batch, node.data.source.shape().test];
        let teachers: u64 = node.teachers().iter().map(|&teacher| plan.node(teacher).origin.cost.macs).sum();
        let teachers = teachers as f64 * step as f64;
        Self { step: trained * step as f64, evaluation: image * evaluation as f64, teachers }
    }
}

/// What was measured: seconds a step, and an evaluation, of distinct trainings on this machine.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    by_training: BTreeMap<String, (Macs, Timings)>,
}

impl Calibration {
    pub(super) fn add(&mut self, plan: &Plan, node: &Node, timings: Timings) {
        self.by_training.insert(training_name(plan, node), (Macs::of(plan, node), timings));
    }

    /// Seconds that `workers` take for the nodes in `missing`: all that is to be done, shared evenly, but
    /// never less than the longest chain of nodes that wait for each other. `None` where nothing was timed.
    pub fn seconds(&self, plan: &Plan, missing: &[NodeId], workers: usize) -> Option<f64> {
        let mut ends = vec![0.0; plan.nodes.len()];
        let (mut total, mut longest, mut asked) = (0.0, 0.0f64, BTreeSet::new());
        for &id in missing {
            let node = &plan.nodes[id];
            let mut seconds = self.node(plan, node)?;
            if let Some(kept) = plan.kept_outputs(node) {
                let passes = self.passes(plan, node, &kept).unwrap_or(0.0);
                seconds += if asked.insert((node.teachers(), kept)) { passes } else { 0.0 };
            }
            let begins = plan.needs(id).into_iter().map(|need| ends[need]).fold(0.0, f64::max);
            ends[id] = begins + seconds;
            total += seconds;
            longest = longest.max(ends[id]);
        }
        Some(longest.max(total / workers as f64))
    }

    /// Seconds of one thread's work that are saved where what teachers say is kept; `None` where nothing was timed.
    pub fn saved_by_outputs(&self, plan: &Plan, missing: &[NodeId]) -> Option<f64> {
        let (mut saved, mut asked) = (0.0, BTreeSet::new());
        for node in missing.iter().map(|&id| &plan.nodes[id]) {
            let Some(kept) = plan.kept_outputs(node) else { continue };
            let of_step = self.teachers(plan, node)?;
            saved += of_step * node.steps as f64;
            let passes = self.passes(plan, node, &kept)?;
            saved -= if asked.insert((node.teachers(), kept)) { passes } else { 0.0 };
        }
        Some(saved)
    }

    /// Seconds that `node` takes; where its training was not timed, those of the one that is nearest in
    /// multiply-accumulates, in proportion to them.
    fn node(&self, plan: &Plan, node: &Node) -> Option<f64> {
        let macs = Macs::of(plan, node);
        let (timed, timings) = self.timed(plan, node)?;
        let timing = timings.at(node.expected_sparsity);
        let evaluations = 2 * u64::from(node.trainings()) + node.steps / node.training().evaluate;
        let evaluations = evaluations as f64 + node.scan_evaluations();
        let before = timings.pretraining * node.pretraining() as f64;
        let steps = timing.step * node.steps_of_origin() as f64;
        let steps = (before + steps) * macs.step / timed.step;
        Some(steps + timing.evaluation * macs.evaluation / timed.evaluation * evaluations)
    }

    /// What was timed for the training of `node`, or for the one that is nearest in multiply-accumulates.
    fn timed(&self, plan: &Plan, node: &Node) -> Option<&(Macs, Timings)> {
        let macs = Macs::of(plan, node);
        let exact = self.by_training.get(&training_name(plan, node));
        exact.or_else(|| nearest(self.by_training.values(), |other| macs.step / other.step))
    }

    /// Seconds that the teachers of `node` take to say what is kept.
    fn passes(&self, plan: &Plan, node: &Node, kept: &KeptOutputs) -> Option<f64> {
        let images = kept.passes() * plan.training_images(node);
        Some(self.teachers(plan, node)? * images as f64 / node.training().batch as f64)
    }

    /// Seconds that the teachers of `node` would take in a step; where its training was not timed, those of the teachers
    /// that are nearest in multiply-accumulates, in proportion to them.
    fn teachers(&self, plan: &Plan, node: &Node) -> Option<f64> {
        let macs = Macs::of(plan, node);
        if let Some((_, timings)) = self.by_training.get(&training_name(plan, node)) {
            return Some(timings.teachers);
        }
        let timed = self.by_training.values().filter(|(_, timings)| timings.teachers > 0.0);
        let (other, timings) = nearest(timed, |other| macs.teachers / other.teachers)?;
        Some(timings.teachers * macs.teachers / other.teachers)
    }
}

/// The one whose `ratio` is nearest to 1.
fn nearest<'a>(
    timed: impl Iterator<Item = &'a (Macs, Timings)>,
    ratio: impl Fn(&Macs) -> f64,
) -> Option<&'a (Macs, Timings)> {
    let distance = |(other, _): &&(Macs, Timings)| ratio(other).ln().abs();
    timed.min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Names what makes a training take another time a step.
pub(super) fn training_name(plan: &Plan, node: &Node) -> String {
    let training = node.training();
    let teachers = node.teachers().iter().map(|&teacher| &plan.node(teacher).origin.model);
    let teachers: Vec<_> = teachers.collect();
    let peers: Vec<_> = node.peers().iter().map(|peer| &peer.model).collect();
    let inside = training.loss.looks_inside();
    format!(
        "{:?} {:?} {} {:?} {teachers:?} {peers:?} {inside:?} {}",
        node.data.source,
        node.origin.model,
        training.batch,
        training.optimizer.state_names(),
        plan.kept_outputs(node).is_some()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::testing::planned;

    fn even(step: f64) -> Timings {
        let timing = Timing { step, evaluation: 0.0 };
        Timings { dense: timing, sparse: [timing; 2], teachers: 0.004, pretraining: 0.002 }
    }

    // By hand: 0.8 is two thirds of the way from 0.5 to 0.95, so 4 − ⅔ · (4 − 1) = 2.
    #[test]
    fn time_falls_with_the_kept_weights() {
        let timing = |step: f64| Timing { step, evaluation: 10.0 * step };
        let timings = Timings {
            dense: timing(5.0),
            sparse: [timing(4.0), timing(1.0)],
            teachers: 0.0,
            pretraining: 0.0,
        };
        assert_eq!(timings.at(0.49), timing(5.0));
        assert_eq!(timings.at(0.5), timing(4.0));
        assert!((timings.at(0.8).step - 2.0).abs() < 1e-9);
        assert_eq!(timings.at(0.99), timing(1.0));
    }

    fn chains(batches: &str) -> Plan {
        let text = format!(
            r#"
            title = "A case"
            data.source.synthetic = {{ train = 100, test = 20 }}
            [stage.dense.train]
            model.mlp = {{ hidden = [10] }}
            steps = 100
            [stage.sparse.prune]
            from = "dense"
            importance = "magnitude"
            schedule.linear = {{ rounds = 3 }}
            target.sparsity = 0.3
            recover.steps = 100
            [sweep]
            stage.dense.train.batch = {batches}
            "#
        );
        planned(&text)
    }

    // Four nodes of 100 steps, each after the other: 4 · 100 · 0.01 s, however many workers there are. Two such
    // chains: 8 s for one worker, 4 s for two and for eight.
    #[test]
    fn workers_do_not_shorten_a_chain() {
        let plan = chains("[10, 20]");
        let mut calibration = Calibration::default();
        plan.nodes.values().for_each(|node| calibration.add(&plan, node, even(0.01)));
        let all: Vec<_> = (0..plan.nodes.len()).collect();
        assert_eq!(all.len(), 8);
        let seconds = [1, 2, 8].map(|workers| calibration.seconds(&plan, &all, workers).unwrap());
        assert!(seconds.iter().zip([8.0, 4.0, 4.0]).all(|(a, b)| (a - b).abs() < 1e-9), "{seconds:?}");
        assert_eq!(calibration.seconds(&plan, &[], 2), Some(0.0));
    }

    // A batch of twice the images takes twice as long.
    #[test]
    fn what_was_not_timed_is_taken_in_proportion() {
        let plan = chains("[10, 20]");
        let mut calibration = Calibration::default();
        let [first, other] = [10, 20]
            .map(|batch| plan.nodes.values().position(|node| node.training().batch == batch).unwrap());
        assert_eq!(calibration.seconds(&plan, &[first], 1), None);
        calibration.add(&plan, &plan.nodes[first], even(0.01));
        let seconds = |id: usize| calibration.seconds(&plan, &[id], 1).unwrap();
        assert!((seconds(other) - 2.0 * seconds(first)).abs() < 1e-9);
    }

    // 40 steps of 10 ms, and before them 25 of 2 ms in which the auto-encoders of factor transfer are trained.
    #[test]
    fn what_a_loss_trains_before_the_student_takes_time() {
        let plan = planned(
            r#"
            title = "A case"
            data = { source.synthetic = { train = 100, test = 20 }, validation = 0.0 }
            [stage.teacher.train]
            model.resnet = { depth = 8 }
            steps = 40
            batch = 10
            [stage.student.train]
            model.resnet = { depth = 8 }
            steps = 40
            batch = 10
            teacher = "teacher"
            loss.factors = { weight = 1.0, taps = { layer3 = "layer3" }, pretrain = "2ep5it" }
            "#,
        );
        let mut calibration = Calibration::default();
        plan.nodes.values().for_each(|node| calibration.add(&plan, node, even(0.01)));
        let of = |stage: &str| plan.nodes.values().position(|node| &*node.stage == stage).unwrap();
        let seconds =
            ["teacher", "student"].map(|stage| calibration.seconds(&plan, &[of(stage)], 1).unwrap());
        assert!((seconds[0] - 0.4).abs() < 1e-9 && (seconds[1] - 0.45).abs() < 1e-9, "{seconds:?}");
    }

    // Two students of 40 steps of 10 images whose teacher would take 4 ms a step: 2 · 40 · 4 ms less one pass over 100
    // images, which is 10 steps.
    #[test]
    fn what_teachers_would_take_in_every_step_is_saved() {
        let plan = planned(
            r#"
            title = "A case"
            data = { source.synthetic = { train = 100, test = 20 }, validation = 0.0 }
            [stage.teacher.train]
            model.mlp = { hidden = [10] }
            steps = 40
            batch = 10
            [stage.student.train]
            model.mlp = { hidden = [10] }
            steps = 40
            batch = 10
            teacher = "teacher"
            loss.soft-labels = { weight = 1.0, temperature = 2.0 }
            [sweep]
            stage.student.train.loss.soft-labels.temperature = [2.0, 4.0]
            "#,
        );
        let all: Vec<_> = (0..plan.nodes.len()).collect();
        let mut calibration = Calibration::default();
        assert_eq!(calibration.saved_by_outputs(&plan, &all), None);
        plan.nodes.values().for_each(|node| calibration.add(&plan, node, even(0.01)));
        let saved = calibration.saved_by_outputs(&plan, &all).unwrap();
        assert!((saved - (2.0 * 40.0 - 10.0) * 0.004).abs() < 1e-9, "{saved}");
        // The teacher's 40 steps, and the pass that remains.
        let seconds = calibration.seconds(&plan, &all, 1).unwrap();
        assert!((seconds - (3.0 * 40.0 * 0.01 + 10.0 * 0.004)).abs() < 1e-9, "{seconds}");
    }
}
