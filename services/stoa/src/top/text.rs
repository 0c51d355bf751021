//! The figures as a screenful of text, at most 100 columns wide.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use super::figures::Figures;
use super::page::total;

impl Display for Figures {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let process = &self.process;
        writeln!(
            f,
            "{} at {}, over {:.1} s",
            self.process_name, self.address, self.seconds
        )?;
        writeln!(f, "orders/s   {}", Rates(&self.orders_per_s))?;
        writeln!(f, "errors/s   {}", Rates(&self.errors_per_s))?;
        writeln!(
            f,
            "process    {:.0} % of a core, {} resident (at most {}), {} threads, {} descriptors, {} calls in flight",
            process.cpu_cores * 100.0,
            Bytes(process.resident_bytes),
            Bytes(process.peak_resident_bytes),
            process.threads,
            process.open_fds,
            process.calls_in_flight
        )?;
        // What is least missed stands last: a low terminal cuts it off.
        self.services(f)?;
        self.workflows(f)?;
        self.events(f)?;
        self.methods(f)
    }
}

impl Figures {
    fn services(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:10} {:>9} {:>9} {:>9} {:>9} {:>10} {:>7} {:>11} {:>9} {:>6}",
            "SERVICE",
            "CALLS/S",
            "ERRORS/S",
            "P50",
            "P99",
            "COMMITS/S",
            "BATCH",
            "COMMIT P99",
            "RETRIES/S",
            "QUEUE"
        )?;
        for one in &self.services {
            writeln!(
                f,
                "{:10} {:>9} {:>9} {:>9} {:>9} {:>10} {:>7} {:>11} {:>9} {:>6}",
                one.service,
                Rate(one.calls_per_s).to_string(),
                Rate(one.errors_per_s).to_string(),
                Span(one.p50_ms).to_string(),
                Span(one.p99_ms).to_string(),
                Rate(one.commits_per_s).to_string(),
                one.mean_batch
                    .map_or_else(|| "-".to_owned(), |mean| format!("{mean:.1}")),
                Span(one.commit_p99_ms).to_string(),
                Rate(one.retries_per_s).to_string(),
                one.queue_depth
            )?;
        }
        Ok(())
    }

    fn methods(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:48} {:>9} {:>9} {:>9} {:>9}",
            "BUSIEST", "CALLS/S", "ERRORS/S", "P50", "P99"
        )?;
        for one in &self.methods {
            writeln!(
                f,
                "{:48} {:>9} {:>9} {:>9} {:>9}",
                one.method,
                Rate(one.calls_per_s).to_string(),
                Rate(one.errors_per_s).to_string(),
                Span(one.p50_ms).to_string(),
                Span(one.p99_ms).to_string()
            )?;
        }
        Ok(())
    }

    fn workflows(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "\n{:24} {:>6} {:>6} {:>8} {:>9} {:>11} {:>9} {:>10} {:>8}",
            "WORKFLOW",
            "LIVE",
            "STUCK",
            "OLDEST",
            "RUNS/S",
            "FINISHED/S",
            "PARKED/S",
            "RETRIES/S",
            "P99"
        )?;
        for one in self.workflows.iter().filter(|kind| kind.is_there()) {
            writeln!(
                f,
                "{:24} {:>6} {:>6} {:>8} {:>9} {:>11} {:>9} {:>10} {:>8}",
                one.kind,
                one.live,
                one.stuck,
                Span(Some(one.oldest_s * 1_000.0)).to_string(),
                Rate(one.runs_per_s).to_string(),
                Rate(one.finished_per_s).to_string(),
                Rate(one.parked_per_s).to_string(),
                Rate(one.retries_per_s).to_string(),
                Span(one.run_p99_ms).to_string()
            )?;
        }
        Ok(())
    }

    /// Logs at the left, consumers at the right: both are short.
    fn events(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let mut left = vec![format!(
            "{:12} {:>12} {:>8}",
            "EVENTS OF", "PUBLISHED/S", "WAITING"
        )];
        left.extend(self.logs.iter().map(|one| {
            let rate = Rate(one.published_per_s).to_string();
            format!("{:12} {rate:>12} {:>8}", one.service, one.waiting)
        }));
        let mut right = Vec::new();
        if let Some(consumers) = &self.consumers {
            right.push(format!(
                "{:26} {:>7} {:>7} {:>7} {:>8}",
                "CONSUMER", "POISON", "QUEUED", "EARLY", "OLDEST"
            ));
            right.extend(consumers.iter().map(|one| {
                let oldest = one.oldest_s.map(|age| format!("{age} s"));
                let oldest = oldest.as_deref().unwrap_or("-");
                format!(
                    "{:26} {:>7} {:>7} {:>7} {oldest:>8}",
                    one.consumer, one.poison, one.queued, one.early
                )
            }));
        }
        writeln!(f)?;
        for at in 0..left.len().max(right.len()) {
            let cell = |cells: &[String]| cells.get(at).cloned().unwrap_or_default();
            let line = format!("{:34}    {}", cell(&left), cell(&right));
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// A rate: nothing, two digits below ten, whole numbers from a hundred on.
struct Rate(f64);

impl Display for Rate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            rate if rate <= 0.0 => f.write_str("0"),
            rate if rate < 9.995 => write!(f, "{rate:.2}"),
            rate if rate < 99.95 => write!(f, "{rate:.1}"),
            rate => write!(f, "{rate:.0}"),
        }
    }
}

/// A span in milliseconds, in the unit that suits it.
struct Span(Option<f64>);

impl Display for Span {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("-"),
            Some(span) if span <= 0.0 => f.write_str("0"),
            Some(span) if span < 1.0 => write!(f, "{:.0} µs", span * 1_000.0),
            Some(span) if span < 99.5 => write!(f, "{span:.1} ms"),
            Some(span) if span < 999.5 => write!(f, "{span:.0} ms"),
            Some(span) if span < 600_000.0 => write!(f, "{:.1} s", span / 1_000.0),
            Some(span) if span < 36_000_000.0 => write!(f, "{:.0} min", span / 60_000.0),
            Some(span) => write!(f, "{:.0} h", span / 3_600_000.0),
        }
    }
}

/// Memory in megabytes.
struct Bytes(f64);

impl Display for Bytes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{:.0} MB", self.0 / 1_000_000.0)
    }
}

/// Rates by name, after their sum.
struct Rates<'a>(&'a BTreeMap<String, f64>);

impl Display for Rates<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:>8}",
            Rate(total(self.0.values().copied())).to_string()
        )?;
        for (name, rate) in self.0 {
            write!(f, "   {name} {}", Rate(*rate))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_as_long_as_they_are_worth() {
        for (rate, shown) in [(0.0, "0"), (0.5, "0.50"), (12.34, "12.3"), (1234.5, "1234")] {
            assert_eq!(Rate(rate).to_string(), shown);
        }
        for (span, shown) in [
            (None, "-"),
            (Some(0.25), "250 µs"),
            (Some(12.34), "12.3 ms"),
            (Some(250.0), "250 ms"),
            (Some(2_500.0), "2.5 s"),
            (Some(3_600_000.0), "60 min"),
            (Some(86_400_000.0), "24 h"),
        ] {
            assert_eq!(Span(span).to_string(), shown);
        }
    }
}
