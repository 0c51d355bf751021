//! What lies in the buckets of a histogram: means and quantiles of what was recorded between two pages.

use super::page::{Change, Labels, label, total};

/// What was recorded in some series of one histogram.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Histogram {
    /// Upper bound and how many were not above it, by bound.
    buckets: Vec<(f64, f64)>,
    count: f64,
    sum: f64,
}

impl Histogram {
    /// What was recorded in those series of the histogram `name` that are meant.
    pub(super) fn of(change: Change<'_>, name: &str, meant: impl Fn(&Labels) -> bool) -> Self {
        let all = |suffix: &str| {
            let series = change.grown(&format!("{name}_{suffix}"));
            let of_them = series.filter(|(labels, _)| meant(labels));
            total(of_them.map(|(_, grown)| grown))
        };
        let mut buckets: Vec<(f64, f64)> = Vec::new();
        for (labels, grown) in change.grown(&format!("{name}_bucket")) {
            let Some(bound) = bound(labels).filter(|_| meant(labels)) else {
                continue;
            };
            match buckets
                .iter_mut()
                .find(|(known, _)| known.total_cmp(&bound).is_eq())
            {
                Some((_, count)) => *count += grown,
                None => buckets.push((bound, grown)),
            }
        }
        buckets.sort_by(|(one, _), (other, _)| one.total_cmp(other));
        Self {
            buckets,
            count: all("count"),
            sum: all("sum"),
        }
    }

    /// How many were recorded.
    pub(super) const fn count(&self) -> f64 {
        self.count
    }

    /// What was recorded in the mean; none: nothing was.
    pub(super) fn mean(&self) -> Option<f64> {
        (self.count > 0.0).then(|| self.sum / self.count)
    }

    /// What this share (0 to 1) of the recorded does not exceed; none: nothing was recorded. Within a bucket all are taken to lie
    /// evenly, as Prometheus' `histogram_quantile` does; what is above the last bound counts as that bound.
    pub(super) fn quantile(&self, share: f64) -> Option<f64> {
        let (_, all) = self.buckets.last().filter(|(_, all)| *all > 0.0)?;
        let wanted = all * share;
        let (mut low, mut below) = (0.0, 0.0);
        for (high, until) in &self.buckets {
            if *until >= wanted {
                if high.is_infinite() {
                    return Some(low);
                }
                let inside = until - below;
                let part = if inside > 0.0 {
                    (wanted - below) / inside
                } else {
                    1.0
                };
                return Some(low + (high - low) * part);
            }
            (low, below) = (*high, *until);
        }
        Some(low)
    }
}

/// The upper bound of a bucket.
fn bound(labels: &Labels) -> Option<f64> {
    label(labels, "le").parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::super::page::Page;
    use super::*;

    const BEFORE: &str = "t_bucket{m=\"a\",le=\"1\"} 5\nt_bucket{m=\"a\",le=\"2\"} 5\nt_bucket{m=\"a\",le=\"+Inf\"} 5\nt_sum{m=\"a\"} 1\nt_count{m=\"a\"} 5\n";

    fn histogram(after: &str, of: &str) -> Histogram {
        let (before, after) = (Page::read(BEFORE).unwrap(), Page::read(after).unwrap());
        let change = Change {
            before: &before,
            after: &after,
            seconds: 1.0,
        };
        Histogram::of(change, "t", |labels| of.contains(label(labels, "m")))
    }

    fn near(found: Option<f64>, wanted: f64) -> bool {
        found.is_some_and(|found| (found - wanted).abs() < 1e-9)
    }

    #[test]
    fn only_what_came_since_the_first_page_counts() {
        // 10 up to 1, 80 up to 2, 10 above.
        let after = "t_bucket{m=\"a\",le=\"+Inf\"} 105\nt_bucket{m=\"a\",le=\"1\"} 15\nt_bucket{m=\"a\",le=\"2\"} 95\nt_sum{m=\"a\"} 151\nt_count{m=\"a\"} 105\n";
        let seen = histogram(after, "a");
        assert!((seen.count() - 100.0).abs() < 1e-9);
        assert!(near(seen.mean(), 1.5));
        assert!(near(seen.quantile(0.05), 0.5), "{seen:?}");
        assert!(near(seen.quantile(0.5), 1.5), "{seen:?}");
        assert!(near(seen.quantile(0.99), 2.0), "{seen:?}");
    }

    #[test]
    fn series_are_added_up_and_others_are_not() {
        let after = format!(
            "{BEFORE}t_bucket{{m=\"b\",le=\"1\"}} 2\nt_bucket{{m=\"b\",le=\"2\"}} 2\nt_bucket{{m=\"b\",le=\"+Inf\"}} 2\nt_sum{{m=\"b\"}} 1\nt_count{{m=\"b\"}} 2\n"
        );
        assert!(near(histogram(&after, "a b").quantile(1.0), 1.0));
        assert_eq!(histogram(&after, "a").quantile(0.5), None);
        assert_eq!(histogram(&after, "a").mean(), None);
        assert_eq!(histogram("", "a"), Histogram::default());
    }
}
