//! The mix of losses a training minimizes: one file a term, and its line in the lists below.

mod attention;
mod boundaries;
mod contrastive;
mod correlation;
mod cross_entropy;
mod decoupled;
mod dist;
mod factors;
mod features;
mod flow;
mod formula;
mod logits;
mod mix;
mod neuron_selectivity;
mod outputs;
mod probabilistic;
mod reduce;
#[cfg(test)]
mod reference;
mod relations;
mod review;
mod seen;
mod similarity;
mod soft_labels;
mod standardize;
mod tap_term;
mod teacher_free;
mod temperature_gradient;
mod term;
mod value;
mod variational;

pub use factors::Power;
pub use formula::formula;
pub use outputs::Outputs;
pub use seen::Seen;
pub(crate) use tap_term::TapTerm;
pub use tap_term::{TapInput, TapInputs};
pub use value::TermValue;

mix::loss_mix! {
    logits {
        cross_entropy: CrossEntropy,
        soft_labels: SoftLabels of teacher,
        logits: Logits of teacher,
        decoupled: Decoupled of teacher,
        dist: Dist of teacher,
        teacher_free: TeacherFree,
    }
    taps {
        features: Features,
        attention: Attention,
        similarity: Similarity,
        relations: Relations,
        correlation: Correlation,
        probabilistic: Probabilistic,
        neuron_selectivity: NeuronSelectivity,
        flow: Flow,
        variational: Variational,
        boundaries: Boundaries,
        review: Review,
        factors: Factors,
        contrastive: Contrastive,
    }
}
