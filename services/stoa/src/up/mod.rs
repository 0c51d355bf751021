//! `stoa up`: the whole suite in this process, the payment provider's stand-in as a child of it.

mod announce;
mod provider;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Instant;

use stoa_config::Sources;
use stoa_store::{FolderLock, StoreError};

use crate::client::DEFAULT_DATA;
use crate::status;
use crate::suite::suite;

use provider::{CannotStart, Provider};

/// The arguments of `stoa up`. What is not named keeps its default; everything else is set by STOA_<SECTION>__<KEY> or a file.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Up {
    /// The data folder; made when it is missing
    #[arg(long, value_name = "DIR", default_value = DEFAULT_DATA)]
    data: PathBuf,
    /// Where gRPC is served; port 0 takes a free one [default: 127.0.0.1:7400]
    #[arg(long, value_name = "ADDR")]
    grpc: Option<SocketAddr>,
    /// Where REST and gRPC-Web are served [default: 127.0.0.1:7480]
    #[arg(long, value_name = "ADDR")]
    http: Option<SocketAddr>,
    /// Where /livez, /readyz and /metrics are served [default: 127.0.0.1:7490]
    #[arg(long, value_name = "ADDR")]
    admin: Option<SocketAddr>,
    /// A Postgres server to keep the data on, as a role that may create databases and roles; the folder remembers it
    #[arg(long, value_name = "URL")]
    database: Option<String>,
    /// The payment provider to use, instead of a sandbox of our own
    #[arg(long, value_name = "URL")]
    provider: Option<String>,
    /// How log lines look [default: human]
    #[arg(long, value_name = "FORMAT", value_parser = ["human", "json"])]
    log: Option<String>,
    /// The OTLP/gRPC collector that traces go to, such as http://127.0.0.1:4317
    #[arg(long, value_name = "URL")]
    otlp: Option<String>,
    /// A TOML file with settings; flags and the environment win over it
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

impl Up {
    /// Runs the suite until a signal; gives the exit status.
    pub(crate) fn run(&self) -> u8 {
        let began = Instant::now();
        let mut sources = match self.sources() {
            Ok(sources) => sources.with_environment(),
            Err(mistake) => return failed(&mistake, status::USAGE),
        };
        if let Err(error) = self.free() {
            return failed(&error.to_string(), error.status());
        }
        if let Some(why) = stoa_chassis::unfinished_restore(&self.data) {
            return failed(&why, status::TRY_AGAIN);
        }
        let provider = match self.sandbox(&mut sources) {
            Ok(provider) => provider,
            Err(error) => return failed(&error.to_string(), error.status()),
        };
        let code = suite().run(&sources, |running| {
            announce::ready(running, began.elapsed());
        });
        if let Some(provider) = provider {
            provider.stop();
        }
        code
    }

    /// Whether the folder can be had, before a sandbox is started in it for nothing; the suite takes the lock itself.
    fn free(&self) -> Result<(), CannotStart> {
        match FolderLock::folder(&self.data) {
            Ok(_released) => Ok(()),
            Err(StoreError::Open { source, .. }) => Err(CannotStart::Folder {
                folder: self.data.clone(),
                source,
            }),
            Err(_) => Err(CannotStart::InUse(self.data.clone())),
        }
    }

    /// Starts the sandbox, unless a provider is named.
    fn sandbox(&self, sources: &mut Sources) -> Result<Option<Provider>, CannotStart> {
        let named = |(key, _): &(String, String)| {
            key == PROVIDER || key.eq_ignore_ascii_case("STOA_PAYMENT__PROVIDER_URL")
        };
        let given = sources.flags.iter().chain(&sources.environment).any(named);
        if given || self.config.is_some() && names_a_provider(sources) {
            return Ok(None);
        }
        let provider = Provider::start(&self.data.join("sandbox"))?;
        let url = format!("http://{}", provider.address());
        sources.flags.push((PROVIDER.to_owned(), url));
        Ok(Some(provider))
    }

    fn sources(&self) -> Result<Sources, String> {
        let data = self.data.to_str();
        let data = data.ok_or("the name of the data folder is no text in UTF-8")?;
        let address = |address: Option<SocketAddr>| address.map(|address| address.to_string());
        let given = [
            ("server.data", Some(quoted(data))),
            ("server.grpc", address(self.grpc)),
            ("server.http", address(self.http)),
            ("server.admin", address(self.admin)),
            ("database.url", self.database.clone()),
            (PROVIDER, self.provider.clone()),
            ("telemetry.format", self.log.clone()),
            ("telemetry.otlp", self.otlp.clone()),
        ];
        let flags = given
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Ok(Sources {
            file: self.config.clone(),
            flags: flags.collect(),
            ..Sources::default()
        })
    }
}

/// The setting that names the payment provider.
const PROVIDER: &str = "payment.provider_url";

fn names_a_provider(sources: &Sources) -> bool {
    let settings = stoa_config::Settings::load(sources);
    settings.is_ok_and(|settings| settings.section::<stoa_payment::PaymentSettings>().is_ok())
}

/// A text that could be read as a number or a list (a folder called `1`), so that it stays a text.
fn quoted(text: &str) -> String {
    if text.contains(['"', '\\']) {
        text.to_owned()
    } else {
        format!("\"{text}\"")
    }
}

fn failed(text: &str, status: u8) -> u8 {
    eprintln!("{text}");
    status
}
