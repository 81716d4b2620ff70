//! What a page calls.

/// Makes the program of a game's page of a [`Front`](crate::shell::front::Front) and of what makes one: `start()`, and `state()`, which says
/// as JSON what is going on, for tests. The crate needs `wasm-bindgen`.
#[macro_export]
macro_rules! exports {
    ($front:ty, $make:expr) => {
        thread_local! {
            static APP: std::cell::OnceCell<$crate::shell::app::Shared<$front>> = const { std::cell::OnceCell::new() };
        }

        /// Starts the client in its page.
        ///
        /// # Errors
        /// The page lacks an element, or the browser what the game needs.
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub fn start() -> Result<(), wasm_bindgen::JsValue> {
            let app = $crate::shell::launch::launch($make)?;
            APP.with(|cell| {
                cell.set(app).map_err(|_| wasm_bindgen::JsValue::from_str("the client was started already"))
            })
        }

        /// What is going on, as JSON: for tests. It is made from the same state that is drawn.
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub fn state() -> String {
            APP.with(|cell| {
                cell.get().map_or_else(|| "{\"phase\":\"loading\"}".to_owned(), |app| app.borrow().report())
            })
        }
    };
}
