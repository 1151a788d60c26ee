//! Weights, masks and optimizer state as safetensors.

use std::collections::BTreeMap;

use safetensors::tensor::{Dtype, SafeTensors, TensorView, serialize};

use crate::model::{Array, Weights, weight_name};
use crate::prune::Masks;
use crate::run::Artifact;
use crate::train::Checkpoint;

/// Ends the name of a layer's mask: `fc1.weight_mask`.
const MASK: &str = ".weight_mask";
/// Begins the name of optimizer state; a network's own names have no slash.
const OPTIMIZER: &str = "optimizer/";

/// Bytes of a file and the values in them, ready for [`TensorView`].
struct Raw {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

/// The network of `artifact`: weights as 32-bit floats, masks as bytes, 1 where the weight is kept.
pub(super) fn of_artifact(artifact: &Artifact) -> Result<Vec<u8>, String> {
    let mut arrays = floats("", &artifact.weights.0);
    for (layer, kept) in &artifact.masks.0 {
        let weight = artifact.weights.0.get(&weight_name(layer));
        let shape = weight.map_or_else(|| vec![kept.len()], |weight| weight.shape.clone());
        let bytes = kept.iter().map(|&kept| u8::from(kept)).collect();
        arrays.insert(format!("{layer}{MASK}"), Raw { dtype: Dtype::U8, shape, bytes });
    }
    write(&arrays)
}

/// The other way; weights come in the order of their names.
pub(super) fn to_artifact(bytes: &[u8]) -> Result<(Weights, Masks), String> {
    let (mut weights, mut masks) = (Weights::default(), Masks::default());
    for (name, raw) in read(bytes)? {
        match name.strip_suffix(MASK) {
            Some(layer) => {
                masks.0.insert(layer.to_owned(), kept(&name, raw)?);
            }
            None => {
                weights.0.insert(name.clone(), array(&name, raw)?);
            }
        }
    }
    Ok((weights, masks))
}

pub(super) fn of_checkpoint(checkpoint: &Checkpoint) -> Result<Vec<u8>, String> {
    let mut arrays = floats("", &checkpoint.weights.0);
    arrays.extend(floats(OPTIMIZER, &checkpoint.optimizer));
    write(&arrays)
}

pub(super) fn to_checkpoint(step: u64, bytes: &[u8]) -> Result<Checkpoint, String> {
    let mut checkpoint = Checkpoint { step, weights: Weights::default(), optimizer: Default::default() };
    for (name, raw) in read(bytes)? {
        let array = array(&name, raw)?;
        match name.strip_prefix(OPTIMIZER) {
            Some(state) => checkpoint.optimizer.insert(state.to_owned(), array),
            None => checkpoint.weights.0.insert(name, array),
        };
    }
    Ok(checkpoint)
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

fn write(arrays: &BTreeMap<String, Raw>) -> Result<Vec<u8>, String> {
    let mut views = Vec::with_capacity(arrays.len());
    for (name, raw) in arrays {
        let view = TensorView::new(raw.dtype, raw.shape.clone(), &raw.bytes);
        views.push((name, view.map_err(|error| format!("{name}: {error}"))?));
    }
    serialize(views, None).map_err(|error| error.to_string())
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
