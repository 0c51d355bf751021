//! Checksums, and names and bytes that outlive a power cut.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

use sha2::{Digest, Sha256};

use super::BackupError;

/// Bytes that are read at once.
const BLOCK: usize = 1 << 20;

fn failed(path: &Path) -> impl Fn(io::Error) -> BackupError {
    move |source| BackupError::File {
        path: path.to_owned(),
        source,
    }
}

/// Makes the bytes of a file durable.
///
/// # Errors
/// When it cannot be opened or the disk does not take it.
pub fn sync_file(path: &Path) -> Result<(), BackupError> {
    File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(failed(path))
}

/// Makes the names in a folder durable.
///
/// # Errors
/// When it cannot be opened or the disk does not take it.
pub fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    sync_file(folder)
}

/// Removes a file, if there is one.
pub(super) fn remove(path: &Path) -> Result<(), BackupError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(failed(path)(error)),
        _ => Ok(()),
    }
}

/// A file under its name, with its bytes on the disk; its size and checksum.
pub(super) fn settle(partial: &Path, path: &Path) -> Result<(u64, String), BackupError> {
    sync_file(partial)?;
    let told = sum(partial)?;
    fs::rename(partial, path).map_err(failed(path))?;
    Ok(told)
}

/// Size and SHA-256 of a file.
pub(super) fn sum(path: &Path) -> Result<(u64, String), BackupError> {
    pour(path, &mut io::sink())
}

/// Copies a file anew, readable by its owner alone; size and SHA-256 of what was copied.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(u64, String), BackupError> {
    use std::os::unix::fs::OpenOptionsExt;
    remove(to)?;
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(to)
        .map_err(failed(to))?;
    let told = pour(from, &mut file)?;
    file.sync_all().map_err(failed(to))?;
    Ok(told)
}

fn pour(from: &Path, to: &mut impl Write) -> Result<(u64, String), BackupError> {
    let mut file = File::open(from).map_err(failed(from))?;
    let mut block = vec![0; BLOCK];
    let mut hash = Sha256::new();
    let mut bytes = 0;
    loop {
        let read = file.read(&mut block).map_err(failed(from))?;
        let Some(read) = block.get(..read).filter(|read| !read.is_empty()) else {
            break;
        };
        hash.update(read);
        to.write_all(read).map_err(failed(from))?;
        bytes += u64::try_from(read.len()).unwrap_or(u64::MAX);
    }
    Ok((bytes, hex::encode(hash.finalize())))
}

/// Renames a file.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), BackupError> {
    fs::rename(from, to).map_err(failed(to))
}
