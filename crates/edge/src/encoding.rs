//! Percent-encoding, read strictly: what is not encoded right is refused, never guessed.

use percent_encoding::percent_decode_str;

/// Decodes one piece of a path or query. `plus` says whether `+` is a space, as in a query.
pub(crate) fn decode(text: &str, plus: bool) -> Result<String, String> {
    let text = if plus {
        text.replace('+', " ")
    } else {
        text.to_owned()
    };
    well_formed(&text)?;
    percent_decode_str(&text)
        .decode_utf8()
        .map(|decoded| decoded.into_owned())
        .map_err(|_| "is not UTF-8 after decoding".to_owned())
}

/// Decodes the segments of a variable that spans several; a slash inside one stays `%2F`, so that they can be told apart.
pub(crate) fn decode_path(segments: &[&str]) -> Result<String, String> {
    let mut decoded = Vec::with_capacity(segments.len());
    for segment in segments {
        decoded.push(decode(
            &segment.replace("%2F", "%252F").replace("%2f", "%252f"),
            false,
        )?);
    }
    Ok(decoded.join("/"))
}

/// Each `%` is followed by two hex digits.
fn well_formed(text: &str) -> Result<(), String> {
    for (at, _) in text.match_indices('%') {
        let digits = text.get(at.saturating_add(1)..at.saturating_add(3));
        if !digits.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit())) {
            return Err("has a % that two hex digits do not follow".to_owned());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_right_is_read() {
        assert_eq!(decode("a%2Fb%20c", false).as_deref(), Ok("a/b c"));
        assert_eq!(decode("a+b", true).as_deref(), Ok("a b"));
        assert_eq!(decode("a+b", false).as_deref(), Ok("a+b"));
        assert_eq!(decode("%C3%A9", false).as_deref(), Ok("é"));
        assert_eq!(decode_path(&["a%20b", "c%2Fd"]).as_deref(), Ok("a b/c%2Fd"));
    }

    #[test]
    fn what_is_not_is_refused() {
        for text in ["%", "%1", "%zz", "a%g0", "%é"] {
            assert!(decode(text, false).is_err(), "{text}");
        }
        assert!(decode("%ff", false).is_err(), "not UTF-8");
    }
}
