//! The layers of a configuration and the typed sections read from them.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use figment::providers::{Format, Serialized, Toml};
use figment::value::{Dict, Value};
use figment::{Figment, Metadata, Profile, Provider};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{Mistake, Mistakes};

/// One part of a configuration: a type with defaults, read from the table of the same name.
///
/// Every field has a default: an option that is not set is an `Option` that is serialised (as nothing) all the same, because
/// the serialised default says which keys exist.
pub trait Section: Default + Serialize + DeserializeOwned {
    /// The name of the table, lower case with underscores.
    const NAME: &'static str;

    /// Says what is wrong with the values; keys without the section's name.
    fn validate(&self, mistakes: &mut Mistakes);
}

/// Where values come from.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The TOML file; `None` reads none.
    pub file: Option<PathBuf>,
    /// `STOA_<SECTION>__<KEY>` and its text; other names are not looked at.
    pub environment: Vec<(String, String)>,
    /// Flags: `(section.key, text)`, read like the environment's values.
    pub flags: Vec<(String, String)>,
}

impl Sources {
    /// Adds what the process's environment says. The one place that reads it.
    #[expect(clippy::disallowed_methods, reason = "the one home of the environment")]
    #[must_use]
    pub fn with_environment(mut self) -> Self {
        self.environment
            .extend(std::env::vars_os().filter_map(|(name, value)| {
                Some((name.into_string().ok()?, value.into_string().ok()?))
            }));
        self
    }
}

/// One setting as it is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    /// `section.key`.
    pub key: String,
    /// Its value as text, a secret masked.
    pub value: String,
    /// `default`, `flag`, the file's name or the environment variable.
    pub source: String,
}

/// A configuration: its layers, and what was read from them so far. Cheap to clone; the clones share the record.
#[derive(Clone, Debug)]
pub struct Settings {
    given: Figment,
    read: Arc<Mutex<BTreeMap<&'static str, Vec<Described>>>>,
}

impl Settings {
    /// Reads the layers. Values are looked at when their section is.
    ///
    /// # Errors
    /// A file that is missing or is no TOML, a flag without a section.
    pub fn load(sources: &Sources) -> Result<Self, Mistakes> {
        let mut mistakes = Mistakes::new();
        let mut given = Figment::new();
        if let Some(file) = &sources.file {
            given = given.merge(Toml::file_exact(file));
        }
        for (name, value) in &sources.environment {
            // Only names with a section: STOA_RETAIL and its like belong to tests and tools.
            if let Some((section, key)) = name
                .strip_prefix("STOA_")
                .and_then(|rest| rest.split_once("__"))
            {
                let key = format!("{section}.{}", key.replace("__", ".")).to_lowercase();
                given = given.merge(Text::new(ENVIRONMENT, &key, value));
            }
        }
        for (key, value) in &sources.flags {
            if key.contains('.') {
                given = given.merge(Text::new("flag", key, value));
            } else {
                mistakes.add(key, "a flag names its section: section.key");
            }
        }
        if let Err(error) = given.data() {
            for error in error {
                mistakes.push(from_figment(&error, "configuration"));
            }
        }
        mistakes.into_result().map(|()| Self {
            given,
            read: Arc::default(),
        })
    }

    /// Defaults only.
    #[must_use]
    pub fn defaults() -> Self {
        Self {
            given: Figment::new(),
            read: Arc::default(),
        }
    }

    /// The section of type `T`, its values checked one by one and then together.
    ///
    /// # Errors
    /// Every mistake in this section: keys that it does not have, values of the wrong type, and what [`Section::validate`] says.
    pub fn section<T: Section>(&self) -> Result<T, Mistakes> {
        self.lock().entry(T::NAME).or_default();
        let mut mistakes = Mistakes::new();
        let base = Figment::from(Serialized::default(T::NAME, T::default()));
        let known = leaves(&base, T::NAME);
        for (key, value) in leaves(&self.given, T::NAME) {
            let source = self.source_of(&key);
            let found = known
                .iter()
                .any(|(name, _)| *name == key || key.starts_with(&format!("{name}.")));
            if !found {
                let what = closest(&key, &known).map_or_else(
                    || "there is no such setting".to_owned(),
                    |near| format!("there is no such setting; did you mean {near}?"),
                );
                mistakes.push(Mistake { key, what, source });
                continue;
            }
            // Alone on top of the defaults, so that one bad value does not hide the next.
            let alone = base.clone().merge(Serialized::default(&key, value));
            if let Err(error) = alone.extract_inner::<T>(T::NAME) {
                for error in error {
                    mistakes.push(Mistake {
                        key: key.clone(),
                        what: error.kind.to_string(),
                        source: source.clone(),
                    });
                }
            }
        }
        mistakes.into_result()?;
        let whole = base.merge(&self.given);
        let section: T = whole.extract_inner(T::NAME).map_err(|error| {
            let mut mistakes = Mistakes::new();
            for error in error {
                mistakes.push(from_figment(&error, T::NAME));
            }
            mistakes
        })?;
        self.validated(section)
    }

