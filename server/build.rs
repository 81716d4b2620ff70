//! Builds the web client, so that one `cargo run` has everything: a nested cargo for wasm32 with a target folder of its
//! own, then wasm-bindgen as a library. The result and the page of `assets/` are embedded in the server, compressed.

#[path = "build/site.rs"]
mod site;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";

fn main() {
    let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
    let workspace = manifest.parent().expect("the server lies in the workspace");
    for input in ["assets", "shared", "web-client", "Cargo.toml", "Cargo.lock"] {
        println!("cargo::rerun-if-changed={}", workspace.join(input).display());
    }
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
    let (glue, site) = (out.join("glue"), out.join("site"));
    for folder in [&glue, &site] {
        if folder.exists() {
            fs::remove_dir_all(folder).expect("what an earlier build made can be removed");
        }
    }

    install_target();
    let target_folder = out.ancestors().nth(4).expect("OUT_DIR lies in the target folder").join("web");
    build_wasm(workspace, &target_folder);
    let wasm = target_folder.join(TARGET).join("wasm/tickwire_arena_client.wasm");
    wasm_bindgen_cli_support::Bindgen::new()
        .input_path(wasm)
        .out_name("tickwire")
        .typescript(false)
        .web(true)
        .and_then(|bindgen| bindgen.generate(&glue))
        .unwrap_or_else(|error| panic!("wasm-bindgen cannot make the web client's glue: {error:#}"));
    site::lay_out(&[&workspace.join("assets"), &glue], &site, &out.join("site.rs"));
}

/// Adds the wasm32 target where it is missing. `rust-toolchain.toml` lists it, but not every machine installs by that.
fn install_target() {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let printed = Command::new(rustc).args(["--print", "target-libdir", "--target", TARGET]).output();
    let installed = printed.is_ok_and(|output| Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists());
    if installed {
        return;
    }
    let added = Command::new("rustup").args(["target", "add", TARGET]).status();
    assert!(
        added.is_ok_and(|status| status.success()),
        "the web client needs the Rust target {TARGET}, and `rustup target add {TARGET}` failed: \
         install it by hand and build again"
    );
}

fn build_wasm(workspace: &Path, target_folder: &Path) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace)
        .args(["build", "--package", "tickwire-arena-client", "--profile", "wasm", "--target", TARGET])
        .arg("--target-dir")
        .arg(target_folder)
        // What the outer cargo set is meant for the host.
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_TARGET_DIR")
        .env_remove("RUSTC_WRAPPER")
        .env_remove("RUSTC_WORKSPACE_WRAPPER")
        .status()
        .expect("cargo can be started");
    assert!(status.success(), "the web client does not build; see above");
}
