//! A cable between clients and a server, which can be pulled out: whatever goes through it is cut off without a word.

use std::net::SocketAddr;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// A proxy in front of a server. It ends with this.
pub struct Cable {
    address: SocketAddr,
    plugged: watch::Sender<bool>,
    _carrying: JoinSet<()>,
}

impl Cable {
    /// Listens on a free port, and leads to `server`.
    pub async fn lay(server: SocketAddr) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let (plugged, is_plugged) = watch::channel(true);
        let mut carrying = JoinSet::new();
        carrying.spawn(carry(listener, server, is_plugged));
        Self { address, plugged, _carrying: carrying }
    }

    /// Where to connect to.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Cuts off everybody, and nobody new gets through.
    pub fn pull(&self) {
        self.plugged.send_replace(false);
    }

    /// It carries again.
    pub fn plug_in(&self) {
        self.plugged.send_replace(true);
    }
}

async fn carry(listener: TcpListener, server: SocketAddr, plugged: watch::Receiver<bool>) {
    let mut lines = JoinSet::new();
    while let Ok((mut client, _)) = listener.accept().await {
        let mut plugged = plugged.clone();
        if !*plugged.borrow() {
            continue;
        }
        lines.spawn(async move {
            let Ok(mut upstream) = TcpStream::connect(server).await else { return };
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut upstream) => {}
                _ = plugged.wait_for(|plugged| !plugged) => {}
            }
        });
        while lines.try_join_next().is_some() {}
    }
}
