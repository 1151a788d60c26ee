//! JSON that knows its own digest.
//!
//! The object's first member is `"digest"`, the BLAKE3 of every byte after it, so a change of any byte
//! is found out, and the file is still plain JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

const OPENING: &[u8] = b"{\"digest\":\"";
const DIGEST: usize = 64;
const CLOSING: &[u8] = b"\",";

/// The sealed JSON of `content`, which must be an object with at least one member.
///
/// # Errors
/// Where `content` cannot be read back from it: JSON has no numbers that are not finite, unless they are
/// written as [`crate::real`] does, and none may be lost.
pub(super) fn seal<T: Serialize + DeserializeOwned>(content: &T) -> Result<Vec<u8>, String> {
    let text = serde_json::to_vec(content).map_err(|error| error.to_string())?;
    let again = serde_json::from_slice::<T>(&text).and_then(|again| serde_json::to_vec(&again));
    if again.map_err(|error| format!("cannot be stored: {error}"))? != text {
        return Err("cannot be stored: it is read back as something else".to_owned());
    }
    let rest = text.strip_prefix(b"{").expect("the content of a sealed file is an object");
    let digest = blake3::hash(rest).to_hex();
    Ok([OPENING, digest.as_bytes(), CLOSING, rest].concat())
}

/// Checks sealed JSON against its digest; it can then be read as any JSON.
///
/// # Errors
/// What is wrong, where the bytes are not those that were sealed.
pub(super) fn check(bytes: &[u8]) -> Result<(), &'static str> {
    let parts = bytes.strip_prefix(OPENING).and_then(|rest| rest.split_at_checked(DIGEST));
    let parts = parts.and_then(|(digest, rest)| Some((digest, rest.strip_prefix(CLOSING)?)));
    let (digest, rest) = parts.ok_or("does not begin with a digest")?;
    match blake3::hash(rest).to_hex().as_bytes() == digest {
        true => Ok(()),
        false => Err("does not match its digest"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Numbers {
        values: Vec<f64>,
    }

    #[test]
    fn any_changed_or_missing_byte_is_found() {
        let sealed = seal(&Numbers { values: vec![0.1, -2.5e-300] }).unwrap();
        assert!(check(&sealed).is_ok());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(check(&damaged).is_err(), "byte {at} of {}", String::from_utf8_lossy(&sealed));
            assert!(check(&sealed[..at]).is_err(), "cut at {at}");
        }
    }

    #[test]
    fn numbers_that_json_does_not_have_are_refused() {
        for value in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            assert!(seal(&Numbers { values: vec![value] }).is_err(), "{value}");
        }
    }

    proptest! {
        #[test]
        fn every_finite_number_comes_back_bit_for_bit(bits in prop::collection::vec(any::<u64>(), 1..50)) {
            let values: Vec<f64> = bits.into_iter().map(f64::from_bits).filter(|value| value.is_finite()).collect();
            let sealed = seal(&Numbers { values: values.clone() }).unwrap();
            check(&sealed).unwrap();
            let again = serde_json::from_slice::<Numbers>(&sealed).unwrap().values;
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            prop_assert_eq!(bits(&again), bits(&values));
        }
    }
}
