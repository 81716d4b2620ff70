//! A cable between clients and a server, which can be pulled out, so that whatever goes through it is cut off without a word, or be clogged, so that
//! nothing comes through and nothing is cut off.

use std::{net::SocketAddr, pin::pin};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// How a cable is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum State {
    Carries,
    Clogged,
    Pulled,
}

/// A proxy in front of a server. It ends with this.
pub struct Cable {
    address: SocketAddr,
    state: watch::Sender<State>,
    _carrying: JoinSet<()>,
}

impl Cable {
    /// Listens on a free port, and leads to `server`.
    pub async fn lay(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (state, of_cable) = watch::channel(State::Carries);
        let mut carrying = JoinSet::new();
        carrying.spawn(carry(listener, server, of_cable));
        Self { address, state, _carrying: carrying }
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts off everybody, and nobody new gets through.
    pub fn pull(&self) {
        self.state.send_replace(State::Pulled);
    }

    /// Holds back whatever is under way, and all that follows, until it is [plugged in](Self::plug_in) again.
    pub fn clog(&self) {
        self.state.send_replace(State::Clogged);
    }

    /// It carries again.
    pub fn plug_in(&self) {
        self.state.send_replace(State::Carries);
    }
}

async fn carry(listener: TcpListener, server: SocketAddr, state: watch::Receiver<State>) {
    let mut lines = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        let mut state = state.clone();
        if *state.borrow() == State::Pulled {
            continue;
        }
        lines.spawn(async move {
            let Ok(mut upstream) = TcpStream::connect(server).await else { return };
            let mut copying = pin!(copy_bidirectional(&mut client, &mut upstream));
            loop {
                let now = *state.borrow_and_update();
                if now == State::Pulled {
                    return;
                }
                tokio::select! {
                    _ = &mut copying, if now == State::Carries => return,
                    changed = state.changed() => if changed.is_err() { return },
                }
            }
        });
        while lines.try_join_next().is_some() {}
    }
}
