//! How much of the server an address, and all of them together, may take: who may connect, who may open a game socket, whose seat is held.
//!
//! A connection passes two gates. The first is the port's, before anything is read or encrypted: it knows only who holds the connection, so
//! a trusted proxy passes it for all of its clients, and whoever is refused there is cut off without a word. The second is the
//! game socket's, before the upgrade: it goes by the address that counts for the client, and says why.

mod arrivals;

use std::{
    collections::HashMap,
    fmt,
    net::IpAddr,
    sync::{Arc, Mutex},
};

use tracing::info;

use self::arrivals::Arrivals;
use crate::{
    counters::Counters,
    echo::{ECHOES_MAX, ECHOES_OF_ADDRESS_MAX},
    http::{ClientAddress, TrustedProxies},
    limit_flags::LimitFlags,
    refusals::{Label, Refused, is_told},
};

/// How many connections may be without a game socket at once, all addresses together: those that load the page, shake hands, or are turned away.
pub(crate) const CONNECTIONS_MAX: u32 = 2048;
/// For each game socket that an address may have, it may have so many connections without one: a browser loads the page by a handful, and keeps them
/// open for some seconds.
const CONNECTIONS_FOR_SOCKET: u32 = 4;

/// What counts as one address: an IPv4 address, or the upper half of an IPv6 one, since whoever has one has all of the lower half.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Address(IpAddr);

impl Address {
    /// The address that limits for one count for; `None` for this very machine (exactly `127.0.0.1` and `::1`), which is exempt from them.
    pub(crate) fn of(ip: IpAddr) -> Option<Self> {
        match ip.to_canonical() {
            IpAddr::V4(ip) => (ip.octets() != [127, 0, 0, 1]).then_some(Self(ip.into())),
            IpAddr::V6(ip) if ip.is_loopback() => None,
            IpAddr::V6(ip) => {
                let [a, b, c, d, ..] = ip.segments();
                Some(Self([a, b, c, d, 0, 0, 0, 0].into()))
            }
        }
    }
}

/// What there is a bounded number of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// Connections without a game socket, or with one that is about to be closed.
    Connection,
    /// Game sockets.
    Socket,
    /// Seats that are held for lost connections.
    Seat,
    /// Echoes, each of which has a socket, too.
    Echo,
    /// Those who listen to a room, each of whom has a socket, too.
    Listener,
}

/// How many there are of each [`What`].
type Counts = [u32; 5];

#[derive(Debug, Default)]
struct Taken {
    all: Counts,
    /// The most connections there were since somebody asked last.
    most: u32,
    /// Of those addresses that have any.
    by_address: HashMap<Address, Counts>,
}

impl Taken {
    /// All that are open, with a game socket or without.
    fn connections(&self) -> u32 {
        self.all[What::Connection as usize] + self.all[What::Socket as usize]
    }
}

/// What connections take of the server, and how much they may.
pub(crate) struct Limits {
    flags: LimitFlags,
    proxies: Arc<TrustedProxies>,
    counters: Arc<Counters>,
    taken: Mutex<Taken>,
    arrivals: Arrivals,
}

impl Limits {
    /// Nobody is there yet.
    pub(crate) fn new(flags: LimitFlags, proxies: Arc<TrustedProxies>, counters: Arc<Counters>) -> Arc<Self> {
        let arrivals = Arrivals::new(flags.max_new_per_second, flags.max_new_per_address);
        Arc::new(Self { flags, proxies, counters, taken: Mutex::default(), arrivals })
    }

    /// What the operator chose.
    pub(crate) fn flags(&self) -> &LimitFlags {
        &self.flags
    }

