//! How many fsyncs a second the data disk does: the figure beside every other, because it varies twentyfold.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

const SPAN: Duration = Duration::from_secs(1);

/// Overwrites 4 KiB and syncs it, again and again for a second, in `folder`.
pub(crate) fn fsyncs_per_second(folder: &Path) -> Result<u64> {
    let path = folder.join("fsync-probe");
    let mut file = File::create(&path).context("cannot make the probe's file")?;
    let block = [0x5a_u8; 4096];
    let started = Instant::now();
    let mut count = 0;
    while started.elapsed() < SPAN {
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&block)?;
        file.sync_data()?;
        count += 1;
    }
    drop(file);
    std::fs::remove_file(&path)?;
    Ok(count)
}
