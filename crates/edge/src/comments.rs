//! The comments of the contract, by the place of what they stand before.

use std::collections::HashMap;

use prost_reflect::{DescriptorPool, FileDescriptor};

/// Leading comments by file and path.
pub(crate) struct Comments {
    texts: HashMap<(String, Vec<i32>), String>,
}

impl Comments {
    pub(crate) fn new(pool: &DescriptorPool) -> Self {
        let mut texts = HashMap::new();
        for file in pool.files() {
            let proto = file.file_descriptor_proto();
            let locations = proto
                .source_code_info
                .iter()
                .flat_map(|info| &info.location);
            for location in locations.filter(|location| location.leading_comments.is_some()) {
                let text = location
                    .leading_comments()
                    .lines()
                    .map(str::trim)
                    .collect::<Vec<_>>()
                    .join(" ");
                texts.insert(
                    (file.name().to_owned(), location.path.clone()),
                    text.trim().to_owned(),
                );
            }
        }
        Self { texts }
    }

    /// The comment before what stands at `path`; empty when there is none.
    pub(crate) fn of(&self, file: &FileDescriptor, path: &[i32]) -> String {
        let key = (file.name().to_owned(), path.to_vec());
        self.texts.get(&key).cloned().unwrap_or_default()
    }
}
