//! Sections of the experiment at a point of the sweep, each typed once for each combination of the axis
//! values that touch it.

use super::PlanError;
use crate::spec::Loaded;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::sync::Arc;

/// One section, by the values of its axes.
#[derive(Debug)]
pub(super) struct Section<'a, T> {
    loaded: &'a Loaded,
    path: Vec<&'a str>,
    /// The axes that touch it.
    axes: Vec<usize>,
    known: BTreeMap<Box<[u32]>, Arc<T>>,
}

impl<'a, T: DeserializeOwned> Section<'a, T> {
    pub fn new(loaded: &'a Loaded, path: &[&'a str]) -> Self {
        Self { loaded, path: path.to_vec(), axes: loaded.axes_of(path), known: BTreeMap::new() }
    }

    pub fn axes(&self) -> &[usize] {
        &self.axes
    }

    /// The section at `point`.
    pub fn at(&mut self, point: &[u32]) -> Result<Arc<T>, PlanError> {
        let values = restrict(point, &self.axes);
        if let Some(known) = self.known.get(&values) {
            return Ok(Arc::clone(known));
        }
        let value = self.loaded.at(point, &self.path);
        let typed = T::deserialize(value)
            .map_err(|source| PlanError::Section { section: self.path.join("."), source })?;
        let typed = Arc::new(typed);
        self.known.insert(values, Arc::clone(&typed));
        Ok(typed)
    }

    /// Shows `see` the section at every one of `points`; one that several points have, once.
    pub fn each(&mut self, points: &[Box<[u32]>], mut see: impl FnMut(&T)) -> Result<(), PlanError> {
        for point in points {
            if !self.known.contains_key(&restrict(point, &self.axes)) {
                see(&*self.at(point)?);
            }
        }
        Ok(())
    }
}

/// The values that `axes` take at `point`.
pub(super) fn restrict(point: &[u32], axes: &[usize]) -> Box<[u32]> {
    axes.iter().map(|&axis| point[axis]).collect()
}
