//! What the core costs. Each file says which numbers are expected; `cargo bench -p tickwire-benches` finds them.
//!
//! Read in this order: `scene` (what is measured with), `tick` (the server's side), `behind` and `rest` (what must not cost more), `apply` (the
//! client's side).

mod apply;
mod behind;
mod rest;
mod scene;
mod tick;

use criterion::{Criterion, criterion_group, criterion_main};

criterion_group! {
    name = core;
    config = Criterion::default().sample_size(20);
    targets = tick::tick, behind::behind, rest::rest, apply::apply
}
criterion_main!(core);
