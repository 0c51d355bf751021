//! Where the page is asked for, and for how long it may stay away.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Client, StatusCode};
use stoa_chassis::Addresses;
use tokio::time::{Instant, sleep};

use crate::client::Failure;

use super::page::Page;

/// For how long nobody may answer before the suite counts as gone.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often it is knocked meanwhile.
const KNOCK: Duration = Duration::from_millis(100);

/// How long one answer may take.
const SLOW: Duration = Duration::from_secs(4);

/// The admin port of a suite.
#[derive(Debug)]
pub(super) struct Source {
    at: At,
    http: Client,
}

#[derive(Debug)]
enum At {
    /// Where the suite of this folder listens at the moment.
    Folder(PathBuf),
    /// HOST:PORT.
    Address(String),
}

/// A page, and when and where it was read.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) page: Page,
    pub(super) at: Instant,
    pub(super) address: String,
}

impl Source {
    /// The suite of a data folder.
    pub(super) fn folder(data: &Path) -> Result<Self, Failure> {
        Self::new(At::Folder(data.to_owned()))
    }

    /// An admin port.
    pub(super) fn address(address: &str) -> Result<Self, Failure> {
        let address = address.strip_prefix("http://").unwrap_or(address);
        let uri: Option<http::Uri> = format!("http://{address}/metrics").parse().ok();
        let has_port = uri.is_some_and(|uri| {
            uri.port().is_some() && uri.authority().is_some_and(|it| it.as_str() == address)
        });
        if !has_port {
            return Err(Failure::Usage(format!(
                "{address} is no address; it must look like 127.0.0.1:7490"
            )));
        }
        Self::new(At::Address(address.to_owned()))
    }

    fn new(at: At) -> Result<Self, Failure> {
        let http = Client::builder().no_proxy().timeout(SLOW).build();
        let http = http.map_err(|error| Failure::Broken(format!("cannot speak HTTP: {error}")))?;
        Ok(Self { at, http })
    }

    /// Reads the page.
    ///
    /// # Errors
    /// Nobody has answered for 5 s, no suite has ever started in the folder, or what answers is no admin port.
    pub(super) async fn read(&self) -> Result<Reading, Failure> {
        let since = Instant::now();
        loop {
            let address = self.find()?;
            match self.ask(&address).await? {
                Some(page) => {
                    return Ok(Reading {
                        page,
                        at: Instant::now(),
                        address,
                    });
                }
                None if since.elapsed() >= PATIENCE => {
                    return Err(Failure::Gone {
                        address,
                        silent: PATIENCE,
                    });
                }
                None => sleep(KNOCK).await,
            }
        }
    }

    fn find(&self) -> Result<String, Failure> {
        match &self.at {
            At::Address(address) => Ok(address.clone()),
            At::Folder(data) => Addresses::read(data)
                .map(|addresses| addresses.admin.to_string())
                .map_err(|_| Failure::NeverStarted { data: data.clone() }),
        }
    }

    /// The page that this address gives; none: nobody is there.
    async fn ask(&self, address: &str) -> Result<Option<Page>, Failure> {
        let url = format!("http://{address}/metrics");
        let Ok(answer) = self.http.get(&url).send().await else {
            return Ok(None);
        };
        let status = answer.status();
        let Ok(text) = answer.text().await else {
            return Ok(None);
        };
        let page = Page::read(&text)
            .filter(|page| status == StatusCode::OK && page.figure("target_info").is_some());
        page.map(Some).ok_or_else(|| {
            Failure::Broken(format!(
                "{url} answers {status} and no figures of a suite; `stoa up` says at its start where its admin port is"
            ))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_needs_a_port() {
        for right in ["127.0.0.1:7490", "http://localhost:1", "[::1]:7490"] {
            assert!(Source::address(right).is_ok(), "{right}");
        }
        for wrong in ["", "127.0.0.1", "a b:1", "https://x:1", "x:1/metrics"] {
            assert!(Source::address(wrong).is_err(), "{wrong}");
        }
    }
}
