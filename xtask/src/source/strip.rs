//! Takes the comments, and the insides of literals, out of Rust text; every byte taken out becomes a space and
//! line ends stay, so offsets and line numbers are those of the file.

/// What the reader stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Code,
    Line,
    /// Nested block comments, with their depth.
    Block(usize),
    Text,
    /// A raw string, with the number of its hashes.
    Raw(usize),
}

/// The text without comments, and the text without comments and without what stands in string literals.
pub(super) fn strip(text: &str) -> (String, String) {
    let bytes = text.as_bytes();
    let mut code = Vec::with_capacity(bytes.len());
    let mut bare = Vec::with_capacity(bytes.len());
    let mut state = State::Code;
    let mut at = 0;
    while let Some(rest) = bytes.get(at..).filter(|rest| !rest.is_empty()) {
        let (next, length) = step(state, rest, bytes.get(..at).unwrap_or_default());
        let kept = rest.get(..length).unwrap_or(rest);
        let in_comment = matches!(state, State::Line | State::Block(_))
            || matches!(next, State::Line | State::Block(_));
        let in_text = matches!(state, State::Text | State::Raw(_)) && state == next;
        push(&mut code, kept, in_comment);
        push(&mut bare, kept, in_comment || in_text);
        state = next;
        at = at.saturating_add(kept.len().max(1));
    }
    (lossy(code), lossy(bare))
}

/// The state after the next token, and the token's length.
fn step(state: State, rest: &[u8], before: &[u8]) -> (State, usize) {
    match state {
        State::Code => code(rest, before),
        State::Line => match rest.first() {
            Some(b'\n') => (State::Code, 1),
            _ => (State::Line, 1),
        },
        State::Block(depth) => match rest {
            [b'*', b'/', ..] if depth <= 1 => (State::Code, 2),
            [b'*', b'/', ..] => (State::Block(depth.saturating_sub(1)), 2),
            [b'/', b'*', ..] => (State::Block(depth.saturating_add(1)), 2),
            _ => (state, 1),
        },
        State::Text => match rest {
            [b'\\', _, ..] => (State::Text, 2),
            [b'"', ..] => (State::Code, 1),
            _ => (State::Text, 1),
        },
        State::Raw(hashes) => match rest {
            [b'"', after @ ..] if starts_with_hashes(after, hashes) => {
                (State::Code, hashes.saturating_add(1))
            }
            _ => (state, 1),
        },
    }
}

fn code(rest: &[u8], before: &[u8]) -> (State, usize) {
    match rest {
        [b'/', b'/', ..] => (State::Line, 2),
        [b'/', b'*', ..] => (State::Block(1), 2),
        [b'"', ..] => (State::Text, 1),
        [b'r', after @ ..] if !ends_in_word(before) => match raw_hashes(after) {
            Some(hashes) => (State::Raw(hashes), hashes.saturating_add(2)),
            None => (State::Code, 1),
        },
        // A character literal may hold a quote; a lifetime has no second quote close by.
        [b'\'', b'\\', _, b'\'', ..] => (State::Code, 4),
        [b'\'', _, b'\'', ..] => (State::Code, 3),
        _ => (State::Code, 1),
    }
}

/// The number of hashes when `after` (what follows an `r`) begins a raw string.
fn raw_hashes(after: &[u8]) -> Option<usize> {
    let hashes = after.iter().take_while(|byte| **byte == b'#').count();
    (after.get(hashes) == Some(&b'"')).then_some(hashes)
}

fn starts_with_hashes(text: &[u8], hashes: usize) -> bool {
    text.iter().take_while(|byte| **byte == b'#').count() >= hashes
}

/// Whether an `r` here would be the end of a longer word; `br` is a prefix of its own.
fn ends_in_word(before: &[u8]) -> bool {
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match before {
        [.., previous, b'b'] => word(previous),
        [b'b'] => false,
        [.., previous] => word(previous),
        [] => false,
    }
}

fn push(into: &mut Vec<u8>, bytes: &[u8], blank: bool) {
    into.extend(
        bytes
            .iter()
            .map(|byte| if blank && *byte != b'\n' { b' ' } else { *byte }),
    );
}

fn lossy(bytes: Vec<u8>) -> String {
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_literals_are_emptied() {
        let text = "a // \"x\"\nb /* c /* d */ e */ f \"g // h\" r#\"i \" j\"# '\"' k 'l str\n";
        let (code, bare) = strip(text);
        assert_eq!(
            code,
            "a       \nb                   f \"g // h\" r#\"i \" j\"# '\"' k 'l str\n"
        );
        assert_eq!(
            bare,
            "a       \nb                   f \"      \" r#\"     \"# '\"' k 'l str\n"
        );
        assert_eq!(code.len(), text.len());
    }

    #[test]
    fn an_escaped_quote_does_not_end_a_string() {
        let (_, bare) = strip(r#"let a = "b\"c" + d;"#);
        assert_eq!(bare, r#"let a = "    " + d;"#);
    }
}
