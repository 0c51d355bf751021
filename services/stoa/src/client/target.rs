//! Where the suite is, and with which token it is asked: a data folder says both.

use std::fs;
use std::path::{Path, PathBuf};

use http::Uri;
use stoa_chassis::{Addresses, operator_token_path};

use super::{Connection, Failure};

/// The data folder when none is named.
pub const DEFAULT_DATA: &str = "./stoa-data";

/// Where the suite is that a tool works with.
#[derive(Clone, Debug, clap::Args)]
pub struct Where {
    /// The data folder of the suite: addresses and token are read there [default: ./stoa-data]
    #[arg(long, value_name = "DIR", conflicts_with_all = ["grpc", "token_file"])]
    data: Option<PathBuf>,
    /// The gRPC address of the suite, instead of its data folder
    #[arg(long, value_name = "ADDR", requires = "token_file")]
    grpc: Option<String>,
    /// The file with the operator's token; with --grpc
    #[arg(long, value_name = "FILE", requires = "grpc")]
    token_file: Option<PathBuf>,
}

impl Where {
    /// The suite of a data folder.
    #[must_use]
    pub fn folder(data: impl Into<PathBuf>) -> Self {
        Self {
            data: Some(data.into()),
            grpc: None,
            token_file: None,
        }
    }

    /// A connection to it. Nothing is sent yet: whether anybody is there, the first call says.
    ///
    /// # Errors
    /// An address that is none, or a token that cannot be read.
    pub fn connect(&self) -> Result<Connection, Failure> {
        Ok(Connection::new(self.target()?))
    }

    /// What a command is typed with to mean the same suite: nothing, or a space and the arguments.
    pub(crate) fn arguments(&self) -> String {
        let file = |name: &str, file: &Option<PathBuf>| {
            let file = file.as_ref()?;
            Some(format!(" --{name} {}", file.display()))
        };
        let grpc = self.grpc.as_ref().map(|grpc| format!(" --grpc {grpc}"));
        [
            file("data", &self.data),
            grpc,
            file("token-file", &self.token_file),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    fn target(&self) -> Result<Target, Failure> {
        match (&self.grpc, &self.token_file) {
            (Some(address), Some(file)) => Ok(Target::Address {
                uri: uri(address)?,
                token: token(file)?,
            }),
            (None, None) => {
                let data = self.data.clone().unwrap_or_else(|| DEFAULT_DATA.into());
                Ok(Target::Folder(data))
            }
            _ => Err(Failure::Usage(
                "--grpc and --token-file go together".to_owned(),
            )),
        }
    }
}

/// Where calls go.
#[derive(Debug)]
pub(super) enum Target {
    /// To the suite of a data folder, wherever it listens at the moment.
    Folder(PathBuf),
    /// To an address.
    Address {
        /// Where.
        uri: Uri,
        /// The operator's token.
        token: String,
    },
}

/// Where calls go at the moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) uri: Uri,
    pub(super) token: String,
}

impl Target {
    /// Looks it up. A suite that was restarted may listen elsewhere.
    pub(super) fn find(&self) -> Result<Found, Failure> {
        match self {
            Self::Folder(data) => {
                let addresses = Addresses::read(data)
                    .map_err(|_| Failure::NeverStarted { data: data.clone() })?;
                Ok(Found {
                    uri: uri(&addresses.grpc.to_string())?,
                    token: token(&operator_token_path(data))?,
                })
            }
            Self::Address { uri, token } => Ok(Found {
                uri: uri.clone(),
                token: token.clone(),
            }),
        }
    }
}

fn uri(address: &str) -> Result<Uri, Failure> {
    let address = address.strip_prefix("http://").unwrap_or(address);
    let uri = Uri::builder()
        .scheme("http")
        .authority(address)
        .path_and_query("/")
        .build();
    uri.ok().filter(|uri| uri.port().is_some()).ok_or_else(|| {
        Failure::Usage(format!(
            "{address} is no address; it must look like 127.0.0.1:7400"
        ))
    })
}

fn token(file: &Path) -> Result<String, Failure> {
    let text = fs::read_to_string(file).map_err(|error| {
        Failure::Usage(format!("cannot read the token {}: {error}", file.display()))
    })?;
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(Failure::Usage(format!("{} holds no token", file.display())));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_address_needs_a_port() {
        assert_eq!(uri("127.0.0.1:7400").unwrap().port_u16(), Some(7400));
        assert_eq!(uri("http://[::1]:7400").unwrap().port_u16(), Some(7400));
        for wrong in ["", "127.0.0.1", "a b:1", "https://x:1/y"] {
            assert!(uri(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_command_for_the_same_suite_has_the_same_arguments() {
        assert_eq!(Where::folder("shop").arguments(), " --data shop");
        let there = Where {
            data: None,
            grpc: Some("127.0.0.1:7400".to_owned()),
            token_file: Some("token".into()),
        };
        let typed = " --grpc 127.0.0.1:7400 --token-file token";
        assert_eq!(there.arguments(), typed);
    }

    #[test]
    fn a_folder_in_which_nothing_started_says_how_to_start() {
        let folder = tempfile::tempdir().unwrap();
        let failure = Target::Folder(folder.path().to_owned()).find().unwrap_err();
        assert!(failure.to_string().contains("stoa up --data"));
        assert_eq!(failure.status(), 75);
    }
}
