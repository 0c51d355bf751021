//! Where keys stand in a stored value, and what becomes of them in a copy.
//!
//! A key is 16 bytes, or a text of a prefix, `_` and 26 digits of base32 or 32 hexadecimal ones; either kind may stand within a
//! longer text or within a message. Only keys that were made while the orders were placed are changed. One that begins with its time
//! is moved back by a time of the copy's own, so that the copies of an index lie side by side as those of real orders
//! would; a random one, and the hash of a guest, gets other random digits in front.

use std::ops::Range;

use rusqlite::types::Value;

/// What a copy adds to keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shift {
    back_ms: u64,
    mixed: u64,
}

impl Shift {
    /// Of copy `number` of `copies` (1, 2, ..); `span_ms` is how long it took to place the orders.
    pub(super) fn of(number: u64, copies: u64, span_ms: u64) -> Self {
        // The finaliser of SplitMix64: numbers one after the other give bits that have nothing in common.
        let mut mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        Self {
            back_ms: (copies + 1 - number) * span_ms,
            mixed: (mixed ^ (mixed >> 31)) >> 16,
        }
    }
}

/// A key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Key(u128);

impl Key {
    /// Whether it was made in this time, as far as it tells.
    fn is_fresh(self, born_ms: &Range<u64>) -> bool {
        match self.version() {
            7 => born_ms.contains(&self.head()),
            4 => true,
            _ => false,
        }
    }

    /// None for what is no UUID of the usual variant.
    fn version(self) -> u128 {
        if (self.0 >> 62) & 3 == 2 {
            (self.0 >> 76) & 15
        } else {
            0
        }
    }

    /// The first 48 bits: of version 7 the milliseconds since 1970.
    fn head(self) -> u64 {
        u64::try_from(self.0 >> 80).unwrap_or(0)
    }

    fn moved(self, shift: Shift) -> Self {
        let head = match self.version() {
            7 => self.head().wrapping_sub(shift.back_ms),
            _ => self.head() ^ shift.mixed,
        };
        let head = u128::from(head) & 0xffff_ffff_ffff;
        Self((head << 80) | (self.0 & ((1 << 80) - 1)))
    }
}

/// How a key is written at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Form {
    Base32(Key),
    Hex(Key),
    /// The first so many digits of a guest's hash.
    Guest(usize),
}

/// A stored value, taken apart.
#[derive(Debug)]
pub(super) enum Cell {
    /// The same in each copy.
    Fixed(Value),
    /// A number that goes up by so much with each copy.
    Counted { first: i64, step: i64 },
    /// A key of 16 bytes.
    Key(u128),
    /// A text or bytes, with keys at places.
    Within {
        bytes: Vec<u8>,
        is_text: bool,
        places: Vec<Place>,
    },
}

/// A key within a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place {
    at: usize,
    form: Form,
}

impl Cell {
    /// Takes a value apart; the keys in it that were made in this time will be changed.
    pub(super) fn of(value: Value, born_ms: &Range<u64>) -> Self {
        let (bytes, is_text) = match value {
            Value::Text(text) => (text.into_bytes(), true),
            Value::Blob(bytes) => (bytes, false),
            other => return Self::Fixed(other),
        };
        if let (false, Ok(key)) = (is_text, <[u8; 16]>::try_from(bytes.as_slice())) {
            let key = u128::from_be_bytes(key);
            return if Key(key).is_fresh(born_ms) {
                Self::Key(key)
            } else {
                Self::Fixed(Value::Blob(bytes))
            };
        }
        let places = places(&bytes, born_ms);
        if places.is_empty() {
            return Self::Fixed(restored(bytes, is_text));
        }
        Self::Within {
            bytes,
            is_text,
            places,
        }
    }

    /// Whether it is the same in each copy.
    pub(super) fn is_fixed(&self) -> bool {
        matches!(self, Self::Fixed(_))
    }