    /// A connection was accepted: its place, or, counted, why it is to be cut off.
    pub(crate) fn connect(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Refused> {
        let peer = peer.to_canonical();
        let address = if self.proxies.trust(peer) { None } else { Address::of(peer) };
        let arrived = self.arrivals.admit_of_address(address).and_then(|()| self.arrivals.admit());
        self.count(arrived.and_then(|()| self.take(What::Connection, address)), peer)
    }

    /// Somebody wants a game socket: its place, or, counted, why there is none.
    pub(crate) fn open(self: &Arc<Self>, client: &ClientAddress) -> Result<Place, Refused> {
        let address = Address::of(client.ip);
        // Who holds its connection itself was counted as it came.
        let arrives = if client.is_direct() { Ok(()) } else { self.arrivals.admit_of_address(address) };
        self.count(arrives.and_then(|()| self.take(What::Socket, address)), client.ip)
    }

    /// Somebody is to be told that there is no socket for it; `None` where even that cannot be afforded.
    pub(crate) fn turn_away(self: &Arc<Self>, client: &ClientAddress) -> Option<Place> {
        self.take(What::Connection, Address::of(client.ip)).ok()
    }

    /// A seat is to be held for a lost connection; `None`, counted, where its address has as many held as it may.
    pub(crate) fn hold(self: &Arc<Self>, client: &ClientAddress) -> Option<Place> {
        self.count(self.take(What::Seat, Address::of(client.ip)), client.ip).ok()
    }

    /// Somebody wants an echo: its place, or, counted, why there is none.
    pub(crate) fn echo(self: &Arc<Self>, client: &ClientAddress) -> Result<Place, Refused> {
        self.count(self.take(What::Echo, Address::of(client.ip)), client.ip)
    }

    /// Somebody wants to listen: its place, or, counted, why there is none.
    pub(crate) fn listen(self: &Arc<Self>, client: &ClientAddress) -> Result<Place, Refused> {
        self.count(self.take(What::Listener, Address::of(client.ip)), client.ip)
    }

    fn count(&self, place: Result<Place, Refused>, address: IpAddr) -> Result<Place, Refused> {
        place.inspect_err(|refused| {
            let so_far = self.counters.refused.count(*refused);
            if is_told(so_far) {
                info!(%address, so_far, "refused: {}", refused.name());
            }
        })
    }

    fn take(self: &Arc<Self>, what: What, address: Option<Address>) -> Result<Place, Refused> {
        let LimitFlags { max_connections, max_per_address, max_listeners, .. } = self.flags;
        let (all_max, beyond_all) = match what {
            What::Connection => (CONNECTIONS_MAX, Refused::Connections),
            What::Socket => (max_connections, Refused::Sockets),
            // All together there are no more than places in the rooms.
            What::Seat => (u32::MAX, Refused::Players),
            What::Echo => (ECHOES_MAX, Refused::Echoes),
            What::Listener => (max_listeners, Refused::Listeners),
        };
        let (of_address_max, beyond_address) = match what {
            What::Connection => (max_per_address.saturating_mul(CONNECTIONS_FOR_SOCKET), Refused::ConnectionsOfAddress),
            What::Socket => (max_per_address, Refused::SocketsOfAddress),
            What::Seat => (max_per_address, Refused::SeatsOfAddress),
            What::Echo => (ECHOES_OF_ADDRESS_MAX, Refused::EchoesOfAddress),
            // Its sockets are counted anyway.
            What::Listener => (u32::MAX, Refused::SocketsOfAddress),
        };
        let mut taken = self.taken.lock().expect("no holder panics");
        let place = what as usize;
        if taken.all[place] >= all_max {
            return Err(beyond_all);
        }
        if let Some(address) = address {
            let of_address = taken.by_address.get(&address).map_or(0, |counts| counts[place]);
            if of_address >= of_address_max {
                return Err(beyond_address);
            }
            taken.by_address.entry(address).or_default()[place] += 1;
        }
        taken.all[place] += 1;
        taken.most = taken.most.max(taken.connections());
        Ok(Place { limits: Arc::clone(self), what, address })
    }

    /// How many connections have no game socket, and how many have one.
    pub(crate) fn connections(&self) -> (u32, u32) {
        let [connections, sockets, ..] = self.taken.lock().expect("no holder panics").all;
        (connections, sockets)
    }

    /// How many connections there are, and the most there were since this was asked last.
    pub(crate) fn take_most(&self) -> (u32, u32) {
        let mut taken = self.taken.lock().expect("no holder panics");
        let now = taken.connections();
        (now, std::mem::replace(&mut taken.most, now))
    }
}

impl fmt::Debug for Limits {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Limits").field("flags", &self.flags).finish_non_exhaustive()
    }
}

