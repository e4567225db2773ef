//! The child's side: answers requests until its input ends.

use super::request::{Reply, Request};
use super::{fault, guard, handlers, wire, Limits};
use crate::error::{Error, Place, Result};
use std::io;
use std::panic::{catch_unwind, AssertUnwindSafe};

/// Largest request: a list of row ranges may be long.
const MAX_REQUEST: u64 = 1 << 30;

/// Runs as a child of an [`OpenerPool`](super::OpenerPool): the program of an [`OpenerCommand`](super::OpenerCommand)
/// calls this before anything else.
///
/// Reads `--memory BYTES` and `--plugins` from its command line. Ends with status 0 when its input closes.
pub fn serve() -> ! {
    let status = match run() {
        Ok(()) => 0,
        Err(error) => {
            eprintln!("error: failed to serve as opener: {error}");
            5
        }
    };
    std::process::exit(status)
}

fn run() -> io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let memory = arguments
        .iter()
        .position(|argument| argument == "--memory")
        .and_then(|position| arguments.get(position + 1))
        .and_then(|bytes| bytes.parse().ok())
        .unwrap_or(Limits::default().memory);
    let limits = Limits { memory, ..Limits::default() };
    guard::follow_parent()?;
    let mut output = guard::private_output()?;
    guard::limit_memory(limits.memory)?;
    crate::hdf5::init();
    crate::hdf5::register_filters();
    if arguments.iter().any(|argument| argument == "--plugins") {
        crate::hdf5::enable_plugins();
    }
    let mut input = io::stdin().lock();
    while let Some(message) = wire::receive(&mut input, MAX_REQUEST)? {
        let reply = match postcard::from_bytes::<Request>(&message) {
            Ok(request) => {
                fault::strike(request.path(), &mut output);
                answer(&request, limits)
            }
            Err(error) => Err(Error::bug(format!("failed to read a request: {error}"), Place::default())),
        };
        wire::send(&mut output, &encode(reply, limits)?)?;
    }
    Ok(())
}

/// Answers in this process, which a damaged file may crash or hang: what a child does with a request, for fuzzing.
///
/// # Errors
/// What is wrong with the file; a panic of ours is `Bug`.
pub fn answer(request: &Request, limits: Limits) -> Result<Reply> {
    catch_unwind(AssertUnwindSafe(|| handlers::handle(request, limits))).unwrap_or_else(|panic| {
        let text = panic
            .downcast_ref::<String>()
            .map(String::as_str)
            .or_else(|| panic.downcast_ref::<&str>().copied())
            .unwrap_or("panic");
        Err(Error::bug(format!("failed to answer a request: {text}"), Place::file(request.path())))
    })
}

fn encode(reply: Result<Reply>, limits: Limits) -> io::Result<Vec<u8>> {
    let message = postcard::to_stdvec(&reply).map_err(io::Error::other)?;
    if message.len() as u64 <= limits.memory {
        return Ok(message);
    }
    let refusal: Result<Reply> = Err(Error::resource(
        format!("an answer of {} bytes is larger than the opener's memory limit", message.len()),
        Place::default(),
    ));
    postcard::to_stdvec(&refusal).map_err(io::Error::other)
}
