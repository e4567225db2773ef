//! Storage that blocks: whoever opens the file waits, as for a file system whose server is gone.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;
use std::path::Path;

/// A write lease on a file (fcntl(2)): the kernel holds every other opening of it back until the lease is given back,
/// or for /proc/sys/fs/lease-break-time, usually 45 s.
pub struct Blocked {
    _file: File,
}

impl Blocked {
    /// Nothing when someone has the file open, or where the file system knows no leases; the latter is said.
    pub fn file(path: &Path) -> Option<Self> {
        let file = OpenOptions::new().read(true).write(true).open(path).expect("a file of the test");
        // SAFETY: plain integers; ignoring the signal that tells of somebody waiting installs no code.
        let taken = unsafe {
            libc::signal(libc::SIGIO, libc::SIG_IGN);
            libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_WRLCK)
        };
        let busy = std::io::Error::last_os_error().kind() == std::io::ErrorKind::WouldBlock;
        if taken != 0 && !busy {
            println!("skipped: this file system knows no leases");
        }
        (taken == 0).then_some(Blocked { _file: file })
    }
}
