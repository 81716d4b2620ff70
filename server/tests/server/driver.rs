//! A headless Chromium with the page in it, driven through chromedriver.

use std::{
    io::{BufRead, BufReader, Write},
    net::TcpStream,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use thirtyfour::{
    ChromiumLikeCapabilities, DesiredCapabilities, Key, LoggingPrefsLogLevel, WebDriver,
    extensions::query::ElementQueryable,
    prelude::{By, WebDriverResult},
};

/// Longer than anything takes here; only a hang reaches it.
const PATIENCE: Duration = Duration::from_secs(30);

/// How Chromium runs as root, without a GPU, and without calling home.
const FLAGS: [&str; 8] = [
    "--headless=new",
    "--no-sandbox",
    "--enable-unsafe-swiftshader",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=1280,800",
];

/// The screen of a phone that is held upright, in CSS pixels.
pub const PHONE: (u32, u32) = (390, 844);

/// A whole round through everything that takes the focus has fewer steps.
const STEPS_MAX: usize = 60;

/// A browser with one page.
pub struct Browser {
    driver: WebDriver,
    process: Child,
    port: u16,
}

impl Browser {
    /// Starts a browser on a page.
    pub async fn open(url: &str) -> Self {
        Self::open_with(url, &[]).await
    }

    /// Starts a browser on a page, with flags of its own.
    pub async fn open_with(url: &str, flags: &[&str]) -> Self {
        Self::launch(url, flags, None).await
    }

    /// Starts a browser on a page, with the screen of a phone.
    pub async fn open_on_phone(url: &str) -> Self {
        Self::open_on_screen(url, PHONE).await
    }

    /// Starts a browser on a page, with a touch screen of that width and height in CSS pixels.
    pub async fn open_on_screen(url: &str, screen: (u32, u32)) -> Self {
        Self::launch(url, &[], Some(screen)).await
    }

    /// Starts a browser of somebody who reads these languages, on a page, with such a touch screen, or in a window whose page has 1280 x 720 pixels.
    pub async fn open_in(languages: &str, url: &str, screen: Option<(u32, u32)>) -> Self {
        Self::launch(url, &[&format!("--accept-lang={languages}"), "--window-size=1280,863"], screen).await
    }

    async fn launch(url: &str, flags: &[&str], screen: Option<(u32, u32)>) -> Self {
        let mut process = Command::new("chromedriver")
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver starts; script/install-browser installs it");
        let port = port_of(&mut process);
        let mut wanted = DesiredCapabilities::chrome();
        for flag in FLAGS.into_iter().chain(flags.iter().copied()) {
            wanted.add_arg(flag).expect("a flag");
        }
        if let Some((width, height)) = screen {
            let screen = json!({ "width": width, "height": height, "pixelRatio": 2.0, "touch": true, "mobile": true });
            let phone = json!({ "deviceMetrics": screen });
            wanted.add_experimental_option("mobileEmulation", phone).expect("Chromium can be a phone");
        }
        wanted.set_browser_log_level(LoggingPrefsLogLevel::All).expect("a level");
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.expect("Chromium starts");
        driver.set_script_timeout(PATIENCE).await.expect("a driver");
        driver.goto(url).await.expect("the page is there");
        Self { driver, process, port }
    }

    /// Waits until the page's own state fulfils a JavaScript expression over `s`, and gives the state.
    pub async fn until(&self, condition: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1], end = performance.now() + {};
             (function look() {{
               const s = window.tickwire ? window.tickwire.state() : null;
               if (s && ({condition})) return done([true, s]);
               if (performance.now() > end) return done([false, s]);
               requestAnimationFrame(look);
             }})();",
            PATIENCE.as_millis() * 9 / 10
        );
        let looked = self.driver.execute_async(script, Vec::new()).await.expect("the page answers");
        let (fulfilled, state) = (&looked.json()[0], &looked.json()[1]);
        assert_eq!(*fulfilled, true, "never: {condition}; the page's state is {state:#}");
        state.clone()
    }

    /// The result of a JavaScript expression.
    pub async fn evaluate(&self, expression: &str) -> Value {
        let result = self.driver.execute(format!("return {expression};"), Vec::new()).await;
        result.expect("the page answers").json().clone()
    }

    /// What axe-core, given as its source, finds that is serious or worse: a line each, by rule and element.
    pub async fn accessibility(&self, axe: &str) -> Vec<Value> {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             if (!window.axe) {{ {axe} }}
             window.axe.run(document, {{ resultTypes: ['violations'] }}).then((found) => done(found.violations
               .filter((rule) => rule.impact === 'serious' || rule.impact === 'critical')
               .flatMap((rule) => rule.nodes.map((node) => rule.id + ': ' + node.html + ' ' + node.failureSummary))));"
        );
        let found = self.driver.execute_async(script, Vec::new()).await.expect("axe looks");
        found.json().as_array().expect("a list").clone()
    }

    /// What a script hands to `done`.
    pub async fn script(&self, script: &str) -> Value {
        let script = format!("const done = arguments[arguments.length - 1]; {script}");
        let result = self.driver.execute_async(script, Vec::new()).await;
        result.expect("the page answers in time").json().clone()
    }

    /// What a piece of asynchronous JavaScript returns.
    pub async fn run(&self, script: &str) -> Value {
        self.script(&format!("(async () => {{ {script} }})().then(done);")).await
    }

    /// Types into an element, and presses Enter.
    pub async fn enter(&self, id: &str, text: &str) {
        let element = self.driver.query(By::Id(id)).and_clickable().first().await.expect("an element to type into");
        element.send_keys(text).await.expect("it takes keys");
        element.send_keys(Key::Enter + "").await.expect("it takes Enter");
    }

    /// Waits for the start screen, types a name there and presses "Play".
    pub async fn begin(&self, name: &str) {
        self.until("s.phase === 'start'").await;
        self.enter("name", name).await;
    }

    /// Which two of these parts of the page overlap, of those that are shown: a line for each pair.
    pub async fn overlaps(&self, ids: &[&str]) -> Vec<Value> {
        let pairs = format!(
            "(() => {{
               const shown = {}.map((id) => document.getElementById(id)).filter((part) => part.checkVisibility());
               const boxes = shown.map((part) => [part.id, part.getBoundingClientRect()]).filter(([, box]) => box.width > 0);
               return boxes.flatMap(([one, a], at) => boxes.slice(at + 1)
                 .filter(([, b]) => a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1)
                 .map(([other]) => `${{one}} and ${{other}}`));
             }})()",
            json!(ids)
        );
        self.evaluate(&pairs).await.as_array().expect("a list").clone()
    }

    /// Clicks on an element.
    pub async fn click(&self, id: &str) {
        let element = self.driver.query(By::Id(id)).and_clickable().first().await.expect("an element to click on");
        element.click().await.expect("it takes a click");
    }

    /// Presses and lets go of a key, wherever the focus is.
    pub async fn press(&self, key: impl Into<char>) {
        let key = key.into();
        self.driver.action_chain().key_down(key).key_up(key).perform().await.expect("the page takes keys");
    }

    /// Walks by Tab until an element has the focus.
    pub async fn walk_to(&self, id: &str) {
        for _ in 0..STEPS_MAX {
            if self.evaluate("document.activeElement.id").await == id {
                return;
            }
            self.press(Key::Tab).await;
        }
        panic!("no Tab leads to {id}");
    }

    /// Holds keys down.
    pub async fn hold(&self, keys: &[char]) {
        let chain = keys.iter().fold(self.driver.action_chain(), |chain, key| chain.key_down(*key));
        chain.perform().await.expect("the page takes keys");
    }

    /// Lets keys go.
    pub async fn release(&self, keys: &[char]) {
        let chain = keys.iter().fold(self.driver.action_chain(), |chain, key| chain.key_up(*key));
        chain.perform().await.expect("the page takes keys");
    }

    /// Moves the mouse to a place in the window.
    pub async fn point(&self, x: i64, y: i64) {
        self.driver.action_chain().move_to(x, y).perform().await.expect("the page takes the mouse");
    }

    /// Drags the mouse with its left button held, from one place in the window to another.
    pub async fn drag(&self, from: (i64, i64), to: (i64, i64)) {
        let chain = self.driver.action_chain().move_to(from.0, from.1).click_and_hold();
        chain.move_to(to.0, to.1).release().perform().await.expect("the page takes the mouse");
    }

    /// Turns the wheel of the mouse, over a place in the window, by so many CSS pixels towards whoever sits there.
    pub async fn wheel(&self, x: i64, y: i64, pixels: i64) {
        let turn = json!({ "type": "mouseWheel", "x": x, "y": y, "deltaX": 0, "deltaY": pixels });
        let turned = self.driver.cdp().send_raw("Input.dispatchMouseEvent", turn).await;
        turned.expect("Chromium turns a wheel");
    }

    /// Puts fingers on the screen, moves each to its next place and the next, and lifts them.
    pub async fn fingers(&self, ways: &[&[(i64, i64)]]) {
        let places = ways.first().map_or(0, |way| way.len());
        for at in 0..=places {
            let what = ["touchStart", "touchMove", "touchEnd"][if at == places { 2 } else { at.min(1) }];
            let down = ways
                .iter()
                .enumerate()
                .filter_map(|(id, way)| way.get(at).map(|(x, y)| json!({ "x": x, "y": y, "id": id })));
            let event = json!({ "type": what, "touchPoints": down.collect::<Vec<_>>() });
            self.driver.cdp().send_raw("Input.dispatchTouchEvent", event).await.expect("Chromium has fingers");
        }
    }

    /// Goes to another page.
    pub async fn load(&self, url: &str) {
        self.driver.goto(url).await.expect("the page is there");
    }

    /// The text of an element, once it has some.
    pub async fn text_of(&self, id: &str) -> String {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (function look() {{
               const text = document.getElementById({id:?})?.textContent;
               if (text) done(text); else setTimeout(look, 20);
             }})();"
        );
        let text = self.driver.execute_async(script, Vec::new()).await.expect("it is there in time");
        text.json().as_str().expect("a text").to_owned()
    }

    /// Runs a script at the start of each page that is loaded from now on, before any of the page's own.
    pub async fn before_each_page(&self, script: &str) {
        let added = self.driver.cdp().page().add_script_to_evaluate_on_new_document(script).await;
        added.expect("Chromium takes a script");
    }

    /// From now on the network brings and takes so many bytes a second.
    pub async fn slow_down(&self, bytes: u32) {
        self.network(5, bytes.into()).await;
    }

    /// From now on each answer to a request comes so many milliseconds late; what comes by sockets does not.
    pub async fn delay_answers(&self, millis: u32) {
        self.network(millis, -1).await;
    }

    /// A network with that latency in milliseconds, and so many bytes a second; -1 for any number.
    async fn network(&self, latency: u32, bytes: i64) {
        let conditions =
            json!({ "offline": false, "latency": latency, "downloadThroughput": bytes, "uploadThroughput": bytes });
        let tools = self.driver.cdp();
        tools.send_raw("Network.enable", json!({})).await.expect("Chromium tells of its network");
        let slowed = tools.send_raw("Network.emulateNetworkConditions", conditions).await;
        slowed.expect("Chromium simulates a slow network");
    }

    /// Opens another tab on a page, and goes on there.
    pub async fn open_tab(&self, url: &str) {
        let tab = self.driver.new_tab().await.expect("another tab");
        self.driver.switch_to_window(tab).await.expect("it is there");
        self.driver.goto(url).await.expect("the page is there");
    }

    /// Goes on in the tab that was opened first.
    pub async fn first_tab(&self) {
        let tabs = self.driver.windows().await.expect("some tabs");
        self.driver.switch_to_window(tabs[0].clone()).await.expect("it is there");
    }

    /// Loads the page anew.
    pub async fn reload(&self) {
        self.driver.refresh().await.expect("the page is there");
    }

    /// Makes the window as wide as a phone held upright, and tall enough for the whole page.
    pub async fn narrow(&self) {
        let size = self.driver.set_window_rect(0, 0, 390, 1900).await;
        size.expect("a window has a size");
    }

    /// Has the page's own process go before all else on this machine, so that its timers measure its work and not how it waits for a core; `false`
    /// where the system does not permit that.
    pub fn prefer(&self) -> bool {
        let mut family = vec![self.process.id()];
        let mut at = 0;
        while let Some(&parent) = family.get(at) {
            // One list for each thread that has children.
            let threads = std::fs::read_dir(format!("/proc/{parent}/task")).into_iter().flatten().flatten();
            let lists = threads.filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
            family.extend(
                lists.flat_map(|list| list.split_whitespace().filter_map(|id| id.parse().ok()).collect::<Vec<u32>>()),
            );
            at += 1;
        }
        let draws = |id: &u32| {
            std::fs::read_to_string(format!("/proc/{id}/cmdline")).is_ok_and(|line| line.contains("--type=renderer"))
        };
        let given = family.into_iter().filter(draws).map(|id| {
            let mut command = Command::new("chrt");
            command.args(["--all-tasks", "--rr", "--pid", "10", &id.to_string()]).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        });
        given.fold(None, |all: Option<bool>, one| Some(all.unwrap_or(true) && one)).unwrap_or(false)
    }

    /// Takes a picture, for people to look at.
    pub async fn picture(&self, name: &str) {
        let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../screenshots"));
        std::fs::create_dir_all(&folder).expect("a folder for screenshots");
        self.driver.screenshot(&folder.join(name)).await.expect("a screenshot");
    }

    /// Closes the browser; fails if its console has errors other than the `expected` ones.
    pub async fn close(self, expected: &[&str]) {
        let log = self.driver.get_log("browser").await.expect("Chromium keeps a log");
        let errors: Vec<_> = log
            .iter()
            .filter(|entry| entry.level == "SEVERE")
            .map(|entry| &entry.message)
            .filter(|message| !expected.iter().any(|text| message.contains(text)))
            .collect();
        let quit: WebDriverResult<()> = self.driver.clone().quit().await;
        quit.expect("Chromium ends");
        drop(self);
        assert!(errors.is_empty(), "the console has errors: {errors:#?}");
    }
}

impl Drop for Browser {
    /// After a failure too: told to shut down, chromedriver takes its Chromium along, which it does not when it is killed.
    fn drop(&mut self) {
        let asked = TcpStream::connect(("127.0.0.1", self.port))
            .and_then(|mut stream| stream.write_all(b"GET /shutdown HTTP/1.1\r\nHost: localhost\r\n\r\n"));
        if asked.is_err() {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

/// chromedriver takes a free port and prints it.
fn port_of(process: &mut Child) -> u16 {
    let output = BufReader::new(process.stdout.take().expect("it is piped"));
    let line = output.lines().map_while(Result::ok).find(|line| line.contains("started successfully on port"));
    let line = line.expect("chromedriver says where it listens");
    let digits: String =
        line.chars().rev().skip_while(|c| !c.is_ascii_digit()).take_while(char::is_ascii_digit).collect();
    digits.chars().rev().collect::<String>().parse().expect("a port")
}
