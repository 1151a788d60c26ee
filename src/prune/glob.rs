//! Globs over node names: `*` stands for any run of characters, `?` for one.

use wildmatch::WildMatch;

/// Whether `glob` matches the whole of `name`.
pub(super) fn matches(glob: &str, name: &str) -> bool {
    WildMatch::new(glob).matches(name)
}

/// Those of `globs` that match none of `names`.
pub(super) fn unmatched<'a>(globs: impl IntoIterator<Item = &'a String>, names: &[String]) -> Vec<String> {
    globs.into_iter().filter(|glob| !names.iter().any(|name| matches(glob, name))).cloned().collect()
}

/// How much of a glob is spelled out; a name without wildcards is more specific than any glob.
pub(super) fn specificity(glob: &str) -> (bool, usize) {
    let wild = glob.chars().filter(|symbol| matches!(symbol, '*' | '?')).count();
    (wild == 0, glob.chars().count() - wild)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_matches_whole_names() {
        assert!(matches("layer1.*", "layer1.0.conv1"));
        assert!(matches("fc?", "fc3"));
        assert!(!matches("fc?", "fc"));
        assert!(!matches("fc", "fc1"));
        assert!(!matches("conv1", "layer1.0.conv1"));
        assert!(matches("*.conv1", "layer1.0.conv1"));
    }

    #[test]
    fn a_dot_is_only_a_dot() {
        assert!(!matches("layer1.0", "layer1x0"));
    }

    #[test]
    fn a_plain_name_is_more_specific_than_any_glob() {
        assert!(specificity("fc") > specificity("layer1.0.con*"));
        assert!(specificity("layer1.*") > specificity("layer*"));
        assert!(specificity("layer*") > specificity("*"));
    }
}
