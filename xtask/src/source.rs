//! The Rust sources of the workspace, read once, with comments taken out so that a check sees code alone.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::root::relative;

mod strip;

/// The folders that hold our own code.
const FOLDERS: &[&str] = &["crates", "services", "xtask", "tests", "loadtest"];

/// All sources, by path.
pub(crate) struct Sources {
    files: Vec<Source>,
}

/// One file. Lines stay where they were in both forms.
pub(crate) struct Source {
    /// Relative to the workspace.
    pub(crate) path: String,
    /// The text with comments blanked.
    pub(crate) code: String,
    /// The text with comments and the insides of string literals blanked.
    pub(crate) bare: String,
    /// Stands below a `tests` or `benches` folder, or in the crate that only tests use.
    pub(crate) is_test: bool,
}

impl Sources {
    pub(crate) fn read(root: &Path) -> Result<Self> {
        let mut files = Vec::new();
        for folder in FOLDERS
            .iter()
            .map(|name| root.join(name))
            .filter(|path| path.is_dir())
        {
            collect(root, &folder, &mut files)?;
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
        Ok(Self { files })
    }

    pub(crate) fn all(&self) -> impl Iterator<Item = &Source> {
        self.files.iter()
    }

    /// The files whose path begins with `prefix`.
    pub(crate) fn below(&self, prefix: &str) -> impl Iterator<Item = &Source> {
        self.files
            .iter()
            .filter(move |source| source.path.starts_with(prefix))
    }
}

fn collect(root: &Path, folder: &Path, into: &mut Vec<Source>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry
            .with_context(|| format!("cannot list {}", folder.display()))?
            .path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if name != "target" && name != "node_modules" && !name.starts_with('.') {
                collect(root, &path, into)?;
            }
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            into.push(Source::new(relative(root, &path), &text));
        }
    }
    Ok(())
}

impl Source {
    pub(crate) fn new(path: String, text: &str) -> Self {
        let is_test = path
            .split('/')
            .any(|part| part == "tests" || part == "benches")
            || path.starts_with("crates/testkit/");
        let (code, bare) = strip::strip(text);
        Self {
            path,
            code,
            bare,
            is_test,
        }
    }
}

/// The words of a text: letters, digits and `_`.
pub(crate) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'))
        .filter(|word| !word.is_empty())
}

/// The first string argument of each call of `name` (such as `boundary!`) outside the file's unit tests, with its line.
pub(crate) fn string_arguments(source: &Source, name: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    let end = source
        .bare
        .find("#[cfg(test)]\nmod ")
        .unwrap_or(source.bare.len());
    let bare = source.bare.get(..end).unwrap_or_default();
    for (at, _) in bare.match_indices(name) {
        let Some(rest) = source.code.get(at.saturating_add(name.len())..) else {
            continue;
        };
        let Some(inside) = rest.trim_start().strip_prefix('(') else {
            continue;
        };
        let Some(quoted) = inside.trim_start().strip_prefix('"') else {
            continue;
        };
        if let Some((text, _)) = quoted.split_once('"') {
            let before = source.code.get(..at).unwrap_or_default();
            found.push((
                text.to_owned(),
                before.matches('\n').count().saturating_add(1),
            ));
        }
    }
    found
}

/// The string literals between `separator` after `marker` and the next `;`. `None` when there is no such marker.
pub(crate) fn strings_after(code: &str, marker: &str, separator: char) -> Option<Vec<String>> {
    let (_, rest) = code.split_once(marker)?;
    let (_, value) = rest.split_once(separator)?;
    let (value, _) = value.split_once(';')?;
    Some(
        value
            .split('"')
            .skip(1)
            .step_by(2)
            .map(str::to_owned)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_found_on_later_lines_too_and_not_in_comments_or_strings() {
        let text = "// boundary!(\"no.comment\", x)\nlet a = \"boundary!(no)\";\nboundary!(\n    \"a.b\",\n    x\n);\nboundary!(\"c.d\", y)\n";
        let source = Source::new("x.rs".into(), text);
        let found = string_arguments(&source, "boundary!");
        assert_eq!(found, vec![("a.b".to_owned(), 3), ("c.d".to_owned(), 7)]);
    }

    #[test]
    fn a_list_of_names_is_read() {
        let code = "const CALLS: &'static [&'static str] = &[\"a\", \"b\"];";
        assert_eq!(
            strings_after(code, "const CALLS", '='),
            Some(vec!["a".to_owned(), "b".to_owned()])
        );
        assert_eq!(
            strings_after("const CALLS: &[&str] = &[];", "const CALLS", '='),
            Some(vec![])
        );
        assert_eq!(strings_after("", "const CALLS", '='), None);
    }
}
