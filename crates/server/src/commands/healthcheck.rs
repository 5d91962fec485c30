//! `cartera healthcheck`: for containers, whose images have no curl.

use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

use super::{configuration, tell};
use crate::error::StartError;

const PATIENCE: Duration = Duration::from_secs(3);

/// Asks this configuration's server (or worker) whether it is healthy.
///
/// # Errors
/// [`StartError`] when it does not answer or says that it is not.
pub fn run(worker: bool) -> Result<(), StartError> {
    let config = configuration()?;
    let address = match (worker, config.metrics.addr) {
        (false, _) => config.http.addr,
        (true, Some(address)) => address,
        (true, None) => {
            let cause = std::io::Error::other("METRICS_ADDR is missing");
            return Err(StartError::Io { what: "a worker answers on METRICS_ADDR alone".to_owned(), cause });
        }
    };
    let address = reachable(address);
    let answer =
        ask(address).map_err(|cause| StartError::Io { what: format!("no answer from {address}"), cause })?;
    let status = answer.lines().next().unwrap_or_default().to_owned();
    if status.contains(" 200 ") {
        tell("healthy");
        return Ok(());
    }
    Err(StartError::Io {
        what: format!("{address} answered {status:?}"),
        cause: std::io::Error::other("not healthy"),
    })
}

/// The address to call: a server that listens on all interfaces is asked on the loopback.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => IpAddr::V4(Ipv4Addr::LOCALHOST),
        IpAddr::V6(ip) if ip.is_unspecified() => IpAddr::V6(Ipv6Addr::LOCALHOST),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}

fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    write!(stream, "GET /health HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.take(64 * 1024).read_to_string(&mut answer)?;
    Ok(answer)
}
