//! How a copy is put back.

use std::path::{Path, PathBuf};

use super::{BackupError, Copied, database, files, postgres, sqlite, sync_folder};
use crate::{Place, Restored};

/// Where a copy goes.
#[derive(Clone, Debug)]
pub struct Target {
    /// What is put back.
    pub copy: Copied,
    /// Where.
    pub place: Place,
    /// The mark that it gets; none for what is no service, such as the sandbox's books.
    pub mark: Option<Restored>,
}

/// Whether each file of a backup has the size and the checksum of its manifest.
///
/// # Errors
/// The first that has not.
pub fn verify(copies: &[Copied], folder: &Path) -> Result<(), BackupError> {
    for copy in copies {
        let path = folder.join(&copy.file);
        let (bytes, sha256) = files::sum(&path)?;
        same(copy, &path, bytes, &sha256)?;
    }
    Ok(())
}

fn same(copy: &Copied, path: &Path, bytes: u64, sha256: &str) -> Result<(), BackupError> {
    let what = if bytes != copy.bytes {
        format!("it has {bytes} bytes, not {}", copy.bytes)
    } else if sha256 != copy.sha256 {
        "its checksum differs".to_owned()
    } else {
        return Ok(());
    };
    Err(BackupError::Damaged {
        path: path.to_owned(),
        what,
    })
}

/// Puts one copy in its place, over whatever stands there. It may be killed and run again; nobody has the database open.
///
/// # Errors
/// When the copy is damaged, or the place cannot be written.
pub async fn restore(target: &Target, folder: &Path) -> Result<(), BackupError> {
    let copy = &target.copy;
    let from = folder.join(&copy.file);
    let mark = target.mark.as_ref().map(serde_json::to_string).transpose();
    let mark = mark.map_err(|error| BackupError::Damaged {
        path: from.clone(),
        what: format!("its mark is no JSON: {error}"),
    })?;
    match &target.place {
        Place::Server(url) => {
            let (bytes, sha256) = files::sum(&from)?;
            same(copy, &from, bytes, &sha256)?;
            let mark = mark.unwrap_or_default();
            postgres::fill(&copy.name, url, &from, &mark).await
        }
        Place::File(path) => {
            let beside = with_end(path, ".restoring");
            let (bytes, sha256) = files::copy(&from, &beside)?;
            same(copy, &from, bytes, &sha256)?;
            if let Some(mark) = &mark {
                let marked = sqlite::mark(&beside, mark).await;
                marked.map_err(database(&copy.name))?;
                files::sync_file(&beside)?;
            }
            // The log of a file belongs to it: under another file it would be read as that one's.
            for end in ["", "-wal", "-shm", "-journal"] {
                files::remove(&with_end(path, end))?;
            }
            files::rename(&beside, path)?;
            sync_folder(path.parent().unwrap_or_else(|| Path::new(".")))
        }
    }
}

fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(end);
    name.into()
}
