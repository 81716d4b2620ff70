//! Whose pages may open the game's socket: browsers say where a page comes from, and pages cannot make them lie.

use std::{fmt, str::FromStr};

use axum::http::{HeaderMap, header, uri::Authority};
use thiserror::Error;

use super::client_address::ClientAddress;

/// Where a page comes from, as browsers write it in `Origin`: a scheme, a host, and a port where it is not the scheme's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    scheme: String,
    host: String,
    port: Option<u16>,
}

/// Why a text names no origin.
#[derive(Clone, Copy, Debug, Error)]
#[error("expected a scheme and a host, and a port where it is not the scheme's own, as in https://games.example")]
pub struct NoOrigin;

impl Origin {
    fn new(scheme: &str, authority: &str) -> Result<Self, NoOrigin> {
        let authority: Authority = authority.parse().map_err(|_| NoOrigin)?;
        let plain = !authority.as_str().contains('@') && !authority.host().is_empty();
        if !plain
            || scheme.is_empty()
            || !scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte))
        {
            return Err(NoOrigin);
        }
        let (scheme, host) = (scheme.to_ascii_lowercase(), authority.host().to_ascii_lowercase());
        let usual = match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        };
        Ok(Self { scheme, host, port: authority.port_u16().filter(|port| Some(*port) != usual) })
    }
}

impl FromStr for Origin {
    type Err = NoOrigin;

    fn from_str(text: &str) -> Result<Self, NoOrigin> {
        let (scheme, authority) = text.split_once("://").ok_or(NoOrigin)?;
        Self::new(scheme, authority)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}://{}", self.scheme, self.host)?;
        self.port.map_or(Ok(()), |port| write!(f, ":{port}"))
    }
}

/// The origin of this server's own pages, as far as a request tells it.
pub(super) fn own(client: &ClientAddress, headers: &HeaderMap) -> Option<Origin> {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    Origin::new(if client.https { "https" } else { "http" }, host).ok()
}

/// Whether a request may open the socket: pages of this very server may, those of `allowed` origins, and programs, which
/// come from no page.
///
/// # Errors
/// A sentence for whoever wrote the page.
pub(super) fn check(allowed: &[Origin], client: &ClientAddress, headers: &HeaderMap) -> Result<(), String> {
    let mut named = headers.get_all(header::ORIGIN).iter();
    let Some(value) = named.next() else { return Ok(()) };
    let text = value.to_str().unwrap_or("an unreadable origin");
    let own = own(client, headers);
    let origin = text.parse().ok().filter(|_| named.next().is_none());
    let may = origin.is_some_and(|origin| own.as_ref() == Some(&origin) || allowed.contains(&origin));
    if may {
        return Ok(());
    }
    let own = own.map_or_else(|| "the address that the request should name in Host".to_owned(), |own| own.to_string());
    Err(format!(
        "A page of {text} may not open this game's socket: pages of {own} may, and those that its operator \
         names by --allowed-origins.\n"
    ))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
    }

    /// Whether a request with this `Host` and these `Origin`s may open the socket.
    fn may(https: bool, host: &str, origins: &[&str]) -> bool {
        let client = ClientAddress { https, ..ClientAddress::direct(([192, 0, 2, 1], 5000).into(), false) };
        let header = |name: HeaderName, value: &str| (name, HeaderValue::from_str(value).expect("plain text"));
        let mut headers: HeaderMap = [header(header::HOST, host)].into_iter().collect();
        for origin in origins {
            let (name, value) = header(header::ORIGIN, origin);
            headers.append(name, value);
        }
        check(&[origin("https://portal.example"), origin("app://localhost")], &client, &headers).is_ok()
    }

    #[test]
    fn an_origin_is_its_scheme_host_and_port_however_it_is_written() {
        assert_eq!(origin("http://Games.example:80"), origin("http://games.example"));
        assert_eq!(origin("https://games.example:443").to_string(), "https://games.example");
        assert_eq!(origin("http://[::1]:8080").to_string(), "http://[::1]:8080");
        assert_ne!(origin("https://games.example"), origin("http://games.example"));
        assert_ne!(origin("http://games.example:443"), origin("http://games.example"));
        for wrong in ["null", "games.example", "https://", "://a", "https://a/b", "https://me@a", "*", "a b://c"] {
            assert!(wrong.parse::<Origin>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn only_pages_of_this_server_and_allowed_ones_may_and_programs() {
        assert!(may(false, "games.example:8080", &["http://games.example:8080"]));
        assert!(may(true, "games.example", &["https://games.example"]));
        assert!(may(true, "games.example:443", &["https://games.example"]));
        assert!(may(false, "games.example", &[]));
        assert!(may(false, "games.example", &["https://portal.example"]));
        assert!(may(false, "games.example", &["app://localhost"]));
        for (https, host, origins) in [
            (false, "games.example:8080", &["http://games.example"][..]),
            (false, "games.example", &["https://games.example"]),
            (true, "games.example", &["http://games.example"]),
            (false, "games.example", &["http://evil.example"]),
            (false, "games.example", &["http://games.example.evil.example"]),
            (false, "games.example", &["http://portal.example"]),
            (false, "games.example", &["null"]),
            (false, "games.example", &[""]),
            (false, "", &["http://"]),
            (false, "games.example", &["http://games.example", "http://evil.example"]),
        ] {
            assert!(!may(https, host, origins), "{host} {origins:?}");
        }
    }
}
