//! The formulas of the terms, out of their documentation.

use super::LossMix;
use serde_json::Value;
use std::sync::LazyLock;

/// The formula of the term that users write as `name`, with what its symbols are: the second paragraph of its
/// documentation; `None` where there is no such term.
pub fn formula(name: &str) -> Option<String> {
    static SCHEMA: LazyLock<Value> = LazyLock::new(|| schemars::schema_for!(LossMix).into());
    let optional = SCHEMA["properties"].get(name)?;
    let choices = optional["anyOf"].as_array().into_iter().flatten();
    let reference = choices.chain([optional]).find_map(|choice| choice["$ref"].as_str())?;
    let definition = &SCHEMA["$defs"][reference.strip_prefix("#/$defs/")?];
    Some(definition["description"].as_str()?.split("\n\n").nth(1)?.replace('\n', " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_what_the_documentation_says() {
        let expected = "T² · (1 / N) Σₙ Σₖ pₖ · (log pₖ − log qₖ) in nats, for p = softmax(teacher's logits / T) and q = \
                        softmax(student's logits / T); PyTorch's `kl_div` with `batchmean`, times T².";
        assert_eq!(formula("soft-labels").unwrap(), expected);
        assert_eq!(formula("softlabels"), None);
    }

    #[test]
    fn every_term_has_one() {
        let schema = serde_json::to_value(schemars::schema_for!(LossMix)).unwrap();
        for name in schema["properties"].as_object().unwrap().keys() {
            let formula = formula(name).unwrap_or_else(|| panic!("`{name}` has a second paragraph"));
            // Numbers, sums and means of something, and not a sentence about the term.
            assert!(formula.contains(['²', 'Σ', '·', '‖']), "{name}: {formula}");
        }
    }
}
