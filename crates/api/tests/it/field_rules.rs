//! What a field's `buf.validate` rules say, for making samples around them.

use prost_reflect::{DynamicMessage, FieldDescriptor, Value};

use crate::build::options;

/// The rules of a field (`buf.validate.FieldRules`), when it has some.
#[derive(Default)]
pub(crate) struct Rules(pub(crate) Option<DynamicMessage>);

/// The rules that a field states.
pub(crate) fn rules(field: &FieldDescriptor) -> Rules {
    Rules(options::message(
        stoa_api::pool(),
        &field.options(),
        "buf.validate.field",
    ))
}

impl Rules {
    /// Those of one family, such as `string`; empty when it states none.
    pub(crate) fn of(&self, family: &str) -> DynamicMessage {
        let empty = || {
            DynamicMessage::new(
                stoa_api::pool()
                    .get_message_by_name("buf.validate.FieldRules")
                    .unwrap(),
            )
        };
        self.0
            .as_ref()
            .and_then(|rules| options::inner(rules, family))
            .unwrap_or_else(empty)
    }

    /// A whole number.
    pub(crate) fn number(&self, family: &str, rule: &str) -> Option<i64> {
        let rules = self.of(family);
        rules
            .has_field_by_name(rule)
            .then(|| options::number(&rules, rule))
    }

    /// A text or a list of texts.
    pub(crate) fn texts(&self, family: &str, rule: &str) -> Vec<String> {
        let rules = self.of(family);
        let one = options::text(&rules, rule);
        if one.is_empty() {
            options::texts(&rules, rule)
        } else {
            vec![one]
        }
    }

    /// A list of whole numbers.
    pub(crate) fn numbers(&self, family: &str, rule: &str) -> Vec<i64> {
        let rules = self.of(family);
        let list = rules.get_field_by_name(rule);
        list.as_deref()
            .and_then(Value::as_list)
            .map(|l| l.iter().filter_map(options::integer).collect())
            .unwrap_or_default()
    }
}

/// Seconds of the bounds of a span or moment.
pub(crate) fn bounds(rules: &Rules, family: &str) -> Vec<i64> {
    let of = rules.of(family);
    let ends = ["gte", "gt", "lte", "lt"]
        .into_iter()
        .filter_map(|end| options::inner(&of, end));
    ends.map(|end| options::number(&end, "seconds")).collect()
}
