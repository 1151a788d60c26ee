//! Weights, masks and optimizer state as safetensors.

use crate::model::{Array, Graph, Trained, Weights, weight_name};
use crate::prune::Masks;
use crate::run::{Artifact, Course};
use crate::train::Checkpoint;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ends the name of a layer's mask: `fc1.weight_mask`.
const MASK: &str = ".weight_mask";
/// Begins the name of optimizer state; a network's own names have no slash.
const OPTIMIZER: &str = "optimizer/";
/// The graph, as JSON in the metadata.
const GRAPH: &str = "graph";

/// Bytes of a file and the values in them, ready for [`TensorView`].
struct Raw {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The network of `artifact`: its graph as metadata, weights as 32-bit floats, masks as bytes, 1 where the
/// weight is kept.
pub(super) fn of_artifact(artifact: &Artifact) -> Result<Vec<u8>, String> {
    write(&network(artifact.network.weights(), &artifact.masks), artifact.network.graph())
}

/// The other way, for how the training went.
pub(super) fn to_artifact(bytes: &[u8], course: Course) -> Result<Artifact, String> {
    let (network, masks) = network_of(read(bytes)?, graph(bytes)?)?;
    Ok(Artifact { network, masks, course })
}

/// The network of `graph` among `arrays`, and its masks.
fn network_of(arrays: BTreeMap<String, Raw>, graph: Graph) -> Result<(Trained, Masks), String> {
    let (mut weights, mut masks) = (Weights::default(), Masks::default());
    for (name, raw) in arrays {
        match name.strip_suffix(MASK) {
            Some(layer) => {
                masks.0.insert(layer.to_owned(), kept(&name, raw)?);
            }
            None => {
                weights.0.insert(name.clone(), array(&name, raw)?);
            }
        }
    }
    let network = Trained::new(Arc::new(graph), weights).map_err(|error| error.to_string())?;
    Ok((network, masks))
}

/// As the network of an artifact, with the optimizer state beside it and the graph as metadata.
pub(super) fn of_checkpoint(checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    let mut arrays = network(checkpoint.network.weights(), &checkpoint.masks);
    arrays.extend(floats(OPTIMIZER, &checkpoint.optimizer));
    write(&arrays, checkpoint.network.graph())
}

/// The other way, for what else the checkpoint says: its step, and where its optimizer state was fresh.
pub(super) fn to_checkpoint(step: u64, fresh_at: u64, bytes: &[u8]) -> Result<Checkpoint, String> {
    let (optimizer, arrays): (BTreeMap<_, _>, BTreeMap<_, _>) =
        read(bytes)?.into_iter().partition(|(name, _)| name.starts_with(OPTIMIZER));
    let (network, masks) = network_of(arrays, graph(bytes)?)?;
    let state = |(name, raw): (String, Raw)| Ok((name[OPTIMIZER.len()..].to_owned(), array(&name, raw)?));
    let optimizer = optimizer.into_iter().map(state).collect::<Result<_, String>>()?;
    Ok(Checkpoint { step, network, masks, optimizer, fresh_at })
}

/// Weights and masks by their names in a file.
fn network(weights: &Weights, masks: &Masks) -> BTreeMap<String, Raw> {
    let mut arrays = floats("", &weights.0);
    for (layer, kept) in &masks.0 {
        let weight = weights.0.get(&weight_name(layer));
        let shape = weight.map_or_else(|| vec![kept.len()], |weight| weight.shape.clone());
        let bytes = kept.iter().map(|&kept| u8::from(kept)).collect();
        arrays.insert(format!("{layer}{MASK}"), Raw { dtype: Dtype::U8, shape, bytes });
    }
    arrays
}

fn floats<'a>(
    prefix: &str,
    arrays: impl IntoIterator<Item = (&'a String, &'a Array)>,
) -> BTreeMap<String, Raw> {
    let raw = |array: &Array| {
        let bytes = array.values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Raw { dtype: Dtype::F32, shape: array.shape.clone(), bytes }
    };
    arrays.into_iter().map(|(name, array)| (format!("{prefix}{name}"), raw(array))).collect()
}

fn write(arrays: &BTreeMap<String, Raw>, graph: &Graph) -> Result<Vec<u8>, String> {
    let mut views = Vec::with_capacity(arrays.len());
    for (name, raw) in arrays {
        let view = TensorView::new(raw.dtype, raw.shape.clone(), &raw.bytes);
        views.push((name, view.map_err(|error| format!("{name}: {error}"))?));
    }
    let graph = serde_json::to_string(graph).map_err(|error| error.to_string())?;
    serialize(views, Some([(GRAPH.to_owned(), graph)].into())).map_err(|error| error.to_string())
}

/// The graph in the metadata of a file.
fn graph(bytes: &[u8]) -> Result<Graph, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let graph = metadata.metadata().as_ref().and_then(|metadata| metadata.get(GRAPH));
    serde_json::from_str(graph.ok_or("has no graph")?).map_err(|error| format!("its graph: {error}"))
}

fn read(bytes: &[u8]) -> Result<BTreeMap<String, Raw>, String> {
    let file = SafeTensors::deserialize(bytes).map_err(|error| error.to_string())?;
    let raw = |view: &TensorView<'_>| Raw {
        dtype: view.dtype(),
        shape: view.shape().to_vec(),
        bytes: view.data().to_vec(),
    };
    Ok(file.iter().map(|(name, view)| (name.to_owned(), raw(&view))).collect())
}

fn array(name: &str, raw: Raw) -> Result<Array, String> {
    if raw.dtype != Dtype::F32 {
        return Err(format!("{name}: expected 32-bit floats, found {:?}", raw.dtype));
    }
    let (values, _) = raw.bytes.as_chunks::<4>();
    Ok(Array { shape: raw.shape, values: values.iter().map(|&value| f32::from_le_bytes(value)).collect() })
}

fn kept(name: &str, raw: Raw) -> Result<Vec<bool>, String> {
    if raw.dtype != Dtype::U8 {
        return Err(format!("{name}: expected bytes, found {:?}", raw.dtype));
    }
    Ok(raw.bytes.into_iter().map(|byte| byte != 0).collect())
}
