//! The commit that the program is built of, for `--version`: from git where the source is a checkout, from
//! `TRAINYARD_COMMIT` where a packager says it, `unknown` otherwise. Equal sources of equal commits give equal builds.
//!
//! The identity of a plan holds the linker's note of the build: it is asked for, for not every toolchain leaves one by
//! itself.

use std::path::Path;
use std::process::Command;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-link-arg-bins=-Wl,--build-id");
    println!("cargo:rustc-link-arg-tests=-Wl,--build-id");
    println!("cargo:rerun-if-env-changed=TRAINYARD_COMMIT");
    let named = std::env::var("TRAINYARD_COMMIT").ok().filter(|commit| !commit.trim().is_empty());
    let commit = named.or_else(of_checkout).unwrap_or_else(|| "unknown".into());
    println!("cargo:rustc-env=TRAINYARD_COMMIT={}", commit.trim());
}

/// The commit of the checkout, when this file is tracked in it: a copy of the source below another project's checkout has none.
fn of_checkout() -> Option<String> {
    // HEAD names a branch, the branch a commit; each may lie in a file of its own or be packed
    let branch = git(&["symbolic-ref", "-q", "HEAD"]);
    for name in [Some("HEAD".to_string()), branch, Some("packed-refs".to_string())].into_iter().flatten() {
        if let Some(path) = git(&["rev-parse", "--git-path", &name]).filter(|path| Path::new(path).exists()) {
            println!("cargo:rerun-if-changed={path}");
        }
    }
    git(&["ls-files", "--error-unmatch", "build.rs"])?;
    git(&["rev-parse", "--short=12", "HEAD"])
}

fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8(output.stdout).ok()?.trim().to_string())
}
