//! `stoa doctor --watch`: a visit after the other, until somebody ends it, something is broken, or the suite stays away.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::time::{Instant, sleep_until};

use crate::client::{Connection, Failure, Format, Report as _};
use crate::status;

use super::diagnosis::Diagnosis;
use super::metrics::{Figures, Page};
use super::round::Visit;
use super::scope::Reach;

/// How it is watched.
#[derive(Clone, Debug)]
pub(super) struct Watch {
    /// From one visit's beginning to the next one's.
    pub(super) every: Duration,
    /// How often everything is read, however large the shop is.
    pub(super) full_every: Duration,
    /// How long the suite may be away.
    pub(super) patience: Duration,
    /// Whether it goes on when something is broken.
    pub(super) keeps_going: bool,
    /// Where the figures are served.
    pub(super) admin: Option<SocketAddr>,
    /// How a visit's result is printed.
    pub(super) format: Format,
    /// What the commands of a repair are completed with.
    pub(super) arguments: String,
}

/// What has been seen.
#[derive(Debug, Default)]
struct Seen {
    last: Option<Diagnosis>,
    broken: bool,
}

impl Watch {
    /// Watches; gives the exit status.
    pub(super) async fn run(&self, suite: &Connection, visit: Visit) -> Result<u8, Failure> {
        let mut interrupted = ended(SignalKind::interrupt())?;
        let mut terminated = ended(SignalKind::terminate())?;
        let figures = Figures::default();
        let page = match self.admin {
            Some(address) => Some(Page::bind(address).await?),
            None => None,
        };
        let mut seen = Seen::default();
        let done = tokio::select! {
            done = self.visits(suite, visit, &figures, &mut seen) => Some(done),
            served = serve(page, &figures) => return served.map(|()| status::INTERNAL),
            _ = interrupted.recv() => None,
            _ = terminated.recv() => None,
        };
        match done {
            Some(done) => done,
            None => seen.verdict(self.format),
        }
    }

    /// Visits until something is broken or nobody is there.
    async fn visits(
        &self,
        suite: &Connection,
        visit: Visit,
        figures: &Figures,
        seen: &mut Seen,
    ) -> Result<u8, Failure> {
        let (mut answered, mut whole) = (Instant::now(), None::<Instant>);
        loop {
            let began = Instant::now();
            let due = whole.is_none_or(|whole| whole + self.full_every <= began);
            let visit = Visit {
                reach: self.reach(visit.reach, due, whole.is_none()),
                ..visit
            };
            match visit.make(suite).await {
                Ok(mut diagnosis) => {
                    answered = Instant::now();
                    if due {
                        whole = Some(began);
                    }
                    diagnosis.address(&self.arguments);
                    figures.note(&diagnosis, began.elapsed());
                    let healthy = diagnosis.is_healthy();
                    self.tell(&diagnosis, began.elapsed())?;
                    seen.broken |= !healthy;
                    seen.last = Some(diagnosis);
                    if !healthy && !self.keeps_going {
                        return Ok(status::REFUSED);
                    }
                }
                Err(failure) if failure.status() == status::TRY_AGAIN => {
                    figures.gone();
                    if answered.elapsed() >= self.patience {
                        return Err(failure);
                    }
                }
                Err(failure) => return Err(failure),
            }
            sleep_until(began + self.every).await;
        }
    }

    /// What a visit reads: as asked at the first one, everything once in a while, and in between what has happened since.
    fn reach(&self, asked: Reach, due: bool, first: bool) -> Reach {
        match (asked, due, first) {
            (Reach::Open, _, _) => Reach::Open,
            (asked, _, true) => asked,
            (_, true, false) => Reach::Full,
            (_, false, false) => Reach::Open,
        }
    }

    /// A line for a visit in which all held; everything about another.
    fn tell(&self, diagnosis: &Diagnosis, took: Duration) -> Result<(), Failure> {
        if self.format == Format::Json || !diagnosis.is_healthy() {
            return diagnosis.print(self.format);
        }
        crate::client::line(&diagnosis.summary(took))
    }
}

impl Seen {
    /// What is said in the end.
    fn verdict(&self, format: Format) -> Result<u8, Failure> {
        match &self.last {
            Some(last) if format == Format::Text || !last.is_healthy() => last.print(format)?,
            _ => {}
        }
        Ok(if self.broken {
            status::REFUSED
        } else {
            status::OK
        })
    }
}

fn ended(kind: SignalKind) -> Result<tokio::signal::unix::Signal, Failure> {
    signal(kind).map_err(|error| Failure::Broken(format!("cannot hear signals: {error}")))
}

/// Serves the figures for as long as somebody watches.
async fn serve(page: Option<Page>, figures: &Figures) -> Result<(), Failure> {
    match page {
        Some(page) => page.serve(figures).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_read_once_in_a_while() {
        let watch = Watch {
            every: Duration::from_secs(10),
            full_every: Duration::from_secs(600),
            patience: Duration::from_secs(60),
            keeps_going: false,
            admin: None,
            format: Format::Text,
            arguments: String::new(),
        };
        assert_eq!(watch.reach(Reach::Fitting, true, true), Reach::Fitting);
        assert_eq!(watch.reach(Reach::Fitting, false, false), Reach::Open);
        assert_eq!(watch.reach(Reach::Fitting, true, false), Reach::Full);
        assert_eq!(watch.reach(Reach::Full, true, true), Reach::Full);
        assert_eq!(watch.reach(Reach::Open, true, true), Reach::Open);
    }
}
