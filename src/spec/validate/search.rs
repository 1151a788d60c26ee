//! Searches for the smallest network that is good enough, and rounds that end once none is.

use super::Sections;
use crate::data::held_out;
use crate::format::real;
use crate::math::ln;
use crate::prune::{Limit, Target};
use crate::spec::Prune;
use crate::spec::check::Mistake;

/// A search without images to judge by, or one whose limit keeps nothing out.
pub(super) fn mistakes(sections: &Sections, path: &str, prune: &Prune) -> Vec<Mistake> {
    let (at, limit) = match (prune.target.and_then(Target::search), prune.schedule.until()) {
        (Some((limit, _)), _) => (format!("{path}.target.{}", limit.name()), limit),
        (None, Some(limit)) => (format!("{path}.schedule.geometric.until.{}", limit.name()), limit),
        (None, None) => return Vec::new(),
    };
    without_validation(sections, &at).into_iter().chain(without_limit(sections, &at, limit)).collect()
}

fn without_validation(sections: &Sections, at: &str) -> Option<Mistake> {
    let data = sections.data.as_ref()?;
    // A share that holds out no image is a mistake of its own.
    let is_none = data.validation == 0.0 && held_out(data.source.shape().train, data.validation) == 0;
    is_none.then(|| {
        let message = "a search without validation data: the test split chooses nothing";
        let help = vec!["hold out a share of the training images: `data.validation = 0.1`".to_owned()];
        Mistake::key(at, message, help)
    })
}

/// A network that guesses has a loss of ln K nats and an accuracy of 1 / K for K classes.
fn without_limit(sections: &Sections, at: &str, limit: Limit) -> Option<Mistake> {
    let classes = sections.classes()? as f64;
    let (guess, of_guess) = match limit {
        Limit::LossRise(_) => (ln(classes), format!("a loss of {} nats", real(short(ln(classes))))),
        Limit::AccuracyDrop(_) => {
            (1.0 - 1.0 / classes, format!("an accuracy of {}", real(short(1.0 / classes))))
        }
    };
    (limit.within() >= guess).then(|| {
        let within = real(limit.within());
        let message = format!(
            "{within} keeps nothing out: of {classes} classes a network that guesses has {of_guess}, which is good enough"
        );
        let help = vec![format!("say less than {}", real(short(guess)))];
        Mistake::value(at, message, help)
    })
}

/// Down to four decimals.
fn short(value: f64) -> f64 {
    (value * 1e4).floor() / 1e4
}
