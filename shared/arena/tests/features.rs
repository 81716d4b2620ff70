//! glam computes the same everywhere only with the features that this workspace gives it, and cargo joins the features of all dependents.

use std::process::Command;

#[test]
fn no_dependency_switches_on_the_platforms_mathematics_in_glam() {
    for target in [&[][..], &["--target", "wasm32-unknown-unknown"]] {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
            .args(["tree", "--workspace", "--offline", "--edges", "normal", "--invert", "glam"])
            .args(["--depth", "0", "--format", "{p} {f}"])
            .args(target)
            .output()
            .expect("cargo runs");
        let tree = String::from_utf8(output.stdout).expect("cargo prints text");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let features: Vec<_> = tree.lines().filter_map(|line| line.rsplit(' ').next()).collect();
        assert_eq!(features, ["libm,scalar-math"], "{target:?}: {tree}");
    }
}
