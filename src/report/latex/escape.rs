//! Text that LaTeX shows as it is.

/// `text` with nothing in it that LaTeX would take for its own. What no usual font of LaTeX has is written as its number.
pub(super) fn escaped(text: &str) -> String {
    text.chars().map(character).collect()
}

fn character(c: char) -> String {
    let math = |command: &str| format!("\\({command}\\)");
    match c {
        '\\' => "\\textbackslash{}".to_owned(),
        '{' | '}' | '$' | '&' | '#' | '_' | '%' => format!("\\{c}"),
        '~' => "\\textasciitilde{}".to_owned(),
        '^' => "\\textasciicircum{}".to_owned(),
        '"' => "\\textquotedbl{}".to_owned(),
        '<' | '>' => math(&c.to_string()),
        '−' => math("-"),
        '×' => math("\\times"),
        '·' => math("\\cdot"),
        '÷' => math("\\div"),
        '±' => math("\\pm"),
        '≤' => math("\\le"),
        '≥' => math("\\ge"),
        '≠' => math("\\neq"),
        '≈' => math("\\approx"),
        '→' => math("\\to"),
        '↦' => math("\\mapsto"),
        '∂' => math("\\partial"),
        '∇' => math("\\nabla"),
        '∈' => math("\\in"),
        '∠' => math("\\angle"),
        '√' => math("\\surd"),
        '∞' => math("\\infty"),
        '‖' => math("\\|"),
        '⌊' => math("\\lfloor"),
        '⌋' => math("\\rfloor"),
        '⌉' => math("\\rceil"),
        '′' => math("{}'"),
        '²' | '³' | '¹' => math(&format!("^{}", digit(c, "¹²³", 1))),
        '⁰' | '⁴'..='⁹' => math(&format!("^{}", digit(c, "⁰⁴⁵⁶⁷⁸⁹", 3))),
        '₀'..='₉' => math(&format!("_{}", c as u32 - '₀' as u32)),
        '⁺' => math("^+"),
        '⁻' => math("^-"),
        'ᵀ' | 'ᵗ' => math("^t"),
        'ˢ' => math("^s"),
        'ᵖ' => math("^p"),
        'ᵃ' => math("^a"),
        'ᵢ' => math("_i"),
        'ⱼ' => math("_j"),
        'ₖ' => math("_k"),
        'ₗ' => math("_l"),
        'ₘ' => math("_m"),
        'ₙ' => math("_n"),
        'ₚ' => math("_p"),
        'ₜ' => math("_t"),
        '½' => math("\\tfrac12"),
        '¼' => math("\\tfrac14"),
        '⅛' => math("\\tfrac18"),
        '—' => "---".to_owned(),
        '–' => "--".to_owned(),
        '…' => "\\dots{}".to_owned(),
        '“' => "``".to_owned(),
        '”' => "''".to_owned(),
        '‘' => "`".to_owned(),
        '’' => "'".to_owned(),
        'α'..='ω' | 'Α'..='Ω' => greek(c).map_or_else(|| number(c), |name| math(&format!("\\{name}"))),
        // A letter with a mark over it.
        '\u{302}' => "\\^{}".to_owned(),
        // These are in every font that `fontenc` has.
        _ if c.is_ascii() || ('\u{a1}'..='\u{17e}').contains(&c) => c.to_string(),
        _ => number(c),
    }
}

/// The digit that `c` is, of `digits`, which begin with `first` and go on from 1 less than their place on.
fn digit(c: char, digits: &str, first: usize) -> usize {
    let place = digits.chars().position(|digit| digit == c).unwrap_or(0);
    if first == 1 || place == 0 { place + usize::from(first == 1) } else { place + first }
}

fn number(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

fn greek(c: char) -> Option<&'static str> {
    Some(match c {
        'α' => "alpha",
        'β' => "beta",
        'γ' => "gamma",
        'δ' => "delta",
        'ε' => "varepsilon",
        'ζ' => "zeta",
        'η' => "eta",
        'θ' => "theta",
        'ι' => "iota",
        'κ' => "kappa",
        'λ' => "lambda",
        'μ' => "mu",
        'ν' => "nu",
        'ξ' => "xi",
        'π' => "pi",
        'ρ' => "rho",
        'σ' => "sigma",
        'τ' => "tau",
        'φ' => "varphi",
        'χ' => "chi",
        'ψ' => "psi",
        'ω' => "omega",
        'Γ' => "Gamma",
        'Δ' => "Delta",
        'Θ' => "Theta",
        'Λ' => "Lambda",
        'Σ' => "Sigma",
        'Φ' => "Phi",
        'Ψ' => "Psi",
        'Ω' => "Omega",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_means_anything_to_latex() {
        assert_eq!(
            escaped(r"50 % & a_b #1 {x} $y$ \z ~^"),
            r"50 \% \& a\_b \#1 \{x\} \$y\$ \textbackslash{}z \textasciitilde{}\textasciicircum{}"
        );
        assert_eq!(
            escaped("T² · Σₙ pₖ ≥ 10⁻⁴"),
            r"T\(^2\) \(\cdot\) \(\Sigma\)\(_n\) p\(_k\) \(\ge\) 10\(^-\)\(^4\)"
        );
        assert_eq!(escaped("⁰⁴⁵⁹¹³"), r"\(^0\)\(^4\)\(^5\)\(^9\)\(^1\)\(^3\)");
        assert_eq!(escaped("Grün 庭"), "Grün U+5EAD");
    }
}
