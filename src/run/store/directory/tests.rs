//! What is put into a store comes back, whoever else is at it.

mod damage;

use super::*;
use crate::golden::assert_golden;
use crate::model::architecture::Mlp;
use crate::model::{Array, Model, Slice, Trained, Weights};
use crate::prune::Masks;
use crate::run::Lock;
use crate::run::testing::summary;
use std::sync::Arc;

fn key(name: &str) -> Key {
    Key::of(&name)
}

fn weights() -> Weights {
    let array = |shape: &[usize], values: &[f32]| Array { shape: shape.to_vec(), values: values.to_vec() };
    Weights(
        [
            ("fc1.weight".to_owned(), array(&[2, 2], &[1.5, 0.0, -0.0, f32::MIN_POSITIVE / 2.0])),
            ("fc1.bias".to_owned(), array(&[2], &[0.1, f32::MAX])),
        ]
        .into(),
    )
}

fn network() -> Trained {
    let graph = Model::Mlp(Mlp { hidden: Vec::new() }).graph([1, 1, 2], 2).unwrap();
    Trained::new(Arc::new(graph), weights()).unwrap()
}

fn artifact() -> Artifact {
    let masks = Masks([("fc1".to_owned(), [true, false, false, true].into_iter().collect())].into());
    Artifact { network: network(), masks, slice: Slice::default(), course: summary(0.963).course }
}

/// The same on every machine, as golden files are.
fn by() -> ComputedBy {
    ComputedBy { backend: "flex 0.21.0".to_owned(), instructions: "avx2".to_owned(), device: None }
}

fn put(store: &Store, key: Key) {
    store.put(key, &artifact(), &summary(0.963).measurement, &by()).unwrap();
}

fn checkpoint(step: u64) -> Checkpoint {
    let momentum = Array { shape: vec![2], values: vec![0.25, -0.5] };
    Checkpoint {
        step,
        network: network(),
        masks: artifact().masks,
        optimizer: [("momentum.fc1.bias".to_owned(), momentum)].into(),
        beside: Default::default(),
        fresh_at: 3,
    }
}

fn store(dir: &tempfile::TempDir) -> Store {
    let store = Store::at(&dir.path().join(".store"));
    store.prepare().unwrap();
    store
}

fn bits(weights: &Weights, name: &str) -> Vec<u32> {
    weights.0[name].values.iter().map(|value| value.to_bits()).collect()
}

#[test]
fn what_was_removed_comes_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let graph = Model::Mlp(Mlp { hidden: vec![3] }).graph([1, 1, 2], 2).unwrap();
    let groups = graph.channel_groups();
    let slice = Slice::of_channels(&graph, &[(&groups[1], vec![0, 2])]);
    let artifact = Artifact { slice, ..artifact() };
    store.put(key("node"), &artifact, &summary(0.963).measurement, &by()).unwrap();
    assert_eq!(store.artifact(key("node")).unwrap().unwrap().slice, artifact.slice);
    put(&store, key("whole"));
    assert!(store.artifact(key("whole")).unwrap().unwrap().slice.is_whole());
}

#[test]
fn what_is_put_comes_back_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    assert!(store.artifact(key).unwrap().is_none());
    assert!(!store.contains(key));

    put(&store, key);
    let again = store.artifact(key).unwrap().expect("it was stored");
    assert_eq!(again.course, artifact().course);
    assert_eq!(again.masks, artifact().masks);
    assert_eq!(again.network, artifact().network);
    // Equality of floats does not see the sign of zero.
    assert_eq!(bits(again.network.weights(), "fc1.weight"), bits(&weights(), "fc1.weight"));
    assert_eq!(store.summary(key).unwrap(), Some(summary(0.963)));
    assert!(store.contains(key));

    store.put_checkpoint(key, &checkpoint(500), &by()).unwrap();
    assert_eq!(store.checkpoint(key, 500).unwrap(), Some(checkpoint(500)));
    assert_eq!(store.checkpoint(key, 50).unwrap(), None);
}

#[test]
fn what_a_loss_trains_beside_a_network_comes_back_with_its_checkpoint() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let array = Array { shape: vec![1, 2], values: vec![0.5, -2.0] };
    let name = "loss/features/layer1/weight";
    let mut checkpoint = checkpoint(3);
    checkpoint.beside = [(name.to_owned(), array.clone())].into();
    checkpoint.optimizer.insert(format!("momentum.{name}"), array);
    store.put_checkpoint(key("node"), &checkpoint, &by()).unwrap();
    assert_eq!(store.checkpoint(key("node"), 3).unwrap(), Some(checkpoint));
}

