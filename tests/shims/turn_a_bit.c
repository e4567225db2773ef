/* Storage that lies: a bit turns behind every write of 64 bytes or more to a path that holds $LYING_PATH, or behind each
 * $LYING_EVERYth of a process. Each is noted in $LYING_LOG. Loaded before the program. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_write)(int, const void *, size_t);

static void turn(int fd, off_t at, size_t length) {
    const char *wanted = getenv("LYING_PATH"), *log = getenv("LYING_LOG");
    char link[64], path[4096];
    if (!wanted || !log || length < 64) return;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, sizeof path - 1);
    if (n < 0) return;
    path[n] = 0;
    if (!strstr(path, wanted)) return;
    static atomic_long writes;
    const char *every = getenv("LYING_EVERY");
    if (every && atomic_fetch_add(&writes, 1) % atol(every)) return;
    int file = open(path, O_RDWR);
    if (file < 0) return;
    unsigned char byte;
    at += length / 2;
    if (pread(file, &byte, 1, at) == 1) {
        byte ^= 4;
        real_pwrite(file, &byte, 1, at);
        int out = open(log, O_CREAT | O_WRONLY | O_APPEND, 0644);
        dprintf(out, "%s\n", path);
        close(out);
    }
    close(file);
}

__attribute__((constructor)) static void find(void) {
    real_pwrite = dlsym(RTLD_NEXT, "pwrite64");
    real_write = dlsym(RTLD_NEXT, "write");
}

ssize_t pwrite64(int fd, const void *bytes, size_t length, off_t at) {
    ssize_t written = real_pwrite(fd, bytes, length, at);
    if (written > 0) turn(fd, at, written);
    return written;
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t at) { return pwrite64(fd, bytes, length, at); }

ssize_t write(int fd, const void *bytes, size_t length) {
    ssize_t written = real_write(fd, bytes, length);
    if (written > 0 && fd > 2) {
        off_t end = lseek(fd, 0, SEEK_CUR);
        if (end >= written) turn(fd, end - written, written);
    }
    return written;
}
