//! What a node asks of the run: what other nodes left, and its data.

use super::failure::Failure;
use crate::data::Splits;
use crate::distill::Teachers;
use crate::kernel::Kernel;
use crate::model::Network;
use crate::plan::{Key, Node};
use crate::run::{Artifact, Summary};
use crate::train::{Checkpoint, Control, Training};
use std::borrow::Cow;
use std::sync::Arc;

/// What other nodes left, and what a node is measured on. What is gone is made again, while the node that
/// asks is made.
pub(super) trait Upstream<B: Kernel> {
    fn device(&self) -> &B::Device;

    /// The node called `key`, which is in the plan, or a round that a search of it may run.
    fn node(&self, key: Key) -> Result<Cow<'_, Node>, Failure>;

    /// What `node` scored; it is made where it is not there.
    fn scored(&self, node: &Node, control: &Control<'_>) -> Result<Summary, Failure>;

    /// The splits of the node's data.
    fn splits(&self, node: &Node) -> Result<Arc<Splits>, Failure>;

    fn artifact(&self, key: Key, control: &Control<'_>) -> Result<Artifact, Failure>;

    /// The checkpoint after `step` steps of the training `key`.
    fn checkpoint(&self, key: Key, step: u64, control: &Control<'_>) -> Result<Checkpoint, Failure>;

    /// The network that node `key` left, on the device.
    fn load(&self, key: Key, control: &Control<'_>) -> Result<Network<B>, Failure> {
        Ok(Network::from_trained(&self.artifact(key, control)?.network, self.device()))
    }

    /// The networks that the nodes `keys` left, as the teachers of `training`; `None` where it has none.
    fn teachers(
        &self,
        training: &Training,
        keys: &[Key],
        control: &Control<'_>,
    ) -> Result<Option<Teachers<B>>, Failure> {
        if keys.is_empty() {
            return Ok(None);
        }
        let networks = keys.iter().map(|&key| self.load(key, control)).collect::<Result<_, _>>()?;
        Ok(Some(Teachers::new(training.teaching.clone(), networks)))
    }
}
