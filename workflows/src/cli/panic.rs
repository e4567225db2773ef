//! A panic is a bug of ours, and says so.

use super::output::complain;
use std::panic::PanicHookInfo;

/// From now on a panic tells what happened in our words; the verb then ends with exit code 1.
pub fn install_hook() {
    std::panic::set_hook(Box::new(|info: &PanicHookInfo<'_>| {
        let what = match (info.payload().downcast_ref::<&str>(), info.payload().downcast_ref::<String>()) {
            (Some(text), _) => text,
            (_, Some(text)) => text.as_str(),
            _ => "panic",
        };
        let place =
            info.location().map(|l| format!("\n  --> {}:{}:{}", l.file(), l.line(), l.column())).unwrap_or_default();
        complain(&format!(
            "error: this is a bug in trainyard {}: {what}{place}\nhint: please report it, with the command line and the workflow\n",
            env!("CARGO_PKG_VERSION"),
        ));
    }));
}
