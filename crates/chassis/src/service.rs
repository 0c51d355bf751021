//! The `main` of one service alone, in a process of its own.
//!
//! Its binary is `fn main() -> ExitCode { stoa_chassis::main::<Module>() }` and nothing else. It listens for callers and
//! operators as the whole suite does, and besides for its peers; those that it calls are found by their addresses.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use stoa_config::Sources;

use crate::{Module, Running, Suite};

/// The exit status of arguments that are none (`EX_USAGE` of sysexits.h).
const USAGE: u8 = 64;

/// A flag, the setting that it stands for, and what is said of it.
const FLAGS: [(&str, &str, &str, &str); 9] = [
    (
        "--data",
        "server.data",
        "DIR",
        "the data folder; made when it is missing [stoa-data]",
    ),
    (
        "--grpc",
        "server.grpc",
        "ADDR",
        "where gRPC is served to anybody [127.0.0.1:7400]",
    ),
    (
        "--http",
        "server.http",
        "ADDR",
        "where REST and gRPC-Web are served [127.0.0.1:7480]",
    ),
    (
        "--admin",
        "server.admin",
        "ADDR",
        "where /livez, /readyz and /metrics are served [127.0.0.1:7490]",
    ),
    (
        "--peers",
        "server.peers",
        "ADDR",
        "where the other services of the deployment call [127.0.0.1:7410]",
    ),
    (
        "--secret-file",
        "peers.secret_file",
        "FILE",
        "the secret of the deployment; made when it is missing [DIR/peers.secret]",
    ),
    (
        "--database",
        "database.url",
        "URL",
        "a Postgres role that may create databases and roles; else a SQLite file in DIR",
    ),
    (
        "--log",
        "telemetry.format",
        "FORMAT",
        "human or json [human]",
    ),
    (
        "--otlp",
        "telemetry.otlp",
        "URL",
        "the OTLP/gRPC collector that traces go to",
    ),
];

/// What the arguments ask for.
enum Asked {
    Run(Sources),
    Say(String),
    Wrong(String),
}

/// Runs the service `M` until a signal, with the settings of its arguments, a file and the environment.
#[must_use]
pub fn main<M: Module>() -> ExitCode {
    match asked::<M>(std::env::args().skip(1)) {
        Asked::Run(sources) => {
            let suite = Suite::service::<M>(env!("CARGO_PKG_VERSION"));
            suite.main(&sources.with_environment(), |running| {
                say(&ready(M::NAME, running));
            })
        }
        Asked::Say(text) => {
            say(&text);
            ExitCode::SUCCESS
        }
        Asked::Wrong(text) => {
            eprintln!("{text}; see stoa-{} --help", M::NAME);
            ExitCode::from(USAGE)
        }
    }
}

fn asked<M: Module>(mut arguments: impl Iterator<Item = String>) -> Asked {
    let mut sources = Sources::default();
    while let Some(argument) = arguments.next() {
        let (name, given) = match argument.split_once('=') {
            Some((name, value)) => (name.to_owned(), Some(value.to_owned())),
            None => (argument, None),
        };
        match name.as_str() {
            "--help" | "-h" => return Asked::Say(help(M::NAME, M::CALLS)),
            "--version" | "-V" => {
                return Asked::Say(format!("stoa-{} {}", M::NAME, env!("CARGO_PKG_VERSION")));
            }
            _ => {}
        }
        let setting = FLAGS.iter().find(|(flag, ..)| *flag == name);
        if setting.is_none() && name != "--config" {
            return Asked::Wrong(format!("there is no argument {name}"));
        }
        let Some(value) = given.or_else(|| arguments.next()) else {
            return Asked::Wrong(format!("{name} wants a value"));
        };
        match setting {
            Some((_, key, ..)) => sources.flags.push(((*key).to_owned(), text(value))),
            None => sources.file = Some(value.into()),
        }
    }
    Asked::Run(sources)
}

/// A text that could be read as a number or a list (a folder called `1`) stays a text.
fn text(value: String) -> String {
    if value.contains(['"', '\\']) {
        value
    } else {
        format!("\"{value}\"")
    }
}

fn help(name: &str, calls: &[&str]) -> String {
    let mut text = format!(
        "The service {name} of Stoa alone, in a process of its own\n\nUsage: stoa-{name} [OPTIONS]\n\nOptions:\n"
    );
    // Writing to a String cannot fail.
    for (flag, _, value, said) in FLAGS {
        let _ok = writeln!(text, "  {:24} {said}", format!("{flag} {value}"));
    }
    let _ok = writeln!(
        text,
        "  {:24} a TOML file with settings; flags and the environment win over it\n  {:24} this text\n  {:24} the version",
        "--config FILE", "-h, --help", "-V, --version"
    );
    let addresses: Vec<String> = calls
        .iter()
        .zip(7511..)
        .map(|(peer, port)| {
            let variable = format!("STOA_PEERS__{}", peer.to_uppercase());
            format!("  {variable}=http://127.0.0.1:{port} \\\n")
        })
        .collect();
    let _ok = write!(
        text,
        "\nEvery other setting stands in the file or the environment: [section] key is STOA_SECTION__KEY.
The processes of a deployment share one secret, by which they know each other on their --peers addresses: give each
the same --secret-file. Keep those addresses off the public network: what they say is not encrypted.
Events stay inside of a process until a message broker serves several: here nobody hears another service's.

Example:
{}  stoa-{name} --data ./{name} --secret-file ./peers.secret --peers 127.0.0.1:7510

SIGINT or SIGTERM drains and ends; a second one ends at once.
Exit status: 0 done, 64 wrong arguments or settings, 70 a fault, 75 run it again later.",
        addresses.concat()
    );
    text
}

fn ready(name: &str, running: &Running) -> String {
    let at = running.addresses();
    let peers = at.peers.map(|peers| peers.to_string()).unwrap_or_default();
    format!(
        "stoa-{name} is ready\n  gRPC   {}\n  REST   http://{}\n  admin  http://{}/readyz\n  peers  {peers}\n  data   {}",
        at.grpc,
        at.http,
        at.admin,
        running.data().display()
    )
}

/// A line on stdout; a closed one is no reason to end.
fn say(text: &str) {
    let _closed = writeln!(std::io::stdout(), "{text}");
}
