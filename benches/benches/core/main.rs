//! What the core costs. Each file says which numbers are expected; `cargo bench -p tickwire-benches` finds them.
//!
//! Read in this order: `scene` (what is measured with), `tick` (the server's side), `apply` (the client's).

mod apply;
mod scene;
mod tick;

use criterion::{Criterion, criterion_group, criterion_main};

criterion_group! {
    name = core;
    config = Criterion::default().sample_size(20);
    targets = tick::tick, apply::apply
}
criterion_main!(core);
