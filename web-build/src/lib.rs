//! Builds a web client, for build scripts: a nested cargo for wasm32 with a target folder of its own, then wasm-bindgen as a library.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const TARGET: &str = "wasm32-unknown-unknown";

/// What a build script builds with. `server/build.rs` builds the arena's client, `examples/build.rs` those of the examples.
#[derive(Debug)]
pub struct WebBuild {
    workspace: PathBuf,
    out: PathBuf,
}

impl WebBuild {
    /// Of a build script whose package lies right in the workspace's folder. It runs again when a client may have changed.
    ///
    /// # Panics
    /// This is no build script.
    pub fn new() -> Self {
        let manifest = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets CARGO_MANIFEST_DIR"));
        let workspace = manifest.parent().expect("the package lies in the workspace").to_owned();
        for input in ["shared", "web-client", "web-build", "Cargo.toml", "Cargo.lock"] {
            println!("cargo::rerun-if-changed={}", workspace.join(input).display());
        }
        let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR"));
        Self { workspace, out }
    }

    /// A folder or file of the workspace, which the script depends on.
    pub fn input(&self, name: &str) -> PathBuf {
        let input = self.workspace.join(name);
        println!("cargo::rerun-if-changed={}", input.display());
        input
    }

    /// An empty folder of that name, for what the script makes.
    ///
    /// # Panics
    /// The target folder cannot be written.
    pub fn folder(&self, name: &str) -> PathBuf {
        let folder = self.out.join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder).expect("what an earlier build made can be removed");
        }
        fs::create_dir_all(&folder).expect("the target folder can be written");
        folder
    }

    /// Builds a package of the workspace, and lays `NAME.js` and `NAME_bg.wasm` into `folder`.
    ///
    /// # Panics
    /// It does not build: the message is for whoever reads the build's output.
    pub fn client(&self, package: &str, name: &str, folder: &Path) {
        install_target();
        let target_folder = self.out.ancestors().nth(4).expect("OUT_DIR lies in the target folder").join("web");
        build_wasm(&self.workspace, package, &target_folder);
        let wasm = target_folder.join(TARGET).join("wasm").join(package.replace('-', "_")).with_extension("wasm");
        wasm_bindgen_cli_support::Bindgen::new()
            .input_path(wasm)
            .out_name(name)
            .typescript(false)
            .web(true)
            // A sixth of what browsers would load: names of functions, for traces that no player reads.
            .and_then(|bindgen| bindgen.remove_name_section(true).generate(folder))
            .unwrap_or_else(|error| panic!("wasm-bindgen cannot make the glue of {package}: {error:#}"));
    }
}

impl Default for WebBuild {
    fn default() -> Self {
        Self::new()
    }
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

fn build_wasm(workspace: &Path, package: &str, target_folder: &Path) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let status = Command::new(cargo)
        .current_dir(workspace)
        .args(["build", "--package", package, "--profile", "wasm", "--target", TARGET])
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
    assert!(status.success(), "{package} does not build; see above");
}
