//! Statements of a file that run once per row of their parameter.
//!
//! Their text begins with `-- each` and names the values of a row as its fields are named (`:sku`), or numbers them as its
//! elements stand (`?1`). What a row holds is bound while it is serialised: nothing is written as a document for the
//! engine to read again, and nothing is kept between.

use std::fmt::{self, Write as _};

use rusqlite::{Statement, ToSql};
use serde::Serialize;
use serde::ser::{self, Serializer};

use crate::StoreError;

/// The first line of such a statement.
const EACH: &str = "-- each\n";

/// Whether a statement runs once per row.
pub(crate) fn is_each(text: &str) -> bool {
    text.starts_with(EACH)
}

/// A value as a document.
pub(crate) fn document<P: Serialize + ?Sized>(value: &P) -> Result<String, StoreError> {
    serde_json::to_string(value).map_err(|source| StoreError::Json {
        what: "the parameter of a statement",
        source,
    })
}

/// Runs the statement once per row of a sequence; `take` gets what each run gives.
///
/// `names` are those of the statement's parameters, in their order and without the colon.
pub(super) fn run<P: Serialize + ?Sized>(
    statement: &mut Statement<'_>,
    names: &[Box<str>],
    rows: &P,
    take: impl FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>,
) -> rusqlite::Result<()> {
    let mut run = Run {
        statement,
        names,
        bound: vec![false; names.len()],
        take,
    };
    let done = rows.serialize(At {
        run: &mut run,
        level: Level::Rows,
    });
    done.map_err(|fault| match fault {
        Fault::Engine(error) => error,
        other => rusqlite::Error::ToSqlConversionFailure(Box::new(other)),
    })
}

/// Why a parameter was not bound or a statement did not run.
#[derive(Debug, thiserror::Error)]
enum Fault {
    #[error(transparent)]
    Engine(#[from] rusqlite::Error),
    /// More than one value where one is bound.
    #[error("a statement that runs once per row takes a sequence of rows")]
    Shape,
    #[error("{0}")]
    Said(String),
}

impl ser::Error for Fault {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Said(message.to_string())
    }
}

/// The statement while it runs.
struct Run<'r, 's, F> {
    statement: &'r mut Statement<'s>,
    names: &'r [Box<str>],
    /// Which parameters the present row has bound.
    bound: Vec<bool>,
    take: F,
}

impl<F: FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>> Run<'_, '_, F> {
    /// Binds one row and runs.
    fn row<T: Serialize + ?Sized>(&mut self, row: &T) -> Result<(), Fault> {
        self.bound.fill(false);
        row.serialize(At {
            run: self,
            level: Level::Row,
        })?;
        if let Some(missing) = self.bound.iter().position(|bound| !bound) {
            let name = self.names.get(missing).map(ToString::to_string);
            let error = rusqlite::Error::InvalidParameterName(name.unwrap_or_default());
            return Err(error.into());
        }
        (self.take)(&mut self.statement.raw_query())?;
        Ok(())
    }

    fn bind(&mut self, place: usize, value: impl ToSql) -> Result<(), Fault> {
        self.statement.raw_bind_parameter(place, value)?;
        if let Some(bound) = self.bound.get_mut(place - 1) {
            *bound = true;
        }
        Ok(())
    }

    /// Binds a value; one of several parts becomes a document.
    fn cell<T: Serialize + ?Sized>(&mut self, place: usize, value: &T) -> Result<(), Fault> {
        let at = At {
            run: &mut *self,
            level: Level::Cell(place),
        };
        match value.serialize(at) {
            Err(Fault::Shape) => {
                let text = serde_json::to_string(value).map_err(<Fault as ser::Error>::custom)?;
                self.bind(place, text)
            }
            done => done,
        }
    }

    /// Binds what the field of this name holds; a field that the statement does not name is left out.
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Result<(), Fault> {
        match self.names.iter().position(|known| **known == *name) {
            Some(before) => self.cell(before + 1, value),
            None => Ok(()),
        }
    }
}

/// How deep in the parameter a value stands.
#[derive(Clone, Copy)]
enum Level {
    Rows,
    Row,
    /// The value of the parameter at this place, from 1.
    Cell(usize),
}

/// Serialises one value into the run.
struct At<'a, 'r, 's, F> {
    run: &'a mut Run<'r, 's, F>,
    level: Level,
}

impl<F: FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>> At<'_, '_, '_, F> {
    /// A row that is a single value has it at the first place.
    fn bind(self, value: impl ToSql) -> Result<(), Fault> {
        match self.level {
            Level::Rows => Err(Fault::Shape),
            Level::Row => self.run.bind(1, value),
            Level::Cell(place) => self.run.bind(place, value),
        }
    }
}

