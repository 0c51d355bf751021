//! What fits on a page: as many as asked for, or 1 MiB, whichever comes first.

use prost::Message;
use stoa_store::PageSize;

/// Bytes after which a page ends, once it holds one item.
const BYTES: usize = 1024 * 1024;

/// How many of the items stand on the page. Those behind them are on the next.
pub(crate) fn fitting<M: Message>(items: &[M], size: PageSize) -> usize {
    let mut bytes = 0;
    let fitting = items.iter().take(size.get()).take_while(|item| {
        let first = bytes == 0;
        bytes += item.encoded_len();
        first || bytes <= BYTES
    });
    fitting.count()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_page_ends_by_count_or_by_bytes() {
        let page = |length: usize, count: usize, size: i32| {
            let items = vec!["x".repeat(length); count];
            fitting(&items, PageSize::new(size).unwrap())
        };
        assert_eq!(page(10, 3, 0), 3);
        assert_eq!(page(10, 3, 2), 2);
        assert_eq!(page(BYTES / 2, 3, 3), 1);
        assert_eq!(page(BYTES / 3, 4, 4), 2);
        assert_eq!(page(2 * BYTES, 2, 2), 1, "one always fits");
        assert_eq!(page(1, 0, 2), 0);
    }
}
