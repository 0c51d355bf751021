//! A body in which a field stands twice. JSON readers take the last and drop the others in silence; two readers that
//! differ there are a way to say one thing to a check and another to what acts. Here it is refused.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use prost_reflect::{Kind, MessageDescriptor};
use serde::de::{DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::binding::field_named;

/// What an error of this reader begins with.
pub(crate) const TWICE: &str = "is given twice";

/// Reads a value and keeps nothing of it: an error names the place where a field stands a second time.
#[derive(Debug, Clone)]
pub(crate) enum Once {
    /// A message: a field's two names are one.
    Message(MessageDescriptor),
    /// A map with such values.
    Map(Box<Once>),
    /// Anything else, whose keys are what they are.
    Other,
}

impl Once {
    fn of_kind(kind: Kind) -> Self {
        match kind {
            Kind::Message(message) if !message.full_name().starts_with("google.protobuf.") => {
                Self::Message(message)
            }
            _ => Self::Other,
        }
    }

    /// The name by which a key is known, and what its value is.
    fn entry<'k>(&self, key: Cow<'k, str>) -> (Cow<'k, str>, Self) {
        let field = match self {
            Self::Message(message) => field_named(message, &key),
            Self::Map(value) => return (key, (**value).clone()),
            Self::Other => return (key, Self::Other),
        };
        let Some(field) = field else {
            return (key, Self::Other);
        };
        let value = match field.kind() {
            Kind::Message(entry) if field.is_map() => Self::Map(Box::new(Self::of_kind(
                entry.map_entry_value_field().kind(),
            ))),
            kind => Self::of_kind(kind),
        };
        (Cow::Owned(field.name().to_owned()), value)
    }
}

impl<'de> DeserializeSeed<'de> for Once {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Once {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = map.next_key::<Cow<'de, str>>()? {
            let (name, value) = self.entry(key);
            if !seen.insert(name) {
                // Read to its end first, so that the error's place is the field and not what holds it.
                map.next_value_seed(Refuse)?;
            }
            map.next_value_seed(value)?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        while list.next_element_seed(self.clone())?.is_some() {}
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }
}

/// The value of a key that was there before.
struct Refuse;

impl<'de> DeserializeSeed<'de> for Refuse {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        let _ = <IgnoredAny as serde::Deserialize>::deserialize(deserializer)?;
        Err(D::Error::custom(TWICE))
    }
}
