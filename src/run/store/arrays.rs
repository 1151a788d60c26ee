//! Weights, masks and optimizer state as safetensors.

use crate::distill::is_beside;
use crate::model::{Array, Graph, Slice, Trained, Weights, weight_name};
use crate::prune::{Mask, Masks};
use crate::run::{Artifact, Course};
use crate::train::Checkpoint;
use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Ends the name of a layer's mask: `fc1.weight_mask`.
const MASK: &str = ".weight_mask";
/// Begins the name of optimizer state; a network's own names have no slash.
const OPTIMIZER: &str = "optimizer/";
/// The graph, as JSON in the metadata.
const GRAPH: &str = "graph";
/// Where channels or blocks were removed, which weights of the larger network are left: as JSON in the metadata.
const SLICE: &str = "slice";

/// What a teacher says.
const OUTPUTS: &str = "logits";

/// Bytes of a file and the values in them, ready for [`TensorView`].
struct Raw {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The network of `artifact`: its graph as metadata, weights as 32-bit floats; masks as bits, eight weights a
/// byte, the first in the lowest bit and set where the weight is kept.
pub(super) fn of_artifact(artifact: &Artifact) -> Result<Vec<u8>, String> {
    let arrays = network(artifact.network.weights(), &artifact.masks);
    write(&arrays, artifact.network.graph(), &artifact.slice)
}

/// The other way, for how the training went.
pub(super) fn to_artifact(bytes: &[u8], course: Course) -> Result<Artifact, String> {
    let (network, masks) = network_of(read(bytes)?, graph(bytes)?)?;
    let slice: Option<Slice> = metadata(bytes, SLICE)?;
    Ok(Artifact { network, masks, slice: slice.unwrap_or_default(), course })
}

/// The network of `graph` among `arrays`, and its masks.
fn network_of(arrays: BTreeMap<String, Raw>, graph: Graph) -> Result<(Trained, Masks), String> {
    let (masks, arrays): (BTreeMap<_, _>, BTreeMap<_, _>) =
        arrays.into_iter().partition(|(name, _)| name.ends_with(MASK));
    let arrays = arrays.into_iter().map(|(name, raw)| Ok((name.clone(), array(&name, raw)?)));
    let weights = Weights(arrays.collect::<Result<_, String>>()?);
    let masks = masks.into_iter().map(|(name, raw)| mask(&name, &raw, &weights));
    let masks = Masks(masks.collect::<Result<_, String>>()?);
    let network = Trained::new(Arc::new(graph), weights).map_err(|error| error.to_string())?;
    Ok((network, masks))
}

/// As the network of an artifact, with the optimizer state and what the loss trains beside it, and the graph as
/// metadata.
pub(super) fn of_checkpoint(checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    let mut arrays = network(checkpoint.network.weights(), &checkpoint.masks);
    arrays.extend(floats(OPTIMIZER, &checkpoint.optimizer));
    arrays.extend(floats("", &checkpoint.beside));
    write(&arrays, checkpoint.network.graph(), &Slice::default())
}

/// The other way, for what else the checkpoint says: its step, and where its optimizer state was fresh.
pub(super) fn to_checkpoint(step: u64, fresh_at: u64, bytes: &[u8]) -> Result<Checkpoint, String> {
    let (optimizer, arrays): (BTreeMap<_, _>, BTreeMap<_, _>) =
        read(bytes)?.into_iter().partition(|(name, _)| name.starts_with(OPTIMIZER));
    let (beside, arrays): (BTreeMap<_, _>, BTreeMap<_, _>) =
        arrays.into_iter().partition(|(name, _)| is_beside(name));
    let (network, masks) = network_of(arrays, graph(bytes)?)?;
    let beside = beside.into_iter().map(|(name, raw)| Ok((name.clone(), array(&name, raw)?)));
    let beside = beside.collect::<Result<_, String>>()?;
    let state = |(name, raw): (String, Raw)| Ok((name[OPTIMIZER.len()..].to_owned(), array(&name, raw)?));
    let optimizer = optimizer.into_iter().map(state).collect::<Result<_, String>>()?;
    Ok(Checkpoint { step, network, masks, optimizer, beside, fresh_at })
}

/// What a teacher says of images: `[images, classes]`.
pub(super) fn of_outputs(logits: &Array) -> Result<Vec<u8>, String> {
    let bytes: Vec<u8> = logits.values.iter().flat_map(|value| value.to_le_bytes()).collect();
    let view =
        TensorView::new(Dtype::F32, logits.shape.clone(), &bytes).map_err(|error| error.to_string())?;
    serialize([(OUTPUTS, view)], None).map_err(|error| error.to_string())
}

/// The other way.
pub(super) fn to_outputs(bytes: &[u8]) -> Result<Array, String> {
    let logits = read(bytes)?.remove(OUTPUTS).ok_or("has no logits")?;
    array(OUTPUTS, logits)
}

/// Weights and masks by their names in a file.
fn network(weights: &Weights, masks: &Masks) -> BTreeMap<String, Raw> {
    let mut arrays = floats("", &weights.0);
    for (layer, mask) in &masks.0 {
        let bytes = mask.to_bytes();
        arrays.insert(format!("{layer}{MASK}"), Raw { dtype: Dtype::U8, shape: vec![bytes.len()], bytes });
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

fn write(arrays: &BTreeMap<String, Raw>, graph: &Graph, slice: &Slice) -> Result<Vec<u8>, String> {
    let mut views = Vec::with_capacity(arrays.len());
    for (name, raw) in arrays {
        let view = TensorView::new(raw.dtype, raw.shape.clone(), &raw.bytes);
        views.push((name, view.map_err(|error| format!("{name}: {error}"))?));
    }
    let graph = serde_json::to_string(graph).map_err(|error| error.to_string())?;
    let slice = (!slice.is_whole()).then(|| serde_json::to_string(slice)).transpose();
    let slice = slice.map_err(|error| error.to_string())?.map(|slice| (SLICE.to_owned(), slice));
    let metadata: BTreeMap<String, String> = [(GRAPH.to_owned(), graph)].into_iter().chain(slice).collect();
    let entries = metadata.clone().into_iter().collect();
    let mut file = serialize(views, Some(entries)).map_err(|error| error.to_string())?;
    put_in_order(&mut file, &metadata)?;
    Ok(file)
}

/// Writes `metadata` of `file` anew, in the order of its names. `safetensors` writes it in the order of a hash map, so the
/// bytes would differ from run to run.
fn put_in_order(file: &mut [u8], metadata: &BTreeMap<String, String>) -> Result<(), String> {
    const OPENING: &[u8] = b"{\"__metadata__\":";

    let ordered = serde_json::to_string(metadata).map_err(|error| error.to_string())?;
    // The length of the header comes first.
    let header = file.get_mut(8..).unwrap_or_default();
    let place = header.starts_with(OPENING).then(|| &mut header[OPENING.len()..]);
    // The same entries in another order are as long.
    let place = place.and_then(|rest| rest.get_mut(..ordered.len()));
    place.ok_or("its header does not begin with the metadata")?.copy_from_slice(ordered.as_bytes());
    Ok(())
}

/// The graph in the metadata of a file.
fn graph(bytes: &[u8]) -> Result<Graph, String> {
    Ok(metadata(bytes, GRAPH)?.ok_or("has no graph")?)
}

/// What the metadata of a file has under `name`.
fn metadata<T: DeserializeOwned>(bytes: &[u8], name: &str) -> Result<Option<T>, String> {
    let (_, metadata) = SafeTensors::read_metadata(bytes).map_err(|error| error.to_string())?;
    let found = metadata.metadata().as_ref().and_then(|metadata| metadata.get(name));
    let read = |text: &String| serde_json::from_str(text).map_err(|error| format!("its {name}: {error}"));
    found.map(read).transpose()
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

/// The mask called `name`, with its layer; it has as many bits as the layer has weights.
fn mask(name: &str, raw: &Raw, weights: &Weights) -> Result<(String, Mask), String> {
    if raw.dtype != Dtype::U8 {
        return Err(format!("{name}: expected bytes, found {:?}", raw.dtype));
    }
    let layer = name.strip_suffix(MASK).unwrap_or(name);
    let weight = weights.0.get(&weight_name(layer));
    let weight = weight.ok_or_else(|| format!("{name}: there is no weight that it could mask"))?;
    let mask = Mask::from_bytes(weight.values.len(), &raw.bytes);
    let mask =
        mask.ok_or_else(|| format!("{name}: not one bit for each of {} weights", weight.values.len()))?;
    Ok((layer.to_owned(), mask))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(weights: usize) -> Weights {
        let weight = Array { shape: vec![weights], values: vec![1.0; weights] };
        Weights([("fc1.weight".to_owned(), weight)].into())
    }

    fn masked(mask: Mask) -> Masks {
        Masks([("fc1".to_owned(), mask)].into())
    }

    /// The stored format: what old programs wrote, new ones must read.
    #[test]
    fn a_mask_is_stored_as_one_bit_a_weight() {
        let kept = [1, 0, 0, 1, 0, 0, 0, 0, 0, 1].map(|kept| kept == 1);
        let masks = masked(kept.into_iter().collect());
        let arrays = network(&layer(10), &masks);
        let stored = &arrays["fc1.weight_mask"];
        // Weights 0, 3 and 9: bits 0 and 3 of the first byte, bit 1 of the second.
        assert_eq!((stored.dtype, &stored.shape, &stored.bytes), (Dtype::U8, &vec![2], &vec![0b1001, 0b10]));
        let read = mask("fc1.weight_mask", stored, &layer(10)).unwrap();
        assert_eq!(masked(read.1), masks);
    }

    // Each hash map has an order of its own, those of one process too: 2 entries agree 20 times in one of 2¹⁹ cases.
    #[test]
    fn a_network_is_stored_as_the_same_bytes_each_time() {
        let text = r#"{"input":[1,1,2],"classes":2,"nodes":[
            {"name":"flatten","op":"flatten","inputs":["input"]},
            {"name":"fc1","op":{"linear":{"output":2,"bias":true}},"inputs":["flatten"]}],"output":"fc1"}"#;
        let graph: Graph = serde_json::from_str(text).unwrap();
        let slice: Slice =
            serde_json::from_str(r#"{"removed":["fc2.bias"],"kept":{"fc1.weight":{"0":[0]}}}"#).unwrap();
        let arrays = network(&layer(4), &masked(Mask::full(4)));
        let first = write(&arrays, &graph, &slice).unwrap();
        for _ in 0..20 {
            assert_eq!(write(&arrays, &graph, &slice).unwrap(), first);
        }
        assert_eq!(metadata::<Slice>(&first, SLICE).unwrap(), Some(slice));
        assert_eq!(super::graph(&first).unwrap(), graph);
        assert_eq!(read(&first).unwrap().keys().collect::<Vec<_>>(), ["fc1.weight", "fc1.weight_mask"]);
    }

    #[test]
    fn a_mask_of_another_length_is_an_error() {
        let arrays = network(&layer(8), &masked(Mask::full(8)));
        let read = mask("fc1.weight_mask", &arrays["fc1.weight_mask"], &layer(9));
        assert_eq!(read, Err("fc1.weight_mask: not one bit for each of 9 weights".to_owned()));
    }
}
