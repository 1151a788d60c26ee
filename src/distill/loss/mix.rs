//! The mix of losses, made from the list of its terms.

use super::term::{Presence, Term, TermInput};
use super::{LossMix, TeacherFree};

/// Declares [`LossMix`](super::LossMix) with a key for each term: `module: Type,` for a type of that module that
/// implements [`Term`](super::term::Term), under `logits`, or [`TapTerm`](super::tap_term::TapTerm), under
/// `taps`; `module: Type of teacher,` for one of the logits that has a setting `teacher`, as all of the taps have.
/// Terms are in the order of the lists wherever they are listed.
macro_rules! loss_mix {
    (logits { $($term:ident: $type:ident $(of $teacher:ident)?,)* } taps { $($tapping:ident: $tap_type:ident,)* }) => {
        $(pub use $term::$type;)*
        $(pub use $tapping::$tap_type;)*

        $(impl term::Weighted for $type {
            fn weight(&self) -> &$crate::distill::schedule::Scheduled {
                &self.weight
            }

            fn own_teacher(&self) -> Option<&str> {
                $(if let Some(own) = &self.$teacher {
                    return Some(&own.0);
                })?
                None
            }
        })*

        $(impl term::Weighted for $tap_type {
            fn weight(&self) -> &$crate::distill::schedule::Scheduled {
                &self.weight
            }

            fn own_teacher(&self) -> Option<&str> {
                self.teacher.as_ref().map(|own| &*own.0)
            }
        }

        impl tap_term::Tapping for $tap_type {
            fn taps(&self) -> &$crate::distill::taps::Taps {
                &self.taps
            }
        })*

        /// A weighted sum of terms; a term that is not named is absent. Without any, cross-entropy with
        /// weight 1.
        #[derive(Clone, Debug, PartialEq, ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        #[serde(rename_all = "kebab-case", deny_unknown_fields)]
        #[schemars(extend("minProperties" = 0))]
        pub struct LossMix {
            $(
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $term: Option<$type>,
            )*
            $(
                #[serde(default, skip_serializing_if = "Option::is_none")]
                pub $tapping: Option<$tap_type>,
            )*
        }

        impl LossMix {
            /// Without terms.
            pub const EMPTY: Self = Self { $($term: None,)* $($tapping: None,)* };

            /// The same loss without terms of weight zero: they change nothing and are not computed.
            pub fn active(mut self) -> Self {
                $(self.$term = self.$term.filter(|term| !term.weight.is_zero());)*
                $(self.$tapping = self.$tapping.filter(|term| !term.weight.is_zero());)*
                self
            }

            /// The terms that look inside the networks, whatever their weights: losses that agree in them have the same
            /// arrays beside a network.
            pub fn inside(&self) -> Self {
                let mut inside = Self { $($term: None,)* $($tapping: self.$tapping.clone(),)* };
                inside.reschedule(|_| 1.0.into());
                inside
            }

            /// The same loss where no term names a teacher.
            pub fn without_own_teachers(mut self) -> Self {
                $($(if let Some(term) = &mut self.$term {
                    term.$teacher = None;
                })?)*
                $(if let Some(term) = &mut self.$tapping {
                    term.teacher = None;
                })*
                self
            }

            /// Replaces every weight and temperature by what `change` makes of it.
            fn reschedule(
                &mut self,
                change: impl Fn(&$crate::distill::schedule::Scheduled) -> $crate::distill::schedule::Scheduled,
            ) {
                $(if let Some(term) = &mut self.$term {
                    term.weight = change(&term.weight);
                    if let Some(scheduled) = term::Term::scheduled_mut(term) {
                        *scheduled = change(scheduled);
                    }
                })*
                $(if let Some(term) = &mut self.$tapping {
                    term.weight = change(&term.weight);
                })*
            }

            /// The same loss with its durations in steps, of which an epoch has `per_epoch`.
            pub fn in_steps(mut self, per_epoch: u64) -> Self {
                self.reschedule(|scheduled| scheduled.in_steps(per_epoch));
                $(self.$term = self.$term.map(|term| term::Term::in_steps(term, per_epoch));)*
                $(self.$tapping = self.$tapping.map(|term| tap_term::TapTerm::in_steps(term, per_epoch));)*
                self
            }

            /// The same loss in a training that is longer by `stretch`.
            pub fn stretched(mut self, stretch: $crate::train::Stretch) -> Self {
                self.reschedule(|scheduled| scheduled.stretched(stretch));
                $(self.$term = self.$term.map(|term| term::Term::stretched(term, stretch));)*
                self
            }

            /// The loss as it is in step `step` (from 0) of a training of `total` steps, with numbers for weights and
            /// temperatures: as a network is trained by it. Terms whose weight is zero then are still there, so that
            /// the history has all of them.
            #[must_use]
            pub fn at(&self, step: u64, total: u64) -> Self {
                let mut loss = self.clone();
                loss.reschedule(|scheduled| scheduled.at(step, total).into());
                $(loss.$term = loss.$term.map(|term| term::Term::at(&term, step));)*
                loss
            }

            /// What the loss comes to in a training of `total` steps: schedules are over, and so are warm-ups.
            pub fn ended(mut self, total: u64) -> Self {
                self.reschedule(|scheduled| scheduled.last(total).into());
                $(self.$term = self.$term.map(term::Term::ended);)*
                self
            }

            /// The temperatures that may be learned, by the names of their terms.
            pub fn learnable(&self) -> Vec<(&'static str, &$crate::distill::schedule::Temperature)> {
                let of_logits = [$(self.$term.as_ref().and_then(|term| {
                    Some((<$type as term::Term>::NAME, term::Term::learnable(term)?))
                }),)*];
                of_logits.into_iter().flatten().collect()
            }

            /// The same, to be set.
            pub fn learnable_mut(&mut self) -> Vec<(&'static str, &mut $crate::distill::schedule::Temperature)> {
                let of_logits = [$(self.$term.as_mut().and_then(|term| {
                    Some((<$type as term::Term>::NAME, term::Term::learnable_mut(term)?))
                }),)*];
                of_logits.into_iter().flatten().collect()
            }

            /// Every number that may follow a schedule, with the names of its term and of its key.
            pub fn scheduled(&self) -> Vec<(&'static str, &'static str, &$crate::distill::schedule::Scheduled)> {
                let mut found = Vec::new();
                $(if let Some(term) = &self.$term {
                    let name = <$type as term::Term>::NAME;
                    found.push((name, "weight", &term.weight));
                    found.extend(term::Term::scheduled(term).map(|(key, scheduled)| (name, key, scheduled)));
                })*
                $(if let Some(term) = &self.$tapping {
                    found.push((tap_term::TapTerm::name(term), "weight", &term.weight));
                })*
                found
            }

            /// The terms that look at the logits alone: what an importance takes gradients of. What others train
            /// beside the student is not there when it is pruned.
            pub fn of_logits(&self) -> Self {
                Self { $($term: self.$term.clone(),)* ..Self::EMPTY }
            }

            /// The terms that look inside student and teacher.
            pub(crate) fn of_taps(&self) -> Vec<&dyn tap_term::TapTerm> {
                let terms = [$(self.$tapping.as_ref().map(|term| term as &dyn tap_term::TapTerm),)*];
                terms.into_iter().flatten().collect()
            }

            /// What is known of each term that is present.
            fn present(&self) -> Vec<term::Presence<'_>> {
                let of_logits = [$(self.$term.as_ref().map(term::Presence::of),)*];
                let of_taps = self.of_taps().into_iter();
                let of_taps = of_taps.map(|term| term::Presence::of_taps(term.name(), term.own_teacher()));
                of_logits.into_iter().flatten().chain(of_taps).collect()
            }

            /// The terms' values on one batch.
            pub fn terms<B: $crate::kernel::Kernel>(&self, seen: &Seen<'_, B>) -> Vec<TermValue<B>> {
                let terms = [
                    $(self.$term.as_ref().map(|term| term::evaluate(term, seen)),)*
                    $(self.$tapping.as_ref().map(|term| tap_term::evaluate(term, seen.taps())),)*
                ];
                terms.into_iter().flatten().collect()
            }
        }
    };
}
pub(super) use loss_mix;