#[test]
fn the_same_network_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let bytes = |key: Key| {
        put(&store, key);
        fs::read(store.pair(key).safetensors()).unwrap()
    };
    assert_eq!(bytes(key("one")), bytes(key("other")));
}

/// The names in `folder` of the store, in order.
fn names(store: &Store, folder: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(store.root().join(folder)) else { return Vec::new() };
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// The lock of `key`, if nobody else has it.
fn locked(store: &Store, key: Key) -> Option<Lock> {
    match store.lock(key).unwrap() {
        Locked::Here(lock) => Some(lock),
        Locked::Elsewhere(_) => None,
    }
}

#[test]
fn half_written_files_are_cleared_by_whoever_takes_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    store.put_checkpoint(key, &checkpoint(1), &by()).unwrap();
    let half = store.pair(key).safetensors().with_extension("safetensors.tmp");
    fs::write(&half, "half").unwrap();
    let folder = store.pair(key).json().with_extension("json.tmp");
    fs::create_dir(&folder).unwrap();
    let lock = locked(&store, key).expect("nobody else has it");
    assert!(!half.exists() && !folder.exists());
    assert!(store.checkpoint(key, 1).unwrap().is_some());
    assert!(locked(&store, key).is_none());
    drop(lock);
    assert!(locked(&store, key).is_some());
}

#[test]
fn losses_that_are_not_finite_are_stored_as_what_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    let mut summary = summary(0.5);
    summary.measurement.loss = f64::INFINITY;
    store.put(key, &artifact(), &summary.measurement, &by()).unwrap();
    assert_eq!(store.summary(key).unwrap().unwrap().measurement.loss, f64::INFINITY);
}

#[test]
fn a_number_that_json_does_not_have_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let error = store.put(key("node"), &artifact(), &summary(f64::NAN).measurement, &by()).unwrap_err();
    assert!(matches!(error, StoreError::Unstorable { .. }), "{error}");
    assert!(!store.contains(key("node")));
}

#[test]
fn a_store_that_cannot_be_written_to_is_an_error_that_names_it() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a-file");
    fs::write(&file, "").unwrap();
    let error = Store::at(&file.join(".store")).prepare().unwrap_err();
    assert!(error.to_string().contains("a-file"), "{error}");
}

#[test]
fn locks_of_killed_processes_are_cleared_before_a_run() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    fs::write(store.root().join("locks/old.lock"), "").unwrap();
    store.prepare().unwrap();
    assert_eq!(names(&store, "locks"), [""; 0]);
}

#[test]
fn a_measurement_is_of_the_arrays_that_were_measured() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    put(&store, key);
    let path = store.measured(key);
    let before = fs::read(&path).unwrap();
    let mut other = artifact();
    other.masks = Masks::default();
    store.put(key, &other, &summary(0.5).measurement, &by()).unwrap();
    assert_eq!(store.summary(key).unwrap().unwrap().measurement.accuracy, 0.5);
    // As if a kill had come between the new arrays and their measurement.
    fs::write(&path, before).unwrap();
    assert_eq!(store.summary(key).unwrap(), None);
    assert!(store.artifact(key).unwrap().is_some());
    store.put_measurement(key, &summary(0.6).measurement).unwrap();
    assert_eq!(store.summary(key).unwrap().unwrap().measurement.accuracy, 0.6);
}

/// The header of a file of arrays: names, types and places, and the graph.
fn header(path: &Path) -> String {
    let bytes = fs::read(path).unwrap();
    let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
    String::from_utf8(rest[..u64::from_le_bytes(*length) as usize].to_vec()).unwrap()
}

// What is stored must be read by later versions: a change here needs a reader of the old form.
#[test]
fn stored_formats_are_pinned() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    put(&store, key);
    store.put_checkpoint(key, &checkpoint(7), &by()).unwrap();
    let checkpoint = Pair::checkpoint(store.root(), key, 7);
    let text = |path: PathBuf| fs::read_to_string(path).unwrap();
    let found = [
        ("artifact.json", text(store.pair(key).json())),
        ("artifact-arrays.json", header(&store.pair(key).safetensors())),
        ("artifact-measured.json", text(store.measured(key))),
        ("checkpoint.json", text(checkpoint.json())),
        ("checkpoint-arrays.json", header(&checkpoint.safetensors())),
    ];
    for (name, text) in found {
        assert_golden(name, text.trim_end());
    }
}
