//! Where a client is: the address that counts for it in logs and limits, found out here alone.

use std::{
    convert::Infallible,
    fmt,
    net::{IpAddr, SocketAddr},
    sync::Once,
};

use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, HeaderName, request::Parts},
};
use ipnet::IpNet;
use tracing::warn;

use super::App;
use crate::limits::Address;

pub(super) const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
pub(super) const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");

/// Where a client is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientAddress {
    /// The client's own address, as far as trusted proxies tell it; never an IPv4 address in an IPv6 one.
    pub(crate) ip: IpAddr,
    /// Who holds the connection: the client, or the last proxy.
    pub(crate) peer: SocketAddr,
    /// Whether the client's connection is encrypted, up to here or to the proxy.
    pub(crate) https: bool,
}

impl ClientAddress {
    /// A client that holds the connection itself.
    pub(crate) fn direct(peer: SocketAddr, https: bool) -> Self {
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        Self { ip: peer.ip(), peer, https }
    }

    /// Whether the client holds the connection itself, as far as anybody says.
    pub(crate) fn is_direct(&self) -> bool {
        self.ip == self.peer.ip()
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        if self.is_direct() { write!(f, "{}", self.peer) } else { write!(f, "{} by {}", self.ip, self.peer) }
    }
}

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let direct =
            parts.extensions.get::<ConnectInfo<Self>>().expect("the listener says where each connection is from");
        Ok(app.proxies.resolve(direct.0, &parts.headers))
    }
}

/// The proxies whose word counts for where a client is.
#[derive(Debug)]
pub(crate) struct TrustedProxies {
    networks: Vec<IpNet>,
    /// Whoever sends such a header may be a proxy of the operator's or anybody: each is told of once.
    warned_of_this_machine: Once,
    warned_of_others: Once,
}

impl TrustedProxies {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self { networks, warned_of_this_machine: Once::new(), warned_of_others: Once::new() }
    }

    /// Where the client of a request is. Each proxy appends whom it heard, so the last address that is none of theirs is the
    /// client's; what stands before it, anybody may have written.
    pub(crate) fn resolve(&self, direct: ClientAddress, headers: &HeaderMap) -> ClientAddress {
        if !self.trust(direct.ip) {
            if headers.contains_key(FORWARDED_FOR) {
                self.warn(direct.ip);
            }
            return direct;
        }
        let mut ip = direct.ip;
        // Each entry by itself: what a client wrote before it, in whatever bytes, takes nothing from what the proxy appended.
        let entries =
            headers.get_all(FORWARDED_FOR).iter().rev().flat_map(|list| list.as_bytes().rsplit(|&byte| byte == b','));
        for entry in entries {
            // A proxy that does not know says so, by another word: then it stands for its client.
            let Some(heard) = str::from_utf8(entry).ok().and_then(|entry| address(entry.trim())) else { break };
            ip = heard;
            if !self.trust(ip) {
                break;
            }
        }
        let proto = headers.get(FORWARDED_PROTO).and_then(|value| value.to_str().ok());
        let proto = proto.and_then(|list| list.split(',').next()).map(str::trim);
        ClientAddress { ip, https: proto.map_or(direct.https, |proto| proto.eq_ignore_ascii_case("https")), ..direct }
    }

    fn warn(&self, ip: IpAddr) {
        let (once, so) = if Address::of(ip).is_none() {
            (&self.warned_of_this_machine, "for which no limit of an address holds")
        } else {
            (&self.warned_of_others, "which share the limits of one")
        };
        once.call_once(|| {
            warn!(
                "a connection from {ip} carries X-Forwarded-For, and no proxy there is trusted: if it is a proxy, all of its \
                 clients count as one address, {so}; name it by --trusted-proxies then"
            );
        });
    }

    /// Whether what an address says of its clients counts.
    pub(crate) fn trust(&self, ip: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(&ip))
    }
}

/// An address, some proxies add the port.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let ip = bare.parse().or_else(|_| text.parse().map(|address: SocketAddr| address.ip()));
    ip.ok().map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The address that counts, behind proxies in `10.0.0.0/8` and `2001:db8::/32`.
    fn resolved(peer: &str, forwarded: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "2001:db8::/32"].map(|network| network.parse().expect("a network"));
        let mut headers = HeaderMap::new();
        for list in forwarded {
            headers.append(FORWARDED_FOR, HeaderValue::from_bytes(list.as_bytes()).expect("a header's bytes"));
        }
        let direct = ClientAddress::direct(SocketAddr::new(peer.parse().expect("an address"), 9), false);
        TrustedProxies::new(networks.into()).resolve(direct, &headers).ip.to_string()
    }

    #[test]
    fn what_a_stranger_says_of_its_address_counts_for_nothing() {
        assert_eq!(resolved("192.0.2.7", &["203.0.113.1"]), "192.0.2.7");
        assert_eq!(resolved("127.0.0.1", &["203.0.113.1"]), "127.0.0.1");
        assert_eq!(resolved("::ffff:192.0.2.7", &[]), "192.0.2.7");
    }

    #[test]
    fn the_last_address_that_is_no_trusted_proxy_is_the_clients() {
        assert_eq!(resolved("10.0.0.1", &["203.0.113.1"]), "203.0.113.1");
        assert_eq!(resolved("::ffff:10.0.0.1", &["203.0.113.1"]), "203.0.113.1");
        assert_eq!(resolved("10.0.0.1", &["198.51.100.9, 203.0.113.1"]), "203.0.113.1", "the first is forged");
        assert_eq!(resolved("10.0.0.1", &["198.51.100.9, 203.0.113.1, 10.7.0.2"]), "203.0.113.1");
        assert_eq!(resolved("10.0.0.1", &["198.51.100.9", "203.0.113.1,10.7.0.2", "2001:db8::5"]), "203.0.113.1");
        assert_eq!(resolved("10.0.0.1", &["203.0.113.1:4711"]), "203.0.113.1");
        assert_eq!(resolved("10.0.0.1", &["[2001:db9::1]:4711"]), "2001:db9::1");
        assert_eq!(resolved("10.0.0.1", &["[2001:db9::1]"]), "2001:db9::1");
        assert_eq!(resolved("10.0.0.1", &["\u{fc}, 203.0.113.1"]), "203.0.113.1", "what is before it is nothing to it");
    }

    #[test]
    fn a_proxy_that_says_nothing_of_use_stands_for_its_client() {
        for list in [&[][..], &[""], &["unknown"], &["203.0.113.1, unknown"], &["203.0.113.1,"]] {
            assert_eq!(resolved("10.0.0.1", list), "10.0.0.1", "{list:?}");
        }
        assert_eq!(resolved("10.0.0.1", &["10.0.0.3, 10.0.0.2"]), "10.0.0.3", "all of them are proxies");
    }

    #[test]
    fn only_a_trusted_proxy_says_that_its_client_came_encrypted() {
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        let headers = [(FORWARDED_PROTO, HeaderValue::from_static("https"))].into_iter().collect();
        let https = |ip: [u8; 4]| proxies.resolve(ClientAddress::direct((ip, 9).into(), false), &headers).https;
        assert!(https([10, 0, 0, 1]) && !https([192, 0, 2, 7]));
    }
}
