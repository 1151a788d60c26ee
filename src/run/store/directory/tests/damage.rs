//! What is damaged is told from what another version wrote, and is set aside.

use super::super::super::sealed;
use super::*;

/// Changes a byte near the end of `path`.
fn damage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    let last = bytes.len() - 2;
    bytes[last] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_changed_byte_in_either_file_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    for extension in ["json", "safetensors"] {
        put(&store, key);
        store.put_checkpoint(key, &checkpoint(7), &by()).unwrap();
        damage(&store.pair(key).json().with_extension(extension));
        damage(&Pair::checkpoint(store.root(), key, 7).json().with_extension(extension));
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
    put(&store, one);
    put(&store, other);
    fs::copy(store.pair(one).json(), store.pair(other).json()).unwrap();
    assert!(matches!(store.summary(other), Err(StoreError::Damaged { .. })));
    fs::remove_file(store.pair(one).safetensors()).unwrap();
    assert!(matches!(store.verify(one), Err(StoreError::Damaged { .. })));
}

#[test]
fn a_file_of_another_kind_under_the_name_of_an_entry_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    let swaps: [fn(&Store, Key) -> [PathBuf; 2]; 3] = [
        |store, key| [store.measured(key), store.pair(key).json()],
        |store, key| [store.pair(key).json(), store.measured(key)],
        |store, key| [Pair::checkpoint(store.root(), key, 7).json(), store.pair(key).json()],
    ];
    for swap in swaps {
        put(&store, key);
        store.put_checkpoint(key, &checkpoint(7), &by()).unwrap();
        let [from, to] = swap(&store, key);
        fs::copy(from, &to).unwrap();
        assert!(matches!(store.verify(key), Err(StoreError::Damaged { .. })));
        assert_eq!(store.is_measurement(&to), to == store.measured(key));
    }
}

#[test]
fn a_checkpoint_under_the_name_of_another_step_is_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    store.put_checkpoint(key, &checkpoint(7), &by()).unwrap();
    let [seven, eight] = [7, 8].map(|step| Pair::checkpoint(store.root(), key, step));
    fs::copy(seven.json(), eight.json()).unwrap();
    fs::copy(seven.safetensors(), eight.safetensors()).unwrap();
    let error = store.checkpoint(key, 8).unwrap_err();
    assert!(matches!(error, StoreError::Damaged { .. }), "{error}");
    assert!(error.to_string().ends_with(".step8.json: belongs to step 7"), "{error}");
}

#[test]
fn what_is_set_aside_is_kept_each_time_and_leaves_other_keys_and_checkpoints() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (one, other) = (key("one"), key("other"));
    for key in [one, other] {
        put(&store, key);
        store.put_checkpoint(key, &checkpoint(1), &by()).unwrap();
    }
    store.set_aside(&store.pair(one).json()).unwrap();
    put(&store, one);
    store.set_aside(&store.pair(one).safetensors()).unwrap();
    assert!(!store.contains(one));
    let kept = ["json", "json-2", "safetensors", "safetensors-2"].map(|end| format!("{one}.{end}"));
    assert_eq!(names(&store, "damaged"), kept);
    assert!(store.checkpoint(one, 1).unwrap().is_some());
    assert!(store.artifact(other).unwrap().is_some());
    store.set_aside(&Pair::checkpoint(store.root(), one, 1).json()).unwrap();
    assert!(store.checkpoint(one, 1).unwrap().is_none());
    store.set_aside(&store.pair(key("never stored")).json()).unwrap();
}

#[test]
fn a_folder_or_a_file_in_the_place_of_an_entry_is_damage_and_gives_way() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let (one, other) = (key("one"), key("other"));
    fs::create_dir_all(store.pair(one).json()).unwrap();
    fs::write(store.pair(other).directory(), "a stray file").unwrap();
    for key in [one, other] {
        let _lock = locked(&store, key).expect("nobody else has it");
        let Err(StoreError::Damaged { path, .. }) = store.verify(key) else { panic!("it is damaged") };
        store.set_aside(&path).unwrap();
        put(&store, key);
        assert!(store.artifact(key).unwrap().is_some());
    }
    assert_eq!(names(&store, "damaged").len(), 2);
}

#[cfg(unix)]
#[test]
fn a_pipe_in_the_place_of_an_entry_is_not_waited_for() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let json = store.pair(key("node")).json();
    fs::create_dir_all(json.parent().unwrap()).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&json).status().unwrap().success());
    assert!(matches!(store.summary(key("node")), Err(StoreError::Damaged { .. })));
}

/// The sealed JSON of an entry with these members.
fn entry(members: serde_json::Value) -> Vec<u8> {
    sealed::seal(&members).unwrap()
}

#[test]
fn what_another_version_wrote_is_not_damage() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    put(&store, key);
    let json = store.pair(key).json();
    let others = [
        (serde_json::json!({ "format": 99, "niwaki": "9.0.0" }), "version 9.0.0"),
        (serde_json::json!({ "format": 1, "content": 3 }), "another version"),
        // The same format, with a summary that has other fields.
        (
            serde_json::json!({
                "format": 2, "niwaki": "0.1.7", "key": key, "arrays": "", "content": { "other": 1 },
            }),
            "version 0.1.7",
        ),
    ];
    for (members, version) in others {
        let bytes = entry(members);
        fs::write(&json, &bytes).unwrap();
        for found in [store.summary(key).map(drop), store.artifact(key).map(drop)] {
            let error = found.unwrap_err();
            assert!(matches!(error, StoreError::OtherVersion { .. }), "{error}");
            assert!(error.to_string().contains(version), "{error}");
        }
        assert_eq!(fs::read(&json).unwrap(), bytes);
    }
}

#[test]
fn an_entry_that_does_not_say_what_computed_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let store = store(&dir);
    let key = key("node");
    put(&store, key);
    let json = store.pair(key).json();
    let mut members: serde_json::Value = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
    for name in ["digest", "computed_by"] {
        assert!(members.as_object_mut().unwrap().remove(name).is_some(), "{name}");
    }
    fs::write(&json, entry(members)).unwrap();
    assert_eq!(store.artifact(key).unwrap().unwrap().network, network());
}
