//! Text that LaTeX shows as it is, and where its lines may end.

/// A space that no line ends at, and a place without one at which a line may end.
const NO_BREAK: char = '\u{a0}';
pub(super) const BREAK: char = '\u{200b}';

/// What keeps two letters from becoming one.
const APART: char = '\u{2060}';

/// A hat over the letter before it.
const HAT: char = '\u{302}';

/// Letters of a word that may be broken after its signs, as paths and names of settings.
const LONG: usize = 12;

/// What follows a number on the line that the number is on.
const UNITS: [&str; 6] = ["%", "pp", "ms", "s", "min", "h"];

/// `text` with nothing in it that LaTeX would take for its own, and numbers on one line with their units. What no usual
/// font of LaTeX has is written as its number.
pub(super) fn escaped(text: &str) -> String {
    let text = with_breaks(&held(text), LONG, |before, sign, after| {
        "=.,(/_".contains(sign) && before.is_alphanumeric() && after.is_alphabetic()
    });
    // Two hyphens would be a dash.
    let pair = format!("-{APART}-");
    let text = text.replace("--", &pair).replace("--", &pair);
    let mut rest = text.chars().peekable();
    let mut escaped = String::new();
    while let Some(c) = rest.next() {
        let letter = character(c);
        match rest.next_if_eq(&HAT) {
            Some(_) => escaped.push_str(&format!("\\(\\hat{{{letter}}}\\)")),
            None => escaped.push_str(&letter),
        }
    }
    escaped
}

/// The same of code, whose lines may end after signs too.
pub(super) fn escaped_code(text: &str) -> String {
    let may_end = |before: char, sign: char, after: char| {
        let is_number = before.is_ascii_digit() && sign == '.' || sign == '-' && after.is_ascii_digit();
        !sign.is_alphanumeric() && before != sign && after.is_alphanumeric() && !is_number
    };
    escaped(&with_breaks(text, LONG, may_end))
}

/// `text` of a cell, whose lines end only where no number, formula or interval is torn.
pub(super) fn breakable(text: &str) -> String {
    let text = with_breaks(&held(text), 0, |before, sign, after| {
        "-.,(".contains(sign) && before.is_alphanumeric() && after.is_alphabetic()
    });
    let mut before = ' ';
    let mut next = text.chars().skip(1);
    let space = |c: char| {
        let after = next.next().unwrap_or(' ');
        let may_end = before != '/' && (after.is_alphabetic() || "/[(".contains(after));
        before = c;
        if c == ' ' && !may_end { NO_BREAK } else { c }
    };
    text.chars().map(space).collect()
}

/// `text` with a break in words of more than `long` letters after each character for which `may_end`, of the one before
/// it, it, and the next.
fn with_breaks(text: &str, long: usize, may_end: impl Fn(char, char, char) -> bool) -> String {
    let word = |word: &str| {
        let letters: Vec<char> = word.chars().collect();
        let is_long = letters.len() > long;
        let ends = |at: usize| {
            is_long
                && at > 0
                && at + 1 < letters.len()
                && may_end(letters[at - 1], letters[at], letters[at + 1])
        };
        let letter = |(at, &letter): (usize, &char)| [Some(letter), ends(at).then_some(BREAK)];
        letters.iter().enumerate().flat_map(letter).flatten().collect::<String>()
    };
    text.split_inclusive([' ', NO_BREAK, BREAK]).map(word).collect()
}