    /// The value in copy `number`.
    pub(super) fn value(&self, number: u64, shift: Shift) -> Value {
        match self {
            Self::Fixed(value) => value.clone(),
            Self::Counted { first, step } => {
                let number = i64::try_from(number).unwrap_or(i64::MAX);
                Value::Integer(first + step * number)
            }
            Self::Key(key) => Value::Blob(Key(*key).moved(shift).0.to_be_bytes().to_vec()),
            Self::Within {
                bytes,
                is_text,
                places,
            } => {
                let mut bytes = bytes.clone();
                for place in places {
                    place.write(&mut bytes, shift);
                }
                restored(bytes, *is_text)
            }
        }
    }
}

impl Place {
    fn write(&self, bytes: &mut [u8], shift: Shift) {
        match self.form {
            Form::Base32(key) => overwrite(bytes, self.at, &base32(key.moved(shift).0)),
            Form::Hex(key) => {
                let digits = format!("{:032x}", key.moved(shift).0);
                overwrite(bytes, self.at, digits.as_bytes());
            }
            Form::Guest(digits) => {
                let old = number(bytes.get(self.at..self.at + digits));
                let mixed = shift.mixed >> (48 - 4 * digits);
                let new = format!("{:0digits$x}", old ^ u128::from(mixed));
                overwrite(bytes, self.at, new.as_bytes());
            }
        }
    }
}

fn overwrite(bytes: &mut [u8], at: usize, with: &[u8]) {
    if let Some(part) = bytes.get_mut(at..at + with.len()) {
        part.copy_from_slice(with);
    }
}

fn restored(bytes: Vec<u8>, is_text: bool) -> Value {
    if !is_text {
        return Value::Blob(bytes);
    }
    // Only ASCII digits were overwritten, by others.
    match String::from_utf8(bytes) {
        Ok(text) => Value::Text(text),
        Err(error) => Value::Blob(error.into_bytes()),
    }
}

/// The places of keys. In a message the byte behind a key may look like another digit, so no key is told by where it ends.
fn places(bytes: &[u8], born_ms: &Range<u64>) -> Vec<Place> {
    let mut places = Vec::new();
    for (before, byte) in bytes.iter().enumerate() {
        let (behind, at) = (bytes.get(before + 1..).unwrap_or_default(), before + 1);
        let form = match byte {
            b'_' => key(behind),
            b':' if bytes.get(..before).is_some_and(|it| it.ends_with(b"guest")) => guest(behind),
            _ => None,
        };
        let fresh = form.filter(|form| match form {
            Form::Base32(key) | Form::Hex(key) => key.is_fresh(born_ms),
            Form::Guest(_) => true,
        });
        places.extend(fresh.map(|form| Place { at, form }));
    }
    places
}

fn key(behind: &[u8]) -> Option<Form> {
    if let Some(digits) = behind.get(..32)
        && digits.iter().all(is_hex)
    {
        return Some(Form::Hex(Key(number(Some(digits)))));
    }
    let digits = behind.get(..26).filter(|it| it.first() <= Some(&b'7'))?;
    let mut key = 0_u128;
    for digit in digits {
        let value = ALPHABET.iter().position(|it| it == digit)?;
        key = (key << 5) | u128::try_from(value).ok()?;
    }
    Some(Form::Base32(Key(key)))
}

/// The whole hash of a guest, or the eight digits of it by which he is called elsewhere.
fn guest(behind: &[u8]) -> Option<Form> {
    let hex = |length: usize| {
        let digits = behind.get(..length);
        digits.is_some_and(|digits| digits.iter().all(is_hex))
    };
    match (hex(64), hex(8)) {
        (true, _) => Some(Form::Guest(12)),
        (false, true) => Some(Form::Guest(8)),
        _ => None,
    }
}

fn is_hex(byte: &u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'a'..=b'f')
}

/// Hexadecimal digits as a number.
fn number(digits: Option<&[u8]>) -> u128 {
    let text = digits.and_then(|digits| std::str::from_utf8(digits).ok());
    text.and_then(|text| u128::from_str_radix(text, 16).ok())
        .unwrap_or(0)
}

