//! `http`: a page asked for over a connection made in the namespace that a probe starts in.

use std::collections::BTreeMap;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::header::{HOST, HeaderName, HeaderValue, USER_AGENT};
use hyper::{HeaderMap, Request, Response};
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

use super::connection::{Connection, NotConnected, Times};
use super::error::Error;
use super::handshake::Handshake;
use super::input::InputFault;
use super::prober::Prober;
use super::tls::{TRUST, millis};
use crate::model::duration::seconds;
use crate::model::probe::http::{HttpProbe, HttpSpec, Method, Scheme, Url};
use crate::model::probe::order::Stand;
use crate::model::probe::place::Source;
use crate::model::probe::tls::TlsSession;
use crate::model::probe::verdict::{Cause, Miss};

const WITHIN: Duration = Duration::from_secs(10);
/// Redirects that are followed.
const MOST: usize = 5;
/// Bytes of a body that are kept.
const KEPT: usize = 1 << 20;
/// Sent only to the server that they were meant for.
const SECRETS: [&str; 3] = ["authorization", "cookie", "proxy-authorization"];

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

type Driver = JoinSet<Result<(), hyper::Error>>;

/// An answer, as far as it came.
struct Answer {
    response: Response<Incoming>,
    /// What speaks the protocol; ends with the answer.
    _driver: Driver,
}

impl Prober {
    /// Asks for a page. Whatever the server does is a result.
    pub async fn http(&self, from: &Source, url: &str, spec: &HttpSpec) -> Result<HttpProbe, Error> {
        let mut url: Url = url.parse().map_err(InputFault::Url)?;
        let headers = headers(spec)?;
        let begun = Instant::now();
        let within = spec.timeout.map_or(WITHIN, |span| span.0);
        let stand = self.stand(from).await?;
        let (first, mut redirects) = (url.clone(), Vec::new());
        loop {
            let own = if url.same_origin(&first) { headers.clone() } else { without_secrets(&headers) };
            let visit = Visit {
                prober: self,
                source: from,
                stand: &stand,
                url: &url,
                spec,
                headers: own,
                end: begun + within,
                within,
            };
            let told = visit.page().await?;
            let next = told.headers.get("location").filter(|_| spec.follow && is_redirect(told.status)).cloned();
            let told = HttpProbe { redirects: redirects.clone(), latency_ms: millis(begun.elapsed()), ..told };
            let Some(location) = next else { return Ok(told) };
            let refused = |words| Ok(HttpProbe { ok: false, cause: Some(Cause::Protocol), message: words, ..told });
            match url.join(&location) {
                _ if redirects.len() >= MOST => {
                    return refused(format!("{url} redirects, as did {MOST} pages before it"));
                }
                Err(fault) => return refused(format!("{url} redirects to where is no following: {fault}")),
                Ok(to) if url.scheme == Scheme::Https && to.scheme == Scheme::Http => {
                    return refused(format!("{url} redirects to {to}, which is not encrypted"));
                }
                Ok(to) => redirects.push(std::mem::replace(&mut url, to).to_string()),
            }
        }
    }
}

/// One page asked for.
struct Visit<'a> {
    prober: &'a Prober,
    source: &'a Source,
    stand: &'a Stand,
    url: &'a Url,
    spec: &'a HttpSpec,
    headers: HeaderMap,
    end: Instant,
    within: Duration,
}

