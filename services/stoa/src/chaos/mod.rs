//! `stoa chaos`: does to a deployment what the project's own tests do to theirs, and says whether everything held.
//!
//! It sells in a channel of its own, from many customers at once; sends calls twice, hangs up before the answer, pays with
//! tokens at which the provider falls silent, changes its mind or declines; and kills, without warning, the suite that it
//! started. Whatever was answered is written down and asked for at the end: no answered order may be missing or be less
//! than it was. Then the doctor looks at everything.
//!
//! | file | question it answers |
//! |---|---|
//! | `shop` | what is sold |
//! | `customer` | what does one customer do, and what goes wrong for him |
//! | `faults` | which misfortunes are there, and how often |
//! | `process` | whose is the suite, and how is it killed |
//! | `tally` | what was injected, what was answered, what was promised |
//! | `verdict` | did everything hold |
//! | `page` | the report as a page with charts |

mod customer;
mod faults;
mod page;
mod process;
mod shop;
mod tally;
mod verdict;

use std::io::{self, BufRead, IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use futures::future::join_all;
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use stoa_api::ops::v1::GetInfoRequest;
use tokio::time::{Instant, sleep, sleep_until};

use crate::client::{Connection, Failure, Format, Progress, Report as _, Where};
use crate::status;

use process::Owned;
use tally::Tally;
use verdict::Verdict;

pub(crate) const HELP: &str = "Examples:
  stoa chaos --data /tmp/scratch --minutes 5                 starts a suite there, and kills it again and again
  stoa chaos --data ./stoa-data --minutes 1 --report chaos.html   a suite that runs already is never killed
  stoa chaos --data /tmp/scratch --minutes 1 --yes --format json | tail -n 1 | jq .ok

For a scratch deployment: the orders stay. The payment provider must be the sandbox, since only that knows the test tokens.

Exit status: 0 all held, 1 something broke, 64 wrong arguments, 75 the suite is gone: run it again later.";

/// The arguments of `stoa chaos`.
#[derive(Debug, clap::Args)]
pub(crate) struct Chaos {
    /// For how many minutes
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=10_080))]
    minutes: u64,
    /// For how many seconds, instead
    #[arg(long, conflicts_with = "minutes", value_parser = clap::value_parser!(u64).range(5..=604_800))]
    seconds: Option<u64>,
    /// The data folder of the deployment. If no suite runs there, one is started, and killed from time to time
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Customers at the same time
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=512))]
    customers: u32,
    /// Seconds between two kills, on average; only of a suite that this command has started
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(2..=3_600))]
    kill_every: u64,
    /// Takes the same decisions as the run that printed it [default: a new one]
    #[arg(long)]
    seed: Option<u64>,
    /// Write the report as a page with charts
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

impl Chaos {
    /// Asks, works, judges; the exit status says whether all held.
    ///
    /// # Errors
    /// That it may not begin, or that the suite is gone.
    pub(crate) async fn run(&self) -> Result<u8, Failure> {
        self.ask()?;
        let seed = self.seed.unwrap_or_else(|| rand::rng().random());
        let mut random = StdRng::seed_from_u64(seed);
        let owned = Owned::start(&self.data).await?;
        let suite = Where::folder(&self.data).connect()?.with_width(4)?;
        self.is_scratch(&suite).await?;
        let shop = shop::open(&suite, random.random()).await?;
        let tally = Arc::new(Tally::new());
        eprintln!("chaos with --seed {seed}");
        let owned = self.work(&suite, &shop, &tally, owned, &mut random).await?;
        eprintln!("waiting until everything has come to rest ..");
        let verdict = verdict::reach(&suite, &self.data, &tally, seed).await;
        if let Some(owned) = owned {
            owned.stop().await;
        }
        let verdict: Verdict = verdict?;
        if let Some(file) = &self.report {
            page::write(file, &verdict, &tally).map_err(|error| {
                Failure::Broken(format!("cannot write {}: {error}", file.display()))
            })?;
        }
        verdict.print(self.format)?;
        Ok(if verdict.ok {
            status::OK
        } else {
            status::REFUSED
        })
    }

    fn span(&self) -> Duration {
        let seconds = self.seconds.unwrap_or(self.minutes.saturating_mul(60));
        Duration::from_secs(seconds)
    }

    /// Nobody's shop is broken by mistake.
    fn ask(&self) -> Result<(), Failure> {
        if self.yes {
            return Ok(());
        }
        let folder = self.data.display();
        if !io::stdin().is_terminal() {
            return Err(Failure::Usage(format!(
                "chaos leaves its orders in {folder} and may kill the suite there: add --yes if that is a scratch deployment"
            )));
        }
        eprint!(
            "Chaos leaves its orders in {folder} and may kill the suite there. Type `yes` if that is a scratch deployment: "
        );
        let _flushed = io::stderr().flush();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        if read.is_ok() && answer.trim() == "yes" {
            return Ok(());
        }
        Err(Failure::Usage("nothing was done".to_owned()))
    }

    /// Test tokens mean nothing to a provider that charges real cards.
    async fn is_scratch(&self, suite: &Connection) -> Result<(), Failure> {
        let info = suite.call(GetInfoRequest {}).await?;
        let provider: Option<http::Uri> = info.provider_uri.parse().ok();
        let host = provider.as_ref().and_then(http::Uri::host);
        match host {
            Some("127.0.0.1" | "localhost" | "[::1]") => Ok(()),
            _ => Err(Failure::Usage(format!(
                "the payment provider of this deployment is {}: chaos pays with test tokens, and takes only a sandbox on this machine",
                info.provider_uri
            ))),
        }
    }

    /// The load and the misfortunes, until the time is over.
    async fn work(
        &self,
        suite: &Connection,
        shop: &shop::Shop,
        tally: &Arc<Tally>,
        owned: Option<Owned>,
        random: &mut StdRng,
    ) -> Result<Option<Owned>, Failure> {
        let until = Instant::now() + self.span();
        let progress = Progress::new("seconds", self.span().as_secs());
        let customers = (0..self.customers).map(|number| {
            let seed = random.random();
            customer::shops(suite, shop, tally, number, seed, until)
        });
        let customers: Vec<_> = customers.collect();
        let kills = process::kills(owned, self.kill_every, tally, random.random(), until);
        let clock = async {
            while Instant::now() < until {
                sleep(Duration::from_secs(1)).await;
                progress.add(1);
            }
        };
        let (_done, owned, ()) = tokio::join!(join_all(customers), kills, clock);
        sleep_until(until).await;
        progress.finish();
        owned
    }
}
