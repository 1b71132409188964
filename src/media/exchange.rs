//! One request to another host and its answer, over a connection of its own to an address that was checked.

use super::{FetchError, Fetcher, Intake, Resolver, target::Target};
use bytes::{Bytes, BytesMut};
use http::{Request, Response, StatusCode, header};
use http_body_util::{BodyExt, Empty};
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use std::{
    net::{IpAddr, SocketAddr, ToSocketAddrs},
    sync::Arc,
};
use tokio::{net::TcpStream, task::spawn_blocking};
use tokio_rustls::client::TlsStream;

/// Bounds the head of an answer.
const BUFFER: usize = 64 * 1024;

/// As much as a mere `Content-Length` makes us allocate.
const TRUSTED: u64 = 256 * 1024;

/// Some hosts refuse a client that does not say what it is.
const USER_AGENT: &str = concat!("bedrock-gateway/", env!("CARGO_PKG_VERSION"));

/// What a host answers.
pub(super) enum Answer {
    /// What was asked for.
    Bytes(Bytes),
    /// It is elsewhere.
    Moved(String),
}

// === impl Fetcher ===

impl Fetcher {
    /// Asks a target once.
    pub(super) async fn exchange(
        &self,
        target: &Target,
        intake: &mut Intake<'_>,
    ) -> Result<Answer, FetchError> {
        let stream = self.connect(target).await?;
        let handshake = http1::Builder::new().max_buf_size(BUFFER).handshake(TokioIo::new(stream)).await;
        let (mut sender, connection) = handshake.map_err(|_| FetchError::Unreachable)?;
        let request = Request::get(target.path.as_str())
            .header(header::HOST, &target.authority)
            .header(header::USER_AGENT, USER_AGENT)
            .header(header::ACCEPT, "*/*")
            .header(header::ACCEPT_ENCODING, "identity")
            .header(header::CONNECTION, "close")
            .body(Empty::<Bytes>::new())
            .map_err(|_| FetchError::Invalid)?;
        let answer = async {
            let response = sender.send_request(request).await.map_err(|_| FetchError::Unreachable)?;
            read(response, intake).await
        };
        // The connection is driven here and not by a task of its own, so that it ends with this request.
        let driven = async {
            let _ = connection.await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answer = answer => answer,
            () = driven => Err(FetchError::Unreachable),
        }
    }

    /// A connection to one of the target's addresses, all of which were looked at.
    async fn connect(&self, target: &Target) -> Result<TlsStream<TcpStream>, FetchError> {
        let addresses = self.addresses(&target.host).await?;
        if !addresses.iter().all(|address| (self.rules.is_public)(*address)) {
            return Err(FetchError::Address);
        }
        let tls = self.tls.as_ref().map_err(|_| FetchError::Unreachable)?;
        for address in addresses {
            let Ok(tcp) = TcpStream::connect(SocketAddr::new(address, self.rules.port)).await else {
                continue;
            };
            return tls.connect(target.name.clone(), tcp).await.map_err(|_| FetchError::Unreachable);
        }
        Err(FetchError::Unreachable)
    }

    async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, FetchError> {
        if let Ok(address) = host.parse() {
            return Ok(vec![address]);
        }
        let found = match &self.resolver {
            Resolver::System(look_up) => {
                let lookups = Arc::clone(&self.lookups);
                // Never closed. It goes with the look-up, which may outlive the request.
                let permit = lookups.acquire_owned().await.map_err(|_| FetchError::NoRoom)?;
                let (host, look_up) = (host.to_owned(), *look_up);
                let found = spawn_blocking(move || {
                    let _permit = permit;
                    look_up(&host)
                });
                found.await.unwrap_or_default()
            }
            #[cfg(test)]
            Resolver::Fixed(hosts) => hosts.get(host).cloned().unwrap_or_default(),
        };
        if found.is_empty() { Err(FetchError::Unknown) } else { Ok(found) }
    }
}

/// What the system knows of a name: nothing, if that fails.
pub(super) fn look_up(host: &str) -> Vec<IpAddr> {
    // The port has no meaning here.
    let found = (host, 0).to_socket_addrs();
    found.map(|found| found.map(|address| address.ip()).collect()).unwrap_or_default()
}

async fn read(response: Response<Incoming>, intake: &mut Intake<'_>) -> Result<Answer, FetchError> {
    let (head, mut body) = response.into_parts();
    match head.status {
        StatusCode::OK => {}
        StatusCode::MOVED_PERMANENTLY
        | StatusCode::FOUND
        | StatusCode::SEE_OTHER
        | StatusCode::TEMPORARY_REDIRECT
        | StatusCode::PERMANENT_REDIRECT => {
            let location = head.headers.get(header::LOCATION).and_then(|location| location.to_str().ok());
            return location.map(|to| Answer::Moved(to.to_owned())).ok_or(FetchError::Unreachable);
        }
        status => return Err(FetchError::Status(status.as_u16())),
    }
    let encoding = head.headers.get(header::CONTENT_ENCODING);
    if encoding.is_some_and(|encoding| !encoding.as_bytes().eq_ignore_ascii_case(b"identity")) {
        return Err(FetchError::Unreachable);
    }
    let declared = hyper::body::Body::size_hint(&body).lower();
    intake.expect(declared)?;
    let mut bytes = BytesMut::with_capacity(declared.min(TRUSTED) as usize);
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| FetchError::Unreachable)?;
        if let Ok(data) = frame.into_data() {
            intake.take(data.len())?;
            bytes.extend_from_slice(&data);
        }
    }
    Ok(Answer::Bytes(bytes.freeze()))
}
