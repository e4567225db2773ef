/* Storage that refuses: of the calls on files whose path contains REFUSE_NAME, the REFUSE_FROM-th of a process and those after it,
   REFUSE_TIMES in all, fail with REFUSE_ERRNO, or, where that is 0, do not return. REFUSE_CALL is "open", "read", "long read" (of
   at least 64 KiB by place), "look" (stat and its kin), "write", "sync", "rename" (folders that are made, too) or "remove". */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static int refused(const char *call, const char *path) {
    const char *name = getenv("REFUSE_NAME"), *which = getenv("REFUSE_CALL");
    if (!name || !which || !path || strcmp(call, which) || !strstr(path, name)) return 0;
    long number = atomic_fetch_add(&calls, 1) + 1, from = atol(getenv("REFUSE_FROM")), times = atol(getenv("REFUSE_TIMES"));
    if (number < from || number >= from + times) return 0;
    errno = atoi(getenv("REFUSE_ERRNO"));
    while (!errno) pause();
    return 1;
}

static int refused_of(const char *call, int file) {
    char link[64], path[4096];
    if (file < 3 || !getenv("REFUSE_NAME")) return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return refused(call, path);
}

#define REAL(name) static __typeof__(&name) real; if (!real) real = dlsym(RTLD_NEXT, #name)

static mode_t mode_of(int flags, va_list rest) { return flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0; }

#define OPEN(name) int name(const char *path, int flags, ...) { \
    va_list rest; va_start(rest, flags); mode_t mode = mode_of(flags, rest); va_end(rest); \
    REAL(name); if (refused("open", path)) return -1; return real(path, flags, mode); }
OPEN(open)
OPEN(open64)

ssize_t read(int file, void *to, size_t size) { REAL(read); if (refused_of("read", file)) return -1; return real(file, to, size); }
static int refused_read(int file, size_t size) { return refused_of("read", file) || (size >= 65536 && refused_of("long read", file)); }
ssize_t pread(int file, void *to, size_t size, off_t at) { REAL(pread); if (refused_read(file, size)) return -1; return real(file, to, size, at); }
ssize_t pread64(int file, void *to, size_t size, off64_t at) { REAL(pread64); if (refused_read(file, size)) return -1; return real(file, to, size, at); }
ssize_t write(int file, const void *from, size_t size) { REAL(write); if (refused_of("write", file)) return -1; return real(file, from, size); }
ssize_t pwrite(int file, const void *from, size_t size, off_t at) { REAL(pwrite); if (refused_of("write", file)) return -1; return real(file, from, size, at); }
ssize_t pwrite64(int file, const void *from, size_t size, off64_t at) { REAL(pwrite64); if (refused_of("write", file)) return -1; return real(file, from, size, at); }
int fsync(int file) { REAL(fsync); if (refused_of("sync", file)) return -1; return real(file); }
int fdatasync(int file) { REAL(fdatasync); if (refused_of("sync", file)) return -1; return real(file); }
ssize_t copy_file_range(int from, off64_t *a, int to, off64_t *b, size_t size, unsigned flags) {
    REAL(copy_file_range); if (refused_of("read", from)) return -1; return real(from, a, to, b, size, flags); }
int stat(const char *path, struct stat *about) { REAL(stat); if (refused("look", path)) return -1; return real(path, about); }
int stat64(const char *path, struct stat64 *about) { REAL(stat64); if (refused("look", path)) return -1; return real(path, about); }
int fstat(int file, struct stat *about) { REAL(fstat); if (refused_of("look", file)) return -1; return real(file, about); }
int fstat64(int file, struct stat64 *about) { REAL(fstat64); if (refused_of("look", file)) return -1; return real(file, about); }
int statx(int folder, const char *path, int flags, unsigned mask, struct statx *about) {
    REAL(statx);
    /* callers probe with no path at all, which the declaration says cannot be */
    const char *volatile given = path;
    const char *named = given;
    if (named && *named ? refused("look", named) : refused_of("look", folder)) return -1;
    return real(folder, path, flags, mask, about);
}

int ftruncate(int file, off_t size) { REAL(ftruncate); if (refused_of("write", file)) return -1; return real(file, size); }
int ftruncate64(int file, off64_t size) { REAL(ftruncate64); if (refused_of("write", file)) return -1; return real(file, size); }
int syncfs(int file) { REAL(syncfs); if (refused_of("sync", file)) return -1; return real(file); }
int rename(const char *from, const char *to) { REAL(rename); if (refused("rename", to)) return -1; return real(from, to); }
int mkdir(const char *path, mode_t mode) { REAL(mkdir); if (refused("rename", path)) return -1; return real(path, mode); }
int unlink(const char *path) { REAL(unlink); if (refused("remove", path)) return -1; return real(path); }
int unlinkat(int folder, const char *path, int flags) { REAL(unlinkat); if (refused("remove", path)) return -1; return real(folder, path, flags); }
int rmdir(const char *path) { REAL(rmdir); if (refused("remove", path)) return -1; return real(path); }
