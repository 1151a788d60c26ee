//! Whether what a claim expects can fail, and can hold.

use crate::format::{excerpt, real};
use crate::spec::check::Mistake;
use crate::spec::diagnostics::{known_names, listed};
use crate::spec::source::join;
use crate::spec::texts::seen;
use crate::spec::{Against, Better, Chart, Claim, Published};
use std::collections::{BTreeMap, BTreeSet};

/// Columns of shares, which lie between 0 and 1.
const SHARES: [&str; 9] = [
    "sparsity",
    "macs_left",
    "accuracy",
    "accuracy_validation",
    "accuracy_last",
    "accuracy_best_test",
    "ece",
    "teacher_agreement",
    "teacher_accuracy",
];

/// What is wrong with `claim`, which is written at `path`, whatever the sweep is.
pub(super) fn mistakes(claim: &Claim, path: &str) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    if claim.name.len() > 64 || !claim.name.bytes().all(is_plain) {
        let message = "a name is made of up to 64 letters, digits, `-` and `_`";
        mistakes.push(Mistake::value(&format!("{path}.name"), message, Vec::new()));
    }
    mistakes.extend(metric(claim, path));
    mistakes.extend(if claim.order.is_empty() { comparison(claim, path) } else { ranking(claim, path) });
    if mistakes.is_empty() {
        mistakes.extend(bounds(claim, path));
    }
    mistakes
}

/// Claims that have the name of an earlier one.
pub(super) fn repeated(claims: &[(usize, Claim)]) -> Vec<Mistake> {
    let mut seen = BTreeSet::new();
    let again = claims.iter().filter(|(_, claim)| !seen.insert(&claim.name));
    let mistake = |(index, claim): &(usize, Claim)| {
        let message = format!("there is another claim `{}`", excerpt(&claim.name));
        Mistake::value(&format!("claim.{index}.name"), message, Vec::new())
    };
    again.map(mistake).collect()
}

/// Claims whose family looks like that of an earlier one, and is another.
pub(super) fn of_lookalike_family(claims: &[(usize, Claim)]) -> Vec<Mistake> {
    let mut families: BTreeMap<String, &str> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (index, claim) in claims {
        let Some(family) = claim.family.as_deref() else { continue };
        if *families.entry(seen(family)).or_insert(family) != family {
            let message =
                format!("`{}` looks like the family of an earlier claim, and is another", excerpt(family));
            let help = vec!["write both in the same way".to_owned()];
            mistakes.push(Mistake::value(&format!("claim.{index}.family"), message, help));
        }
    }
    mistakes
}

/// Claims of a family whose α is another than that of its first.
pub(super) fn of_other_alpha(claims: &[(usize, Claim)]) -> Vec<Mistake> {
    let mut families: BTreeMap<Option<&str>, f64> = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (index, claim) in claims {
        let of_family = *families.entry(claim.family.as_deref()).or_insert(claim.alpha);
        if of_family != claim.alpha {
            let message = format!("α of its family is {} in an earlier claim", real(of_family));
            let help =
                "claims of a family are tested together, by one α; give it a `family` of its own".to_owned();
            mistakes.push(Mistake::key(&format!("claim.{index}"), message, vec![help]));
        }
    }
    mistakes
}

fn metric(claim: &Claim, path: &str) -> Vec<Mistake> {
    let known: Vec<&str> =
        Chart::MEASURED.into_iter().chain(Claim::SUMMARIES.map(|(name, _)| name)).collect();
    let mut mistakes = Vec::new();
    if !known.contains(&&*claim.metric) {
        let message = format!("there is no `{}` to compare", excerpt(&claim.metric));
        let help = known_names(&claim.metric, &known, "columns and summaries");
        mistakes.push(Mistake::value(&format!("{path}.metric"), message, help));
    }
    if claim.drop.is_some() && claim.metric != "summary.sparsity-at-drop" {
        let help = vec!["it goes with `metric = \"summary.sparsity-at-drop\"`".to_owned()];
        mistakes.push(Mistake::key(&format!("{path}.drop"), "this metric has no `drop`", help));
    }
    mistakes
}

/// Mistakes of a claim that compares two cells, or one with a published number.
fn comparison(claim: &Claim, path: &str) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    let missing =
        |key: &str, help: &str| Mistake::key(path, format!("`{key}` is missing"), vec![help.to_owned()]);
    if claim.of.is_none() {
        mistakes.push(missing("of", "of: the networks that it is about, as `{ stage = \"…\" }`"));
    }
    if claim.against.is_none() {
        let help = "against: what they are compared with, other networks or `{ value = … }`; or `order` for a ranking";
        mistakes.push(missing("against", help));
    }
    let Some(expect) = claim.expect else {
        let help =
            "expect: what the difference may be, `expect.at-least`, `at-most` or `within = [low, high]`";
        mistakes.push(missing("expect", help));
        return mistakes;
    };
    let at = format!("{path}.expect");
    let said = [expect.at_least.is_some(), expect.at_most.is_some(), expect.within.is_some()];
    if said.iter().filter(|is_said| **is_said).count() != 1 {
        let message = "it takes one of `at-least`, `at-most` and `within`";
        mistakes.push(Mistake::key(
            &at,
            message,
            vec!["for two ends write `within = [low, high]`".to_owned()],
        ));
    }
    if let Some([low, high]) = expect.within.filter(|[low, high]| low > high) {
        let message = format!("nothing lies between {} and {}", real(low), real(high));
        mistakes.push(Mistake::value(
            &format!("{at}.within"),
            message,
            vec!["the lower end goes first".to_owned()],
        ));
    }
    if let Some(Against::Published(published)) = &claim.against {
        let against = format!("{path}.against");
        if published.deviation.is_some() != published.runs.is_some() {
            let message = "`deviation` and `runs` go together: how sure a mean is follows from both";
            mistakes.push(Mistake::key(&against, message, Vec::new()));
        }
        if expect.ratio && published.deviation.is_some() {
            let message = "of a ratio to a published number its `deviation` says nothing";
            let help = vec!["leave `deviation` and `runs` out, or expect a difference".to_owned()];
            mistakes.push(Mistake::key(&format!("{against}.deviation"), message, help));
        }
        mistakes.extend(out_of_range(&claim.metric, published, &against));
        if expect.ratio && published.value == 0.0 {
            let message = "there is no ratio to 0";
            mistakes.push(Mistake::value(&format!("{against}.value"), message, Vec::new()));
        }
    }
    mistakes
}

