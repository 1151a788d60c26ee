//! Who teaches a training, with nothing left open.

use super::{Ensemble, ImageWeights, TeacherNames};
use crate::distill::loss::LossMix;
use serde::{Deserialize, Serialize};

/// Who teaches a training: the teachers that a term of its loss looks at.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Teaching {
    /// In the order of their names.
    pub teachers: Vec<Teacher>,
    /// How what several say becomes one thing.
    #[serde(default, skip_serializing_if = "Ensemble::is_default")]
    pub ensemble: Ensemble,
}

/// One teacher of a training.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Teacher {
    /// The stage whose network it is.
    pub stage: String,
    /// Its share in what the teachers say together; 0 where only terms look at it that name it.
    pub weight: f64,
}

impl Teaching {
    /// Those of the teachers `names` that a term of `loss` looks at.
    pub fn new(loss: &LossMix, names: Option<&TeacherNames>, ensemble: Ensemble) -> Self {
        let shares = names.and_then(TeacherNames::shares).into_iter().flatten();
        let teachers = shares.map(|(stage, weight)| Teacher { stage: stage.to_owned(), weight });
        Self { teachers: teachers.collect(), ensemble }.of(loss)
    }

    /// A teacher alone.
    pub(super) fn of_one() -> Self {
        Self::of_equals(1)
    }

    /// So many teachers that are of no stage and all count the same.
    pub(in crate::distill) fn of_equals(count: usize) -> Self {
        let teacher = Teacher { stage: String::new(), weight: 1.0 / count as f64 };
        Self { teachers: vec![teacher; count], ensemble: Ensemble::default() }
    }

    /// The same for another loss, whose terms are among those of the first.
    #[must_use]
    pub fn of(mut self, loss: &LossMix) -> Self {
        let looked_at = self.looked_at(loss);
        let mut looked_at = looked_at.into_iter();
        self.teachers.retain(|_| looked_at.next().expect("it has all teachers"));
        if !loss.own_teachers().contains(&None) {
            self.teachers.iter_mut().for_each(|teacher| teacher.weight = 0.0);
        }
        if self.together().len() < 2 {
            self.ensemble = Ensemble::default();
        }
        self
    }

    /// For each teacher, whether a term of `loss` looks at it.
    pub(super) fn looked_at(&self, loss: &LossMix) -> Vec<bool> {
        let own = loss.own_teachers();
        let (count, looks_at_all) = (self.teachers.len(), own.contains(&None));
        let is_looked_at = |teacher: &Teacher| {
            let is_one_of_all = looks_at_all && (teacher.weight > 0.0 || count == 1);
            is_one_of_all || own.contains(&Some(&teacher.stage))
        };
        self.teachers.iter().map(is_looked_at).collect()
    }

    /// The numbers of the teachers of which a term hears that names none.
    pub(super) fn together(&self) -> Vec<usize> {
        let all = 0..self.teachers.len();
        if self.teachers.len() == 1 {
            return all.collect();
        }
        all.filter(|&index| self.teachers[index].weight > 0.0).collect()
    }

    /// Whether there are several of which a term hears that names none.
    pub fn are_several_together(&self) -> bool {
        self.together().len() > 1
    }

    /// The number of the teacher that a term looks at which looks at one alone: its `own`, or the only one.
    pub(crate) fn alone(&self, own: Option<&str>) -> Option<usize> {
        match (own, &self.together()[..]) {
            (None, [only]) => Some(*only),
            (None, _) => None,
            (Some(own), _) => self.teachers.iter().position(|teacher| teacher.stage == own),
        }
    }

    /// The same where all count by the weights given, or the same where none has one.
    pub(super) fn without_labels(&self) -> Self {
        let ensemble = Ensemble { weights: ImageWeights::Given, ..self.ensemble };
        let mut teachers = self.teachers.clone();
        if self.together().is_empty() {
            let share = 1.0 / teachers.len() as f64;
            teachers.iter_mut().for_each(|teacher| teacher.weight = share);
        }
        Self { teachers, ensemble }
    }

    /// The stages whose networks teach.
    pub fn stages(&self) -> impl Iterator<Item = &str> {
        self.teachers.iter().map(|teacher| &*teacher.stage)
    }