impl<'a, 'r, 's, F> At<'a, 'r, 's, F> {
    fn inside(self) -> Result<Inside<'a, 'r, 's, F>, Fault> {
        match self.level {
            Level::Cell(_) => Err(Fault::Shape),
            level => Ok(Inside {
                run: self.run,
                level,
                before: 0,
                key: String::new(),
            }),
        }
    }

    /// The fields of a row.
    fn fields(self) -> Result<Inside<'a, 'r, 's, F>, Fault> {
        match self.level {
            Level::Row => self.inside(),
            Level::Rows | Level::Cell(_) => Err(Fault::Shape),
        }
    }
}

/// The key of a map as text.
struct Name<'a, T: ?Sized>(&'a T);

impl<T: Serialize + ?Sized> fmt::Display for Name<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

/// The parts of a sequence of rows, or of a row.
struct Inside<'a, 'r, 's, F> {
    run: &'a mut Run<'r, 's, F>,
    level: Level,
    /// Elements before the next.
    before: usize,
    /// The key of a map whose value comes next.
    key: String,
}

impl<F: FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>> Inside<'_, '_, '_, F> {
    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        if matches!(self.level, Level::Rows) {
            return self.run.row(value);
        }
        self.before += 1;
        if self.before > self.run.names.len() {
            return Ok(());
        }
        self.run.cell(self.before, value)
    }
}

macro_rules! numbers {
    ($($method:ident: $type:ty),*) => {
        $(fn $method(self, value: $type) -> Result<(), Fault> {
            self.bind(value)
        })*
    };
}

impl<'a, 'r, 's, F> Serializer for At<'a, 'r, 's, F>
where
    F: FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>,
{
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = Inside<'a, 'r, 's, F>;
    type SerializeTuple = Inside<'a, 'r, 's, F>;
    type SerializeTupleStruct = Inside<'a, 'r, 's, F>;
    type SerializeTupleVariant = ser::Impossible<(), Fault>;
    type SerializeMap = Inside<'a, 'r, 's, F>;
    type SerializeStruct = Inside<'a, 'r, 's, F>;
    type SerializeStructVariant = ser::Impossible<(), Fault>;

    // Truth is 1 and 0, as the engine has it.
    numbers!(serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_f32: f32, serialize_f64: f64);

    fn serialize_u64(self, value: u64) -> Result<(), Fault> {
        match i64::try_from(value) {
            Ok(value) => self.bind(value),
            Err(error) => Err(ser::Error::custom(error)),
        }
    }

    fn serialize_char(self, value: char) -> Result<(), Fault> {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Result<(), Fault> {
        self.bind(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), Fault> {
        self.bind(value)
    }

    fn serialize_none(self) -> Result<(), Fault> {
        self.bind(rusqlite::types::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), Fault> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), Fault> {
        self.serialize_none()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
    ) -> Result<(), Fault> {
        self.bind(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Fault> {
        Err(Fault::Shape)
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Self::SerializeSeq, Fault> {
        self.inside()
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, Fault> {
        self.inside()
    }

    fn serialize_tuple_struct(
        self,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, Fault> {
        self.inside()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleVariant, Fault> {
        Err(Fault::Shape)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, Fault> {
        self.fields()
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self::SerializeStruct, Fault> {
        self.fields()
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Self::SerializeStructVariant, Fault> {
        Err(Fault::Shape)
    }
}

macro_rules! sequences {
    ($($trait:ident.$method:ident),*) => {
        $(impl<F> ser::$trait for Inside<'_, '_, '_, F>
        where
            F: FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>,
        {
            type Ok = ();
            type Error = Fault;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
                self.next(value)
            }

            fn end(self) -> Result<(), Fault> {
                Ok(())
            }
        })*
    };
}

sequences!(
    SerializeSeq.serialize_element,
    SerializeTuple.serialize_element,
    SerializeTupleStruct.serialize_field
);

impl<F> ser::SerializeStruct for Inside<'_, '_, '_, F>
where
    F: FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>,
{
    type Ok = ();
    type Error = Fault;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), Fault> {
        self.run.field(key, value)
    }

    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}

impl<F> ser::SerializeMap for Inside<'_, '_, '_, F>
where
    F: FnMut(&mut rusqlite::Rows<'_>) -> rusqlite::Result<()>,
{
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Fault> {
        self.key.clear();
        // A key that is no text is no name.
        write!(self.key, "{}", Name(key)).map_err(ser::Error::custom)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Fault> {
        self.run.field(&self.key, value)
    }

    fn end(self) -> Result<(), Fault> {
        Ok(())
    }
}