/// Crockford's digits, in lower case.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn base32(mut key: u128) -> [u8; 26] {
    let mut digits = [b'0'; 26];
    for digit in digits.iter_mut().rev() {
        let value = usize::try_from(key & 31).unwrap_or(0);
        *digit = ALPHABET.get(value).copied().unwrap_or(b'0');
        key >>= 5;
    }
    digits
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An order's key with its time, as bytes and as text.
    const ORDER: u128 = 0x01a1fe80_47f9_7788_8e57_fc2599115d4a;
    const BORN: u64 = 0x01a1_fe80_47f9;

    fn born() -> Range<u64> {
        BORN - 10..BORN + 90
    }

    fn order() -> String {
        format!("ord_{}", String::from_utf8(base32(ORDER).to_vec()).unwrap())
    }

    fn copy(value: Value, number: u64) -> Value {
        Cell::of(value, &born()).value(number, Shift::of(number, 5, 100))
    }

    fn text(value: Value) -> String {
        match value {
            Value::Text(text) => text,
            other => panic!("{other:?} is no text"),
        }
    }

    #[test]
    fn a_key_is_the_same_in_every_form() {
        assert_eq!(order(), "ord_01m7z80hzsey48wnzw4pch2qaa");
        let Value::Blob(bytes) = copy(Value::Blob(ORDER.to_be_bytes().to_vec()), 2) else {
            panic!("a key is bytes");
        };
        let moved = u128::from_be_bytes(bytes.try_into().unwrap());
        assert_eq!(
            moved >> 80,
            u128::from(BORN - 400),
            "copy 2 of 5 is four spans back"
        );
        assert_eq!(moved & 0xffff, ORDER & 0xffff);
        let base32 = String::from_utf8(base32(moved).to_vec()).unwrap();
        let held = text(copy(Value::Text(format!("{}/hold/1", order())), 2));
        assert_eq!(held, format!("ord_{base32}/hold/1"));
        let hex = text(copy(Value::Text(format!("auth_{ORDER:032x}")), 2));
        assert_eq!(hex, format!("auth_{moved:032x}"));
    }

    #[test]
    fn a_key_in_a_message_is_found_whatever_stands_behind_it() {
        // Field 1, 30 bytes; then a byte that is a digit as well.
        let mut message = vec![0x0a, 30];
        message.extend(order().into_bytes());
        message.extend([0x32, 0x01, 0xff]);
        let Value::Blob(copied) = copy(Value::Blob(message.clone()), 1) else {
            panic!("a message is bytes");
        };
        assert_eq!(copied.len(), message.len());
        assert_eq!(copied[..6], message[..6]);
        assert_ne!(copied[6..32], message[6..32]);
        assert_eq!(copied[32..], message[32..]);
    }

    #[test]
    fn what_was_there_before_stays() {
        let older = ORDER - (1_000 << 80);
        let location = format!("loc_{}", String::from_utf8(base32(older).to_vec()).unwrap());
        for value in [
            Value::Text(location),
            Value::Blob(older.to_be_bytes().to_vec()),
            Value::Text("load/stock".to_owned()),
            Value::Blob(vec![7; 32]),
            Value::Integer(42),
            Value::Null,
        ] {
            assert_eq!(copy(value.clone(), 3), value);
        }
    }

    #[test]
    fn a_guest_is_another_in_each_copy_and_called_alike_everywhere() {
        let hash = "1f82eb144c52841c21352c9c47f69740c585f14f0bdcaefe6d7aff8a25517cf4";
        let owner = text(copy(Value::Text(format!("guest:{hash}")), 1));
        let actor = text(copy(Value::Text(format!("guest:{}", &hash[..8])), 1));
        assert!(owner.starts_with(&actor), "{owner} {actor}");
        assert_ne!(owner, format!("guest:{hash}"));
        assert_ne!(owner, text(copy(Value::Text(format!("guest:{hash}")), 2)));
    }

    #[test]
    fn a_random_key_lands_anywhere_and_nowhere_twice() {
        let quote = 0x0ec0a983_d73b_44d8_b085_0e1d8df0b656_u128;
        let copies: std::collections::BTreeSet<u128> = (1..=1_000)
            .map(|number| Key(quote).moved(Shift::of(number, 1_000, 100)).0)
            .collect();
        assert_eq!(copies.len(), 1_000);
        let low = copies.iter().filter(|key| *key >> 127 == 0).count();
        assert!((400..600).contains(&low), "{low} in the lower half");
    }
}
