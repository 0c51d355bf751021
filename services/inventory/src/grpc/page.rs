//! What stands on a page: as many items as asked for, or 1 MiB, whichever comes first; and the token of the next one.

use prost::Message;
use serde::Serialize;
use stoa_errors::Error;
use stoa_store::{PageSize, PageToken};

/// Bytes after which a page ends, once it holds one item.
const BYTES: usize = 1024 * 1024;

/// Cuts `found`, read one further than a page, down to a page; `position` tells where an item stands in the list that `arguments`
/// describe. Gives the messages and the token of the next page, empty behind the last.
pub(crate) fn cut<T, M: Message, P: Serialize, A: Serialize>(
    found: Vec<T>,
    size: PageSize,
    arguments: &A,
    position: impl Fn(&T) -> P,
    message: impl Fn(T) -> M,
) -> Result<(Vec<M>, String), Error> {
    let all = found.len();
    let (mut page, mut bytes) = (Vec::with_capacity(all.min(size.get())), 0);
    let mut last = None;
    for item in found.into_iter().take(size.get()) {
        let place = position(&item);
        let message = message(item);
        bytes += message.encoded_len();
        if bytes > BYTES && !page.is_empty() {
            break;
        }
        page.push(message);
        last = Some(place);
    }
    let token = match last {
        Some(last) if page.len() < all => PageToken::encode(&last, arguments)?,
        _ => String::new(),
    };
    Ok((page, token))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may end with a panic")]

    use super::*;

    #[test]
    fn a_page_ends_by_count_or_by_bytes() {
        let page = |length: usize, count: usize, size: i32| {
            let found: Vec<String> = vec!["x".repeat(length); count];
            let size = PageSize::new(size).unwrap();
            let (page, token) = cut(found, size, &"test", String::len, |item| item).unwrap();
            (page.len(), token.is_empty())
        };
        assert_eq!(page(10, 3, 0), (3, true));
        assert_eq!(page(10, 3, 2), (2, false));
        assert_eq!(page(10, 2, 2), (2, true), "the last page");
        assert_eq!(page(BYTES / 2, 3, 3), (1, false));
        assert_eq!(page(BYTES / 3, 4, 4), (2, false));
        assert_eq!(page(2 * BYTES, 2, 2), (1, false), "one always fits");
        assert_eq!(page(1, 0, 2), (0, true));
    }
}
