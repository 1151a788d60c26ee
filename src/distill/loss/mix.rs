//! The mix of losses, made from the list of its terms.

use super::LossMix;
use super::term::{Presence, TermInput};

/// Declares [`LossMix`](super::LossMix) with a key for each term: `module: Type,` for a type of that module that
/// implements [`Term`](super::term::Term), under `logits`, or [`TapTerm`](super::tap_term::TapTerm), under
/// `taps`; `module: Type of teacher,` for one of the logits that has a setting `teacher`, as all of the taps have.
/// Terms are in the order of the lists wherever they are listed.
macro_rules! loss_mix {
    (logits { $($term:ident: $type:ident $(of $teacher:ident)?,)* } taps { $($tapping:ident: $tap_type:ident,)* }) => {
        $(pub use $term::$type;)*
        $(pub use $tapping::$tap_type;)*

        $(impl term::Weighted for $type {
            fn weight(&self) -> f64 {
                self.weight
            }

            fn own_teacher(&self) -> Option<&str> {
                $(if let Some(own) = &self.$teacher {
                    return Some(&own.0);
                })?
                None
            }
        })*

        $(impl term::Weighted for $tap_type {
            fn weight(&self) -> f64 {
                self.weight
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
                $(self.$term = self.$term.filter(|term| term.weight != 0.0);)*
                $(self.$tapping = self.$tapping.filter(|term| term.weight != 0.0);)*
                self
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

            /// The same loss with its durations in steps, of which an epoch has `per_epoch`.
            pub fn in_steps(mut self, per_epoch: u64) -> Self {
                $(self.$term = self.$term.map(|term| term::Term::in_steps(term, per_epoch));)*
                self
            }

            /// The same loss in a training that is longer by `stretch`.
            pub fn stretched(mut self, stretch: $crate::train::Stretch) -> Self {
                $(self.$term = self.$term.map(|term| term::Term::stretched(term, stretch));)*
                self
            }

            /// The loss as it is in step `step` of the training (from 0).
            pub fn at(&self, step: u64) -> Self {
                Self {
                    $($term: self.$term.as_ref().map(|term| term::Term::at(term, step)),)*
                    $($tapping: self.$tapping.clone(),)*
                }
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

    /// Temperature of the softened outputs, where one is used, of the first term that has one: for the history
    /// table.
    pub fn temperature(&self) -> Option<f64> {
        let soft_labels = self.soft_labels.as_ref().map(|term| term.temperature);
        let decoupled = self.decoupled.as_ref().map(|term| term.temperature);
        soft_labels.or(decoupled).or(self.dist.as_ref().map(|term| term.temperature))
    }
}

#[cfg(test)]
mod tests {
    use crate::distill::Said;
    use crate::distill::loss::{CrossEntropy, Logits, LossMix, Seen, SoftLabels};
    use burn::tensor::Tensor;
    use burn_flex::{Flex, FlexDevice};

    fn all() -> LossMix {
        LossMix {
            cross_entropy: Some(CrossEntropy { weight: 0.1, smoothing: 0.2 }),
            soft_labels: Some(SoftLabels::new(0.9, 4.0)),
            logits: Some(Logits::from(2.0)),
            ..LossMix::EMPTY
        }
    }

    #[test]
    fn only_what_looks_at_a_teacher_needs_one() {
        assert!(LossMix::default().need_teacher().is_empty());
        assert_eq!(all().need_teacher(), ["soft-labels", "logits"]);
        assert_eq!(all().temperature(), Some(4.0));
        assert_eq!(LossMix::default().temperature(), None);
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
}
