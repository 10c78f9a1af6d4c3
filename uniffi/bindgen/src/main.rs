//! Writes Kotlin, Swift and Python from the library's own description of itself.

fn main() {
    uniffi::uniffi_bindgen_main();
}