/// `text` with no end of a line between a number and its unit, nor beside `±`.
fn held(text: &str) -> String {
    let is_within = |at: usize| {
        let (before, after) = (&text[..at], &text[at + 1..]);
        let is_unit = |unit: &str| {
            after.strip_prefix(unit).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        let is_number = before.ends_with(|c: char| c.is_ascii_digit() || c == ']');
        before.ends_with('±') || after.starts_with('±') || is_number && UNITS.into_iter().any(is_unit)
    };
    text.char_indices().map(|(at, c)| if c == ' ' && is_within(at) { NO_BREAK } else { c }).collect()
}

/// `lines` of LaTeX with `end` between them, which would take a bracket or a star behind it for its own.
pub(super) fn joined(lines: &[String], end: &str) -> String {
    let line = |line: &String| {
        let is_taken = line.starts_with(['[', '*']);
        if is_taken { format!("{{}}{line}") } else { line.clone() }
    };
    lines.iter().map(line).collect::<Vec<_>>().join(end)
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
        '⟨' => math("\\langle"),
        '⟩' => math("\\rangle"),
        '∓' => math("\\mp"),
        '∗' => math("\\ast"),
        '∘' => math("\\circ"),
        '←' => math("\\leftarrow"),
        '⌈' => math("\\lceil"),
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
        'ᵏ' => math("^k"),
        'ᵐ' => math("^m"),
        'ⁿ' => math("^n"),
        'ʳ' => math("^r"),
        'ˣ' => math("^x"),
        'ʸ' => math("^y"),
        'ᵃ' => math("^a"),
        'ᵢ' => math("_i"),
        'ⱼ' => math("_j"),
        'ₖ' => math("_k"),
        'ₗ' => math("_l"),
        'ₘ' => math("_m"),
        'ₙ' => math("_n"),
        'ₚ' => math("_p"),
        'ᵣ' => math("_r"),
        'ₜ' => math("_t"),
        '½' => math("\\tfrac12"),
        '¼' => math("\\tfrac14"),
        '⅓' => math("\\tfrac13"),
        '⅔' => math("\\tfrac23"),
        '⅙' => math("\\tfrac16"),
        '⅛' => math("\\tfrac18"),
        '—' => "---".to_owned(),
        '–' => "--".to_owned(),
        '⁄' => "/".to_owned(),
        APART => "{}".to_owned(),
        NO_BREAK => "~".to_owned(),
        BREAK => "\\allowbreak{}".to_owned(),
        '…' => "\\dots{}".to_owned(),
        '“' => "``".to_owned(),
        '”' => "''".to_owned(),
        '‘' => "`".to_owned(),
        '’' => "'".to_owned(),
        'α'..='ω' | 'Α'..='Ω' => greek(c).map_or_else(|| number(c), |name| math(&format!("\\{name}"))),
        // These letters near the ones of the next line are in no font of `fontenc`.
        'Ħ' | 'ħ' | 'ĸ' | 'Ŀ' | 'ŀ' | 'ŉ' | 'Ŧ' | 'ŧ' => number(c),
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
            r"50~\% \& a\_b \#1 \{x\} \$y\$ \textbackslash{}z \textasciitilde{}\textasciicircum{}"
        );
        assert_eq!(
            escaped("T² · Σₙ pₖ ≥ 10⁻⁴"),
            r"T\(^2\) \(\cdot\) \(\Sigma\)\(_n\) p\(_k\) \(\ge\) 10\(^-\)\(^4\)"
        );
        assert_eq!(escaped("⁰⁴⁵⁹¹³"), r"\(^0\)\(^4\)\(^5\)\(^9\)\(^1\)\(^3\)");
        assert_eq!(escaped("Grün 庭"), "Grün U+5EAD");
    }

    #[test]
    fn no_line_ends_between_a_number_and_its_unit() {
        assert_eq!(
            escaped("97 ± 1 %, [1, 2] pp, 3 s and 5 samples"),
            r"97~\(\pm\)~1~\%, [1, 2]~pp, 3~s and 5 samples"
        );
        let pieces = |text: &str| breakable(text).split([' ', BREAK]).map(escaped).collect::<Vec<_>>();
        assert_eq!(pieces("97.05 [96.90, 97.11]"), ["97.05", "[96.90,~97.11]"]);
        assert_eq!(pieces("distilled, T = 4"), ["distilled,", "T~=~4"]);
        assert_eq!(pieces("geometric-median −1e-4"), ["geometric-", r"median~\(-\)1e-4"]);
        assert_eq!(pieces("≥ +1.00"), [r"\(\ge\)~+1.00"]);
        assert_eq!(pieces("difference / pp"), ["difference", "/~pp"]);
    }

    #[test]
    fn code_may_be_broken_after_signs() {
        let code = escaped_code("--set sgd(lr=0.05,a_b=1e-5)").replace(r"\allowbreak{}", "|");
        assert_eq!(code, r"-{}-set sgd(|lr=|0.05,|a\_|b=|1e-5)");
        assert_eq!(escaped("x̂"), r"\(\hat{x}\)");
    }

    /// Everything that a report can say of its own is in the sources: docs of methods and strings.
    #[test]
    fn every_character_of_the_sources_is_known() {
        let mut folders = vec![std::path::PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|form| form == "rs") && !path.ends_with("escape.rs") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    // Bars of progress and the letters of tests are in no report.
                    let in_reports = text.chars().filter(|c| !('█'..='▏').contains(c) && *c < '\u{3000}');
                    let unknown: String =
                        in_reports.filter(|&c| c != HAT && character(c) == number(c)).collect();
                    assert!(unknown.is_empty(), "{}: {unknown}", path.display());
                }
            }
        }
    }
}