    /// Whether there are not several, so that nothing needs to be said of what each is to the loss.
    pub fn is_of_one_at_most(&self) -> bool {
        self.teachers.len() < 2
    }

    /// `loss` without the names of teachers where these say nothing: where there is one at most.
    #[must_use]
    pub fn named_in(&self, loss: LossMix) -> LossMix {
        if self.is_of_one_at_most() { loss.without_own_teachers() } else { loss }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn teaching(names: Value, loss: Value) -> (Vec<(String, f64)>, Ensemble, LossMix) {
        let names: TeacherNames = serde_json::from_value(names).unwrap();
        let loss: LossMix = serde_json::from_value(loss).unwrap();
        let ensemble = serde_json::from_value(json!({ "mean": "logits" })).unwrap();
        let teaching = Teaching::new(&loss, Some(&names), ensemble);
        let loss = teaching.named_in(loss);
        let teachers = teaching.teachers.into_iter().map(|teacher| (teacher.stage, teacher.weight));
        (teachers.collect(), teaching.ensemble, loss)
    }

    fn soft_labels(own: Option<&str>) -> Value {
        let mut term = json!({ "weight": 1.0, "temperature": 4.0 });
        if let Some(own) = own {
            term["teacher"] = json!(own);
        }
        term
    }

    fn features(own: &str) -> Value {
        json!({ "weight": 1.0, "teacher": own, "taps": { "fc1": "fc1" } })
    }

    #[test]
    fn a_loss_that_looks_at_no_teacher_has_none() {
        let (teachers, ensemble, _) =
            teaching(json!(["a", "b"]), json!({ "cross-entropy": { "weight": 1.0 } }));
        assert!(teachers.is_empty() && ensemble.is_default());
    }

    #[test]
    fn terms_that_name_one_look_at_that_alone() {
        let loss = json!({ "soft-labels": soft_labels(Some("a")), "features": features("a") });
        let (teachers, ensemble, loss) = teaching(json!({ "a": 1.0, "b": 1.0 }), loss);
        assert_eq!(teachers.iter().map(|(stage, _)| &**stage).collect::<Vec<_>>(), ["a"]);
        assert!(ensemble.is_default());
        // It is the same as if there had been no other.
        let plain = json!({ "soft-labels": soft_labels(None), "features": features("a") });
        assert_eq!(loss, teaching(json!("a"), plain).2);
    }

    #[test]
    fn terms_that_name_none_look_at_all_that_have_a_weight() {
        let loss = json!({ "soft-labels": soft_labels(None), "features": features("c") });
        let (teachers, ensemble, named) =
            teaching(json!({ "a": 3.0, "b": 1.0, "c": 0.0, "d": 0.0 }), loss.clone());
        let expected =
            [("a", 0.75), ("b", 0.25), ("c", 0.0)].map(|(stage, weight)| (stage.to_owned(), weight));
        assert_eq!(teachers, expected);
        assert!(!ensemble.is_default());
        assert_eq!(named, serde_json::from_value::<LossMix>(loss).unwrap());
    }

    #[test]
    fn where_each_term_names_its_own_the_weights_say_nothing() {
        let loss = json!({ "soft-labels": soft_labels(Some("b")), "features": features("a") });
        let (teachers, ensemble, _) = teaching(json!({ "a": 3.0, "b": 1.0 }), loss);
        assert_eq!(teachers, [("a", 0.0), ("b", 0.0)].map(|(stage, weight)| (stage.to_owned(), weight)));
        assert!(ensemble.is_default());
    }

    #[test]
    fn fewer_terms_look_at_fewer_teachers() {
        let names: TeacherNames = serde_json::from_value(json!({ "a": 1.0, "b": 0.0 })).unwrap();
        let loss = json!({ "soft-labels": soft_labels(None), "features": features("b") });
        let loss: LossMix = serde_json::from_value(loss).unwrap();
        let whole = Teaching::new(&loss, Some(&names), Ensemble::default());
        assert_eq!(whole.stages().collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(whole.of(&loss.of_logits()).stages().collect::<Vec<_>>(), ["a"]);
    }
}