    fn validated<T: Section>(&self, section: T) -> Result<T, Mistakes> {
        let mut said = Mistakes::new();
        section.validate(&mut said);
        let mut mistakes = Mistakes::new();
        for mistake in said.iter() {
            let key = format!("{}.{}", T::NAME, mistake.key);
            mistakes.push(Mistake {
                source: self.source_of(&key),
                what: mistake.what.clone(),
                key,
            });
        }
        // Serialised again, so that secrets are masked by their own type.
        let shown = Figment::from(Serialized::default(T::NAME, &section));
        let described = leaves(&shown, T::NAME)
            .into_iter()
            .map(|(key, value)| Described {
                value: text(&value),
                source: match self.source_of(&key) {
                    source if source.is_empty() => "default".to_owned(),
                    source => source,
                },
                key,
            })
            .collect();
        self.lock().insert(T::NAME, described);
        mistakes.into_result().map(|()| section)
    }

    /// Sections that were given and that nobody read: ask it after every section was.
    #[must_use]
    pub fn unread(&self) -> Mistakes {
        let read = self.lock();
        let mut mistakes = Mistakes::new();
        for (profile, dict) in self.given.data().unwrap_or_default() {
            if profile != Profile::Default {
                continue;
            }
            for name in dict.keys().filter(|name| !read.contains_key(name.as_str())) {
                mistakes.push(Mistake {
                    key: name.clone(),
                    what: "there is no such section".to_owned(),
                    source: self.source_of(name),
                });
            }
        }
        mistakes
    }

    /// Every setting of the sections read so far as it is in force, secrets masked, by section and key.
    #[must_use]
    pub fn described(&self) -> Vec<Described> {
        self.lock().values().flatten().cloned().collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<&'static str, Vec<Described>>> {
        self.read.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn source_of(&self, key: &str) -> String {
        self.given
            .find_metadata(key)
            .map_or_else(String::new, |metadata| {
                let keys: Vec<&str> = key.split('.').collect();
                match metadata
                    .source
                    .as_ref()
                    .and_then(figment::Source::file_path)
                {
                    Some(path) => path.display().to_string(),
                    None if metadata.name == ENVIRONMENT => {
                        format!("STOA_{}", keys.join("__").to_uppercase())
                    }
                    None => metadata.name.to_string(),
                }
            })
    }
}

/// One value that came as text, from a flag or the environment, as a layer of its own.
struct Text {
    source: &'static str,
    key: String,
    value: String,
}

/// The name of the environment's layer.
const ENVIRONMENT: &str = "environment";

impl Text {
    fn new(source: &'static str, key: &str, value: &str) -> Self {
        Self {
            source,
            key: key.to_owned(),
            value: value.to_owned(),
        }
    }
}

impl Provider for Text {
    fn metadata(&self) -> Metadata {
        Metadata::named(self.source)
    }

    fn data(&self) -> Result<figment::value::Map<Profile, Dict>, figment::Error> {
        // 5 is a number, "5s" a text, [1, 2] a list.
        let value: Value = self
            .value
            .parse()
            .unwrap_or_else(|_| Value::from(self.value.clone()));
        let dict = figment::util::nest(&self.key, value)
            .into_dict()
            .unwrap_or_default();
        Ok(Profile::Default.collect(dict))
    }
}

/// The values below `name` that are no tables, with their full keys.
fn leaves(figment: &Figment, name: &str) -> Vec<(String, Value)> {
    let mut found = Vec::new();
    if let Ok(value) = figment.find_value(name) {
        collect(name, value, &mut found);
    }
    found
}

fn collect(key: &str, value: Value, found: &mut Vec<(String, Value)>) {
    match value {
        Value::Dict(_, dict) if !dict.is_empty() => {
            for (name, value) in dict {
                collect(&format!("{key}.{name}"), value, found);
            }
        }
        value => found.push((key.to_owned(), value)),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::String(_, text) => text.clone(),
        Value::Char(_, c) => c.to_string(),
        Value::Bool(_, b) => b.to_string(),
        Value::Num(_, number) => number
            .to_i128()
            .map(|n| n.to_string())
            .or_else(|| number.to_u128().map(|n| n.to_string()))
            .or_else(|| number.to_f64().map(|n| n.to_string()))
            .unwrap_or_default(),
        Value::Empty(_, _) => String::new(),
        Value::Array(_, items) => {
            let items: Vec<String> = items.iter().map(text).collect();
            items.join(", ")
        }
        Value::Dict(_, dict) => {
            let items: Vec<String> = dict
                .iter()
                .map(|(key, value)| format!("{key}={}", text(value)))
                .collect();
            items.join(", ")
        }
    }
}

/// The known key that differs from `key` in the fewest places, when they are few.
fn closest<'a>(key: &str, known: &'a [(String, Value)]) -> Option<&'a str> {
    known
        .iter()
        .map(|(name, _)| (distance(key, name), name.as_str()))
        .filter(|(distance, _)| *distance <= 3)
        .min()
        .map(|(_, name)| name)
}

/// The edit distance of Levenshtein.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.chars().count()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut next = vec![i + 1];
        for (y, pair) in b.chars().zip(row.windows(2)) {
            if let (&[diagonal, above], Some(&left)) = (pair, next.last()) {
                let changed = diagonal + usize::from(x != y);
                next.push(changed.min(above + 1).min(left + 1));
            }
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

fn from_figment(error: &figment::Error, key: &str) -> Mistake {
    let path = error.path.join(".");
    Mistake {
        key: if path.is_empty() {
            key.to_owned()
        } else {
            path
        },
        what: error.kind.to_string(),
        source: error
            .metadata
            .as_ref()
            .and_then(|metadata| metadata.source.as_ref())
            .map(ToString::to_string)
            .unwrap_or_default(),
    }
}
