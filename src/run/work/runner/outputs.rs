//! What teachers say of all training images: computed once, and kept in the store under a key of its own.

use super::{Failure, Reuse, Runner, Upstream};
use crate::distill::{Epochs, TeacherOutputs, Teachers};
use crate::kernel::Kernel;
use crate::model::Network;
use crate::plan::{KeptOutputs, Key, Node};
use crate::run::work::start::scope;
use crate::run::workers::POLL_INTERVAL;
use crate::run::{Locked, StoreError};
use crate::train::Control;
use std::sync::Arc;

/// Raised when what is stored is computed in another way.
const FORMAT: u32 = 1;

impl<B: Kernel> Runner<'_, B> {
    /// `teachers`, the networks of the nodes `keys` that teach `node`, with what they say of its training images where
    /// that is looked up.
    pub(super) fn with_outputs(
        &self,
        node: &Node,
        keys: &[Key],
        teachers: Teachers<B>,
        control: &Control<'_>,
    ) -> Result<Teachers<B>, Failure> {
        let Some(kept) = self.plan.kept_outputs(node) else { return Ok(teachers) };
        let of = |(key, network): (&Key, &Network<B>)| {
            self.outputs(node, *key, network, &kept, control).map(Arc::new)
        };
        let outputs = keys.iter().zip(teachers.networks()).map(of).collect::<Result<_, _>>()?;
        Ok(teachers.with_outputs(outputs))
    }

    /// What `network`, which node `teacher` left, says of the training images that it shares with `node`.
    fn outputs(
        &self,
        node: &Node,
        teacher: Key,
        network: &Network<B>,
        kept: &KeptOutputs,
        control: &Control<'_>,
    ) -> Result<TeacherOutputs, Failure> {
        let key = match kept {
            KeptOutputs::OfImages => Key::of(&("teacher-outputs", FORMAT, teacher)),
            KeptOutputs::OfEpochs { .. } => Key::of(&("teacher-outputs", FORMAT, teacher, kept)),
        };
        let passes = kept.passes() as usize;
        let _lock = loop {
            match self.store.lock(key).map_err(Failure::Store)? {
                Locked::Here(lock) => break lock,
                Locked::Elsewhere(_) => {
                    control.check().map_err(|_| Failure::Interrupted)?;
                    std::thread::sleep(POLL_INTERVAL);
                }
            }
        };
        let splits = self.splits(node)?;
        let stored = loop {
            match self.store.teacher_outputs(key, teacher) {
                Ok(found) => break found.and_then(|logits| TeacherOutputs::known(&splits, passes, logits)),
                Err(StoreError::Damaged { path, .. }) => {
                    self.store.set_aside(&path).map_err(Failure::Store)?;
                }
                Err(error) => return Err(Failure::reading(error)),
            }
        };
        let may_reuse = self.reuse == Reuse::Stored || self.made().contains(&key);
        if let Some(outputs) = stored.filter(|_| may_reuse) {
            return Ok(outputs);
        }
        let check = || control.check().map_err(|_| Failure::Interrupted);
        let outputs = match kept {
            KeptOutputs::OfImages => TeacherOutputs::compute(network, &splits, &self.device, check)?,
            KeptOutputs::OfEpochs { batch, .. } => {
                let (augment, draw, batch) = (&node.data.augment, &scope(node), *batch);
                let epochs = Epochs { splits: &splits, augment, batch, count: passes, draw };
                TeacherOutputs::of_epochs(network, &epochs, &self.device, check)?
            }
        };
        let put = self.store.put_teacher_outputs(key, teacher, outputs.logits(), &self.computed_by);
        put.map_err(Failure::storing)?;
        self.made().insert(key);
        Ok(outputs)
    }
}
