//! What a disk holds when the power fails: what the file layer kept of each file and folder, with or without some of the pages
//! that were on their way.

use std::collections::HashMap;
use std::fs::{self, File, Metadata, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use crate::proof::Luck;

const PAGE: usize = 4_096;

/// A folder and what would be left of it.
pub(crate) struct Disk {
    /// What the processes see.
    pub(crate) folder: PathBuf,
    /// What was synced: `data/<id>` and `dirs/<id>`.
    pub(crate) disk: PathBuf,
}

/// What a cut took.
#[derive(Debug, Default)]
pub(crate) struct Lost {
    /// Pages that were written and not synced.
    pub(crate) pages: u64,
    /// Whether some of them were on the disk all the same.
    pub(crate) is_torn: bool,
}

impl Disk {
    /// An empty folder, all of which is on the disk.
    pub(crate) fn new(root: &Path) -> Self {
        let disk = Self {
            folder: root.join("data"),
            disk: root.join("disk"),
        };
        fs::create_dir(&disk.folder).unwrap();
        disk.adopt();
        disk
    }

    /// The power fails: the folder becomes what the disk holds. The processes are dead.
    pub(crate) fn cut(&self, luck: &mut Luck) -> Lost {
        let mut cut = Cut {
            disk: &self.disk,
            live: HashMap::new(),
            // One cut in three takes all that was on its way, the others about half of it.
            keeps: luck.up_to(3) > 1,
            luck,
            lost: Lost::default(),
        };
        cut.find(&self.folder);
        let left = self.folder.with_extension("left");
        cut.rebuild(&id(&fs::metadata(&self.folder).unwrap()), &left);
        let lost = cut.lost;
        fs::remove_dir_all(&self.folder).unwrap();
        fs::rename(&left, &self.folder).unwrap();
        self.adopt();
        lost
    }

    /// Takes the folder as it is for what the disk holds.
    fn adopt(&self) {
        // There is none at first.
        let _none = fs::remove_dir_all(&self.disk);
        fs::create_dir_all(self.disk.join("data")).unwrap();
        fs::create_dir_all(self.disk.join("dirs")).unwrap();
        self.adopt_below(&self.folder);
    }

    fn adopt_below(&self, folder: &Path) {
        let mut list = String::new();
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let (path, about) = (entry.path(), entry.metadata().unwrap());
            let name = entry.file_name().into_string().unwrap();
            if about.is_dir() {
                list.push_str(&format!("d {} {name}\n", id(&about)));
                self.adopt_below(&path);
            } else {
                list.push_str(&format!("f {} {name}\n", id(&about)));
                fs::copy(&path, self.disk.join("data").join(id(&about))).unwrap();
            }
        }
        let folder = id(&fs::metadata(folder).unwrap());
        fs::write(self.disk.join("dirs").join(folder), list).unwrap();
    }
}

/// An inode and the moment of its birth, as the file layer writes it.
fn id(about: &Metadata) -> String {
    let born = about.created().unwrap().duration_since(UNIX_EPOCH).unwrap();
    format!("{}-{}-{}", about.ino(), born.as_secs(), born.subsec_nanos())
}

struct Cut<'a> {
    disk: &'a Path,
    /// The files that the dead processes saw, by id.
    live: HashMap<String, PathBuf>,
    keeps: bool,
    luck: &'a mut Luck,
    lost: Lost,
}

impl Cut<'_> {
    fn find(&mut self, folder: &Path) {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let about = entry.metadata().unwrap();
            if about.is_dir() {
                self.find(&entry.path());
            } else {
                self.live.insert(id(&about), entry.path());
            }
        }
    }

    /// Writes what is left of the folder with this id.
    fn rebuild(&mut self, folder: &str, to: &Path) {
        fs::create_dir(to).unwrap();
        fs::set_permissions(to, Permissions::from_mode(0o700)).unwrap();
        // One that was never synced has no entries.
        let list = fs::read_to_string(self.disk.join("dirs").join(folder)).unwrap_or_default();
        for line in list.lines() {
            let mut parts = line.splitn(3, ' ');
            let mut part = || parts.next().unwrap();
            let (kind, id, name) = (part(), part(), part());
            if kind == "d" {
                self.rebuild(id, &to.join(name));
            } else {
                self.file(id, &to.join(name));
            }
        }
    }

    fn file(&mut self, id: &str, to: &Path) {
        // One that was never synced is empty.
        let kept = fs::read(self.disk.join("data").join(id)).unwrap_or_default();
        fs::write(to, &kept).unwrap();
        fs::set_permissions(to, Permissions::from_mode(0o600)).unwrap();
        let Some(live) = self.live.get(id).map(|path| fs::read(path).unwrap()) else {
            return;
        };
        let file = File::options().write(true).open(to).unwrap();
        for (place, page) in live.chunks(PAGE).enumerate() {
            let at = place * PAGE;
            let before = kept.get(at..(at + page.len())).unwrap_or_default();
            if before == page {
                continue;
            }
            self.lost.pages += 1;
            if self.keeps && self.luck.up_to(2) == 1 {
                file.write_all_at(page, u64::try_from(at).unwrap()).unwrap();
                self.lost.is_torn = true;
            }
        }
    }
}