impl Visit<'_> {
    async fn page(self) -> Result<HttpProbe, Error> {
        let Url { scheme, host, port, .. } = self.url;
        let empty = HttpProbe { url: self.url.to_string(), ..HttpProbe::default() };
        // Before anything is sent: a file of authorities that cannot be read is no verdict on the server.
        let handshake = match scheme {
            Scheme::Http => None,
            Scheme::Https => Some(Handshake::new(host, &["http/1.1".to_owned()], self.spec.ca.as_deref())?),
        };
        let Connection { stream, address, times } =
            match self.prober.connection((self.source, self.stand), host, *port, self.end).await? {
                Ok(connection) => connection,
                Err(NotConnected { miss, hint, address, times }) => {
                    let address = address.map(|address| address.to_string());
                    return Ok(missed(HttpProbe { address, hint, ..timed(empty, times) }, miss));
                }
            };
        let told = HttpProbe { address: Some(address.to_string()), ..timed(empty, times) };
        let Some(handshake) = handshake else { return Ok(self.ask(told, Box::new(stream)).await) };
        let secured = match handshake.over(stream, self.end).await {
            Ok(secured) => secured,
            Err(miss) => return Ok(missed(HttpProbe { tls_ms: millis(miss.after), ..told }, miss)),
        };
        let told = with_session(told, secured.session, secured.took);
        match secured.distrust {
            Some(distrust) if !self.spec.insecure => Ok(HttpProbe {
                cause: Some(Cause::Tls),
                message: format!("the certificate of {host} is not believed: {distrust}"),
                hint: Some(format!("{TRUST}; `insecure` takes any certificate")),
                ..told
            }),
            _ => Ok(self.ask(told, Box::new(secured.stream)).await),
        }
    }

    async fn ask(self, told: HttpProbe, stream: Box<dyn Stream>) -> HttpProbe {
        let asked = Instant::now();
        let answer = timeout_at(self.end, self.answer(stream)).await;
        let first_byte = asked.elapsed();
        let told = HttpProbe { first_byte_ms: millis(first_byte), ..told };
        let Answer { response, _driver } = match answer {
            Ok(Ok(answer)) => answer,
            Ok(Err(error)) => {
                let miss = Miss { cause: Cause::Protocol, detail: words(&error), after: first_byte };
                return missed(told, miss);
            }
            Err(_) => {
                let detail =
                    format!("connected to {}, and no answer within {}", self.url.authority(), seconds(self.within));
                return missed(told, Miss { cause: Cause::TimedOut, detail, after: first_byte });
            }
        };
        let (status, headers) = (response.status(), response.headers().clone());
        let mut told = HttpProbe { status: Some(status.as_u16()), headers: plain(&headers), ..told };
        let mut body = Vec::new();
        let read = timeout_at(self.end, keep(response.into_body(), &mut body)).await;
        told.body = String::from_utf8_lossy(&body).into_owned();
        let said = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
        let fault = match read {
            Ok(Ok(truncated)) => {
                told.truncated = truncated;
                None
            }
            Ok(Err(error)) => Some((Cause::Protocol, format!("its body breaks off: {}", words(&error)))),
            Err(_) => Some((Cause::TimedOut, format!("its body did not end within {}", seconds(self.within)))),
        };
        if let Some((cause, why)) = fault {
            return HttpProbe { cause: Some(cause), message: format!("{}, and {why}", said.trim_end()), ..told };
        }
        told.ok = (200..400).contains(&status.as_u16());
        told.cause = (!told.ok).then_some(Cause::Status);
        told.message = said.trim_end().into();
        told
    }

    async fn answer(&self, stream: Box<dyn Stream>) -> Result<Answer, hyper::Error> {
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let mut driver = Driver::new();
        driver.spawn(connection);
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = match self.spec.method {
            Method::Get => hyper::Method::GET,
            Method::Head => hyper::Method::HEAD,
        };
        // A path that hyper does not take was refused with the address: it holds printable ASCII only.
        *request.uri_mut() = self.url.path.parse().unwrap_or_default();
        *request.headers_mut() = self.headers.clone();
        if let Ok(host) = HeaderValue::from_str(&self.url.authority()) {
            request.headers_mut().entry(HOST).or_insert(host);
        }
        let agent = HeaderValue::from_static(concat!("xnet/", env!("CARGO_PKG_VERSION")));
        request.headers_mut().entry(USER_AGENT).or_insert(agent);
        match sender.send_request(request).await {
            Ok(response) => Ok(Answer { response, _driver: driver }),
            // What came before the request was out is what the connection broke off for.
            Err(error) if error.is_canceled() => match driver.join_next().await {
                Some(Ok(Err(cause))) => Err(cause),
                _ => Err(error),
            },
            Err(error) => Err(error),
        }
    }
}

/// Reads a body as far as it is kept, and says whether it went on.
async fn keep(mut body: Incoming, kept: &mut Vec<u8>) -> Result<bool, hyper::Error> {
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame?.into_data() else { continue };
        let room = KEPT - kept.len();
        kept.extend_from_slice(&data[..data.len().min(room)]);
        if data.len() > room {
            return Ok(true);
        }
    }
    Ok(false)
}

fn headers(spec: &HttpSpec) -> Result<HeaderMap, InputFault> {
    let mut headers = HeaderMap::new();
    for (name, value) in &spec.headers.0 {
        let fault = || InputFault::Header { name: name.clone() };
        let key: HeaderName = name.parse().map_err(|_| fault())?;
        headers.insert(key, HeaderValue::from_str(value).map_err(|_| fault())?);
    }
    Ok(headers)
}

fn without_secrets(headers: &HeaderMap) -> HeaderMap {
    let mut headers = headers.clone();
    SECRETS.iter().for_each(|name| drop(headers.remove(*name)));
    headers.remove(HOST);
    headers
}

fn plain(headers: &HeaderMap) -> BTreeMap<String, String> {
    let mut plain: BTreeMap<String, String> = BTreeMap::new();
    for (name, value) in headers {
        let value = String::from_utf8_lossy(value.as_bytes());
        plain
            .entry(name.as_str().to_owned())
            .and_modify(|all| *all = format!("{all}, {value}"))
            .or_insert_with(|| value.into_owned());
    }
    plain
}

fn is_redirect(status: Option<u16>) -> bool {
    matches!(status, Some(301 | 302 | 303 | 307 | 308))
}

fn timed(told: HttpProbe, times: Times) -> HttpProbe {
    HttpProbe { dns_ms: millis(times.dns), connect_ms: millis(times.connect), ..told }
}

fn with_session(told: HttpProbe, session: TlsSession, took: Duration) -> HttpProbe {
    HttpProbe { tls: Some(session), tls_ms: millis(took), ..told }
}

fn missed(told: HttpProbe, miss: Miss) -> HttpProbe {
    HttpProbe { ok: false, cause: Some(miss.cause), message: miss.detail, ..told }
}

fn words(error: &hyper::Error) -> String {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return "it closed the connection without an answer".into();
    }
    match std::error::Error::source(error) {
        Some(inner) if inner.is::<std::io::Error>() => format!("the connection breaks off: {inner}"),
        _ => format!("it answers, and not in HTTP: {error}"),
    }
}