/// Published numbers that no value of `metric` can be, nor a deviation of such values.
fn out_of_range(metric: &str, published: &Published, path: &str) -> Vec<Mistake> {
    let most = if is_share(metric) { 1.0 } else { f64::INFINITY };
    let numbers = [("value", Some(published.value)), ("deviation", published.deviation)];
    let wrong = numbers.into_iter().filter_map(|(key, number)| Some((key, number?)));
    let wrong = wrong.filter(|(_, number)| !(0.0..=most).contains(number));
    let mistake = |(key, number): (&str, f64)| {
        let what = if key == "value" { "value" } else { "deviation of values" };
        let message = format!("{} is no {what} of `{metric}`", real(number));
        let help = match most {
            1.0 => "it is a share, from 0 to 1: 98 % is 0.98",
            _ => "it is 0 or more",
        };
        Mistake::value(&join(path, key), message, vec![help.to_owned()])
    };
    wrong.map(mistake).collect()
}

/// Whether values of `metric` are shares.
fn is_share(metric: &str) -> bool {
    SHARES.contains(&metric) || Claim::SUMMARIES.iter().any(|(name, _)| *name == metric)
}

/// Mistakes of a claim that ranks several cells.
fn ranking(claim: &Claim, path: &str) -> Vec<Mistake> {
    let mut mistakes = Vec::new();
    if claim.order.len() == 1 {
        let message = "one cell is no ranking";
        mistakes.push(Mistake::value(
            &format!("{path}.order"),
            message,
            vec!["name two or more, the best first".to_owned()],
        ));
    }
    if claim.against.is_some() {
        let message = "a ranking compares the cells of `order` with each other";
        mistakes.push(Mistake::key(
            &format!("{path}.against"),
            message,
            vec!["leave `against` or `order` out".to_owned()],
        ));
    }
    if better(claim).is_none() && Chart::MEASURED.contains(&&*claim.metric) {
        let names = Better::COLUMNS.map(|(name, _)| name);
        let message = format!("no value of `{}` is better than another", claim.metric);
        let help = vec![format!("a ranking is of one of these: {}", listed(&names))];
        mistakes.push(Mistake::value(&format!("{path}.metric"), message, help));
    }
    let expect = claim.expect.unwrap_or_default();
    if expect.at_most.is_some() || expect.within.is_some() || expect.ratio {
        let message = "in a ranking each is better than the next by `at-least` so much, and nothing else";
        mistakes.push(Mistake::key(&format!("{path}.expect"), message, Vec::new()));
    }
    mistakes
}

/// Which values of the metric are better.
pub(super) fn better(claim: &Claim) -> Option<Better> {
    if claim.is_of_summary() { Some(Better::Higher) } else { Better::of(&claim.metric) }
}

/// An expectation that holds, or fails, whatever is measured.
fn bounds(claim: &Claim, path: &str) -> Option<Mistake> {
    let [low, high] = claim.bounds();
    let [least, most] = possible(claim);
    let found = if low <= least && high >= most {
        "it cannot fail"
    } else if high < least || low > most {
        "it cannot hold"
    } else {
        return None;
    };
    let what = if claim.is_ratio() { "the ratio" } else { "the difference" };
    let end =
        |value: f64| if value.is_finite() { real((1e12 * value).round() / 1e12) } else { "∞".to_owned() };
    let minus = if least == f64::NEG_INFINITY { "−" } else { "" };
    let help = format!(
        "{what} of two values of `{}` lies between {minus}{} and {}",
        claim.metric,
        end(least),
        end(most)
    );
    Some(Mistake::value(&format!("{path}.expect"), found, vec![help]))
}

/// The least and the largest that a difference or a ratio can be.
fn possible(claim: &Claim) -> [f64; 2] {
    let most = if is_share(&claim.metric) { 1.0 } else { f64::INFINITY };
    match (claim.is_ratio(), &claim.against) {
        (true, Some(Against::Published(published))) => [0.0, most / published.value],
        (true, _) => [0.0, f64::INFINITY],
        (false, Some(Against::Published(published))) => [-published.value, most - published.value],
        (false, _) => [-most, most],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The language is below the results, whose list of columns says which are shares.
    #[test]
    fn shares_are_columns() {
        assert!(SHARES.iter().all(|name| Chart::MEASURED.contains(name)));
    }
}
