use crate::model::{Array, Weights};
use crate::prune::Masks;
use crate::run::testing::summary;

use super::*;

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

fn artifact() -> Artifact {
    let masks = Masks([("fc1".to_owned(), vec![true, false, false, true])].into());
    Artifact { summary: summary(0.963), weights: weights(), masks }
}

fn checkpoint(step: u64) -> Checkpoint {
    let momentum = Array { shape: vec![2], values: vec![0.25, -0.5] };
    Checkpoint { step, weights: weights(), optimizer: [("momentum.fc1.bias".to_owned(), momentum)].into() }
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
fn what_is_put_comes_back_bit_for_bit() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    assert!(store.artifact(key).unwrap().is_none());
    assert!(!store.contains(key));

    store.put(key, &artifact()).unwrap();
    let again = store.artifact(key).unwrap().expect("it was stored");
    assert_eq!(again.summary, artifact().summary);
    assert_eq!(again.masks, artifact().masks);
    assert_eq!(again.weights, artifact().weights);
    // Equality of floats does not see the sign of zero.
    assert_eq!(bits(&again.weights, "fc1.weight"), bits(&weights(), "fc1.weight"));
    assert_eq!(store.summary(key).unwrap(), Some(artifact().summary));
    assert!(store.contains(key));

    store.put_checkpoint(key, &checkpoint(500)).unwrap();
    assert_eq!(store.checkpoint(key, 500).unwrap(), Some(checkpoint(500)));
    assert_eq!(store.checkpoint(key, 50).unwrap(), None);
}

#[test]
fn the_same_network_gives_the_same_bytes() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let bytes = |key: Key| {
        store.put(key, &artifact()).unwrap();
        fs::read(store.path(&key.to_string(), "safetensors")).unwrap()
    };
    assert_eq!(bytes(key("one")), bytes(key("other")));
}

#[test]
fn a_changed_byte_in_either_file_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    for extension in ["json", "safetensors"] {
        store.put(key, &artifact()).unwrap();
        store.put_checkpoint(key, &checkpoint(7)).unwrap();
        for stem in [key.to_string(), format!("{key}.step7")] {
            let path = store.path(&stem, extension);
            let mut bytes = fs::read(&path).unwrap();
            let last = bytes.len() - 2;
            bytes[last] ^= 1;
            fs::write(&path, bytes).unwrap();
        }
        let found =
            [store.verify(key).map(drop), store.artifact(key).map(drop), store.checkpoint(key, 7).map(drop)];
        for found in found {
            let error = found.unwrap_err();
            assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
            assert!(
                error.to_string().contains(&format!(".{extension}: does not match its digest")),
                "{error}"
            );
        }
    }
    // The summary alone is sound when only the weights are damaged.
    assert!(store.summary(key).is_ok());
}

#[test]
fn missing_arrays_and_a_file_under_anothers_name_are_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (one, other) = (key("one"), key("other"));
    store.put(one, &artifact()).unwrap();
    store.put(other, &artifact()).unwrap();
    let json = |key: Key| store.path(&key.to_string(), "json");
    fs::copy(json(one), json(other)).unwrap();
    assert!(matches!(store.summary(other), Err(StoreError::Damaged { .. })));
    fs::remove_file(store.path(&one.to_string(), "safetensors")).unwrap();
    assert!(matches!(store.verify(one), Err(StoreError::Damaged { .. })));
}

#[test]
fn removal_takes_checkpoints_along_and_leaves_other_keys() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    for key in [key("one"), key("other")] {
        store.put(key, &artifact()).unwrap();
        store.put_checkpoint(key, &checkpoint(1)).unwrap();
    }
    store.remove(key("one")).unwrap();
    assert!(!store.contains(key("one")));
    assert!(store.checkpoint(key("one"), 1).unwrap().is_none());
    assert!(store.artifact(key("other")).unwrap().is_some());
    assert!(store.checkpoint(key("other"), 1).unwrap().is_some());
    store.remove(key("never stored")).unwrap();
}

#[test]
fn half_written_files_are_cleared_by_whoever_takes_the_lock() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    store.put_checkpoint(key, &checkpoint(1)).unwrap();
    let half = store.path(&key.to_string(), "safetensors.tmp");
    fs::write(&half, "half").unwrap();
    let lock = store.lock(key).unwrap().expect("nobody else has it");
    assert!(!half.exists());
    assert!(store.checkpoint(key, 1).unwrap().is_some());
    assert!(store.lock(key).unwrap().is_none());
    drop(lock);
    assert!(store.lock(key).unwrap().is_some());
}

#[test]
fn a_number_that_json_does_not_have_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let error = store.put(key("node"), &Artifact { summary: summary(f64::NAN), ..artifact() }).unwrap_err();
    assert!(error.to_string().contains("not finite"), "{error}");
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
