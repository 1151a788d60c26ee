//! Networks that cannot be built.

use super::Sections;
use crate::model::{Graph, GraphError, Model};
use crate::spec::Train;
use crate::spec::check::Mistake;

/// The network of a `train` stage on the experiment's images; `None` while the images are not known.
pub(super) fn graph(sections: &Sections, train: &Train) -> Option<Result<Graph, GraphError>> {
    of_model(sections, &train.model)
}

/// The same of a network of `model`.
pub(super) fn of_model(sections: &Sections, model: &Model) -> Option<Result<Graph, GraphError>> {
    let shape = sections.data.as_ref()?.source.shape();
    let has_pixels = !shape.image.contains(&0);
    has_pixels.then(|| model.graph(shape.image, shape.classes))
}

pub(super) fn mistake(sections: &Sections, path: &str, train: &Train) -> Option<Mistake> {
    let error = graph(sections, train)?.err()?;
    Some(Mistake::value(&format!("{path}.model"), error.to_string(), Vec::new()))
}
