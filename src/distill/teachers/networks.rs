//! The networks that teach.

use super::{Said, TeacherOutputs, Teaching};
use crate::distill::loss::LossMix;
use crate::kernel::Kernel;
use crate::model::{Graph, Mode, Network};
use burn::tensor::{Int, Tensor};
use std::sync::Arc;

/// The networks that teach a training.
#[derive(Clone, Debug)]
pub struct Teachers<B: Kernel> {
    teaching: Arc<Teaching>,
    /// In the order of `teaching`.
    networks: Vec<Network<B>>,
    /// What each says of every training image, where that was computed before.
    outputs: Option<Vec<Arc<TeacherOutputs>>>,
}

impl<B: Kernel> Teachers<B> {
    /// One network for each teacher of `teaching`, in that order.
    pub fn new(teaching: Teaching, networks: Vec<Network<B>>) -> Self {
        assert_eq!(teaching.teachers.len(), networks.len(), "each teacher has a network");
        Self { teaching: Arc::new(teaching), networks, outputs: None }
    }

    /// The same with what each says of the images of a training, in the same order.
    #[must_use]
    pub fn with_outputs(self, outputs: Vec<Arc<TeacherOutputs>>) -> Self {
        assert_eq!(outputs.len(), self.networks.len(), "each teacher has its outputs");
        Self { outputs: Some(outputs), ..self }
    }

    /// A teacher alone.
    pub fn one(network: Network<B>) -> Self {
        Self::new(Teaching::of_one(), vec![network])
    }

    pub(crate) fn networks(&self) -> &[Network<B>] {
        &self.networks
    }

    /// The number of the network that a term of taps looks into which names `own`.
    pub(in crate::distill) fn alone(&self, own: Option<&str>) -> usize {
        self.teaching
            .alone(own)
            .expect("the check refuses a term that does not say whose, or whose teacher is none")
    }

    /// The graph of that network.
    pub(in crate::distill) fn graph(&self, own: Option<&str>) -> &Graph {
        &self.networks[self.alone(own)].graph
    }

    /// What `logits_of` gives for each network that a term of `loss` looks at; `None` where none does.
    pub(crate) fn say(
        &self,
        loss: &LossMix,
        mut logits_of: impl FnMut(usize, &Network<B>) -> Tensor<B, 2>,
    ) -> Option<Said<B>> {
        let looked_at = self.teaching.looked_at(loss);
        if !looked_at.contains(&true) {
            return None;
        }
        let asked = self.networks.iter().zip(looked_at).enumerate();
        let logits = asked.map(|(index, (network, is_asked))| is_asked.then(|| logits_of(index, network)));
        Some(Said::new(Arc::clone(&self.teaching), logits.collect()))
    }

    /// What those that a term of `loss` looks at say of the training images `indices` in a step of epoch `epoch` (from 0),
    /// where that was computed before: the same as their networks say of these images.
    pub fn heard(&self, loss: &LossMix, indices: &[u32], epoch: u64, device: &B::Device) -> Option<Said<B>> {
        let outputs = self.outputs.as_ref()?;
        self.say(loss, |index, _| outputs[index].of(indices, epoch, device))
    }

    /// What all say together of `images`, by the weights given, as logits `[batch, classes]`: of teachers that only terms
    /// of their own look at, each counts the same.
    pub fn together(&self, images: &Tensor<B, 4>) -> Tensor<B, 2> {
        let logits = self.networks.iter();
        let logits = logits.map(|network| Some(network.forward(images.clone(), Mode::Evaluate).logits));
        let said = Said::new(Arc::new(self.teaching.without_labels()), logits.collect());
        let labels = Tensor::<B, 1, Int>::zeros([images.dims()[0]], &images.device());
        said.heard(None, &labels, |logits| logits).together(Some(1.0))
    }
}
