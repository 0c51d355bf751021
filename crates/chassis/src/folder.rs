//! The data folder: who holds it, the operator's token, and where the running process can be reached.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rand::TryRngCore;
use serde::{Deserialize, Serialize};
use stoa_config::Secret;

/// The file with the operator's token, readable by its owner alone.
pub const OPERATOR_TOKEN: &str = "operator.token";

/// The file that says where the process listens, for the tools that are given the folder.
pub const ADDRESSES: &str = "addresses.json";

/// The file that a restore keeps in the folder until it has ended: the folder of the backup.
pub const UNFINISHED_RESTORE: &str = "restore.unfinished";

/// Why a folder cannot be used in which a restore was begun and did not end, and what to do; none: there is no such.
#[must_use]
pub fn unfinished_restore(data: &Path) -> Option<String> {
    let from = match fs::read_to_string(data.join(UNFINISHED_RESTORE)) {
        Ok(from) => from,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return None,
        Err(error) => error.to_string(),
    };
    let data = data.display();
    Some(format!(
        "a restore into {data} did not end, so its databases are not of one moment; run it again: stoa restore --from {} --data {data}",
        from.trim()
    ))
}

/// Where a process listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addresses {
    /// gRPC.
    pub grpc: SocketAddr,
    /// REST and gRPC-Web.
    pub http: SocketAddr,
    /// Health, readiness, metrics.
    pub admin: SocketAddr,
    /// Other services of the deployment; a process of the whole suite has no such listener.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peers: Option<SocketAddr>,
}

impl Addresses {
    /// Reads what the process of a data folder wrote when it last became ready.
    ///
    /// # Errors
    /// When the file is missing or unreadable.
    pub fn read(data: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(data.join(ADDRESSES))?;
        serde_json::from_str(&text).map_err(io::Error::other)
    }

    /// Writes the file anew, so that a reader sees the old one or the new one.
    pub(crate) fn write(&self, data: &Path) -> io::Result<()> {
        let text = serde_json::to_string(self).map_err(io::Error::other)?;
        let beside = data.join(format!("{ADDRESSES}.new"));
        fs::write(&beside, text)?;
        fs::rename(beside, data.join(ADDRESSES))
    }
}

/// The path of the operator's token in a data folder.
#[must_use]
pub fn operator_token_path(data: &Path) -> PathBuf {
    data.join(OPERATOR_TOKEN)
}

/// The operator's token; made at the first start.
pub(crate) fn operator_token(data: &Path) -> io::Result<Secret<String>> {
    secret(&operator_token_path(data))
}

/// The secret in a file; made when it is missing, 256 random bits, with access for its owner alone. Processes that make it at
/// the same time get the same one.
pub(crate) fn secret(path: &Path) -> io::Result<Secret<String>> {
    match fs::read_to_string(path) {
        Ok(text) if text.trim().len() >= 32 => return Ok(Secret::new(text.trim().to_owned())),
        Ok(_) => {
            return Err(io::Error::other(format!(
                "{} holds no secret; remove it to get a new one",
                path.display()
            )));
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut bytes = [0_u8; 32];
    rand::rngs::OsRng
        .try_fill_bytes(&mut bytes)
        .map_err(io::Error::other)?;
    let token: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let mut beside = path.as_os_str().to_owned();
    beside.push(format!(".{}.new", std::process::id()));
    let beside = PathBuf::from(beside);
    if let Err(error) = fs::remove_file(&beside)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(error);
    }
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(&beside)?;
    file.write_all(token.as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    // Unlike a rename it never replaces what somebody else has made meanwhile.
    let linked = fs::hard_link(&beside, path);
    fs::remove_file(&beside)?;
    match linked {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => secret(path),
        linked => linked.map(|()| Secret::new(token)),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn the_token_is_made_once_and_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let token = operator_token(folder.path()).unwrap();
        assert_eq!(token.expose().len(), 64);
        assert_eq!(
            operator_token(folder.path()).unwrap().expose(),
            token.expose()
        );
        let mode = fs::metadata(operator_token_path(folder.path()))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
        fs::write(operator_token_path(folder.path()), "short").unwrap();
        assert!(operator_token(folder.path()).is_err());
    }

    #[test]
    fn a_restore_that_did_not_end_is_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(unfinished_restore(folder.path()), None);
        fs::write(folder.path().join(UNFINISHED_RESTORE), "/backups/monday\n").unwrap();
        let told = unfinished_restore(folder.path()).unwrap();
        assert!(
            told.contains("stoa restore --from /backups/monday --data"),
            "{told}"
        );
    }

    #[test]
    fn addresses_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let addresses = Addresses {
            grpc: "127.0.0.1:1".parse().unwrap(),
            http: "127.0.0.1:2".parse().unwrap(),
            admin: "[::1]:3".parse().unwrap(),
            peers: None,
        };
        assert!(Addresses::read(folder.path()).is_err());
        addresses.write(folder.path()).unwrap();
        assert_eq!(Addresses::read(folder.path()).unwrap(), addresses);
    }
}
