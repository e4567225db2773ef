//! What a child tells the operating system about itself before it touches a file.

use std::fs::File;
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};

/// Limits the address space and leaves no core dump.
pub(super) fn limit_memory(bytes: u64) -> io::Result<()> {
    for (resource, limit) in [(libc::RLIMIT_AS, bytes), (libc::RLIMIT_CORE, 0)] {
        let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
        // SAFETY: `limit` lives through the call.
        if unsafe { libc::setrlimit(resource, &limit) } != 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Dies with the parent, even in the middle of an endless loop, and leaves the terminal's and the batch system's
/// signals to the parent, which decides when work ends. A file beyond the limit of sizes is an error of the write.
pub(super) fn follow_parent() -> io::Result<()> {
    // SAFETY: plain integer arguments; ignoring a signal installs no code.
    unsafe {
        if libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) != 0 {
            return Err(io::Error::last_os_error());
        }
        for signal in [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGUSR1, libc::SIGUSR2, libc::SIGXFSZ] {
            libc::signal(signal, libc::SIG_IGN);
        }
    }
    Ok(())
}

/// Takes standard output for the replies; whatever libraries print goes to standard error from now on.
pub(super) fn private_output() -> io::Result<File> {
    // SAFETY: descriptors 1 and 2 are open in a child of the pool; the duplicate is ours alone.
    unsafe {
        let output = libc::dup(1);
        if output < 0 || libc::dup2(2, 1) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(File::from(OwnedFd::from_raw_fd(output)))
    }
}
