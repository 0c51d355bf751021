//! The yardstick of reads: a bare tonic server in a process of its own (`stoa-echo`, beside this program).

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use anyhow::{Context, Result};

use crate::grpc::Method;

/// The method's path.
const PATH: &str = "/stoa.loadtest.v1.EchoService/Echo";

/// The server's process; it ends with this.
#[derive(Debug)]
pub(crate) struct EchoServer {
    child: Child,
    address: SocketAddr,
}

impl EchoServer {
    /// Starts one and waits until it serves.
    pub(crate) fn start(bytes: usize) -> Result<Self> {
        let mut child = Command::new(std::env::current_exe()?.with_file_name("stoa-echo"))
            .arg(bytes.to_string())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot start the echo")?;
        let mut line = String::new();
        let output = child.stdout.take().context("the echo is silent")?;
        BufReader::new(output).read_line(&mut line)?;
        let address = line.trim().parse().context("the echo did not start")?;
        Ok(Self { child, address })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for EchoServer {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        // It was told to end, and has nothing to lose.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The call of it.
pub(super) fn method(address: SocketAddr) -> Result<Method> {
    Method::new(address, PATH, &[])
}
