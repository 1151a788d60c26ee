//! No two files import each other.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

/// `["model", "graph"]` for `src/model/graph.rs`; `["model"]` for `src/model/mod.rs`.
type Module = Vec<String>;

/// Every module of the program with its code, tests and comments left out.
fn modules() -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &[], &mut found);
    found
}

fn collect(dir: &Path, at: &[String], found: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(dir).expect("the source folder can be read") {
        let path = entry.expect("the source folder can be read").path();
        let stem = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        let inner = || at.iter().cloned().chain([stem.clone()]).collect::<Module>();
        if path.is_dir() {
            collect(&path, &inner(), found);
        } else if path.extension().is_some_and(|end| end == "rs") && stem != "main" && stem != "tests" {
            let module = if stem == "mod" || stem == "lib" { at.to_vec() } else { inner() };
            found.insert(module, code(&fs::read_to_string(&path).expect("sources are text")));
        }
    }
}

/// Without comments, and without what comes behind the first `#[cfg(test)]` at the beginning of a line that
/// begins a module of tests.
fn code(text: &str) -> String {
    let mut code = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let next = lines.peek().copied().unwrap_or_default();
        if line == "#[cfg(test)]" && next.contains("mod ") && next.ends_with('{') {
            break;
        }
        code.push_str(line.split("//").next().unwrap_or_default());
        code.push('\n');
    }
    code
}

/// Every path that `text`, which begins behind `crate::` or the like, names: `a::{b, c::D}` names two.
fn paths(text: &str) -> Vec<Vec<String>> {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        if let Some(inner) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut parts = vec![0];
            let mut end = inner.len();
            for (at, letter) in inner.char_indices() {
                match letter {
                    '{' => depth += 1,
                    '}' if depth == 0 => {
                        end = at;
                        break;
                    }
                    '}' => depth -= 1,
                    ',' if depth == 0 => parts.push(at + 1),
                    _ => {}
                }
            }
            parts.push(end + 1);
            let inner = parts.windows(2).map(|pair| inner[pair[0]..pair[1] - 1].trim());
            let inner = inner.filter(|part| !part.is_empty()).flat_map(paths);
            return inner.map(|behind| path.iter().cloned().chain(behind).collect()).collect();
        }
        let end = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
        if end > 0 {
            path.push(rest[..end].to_owned());
        }
        match rest[end..].strip_prefix("::") {
            Some(behind) if end > 0 => rest = behind,
            _ => return vec![path],
        }
    }
}

/// The paths that a module names, from the root.
fn named(module: &Module, code: &str) -> Vec<Module> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        found.extend(paths(&code[at + "crate::".len()..]));
    }
    for (at, _) in code.match_indices("super::") {
        if code[..at].ends_with("super::") {
            continue;
        }
        let mut rest = &code[at..];
        let mut from = module.as_slice();
        while let Some(behind) = rest.strip_prefix("super::") {
            from = &from[..from.len().saturating_sub(1)];
            rest = behind;
        }
        found.extend(paths(rest).into_iter().map(|path| [from, path.as_slice()].concat()));
    }
    found
}

/// What a module's `pub use` gives under `name`, from the root.
fn re_exported(module: &Module, code: &str, name: &str) -> Option<Module> {
    for (at, _) in code.match_indices(" use ") {
        let line = code[..at].rfind('\n').map_or(0, |start| start + 1);
        if !code[line..at].starts_with("pub") {
            continue;
        }
        let text = &code[at + " use ".len()..];
        let (root, text) = match (text.strip_prefix("crate::"), text.strip_prefix("super::")) {
            (Some(text), _) => (Vec::new(), text),
            (_, Some(text)) => (module[..module.len() - 1].to_vec(), text),
            _ => (module.clone(), text),
        };
        if let Some(path) = paths(text).into_iter().find(|path| path.last().is_some_and(|last| last == name))
        {
            return Some(root.into_iter().chain(path).collect());
        }
    }
    None
}

/// The file that defines what `path` names.
fn file_of(path: &[String], modules: &BTreeMap<Module, String>) -> Option<Module> {
    let mut module = Vec::new();
    for (depth, part) in path.iter().enumerate() {
        let inner: Module = module.iter().cloned().chain([part.clone()]).collect();
        if modules.contains_key(&inner) {
            module = inner;
            continue;
        }
        let code = modules.get(&module)?;
        return match re_exported(&module, code, part) {
            Some(target) if target != path[..=depth] => {
                let full: Module = target.into_iter().chain(path[depth + 1..].iter().cloned()).collect();
                file_of(&full, modules)
            }
            _ => Some(module),
        };
    }
    Some(module)
}

/// The files that each file imports from.
fn imports() -> BTreeMap<Module, BTreeSet<Module>> {
    let modules = modules();
    let of = |(module, code): (&Module, &String)| {
        let targets = named(module, code).into_iter().filter_map(|path| file_of(&path, &modules));
        (module.clone(), targets.filter(|target| target != module && !target.is_empty()).collect())
    };
    modules.iter().map(of).collect()
}

#[test]
fn no_two_files_import_each_other() {
    let imports = imports();
    let mut pairs = Vec::new();
    for (module, targets) in &imports {
        for target in targets.iter().filter(|target| *target > module) {
            if imports.get(target).is_some_and(|back| back.contains(module)) {
                pairs.push(format!("{} and {}", module.join("/"), target.join("/")));
            }
        }
    }
    assert!(pairs.is_empty(), "import each other: {pairs:#?}");
}

// If paths were not followed to the files that define what they name, the test above would find nothing.
#[test]
fn paths_are_followed_to_the_files_that_define_what_they_name() {
    let imports = imports();
    let sees = |from: &str, to: &str| {
        let module = |path: &str| path.split('/').map(str::to_owned).collect::<Module>();
        assert!(imports[&module(from)].contains(&module(to)), "{from} is not seen to import {to}");
    };
    sees("plan/build", "plan/stage");
    sees("run/executor", "plan/planned");
    sees("prune/importance/context", "data/batches");
    sees("train/training_loop", "train/stepper");
}