impl Default for LossMix {
    fn default() -> Self {
        Self { cross_entropy: Some(1.0.into()), ..Self::EMPTY }
    }
}

impl LossMix {
    /// Names of the terms present; a training needs at least one.
    pub fn names(&self) -> Vec<&'static str> {
        self.present().into_iter().map(|Presence { name, .. }| name).collect()
    }

    /// Names of the terms present that need a teacher.
    pub fn need_teacher(&self) -> Vec<&'static str> {
        let needs_teacher = |term: &Presence<'_>| matches!(term.input, TermInput::Teacher);
        self.present().into_iter().filter(needs_teacher).map(|Presence { name, .. }| name).collect()
    }

    /// For each term present that needs a teacher, the one that it names.
    pub fn own_teachers(&self) -> Vec<Option<&str>> {
        let needs_teacher = |term: &Presence<'_>| matches!(term.input, TermInput::Teacher);
        self.present().into_iter().filter(needs_teacher).map(|Presence { own, .. }| own).collect()
    }

    /// Names of the terms present that look inside student and teacher.
    pub fn looks_inside(&self) -> Vec<&'static str> {
        self.of_taps().into_iter().map(|term| term.name()).collect()
    }

    /// The temperatures of a loss that is as it is at a step, by the names of the terms that have one.
    pub fn temperatures(&self) -> Vec<(&'static str, f64)> {
        let learnable = self.learnable().into_iter().map(|(term, temperature)| (term, temperature.value()));
        let made_up = self.teacher_free.as_ref().map(|term| (TeacherFree::NAME, term.temperature.value()));
        learnable.chain(made_up).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::distill::Said;
    use crate::distill::loss::{CrossEntropy, Logits, LossMix, Seen, SoftLabels};
    use crate::kernel::{Flex, FlexDevice};
    use burn::tensor::Tensor;
    use serde_json::json;

    fn all() -> LossMix {
        LossMix {
            cross_entropy: Some(CrossEntropy { weight: 0.1.into(), smoothing: 0.2 }),
            soft_labels: Some(SoftLabels::new(0.9, 4.0)),
            logits: Some(Logits::from(2.0)),
            ..LossMix::EMPTY
        }
    }

    #[test]
    fn only_what_looks_at_a_teacher_needs_one() {
        assert!(LossMix::default().need_teacher().is_empty());
        assert_eq!(all().need_teacher(), ["soft-labels", "logits"]);
    }

    #[test]
    fn names_are_the_keys_that_users_write() {
        let written = serde_json::to_value(all()).unwrap();
        let mut keys: Vec<_> = written.as_object().unwrap().keys().map(String::as_str).collect();
        let mut names = all().names();
        keys.sort_unstable();
        names.sort_unstable();
        assert_eq!(names, keys);
    }

    #[test]
    fn terms_come_with_their_weights_in_a_fixed_order() {
        let logits = Tensor::<Flex, 2>::from_data([[1.0, 2.0]], &FlexDevice);
        let labels = Tensor::from_data([0], &FlexDevice);
        let said = Said::of_one(logits.clone());
        let seen = Seen { student: logits, labels, said: Some(&said), taps: None };
        let terms: Vec<_> = all().terms(&seen).iter().map(|term| (term.name, term.weight)).collect();
        assert_eq!(terms, [("cross-entropy", 0.1), ("soft-labels", 0.9), ("logits", 2.0)]);
    }

    #[test]
    fn a_term_of_weight_zero_asks_no_teacher() {
        let silent = LossMix { logits: Some(Logits::from(0.0)), ..LossMix::default() };
        assert_eq!(silent.need_teacher(), ["logits"]);
        assert_eq!(silent.active(), LossMix::default());
    }

    // Of 100 steps: by step 50 the weight has risen to half of 0.8, the temperature has fallen to √(16 · 1), and the
    // warm-up of 100 steps has come to 51 of them.
    #[test]
    fn has_numbers_for_what_changes_at_a_step() {
        let loss: LossMix = serde_json::from_value(json!({
            "cross-entropy": { "weight": { "linear": { "from": 0.0, "to": 0.8 } } },
            "soft-labels": { "weight": 0.9, "temperature": { "exponential": { "from": 16.0, "to": 1.0 } } },
            "decoupled": { "weight": { "linear": { "from": 0.0, "to": 2.0, "end": "2ep" } }, "warmup": "2ep" },
            "features": { "weight": { "multi-step": { "from": 1.0, "gamma": 0.5, "at": ["1ep"] } }, "taps": {} },
        }))
        .unwrap();
        let loss = loss.in_steps(50);
        let at = |step: u64| {
            let loss = loss.at(step, 100);
            let values =
                loss.scheduled().into_iter().map(|(term, key, scheduled)| (term, key, scheduled.value()));
            values.collect::<Vec<_>>()
        };
        let expected = [
            ("cross-entropy", "weight", 0.4),
            ("soft-labels", "weight", 0.9),
            ("soft-labels", "temperature", 4.0),
            ("decoupled", "weight", 0.51),
            ("decoupled", "temperature", 4.0),
            ("features", "weight", 0.5),
        ];
        for (found, expected) in at(50).into_iter().zip(expected) {
            assert_eq!((found.0, found.1), (expected.0, expected.1));
            assert!((found.2 - expected.2).abs() < 1e-12, "{found:?} is not {expected:?}");
        }
        assert_eq!(loss.at(0, 100).temperatures(), [("soft-labels", 16.0), ("decoupled", 4.0)]);
        // In the next training nothing changes any more.
        let ended = loss.clone().ended(100);
        assert_eq!(ended.at(0, 100), ended);
        assert_eq!(ended.temperatures(), [("soft-labels", 1.0), ("decoupled", 4.0)]);
        assert_eq!(ended.decoupled.unwrap().weight.value(), 2.0);
    }

    #[test]
    fn a_term_is_silent_only_where_its_weight_is_zero_throughout() {
        let loss = |to: f64| -> LossMix {
            let weight = json!({ "linear": { "from": 0.0, "to": to } });
            let soft_labels = json!({ "weight": weight, "temperature": 4.0 });
            serde_json::from_value(json!({ "cross-entropy": { "weight": 1.0 }, "soft-labels": soft_labels }))
                .unwrap()
        };
        assert_eq!(loss(0.0).active().names(), ["cross-entropy"]);
        assert_eq!(loss(0.9).active().need_teacher(), ["soft-labels"]);
        // It is recorded at the steps where it does not count yet.
        assert_eq!(loss(0.9).active().at(0, 10).need_teacher(), ["soft-labels"]);
    }
}
