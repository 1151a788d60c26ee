//! The mix of losses a training minimizes: one file a term, and its line in the list below.

mod cross_entropy;
mod logits;
mod mix;
mod soft_labels;
mod term;

pub use term::{Outputs, TermValue};

mix::loss_mix! {
    cross_entropy: CrossEntropy,
    soft_labels: SoftLabels,
    logits: Logits,
}
