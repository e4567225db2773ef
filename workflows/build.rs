//! The identity of a plan holds the linker's note of the build: it is asked for, for not every toolchain leaves one by
//! itself.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-bins=-Wl,--build-id");
    println!("cargo:rustc-link-arg-tests=-Wl,--build-id");
}
