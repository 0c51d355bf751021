//! A profile: the configuration of ghz for one RPC, with placeholders that a prepared world fills.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Where the profiles stand: a folder per service, a file per method.
pub(crate) const FOLDER: &str = "loadtest/ghz";

/// The placeholder of what each call has for itself begins so.
const EACH: &str = "${each.";

/// What of ghz's configuration a profile sets; everything else is the same for all.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Profile {
    /// `stoa.order.v1.OrderService/GetOrder`.
    pub(crate) call: String,
    pub(crate) tags: Tags,
    #[serde(default)]
    pub(crate) metadata: BTreeMap<String, String>,
    pub(crate) data: Value,
}

/// What ghz carries along, and this command reads.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Tags {
    /// What the calls write.
    pub(crate) writes: String,
    /// What is made for each call before; its fields are the placeholders `${each...}`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) each: Option<String>,
    /// The code that is meant to come, when it is not OK.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) intended: Option<String>,
}

/// What a placeholder stands for.
pub(crate) type Names = BTreeMap<String, String>;

impl Profile {
    /// `stoa.order.v1.OrderService`, and `GetOrder`.
    pub(crate) fn service_and_method(&self) -> (&str, &str) {
        self.call.split_once('/').unwrap_or((&self.call, ""))
    }

    /// The code that is meant to come.
    pub(crate) fn intended(&self) -> &str {
        self.tags.intended.as_deref().unwrap_or("OK")
    }

    /// The profile with every placeholder filled; with something of its own for each call, the data is a list, and ghz takes
    /// its entries in turn.
    pub(crate) fn filled(&self, world: &Names, each: &[Names]) -> Result<Self> {
        let mut filled = self.clone();
        for value in filled.metadata.values_mut() {
            *value = fill(value, world)?;
        }
        if self.tags.each.is_none() {
            filled.data = fill_value(&self.data, world)?;
            return Ok(filled);
        }
        let mut messages = Vec::with_capacity(each.len());
        for own in each {
            let mut names = world.clone();
            let own = own.iter();
            names.extend(own.map(|(name, value)| (format!("each.{name}"), value.clone())));
            messages.push(fill_value(&self.data, &names)?);
        }
        filled.data = Value::Array(messages);
        Ok(filled)
    }

    /// What is wrong with it, as far as it can be told without a suite.
    pub(crate) fn faults(&self) -> Vec<String> {
        let text = self.data.to_string();
        let mut faults = Vec::new();
        if text.contains(EACH) != self.tags.each.is_some() {
            faults.push("`each` is made, and its fields are used: neither alone".to_owned());
        }
        if !self.data.is_object() {
            faults.push("its data is no message".to_owned());
        }
        faults
    }
}

/// All profiles, by the path of their file; those that cannot be read are findings.
pub(crate) fn all(root: &Path) -> Result<BTreeMap<String, Result<Profile>>> {
    let mut all = BTreeMap::new();
    let folder = root.join(FOLDER);
    for service in fs::read_dir(&folder).with_context(|| format!("cannot read {FOLDER}"))? {
        let service = service?;
        if !service.file_type()?.is_dir() {
            continue;
        }
        for file in fs::read_dir(service.path())? {
            let file = file?;
            let name = format!(
                "{FOLDER}/{}/{}",
                service.file_name().to_string_lossy(),
                file.file_name().to_string_lossy()
            );
            let text = fs::read_to_string(file.path())?;
            let profile =
                serde_json::from_str(&text).with_context(|| format!("{name} is no profile"));
            all.insert(name, profile);
        }
    }
    Ok(all)
}

/// The path of the profile of a method.
pub(crate) fn path(service: &str, method: &str) -> String {
    format!("{FOLDER}/{service}/{method}.json")
}

fn fill_value(value: &Value, names: &Names) -> Result<Value> {
    Ok(match value {
        Value::String(text) => Value::String(fill(text, names)?),
        Value::Array(values) => {
            let filled = values.iter().map(|value| fill_value(value, names));
            Value::Array(filled.collect::<Result<_>>()?)
        }
        Value::Object(fields) => {
            let filled = fields
                .iter()
                .map(|(key, value)| Ok((key.clone(), fill_value(value, names)?)));
            Value::Object(filled.collect::<Result<_>>()?)
        }
        other => other.clone(),
    })
}

/// The text with what stands for each `${name}`; templates of ghz (`{{..}}`) stay.
fn fill(text: &str, names: &Names) -> Result<String> {
    let mut filled = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("${") {
        let Some((name, after)) = behind.split_once('}') else {
            bail!("`{text}` has a placeholder without an end");
        };
        let value = names
            .get(name)
            .with_context(|| format!("nothing stands for ${{{name}}} in `{text}`"))?;
        filled.push_str(before);
        filled.push_str(value);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;

    use super::*;

    fn names(pairs: &[(&str, &str)]) -> Names {
        let pairs = pairs.iter();
        pairs
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    fn profile(data: Value, each: Option<&str>) -> Profile {
        let text = json!({
            "call": "a.B/C",
            "tags": {"writes": "nothing", "each": each},
            "metadata": {"who": "Bearer ${token}"},
            "data": data,
        });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn what_is_known_is_filled_and_the_templates_of_ghz_stay() {
        let given = profile(json!({"id": "${id}-{{.UUID}}", "n": [1, "${id}"]}), None);
        let filled = given.filled(&names(&[("id", "7"), ("token", "t")]), &[]);
        let filled = filled.unwrap();
        assert_eq!(filled.data, json!({"id": "7-{{.UUID}}", "n": [1, "7"]}));
        assert_eq!(filled.metadata.get("who").unwrap(), "Bearer t");
        assert!(given.filled(&names(&[("token", "t")]), &[]).is_err());
        assert!(given.faults().is_empty());
    }

    #[test]
    fn each_call_gets_something_of_its_own() {
        let given = profile(json!({"id": "${each.id}"}), Some("order"));
        let each = [names(&[("id", "1")]), names(&[("id", "2")])];
        let filled = given.filled(&names(&[("token", "t")]), &each).unwrap();
        assert_eq!(filled.data, json!([{"id": "1"}, {"id": "2"}]));
        assert_eq!(profile(json!({"id": "${each.id}"}), None).faults().len(), 1);
    }
}