/// What somebody takes of the server, until it is dropped.
pub(crate) struct Place {
    limits: Arc<Limits>,
    what: What,
    address: Option<Address>,
}

#[cfg(test)]
impl Place {
    /// One that nobody else wants.
    pub(crate) fn of_a_test() -> Self {
        let limits = Limits::new(LimitFlags::default(), Arc::new(TrustedProxies::new(Vec::new())), Arc::default());
        limits.take(What::Seat, None).expect("there are enough")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut taken = self.limits.taken.lock().expect("no holder panics");
        let place = self.what as usize;
        taken.all[place] -= 1;
        let Some(address) = self.address else { return };
        let Some(counts) = taken.by_address.get_mut(&address) else { return };
        counts[place] -= 1;
        if *counts == Counts::default() {
            taken.by_address.remove(&address);
        }
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Place").field("what", &self.what).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    fn limits(change: impl FnOnce(&mut LimitFlags)) -> Arc<Limits> {
        let mut flags = LimitFlags { max_per_address: 2, ..LimitFlags::default() };
        change(&mut flags);
        let proxies = TrustedProxies::new(vec!["10.0.0.0/8".parse().expect("a network")]);
        Limits::new(flags, Arc::new(proxies), Arc::default())
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn client(text: &str) -> ClientAddress {
        ClientAddress::direct(SocketAddr::new(ip(text), 9), false)
    }

    fn behind(proxy: &str, text: &str) -> ClientAddress {
        ClientAddress { ip: ip(text), ..client(proxy) }
    }

    #[test]
    fn an_address_has_its_places_until_they_are_given_back() {
        let limits = limits(|_| {});
        let open = |text| limits.open(&client(text));
        let first = open("192.0.2.1").expect("a place");
        let _second = open("192.0.2.1").expect("another");
        assert_eq!(open("192.0.2.1").err(), Some(Refused::SocketsOfAddress));
        assert_eq!(open("::ffff:192.0.2.1").err(), Some(Refused::SocketsOfAddress), "the same in other words");
        let _other = open("192.0.2.2").expect("another address");
        let _connection = limits.connect(ip("192.0.2.1")).expect("the page can still be loaded");
        drop(first);
        let _again = open("192.0.2.1").expect("there is one again");
    }

    #[test]
    fn an_ipv6_address_is_its_upper_half() {
        let limits = limits(|_| {});
        let _places =
            ["2001:db8:0:1::1", "2001:db8:0:1:ffff::2"].map(|text| limits.open(&client(text)).expect("a place"));
        assert_eq!(limits.open(&client("2001:db8:0:1::3")).err(), Some(Refused::SocketsOfAddress));
        assert!(limits.open(&client("2001:db8:0:2::1")).is_ok());
    }

    #[test]
    fn this_very_machine_is_exempt_and_nobody_else_in_its_network() {
        let limits = limits(|flags| flags.max_new_per_address = 1.try_into().expect("not 0"));
        for exempt in ["127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let places: Vec<_> = (0..50).map(|_| limits.open(&client(exempt)).expect("exempt")).collect();
            assert!((0..50).all(|_| limits.connect(ip(exempt)).is_ok()), "{exempt}");
            drop(places);
        }
        for stranger in ["127.0.0.2", "127.0.1.1", "::2"] {
            let _places = [(); 2].map(|()| limits.open(&client(stranger)).expect("a place"));
            assert_eq!(limits.open(&client(stranger)).err(), Some(Refused::SocketsOfAddress), "{stranger}");
        }
    }

    #[test]
    fn a_trusted_proxy_connects_for_all_its_clients_and_each_of_them_is_limited() {
        let limits = limits(|flags| flags.max_new_per_address = 1.try_into().expect("not 0"));
        let _connections: Vec<_> = (0..50).map(|_| limits.connect(ip("10.0.0.1")).expect("trusted")).collect();
        let one = || limits.open(&behind("10.0.0.1", "192.0.2.1"));
        let _places = [one().expect("a place"), one().expect("another")];
        assert_eq!(one().err(), Some(Refused::SocketsOfAddress));
        assert_eq!(one().err(), Some(Refused::SocketsOfAddress));
        assert_eq!(one().err(), Some(Refused::SocketsOfAddress));
        assert_eq!(one().err(), Some(Refused::RateOfAddress), "five at once, one a second");
        assert!(limits.open(&behind("10.0.0.1", "192.0.2.2")).is_ok());
    }

    #[test]
    fn all_together_have_their_places_too_and_what_is_refused_is_counted() {
        let limits = limits(|flags| flags.max_connections = 3);
        let sockets: Vec<_> = (0..3).map(|_| limits.open(&client("127.0.0.1")).expect("a place")).collect();
        assert_eq!(limits.open(&client("127.0.0.1")).err(), Some(Refused::Sockets));
        let connections: Vec<_> = (0..CONNECTIONS_MAX).map(|_| limits.connect(ip("::1")).expect("a place")).collect();
        assert_eq!(limits.connect(ip("::1")).err(), Some(Refused::Connections));
        assert!(limits.turn_away(&client("127.0.0.1")).is_none());
        assert_eq!(limits.connections(), (CONNECTIONS_MAX, 3));
        drop((sockets, connections));
        assert_eq!(limits.connections(), (0, 0));
        assert_eq!([limits.take_most(), limits.take_most()], [(0, CONNECTIONS_MAX + 3), (0, 0)]);
        let counts = limits.counters.refused.read();
        let counted: Vec<_> = counts.iter().filter(|(_, count)| *count > 0).collect();
        assert_eq!(counted, [("connections", 1), ("sockets", 1)]);
    }

    #[test]
    fn what_is_given_back_leaves_nothing_behind() {
        let limits = limits(|_| {});
        for number in 0..1000_u32 {
            let ip = IpAddr::from([192, 0, (number >> 8) as u8, number as u8]);
            drop((limits.connect(ip), limits.open(&ClientAddress::direct(SocketAddr::new(ip, 9), false))));
        }
        let taken = limits.taken.lock().expect("nobody panicked");
        assert_eq!((taken.all, taken.by_address.len()), (Counts::default(), 0));
    }

    #[test]
    fn one_address_does_not_take_all_echoes() {
        let limits = limits(|_| {});
        let of_one: Vec<_> = (0..ECHOES_OF_ADDRESS_MAX).map(|_| limits.echo(&client("192.0.2.1"))).collect();
        assert!(of_one.iter().all(Result::is_ok));
        assert_eq!(limits.echo(&client("192.0.2.1")).err(), Some(Refused::EchoesOfAddress));
        let others: Vec<_> = (ECHOES_OF_ADDRESS_MAX..ECHOES_MAX).map(|_| limits.echo(&client("127.0.0.1"))).collect();
        assert!(others.iter().all(Result::is_ok));
        assert_eq!(limits.echo(&client("127.0.0.1")).err(), Some(Refused::Echoes));
    }

    #[test]
    fn an_address_has_no_more_seats_held_than_sockets_open() {
        let limits = limits(|_| {});
        let held = [(); 2].map(|()| limits.hold(&client("192.0.2.1")).expect("it is held"));
        assert!(limits.hold(&client("192.0.2.1")).is_none());
        drop(held);
        assert!(limits.hold(&client("192.0.2.1")).is_some());
    }
}
