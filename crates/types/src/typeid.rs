//! The text form of an id: a prefix, `_`, and 26 digits of Crockford's base32 in lower case
//! (TypeID, <https://github.com/jetify-com/typeid/tree/main/spec>). The alphabet leaves out `i l o u`.

use std::fmt;

use uuid::Uuid;

/// Digits of the part behind the prefix: 128 bits, five to a digit, two zero bits in front.
pub const SUFFIX_LEN: usize = 26;

/// A text that is not an id of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an id of the form {prefix}_ and 26 characters of 0-9 a-z without i l o u")]
pub struct ParseIdError {
    /// The prefix that was expected.
    pub prefix: &'static str,
}

/// Writes `prefix_` and the digits of `uuid`.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, prefix: &str, uuid: Uuid) -> fmt::Result {
    let mut rest = uuid.as_u128();
    let mut text = [b'0'; SUFFIX_LEN];
    for place in text.iter_mut().rev() {
        let [low, ..] = rest.to_le_bytes();
        *place = digit(low & 31);
        rest >>= 5;
    }
    f.write_str(prefix)?;
    f.write_str("_")?;
    f.write_str(std::str::from_utf8(&text).unwrap_or_default())
}

/// Reads what [`write`] wrote with this prefix; `None` for anything else.
pub(crate) fn read(prefix: &str, text: &str) -> Option<Uuid> {
    let digits = text.strip_prefix(prefix)?.strip_prefix('_')?.as_bytes();
    if digits.len() != SUFFIX_LEN || *digits.first()? > b'7' {
        return None;
    }
    let mut sum: u128 = 0;
    for byte in digits {
        sum = (sum << 5) | u128::from(value(*byte)?);
    }
    Some(Uuid::from_u128(sum))
}

const fn digit(value: u8) -> u8 {
    match value {
        0..=9 => b'0' + value,
        10..=17 => b'a' + (value - 10),
        18..=19 => b'j' + (value - 18),
        20..=21 => b'm' + (value - 20),
        22..=26 => b'p' + (value - 22),
        27..=31 => b'v' + (value - 27),
        _ => b'0',
    }
}

const fn value(digit: u8) -> Option<u8> {
    Some(match digit {
        b'0'..=b'9' => digit - b'0',
        b'a'..=b'h' => digit - b'a' + 10,
        b'j'..=b'k' => digit - b'j' + 18,
        b'm'..=b'n' => digit - b'm' + 20,
        b'p'..=b't' => digit - b'p' + 22,
        b'v'..=b'z' => digit - b'v' + 27,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_digit_reads_back() {
        for number in 0..32 {
            assert_eq!(value(digit(number)), Some(number));
        }
        for other in [b'i', b'l', b'o', b'u', b'A', b'-', b'_', 0, 255] {
            assert_eq!(value(other), None);
        }
    }

    /// The valid and invalid cases of the specification (`spec/valid.json`, `spec/invalid.json`).
    #[test]
    fn follows_the_specification() {
        let known = [
            (
                "00000000-0000-0000-0000-000000000000",
                "p_00000000000000000000000000",
            ),
            (
                "00000000-0000-0000-0000-000000000001",
                "p_00000000000000000000000001",
            ),
            (
                "00000000-0000-0000-0000-00000000000a",
                "p_0000000000000000000000000a",
            ),
            (
                "00000000-0000-0000-0000-000000000010",
                "p_0000000000000000000000000g",
            ),
            (
                "00000000-0000-0000-0000-000000000020",
                "p_00000000000000000000000010",
            ),
            (
                "ffffffff-ffff-ffff-ffff-ffffffffffff",
                "p_7zzzzzzzzzzzzzzzzzzzzzzzzz",
            ),
            (
                "0110c853-1d09-52d8-d73e-1194e95b5f19",
                "p_0123456789abcdefghjkmnpqrs",
            ),
            (
                "01890a5d-ac96-774b-bcce-b302099a8057",
                "p_01h455vb4pex5vsknk084sn02q",
            ),
        ];
        for (uuid, text) in known {
            assert_eq!(read("p", text), Uuid::parse_str(uuid).ok(), "{text}");
        }
        for wrong in [
            "p_8zzzzzzzzzzzzzzzzzzzzzzzzz",
            "P_00000000000000000000000000",
            "q_00000000000000000000000000",
            "p00000000000000000000000000",
            "p_0000000000000000000000000",
            "p_000000000000000000000000000",
            "p_0123456789ABCDEFGHJKMNPQRS",
            "p_0123456789abcdefghijklmnop",
            "p_",
            "",
        ] {
            assert_eq!(read("p", wrong), None, "{wrong}");
        }
    }
}
