//! Settings as a process reads them: layers, mistakes, secrets.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::time::Duration;

use serde::{Deserialize, Serialize};
use stoa_config::{Mistakes, Secret, Section, Settings, Sources};

#[derive(Debug, Serialize, Deserialize)]
#[serde(default)]
struct Shop {
    #[serde(with = "stoa_config::span")]
    lifetime: Duration,
    lines: u32,
    name: String,
    token: Option<Secret<String>>,
    inner: Inner,
}

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Inner {
    port: u16,
}

impl Default for Shop {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_mins(10),
            lines: 2_000,
            name: "main".to_owned(),
            token: None,
            inner: Inner::default(),
        }
    }
}

impl Section for Shop {
    const NAME: &'static str = "shop";

    fn validate(&self, mistakes: &mut Mistakes) {
        mistakes.require(self.lines >= 1, "lines", "must be at least 1");
        mistakes.require(!self.name.is_empty(), "name", "must not be empty");
    }
}

fn with_file(text: &str, flags: &[(&str, &str)]) -> Result<Settings, Mistakes> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("stoa.toml");
    std::fs::write(&file, text).unwrap();
    Settings::load(&Sources {
        file: Some(file),
        environment: vec![],
        flags: flags
            .iter()
            .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
            .collect(),
    })
}

#[test]
fn defaults_then_file_then_flags() {
    let shop: Shop = Settings::defaults().section().unwrap();
    assert_eq!((shop.lines, shop.inner.port), (2_000, 0));
    let settings = with_file(
        "[shop]\nlifetime = '5s'\nlines = 7\ntoken = 'hunter2'\n[shop.inner]\nport = 80\n",
        &[("shop.lines", "9")],
    )
    .unwrap();
    let shop: Shop = settings.section().unwrap();
    assert_eq!(shop.lifetime, Duration::from_secs(5));
    assert_eq!((shop.lines, shop.inner.port), (9, 80));
    assert_eq!(shop.token.as_ref().unwrap().expose(), "hunter2");
    assert_eq!(shop.name, "main");

    let described = settings.described();
    let of = |key: &str| described.iter().find(|item| item.key == key).unwrap();
    assert_eq!(of("shop.token").value, "********");
    assert_eq!(
        (
            of("shop.lines").value.as_str(),
            of("shop.lines").source.as_str()
        ),
        ("9", "flag")
    );
    assert_eq!(of("shop.name").source, "default");
    assert!(of("shop.inner.port").source.ends_with("stoa.toml"));
    assert!(!format!("{described:?}").contains("hunter2"));
}

#[test]
fn every_mistake_at_once() {
    let settings = with_file(
        "[shop]\nlifetime = 'soon'\nlines = 'many'\nnme = 'x'\n[shop.inner]\nport = 70000\n[shpo]\na = 1\n",
        &[],
    )
    .unwrap();
    let mistakes = settings.section::<Shop>().unwrap_err();
    let keys: Vec<&str> = mistakes
        .iter()
        .map(|mistake| mistake.key.as_str())
        .collect();
    assert_eq!(
        keys,
        ["shop.inner.port", "shop.lifetime", "shop.lines", "shop.nme"],
        "{mistakes}"
    );
    let text = mistakes.to_string();
    assert!(text.contains("did you mean shop.name?"), "{text}");
    assert!(text.contains("250ms"), "{text}");
    assert!(text.contains("stoa.toml"), "{text}");

    let settings = with_file("[shop]\nlines = 0\nname = ''\n[shpo]\na = 1\n", &[]).unwrap();
    let mistakes = settings.section::<Shop>().unwrap_err();
    assert_eq!(mistakes.iter().count(), 2, "{mistakes}");
    let unread: Vec<String> = settings.unread().iter().map(|m| m.key.clone()).collect();
    assert_eq!(unread, ["shpo"]);
}

#[test]
fn the_environment_names_section_and_key() {
    let settings = Settings::load(&Sources {
        environment: [
            ("STOA_SHOP__LINES", "0"),
            ("STOA_SHOP__INNER__PORT", "81"),
            ("STOA_RETAIL", "/data"),
            ("HOME", "/"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec(),
        ..Sources::default()
    })
    .unwrap();
    let mistakes = settings.section::<Shop>().unwrap_err();
    assert_eq!(
        mistakes.to_string(),
        "1 mistake in the configuration\n  shop.lines: must be at least 1 (from STOA_SHOP__LINES)"
    );
    let port = settings
        .described()
        .into_iter()
        .find(|item| item.key == "shop.inner.port")
        .unwrap();
    assert_eq!(
        (port.value.as_str(), port.source.as_str()),
        ("81", "STOA_SHOP__INNER__PORT")
    );
    assert!(settings.unread().is_empty());
}

#[test]
fn a_file_that_is_no_toml_is_said_so() {
    assert!(with_file("[shop\n", &[]).is_err());
    let missing = Settings::load(&Sources {
        file: Some("/nonexistent/stoa.toml".into()),
        ..Sources::default()
    });
    assert!(missing.is_err());
}
