//! What the contract says of a field beside its type: the rules of `buf.validate`, and `google.api.field_behavior`.

use prost_reflect::{DescriptorPool, DynamicMessage, FieldDescriptor, Value};

/// The value of `google.api.FieldBehavior.REQUIRED`.
const REQUIRED: i32 = 2;
/// The value of `google.api.FieldBehavior.OUTPUT_ONLY`.
const OUTPUT_ONLY: i32 = 3;

/// A group of rules, such as `string` or `repeated.items.int64`; asking an absent one gives nothing.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules(Option<DynamicMessage>);

impl Rules {
    /// All rules of a field.
    pub(super) fn of(pool: &DescriptorPool, field: &FieldDescriptor) -> Self {
        let extension = pool.get_extension_by_name("buf.validate.field");
        let options = field.options();
        let found = extension.filter(|extension| options.has_extension(extension));
        Self(found.and_then(|extension| options.get_extension(&extension).as_message().cloned()))
    }

    /// The group of that name inside this one.
    pub(super) fn group(&self, name: &str) -> Self {
        Self(
            self.value(name)
                .and_then(|value| value.as_message().cloned()),
        )
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.value(name)?.as_str().map(str::to_owned)
    }

    /// A rule that holds a number of 32 or 64 bits.
    pub(super) fn number(&self, name: &str) -> Option<i64> {
        match self.value(name)? {
            Value::I32(number) => Some(i64::from(number)),
            Value::I64(number) => Some(number),
            Value::U32(number) => Some(i64::from(number)),
            Value::U64(number) => i64::try_from(number).ok(),
            _ => None,
        }
    }

    /// A rule that holds a count.
    pub(super) fn count(&self, name: &str) -> Option<usize> {
        usize::try_from(self.number(name)?).ok()
    }

    /// The lowest value of a number.
    pub(super) fn minimum(&self) -> Option<i64> {
        self.number("gte")
            .or_else(|| self.number("gt")?.checked_add(1))
    }

    /// The highest value of a number.
    pub(super) fn maximum(&self) -> Option<i64> {
        self.number("lte")
            .or_else(|| self.number("lt")?.checked_sub(1))
    }

    pub(super) fn flag(&self, name: &str) -> bool {
        self.value(name)
            .and_then(|value| value.as_bool())
            .unwrap_or_default()
    }

    fn value(&self, name: &str) -> Option<Value> {
        let rules = self.0.as_ref()?;
        if !rules.has_field_by_name(name) {
            return None;
        }
        rules
            .get_field_by_name(name)
            .map(|value| value.into_owned())
    }
}

/// Whether a caller must set the field.
pub(super) fn is_required(pool: &DescriptorPool, field: &FieldDescriptor) -> bool {
    behaves(pool, field, REQUIRED)
}

/// Whether only the server sets the field.
pub(super) fn is_output(pool: &DescriptorPool, field: &FieldDescriptor) -> bool {
    behaves(pool, field, OUTPUT_ONLY)
}

fn behaves(pool: &DescriptorPool, field: &FieldDescriptor, behavior: i32) -> bool {
    let Some(extension) = pool.get_extension_by_name("google.api.field_behavior") else {
        return false;
    };
    let options = field.options();
    let value = options.get_extension(&extension);
    let list = value.as_list().unwrap_or_default();
    list.iter()
        .any(|one| one.as_enum_number() == Some(behavior))
}
