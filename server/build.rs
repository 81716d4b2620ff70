//! Builds the arena's web client, so that one `cargo run` has everything. The result and the page of `assets/` are embedded in the server,
//! compressed.

#[path = "build/site.rs"]
mod site;

fn main() {
    let build = tickwire_web_build::WebBuild::new();
    let assets = build.input("assets");
    let glue = build.folder("glue");
    build.client("tickwire-arena-client", "tickwire", &glue);
    let site = build.folder("site");
    site::lay_out(&[&assets, &glue], &site, &site.with_extension("rs"));
}
