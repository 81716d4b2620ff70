//! Builds the examples' web clients, and puts each into a folder with its page.

use std::fs;

fn main() {
    let build = tickwire_web_build::WebBuild::new();
    for (package, name) in [("tickwire-line", "line"), ("tickwire-trace", "trace")] {
        let source = build.input(&format!("examples/{name}"));
        let site = build.folder(name);
        build.client(package, name, &site);
        for file in fs::read_dir(source.join("page")).expect("an example has a page") {
            let file = file.expect("the page can be read");
            fs::copy(file.path(), site.join(file.file_name())).expect("the target folder can be written");
        }
    }
}
