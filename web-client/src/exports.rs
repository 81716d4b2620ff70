//! What a page calls.

/// Makes the program of a game's page of a [`Front`](crate::shell::front::Front) and of what makes one: `start(words)` and `speak(words)`, which take the
/// words of a language, and `state()`, which says as JSON what is going on, for tests. The crate needs `wasm-bindgen`.
#[macro_export]
macro_rules! exports {
    ($front:ty, $make:expr) => {
        thread_local! {
            static APP: std::cell::OnceCell<$crate::shell::app::Shared<$front>> = const { std::cell::OnceCell::new() };
        }

        /// Starts the client in its page, with the words of the player's language: an object of texts by their keys.
        ///
        /// # Errors
        /// The page lacks an element, or the browser what the game needs.
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub fn start(words: &wasm_bindgen::JsValue) -> Result<(), wasm_bindgen::JsValue> {
            $crate::shell::words::learn(words);
            let app = $crate::shell::launch::launch($make)?;
            APP.with(|cell| {
                cell.set(app).map_err(|_| wasm_bindgen::JsValue::from_str("the client was started already"))
            })
        }

        /// Goes over to the words of another language.
        #[wasm_bindgen::prelude::wasm_bindgen]
        pub fn speak(words: &wasm_bindgen::JsValue) {
            $crate::shell::words::learn(words);
            APP.with(|cell| {
                if let Some(app) = cell.get() {
                    app.borrow_mut().words_changed();
                }
            });
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
