// A disk that fails, in front of a program (LD_PRELOAD). Calls that change files below a folder are counted, by all processes that share
// the counter, and from a chosen one on something goes wrong.
//
//   CUELINE_FAULT_ROOT   only files below it count
//   CUELINE_FAULT_FILE   16 bytes, shared: how many calls there were, and the number of the first that fails (0: none)
//   CUELINE_FAULT        kill: the process is killed before the call; torn: half of a write is done, then it is killed;
//                        full: this call and all later ones that need room fail with ENOSPC; eio: this one call fails with EIO;
//                        readonly: all from here on fail with EROFS

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static struct { _Atomic uint64_t calls, first; } *shared;
static char root[PATH_MAX];
static size_t root_length;
static enum { NONE, KILL, TORN, FULL, EIO_ONCE, READ_ONLY } mode;

__attribute__((constructor)) static void start(void) {
    const char *file = getenv("CUELINE_FAULT_FILE"), *under = getenv("CUELINE_FAULT_ROOT"), *what = getenv("CUELINE_FAULT");
    if (file == NULL || under == NULL || what == NULL || realpath(under, root) == NULL) return;
    root_length = strlen(root);
    int fd = open(file, O_RDWR | O_CLOEXEC);
    if (fd < 0) return;
    void *map = mmap(NULL, 16, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED) return;
    shared = map;
    const char *names[] = {"none", "kill", "torn", "full", "eio", "readonly"};
    for (int i = 0; i < 6; i++) if (strcmp(what, names[i]) == 0) mode = i;
}

static int is_below(const char *path) {
    return strncmp(path, root, root_length) == 0 && (path[root_length] == '/' || path[root_length] == 0);
}

static int fd_is_below(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length <= 0) return 0;
    path[length] = 0;
    return is_below(path);
}

static int path_is_below(int folder, const char *path) {
    if (path == NULL) return 0;
    if (path[0] == '/') return is_below(path);
    if (folder == AT_FDCWD) {
        char here[PATH_MAX];
        return getcwd(here, sizeof here) != NULL && is_below(here);
    }
    return fd_is_below(folder);
}

// What is to be done at this call: 0 to go on, -1 with errno to fail, 1 to do half of a write and die.
static int at(int below, int needs_room) {
    if (shared == NULL || mode == NONE || !below) return 0;
    uint64_t number = atomic_fetch_add(&shared->calls, 1) + 1, first = atomic_load(&shared->first);
    if (first == 0 || number < first) return 0;
    switch (mode) {
    case KILL: raise(SIGKILL); return 0;
    case TORN:
        if (number == first) return 1;
        raise(SIGKILL);
        return 0;
    case FULL:
        if (!needs_room) return 0;
        errno = ENOSPC;
        return -1;
    case EIO_ONCE:
        if (number != first) return 0;
        errno = EIO;
        return -1;
    case READ_ONLY: errno = EROFS; return -1;
    default: return 0;
    }
}

#define REAL(name) ({ static typeof(&name) real; if (real == NULL) real = (typeof(&name))dlsym(RTLD_NEXT, #name); real; })

#define WRITES(name, parameters, arguments, half_arguments, size) \
    ssize_t name parameters { \
        int what = at(fd_is_below(fd), 1); \
        if (what < 0) return -1; \
        if (what > 0) { if ((size) > 1) (void)!REAL(name) half_arguments; raise(SIGKILL); } \
        return REAL(name) arguments; \
    }
WRITES(write, (int fd, const void *bytes, size_t count), (fd, bytes, count), (fd, bytes, count / 2), count)
WRITES(pwrite, (int fd, const void *bytes, size_t count, off_t place), (fd, bytes, count, place), (fd, bytes, count / 2, place), count)
WRITES(pwrite64, (int fd, const void *bytes, size_t count, off64_t place), (fd, bytes, count, place), (fd, bytes, count / 2, place), count)
WRITES(writev, (int fd, const struct iovec *parts, int count), (fd, parts, count), (fd, parts, 1), count)
WRITES(pwritev, (int fd, const struct iovec *parts, int count, off_t place), (fd, parts, count, place), (fd, parts, 1, place), count)

#define SIMPLE(name, parameters, arguments, below, needs_room) \
    int name parameters { \
        int what = at(below, needs_room); \
        if (what < 0) return -1; \
        if (what > 0) raise(SIGKILL); \
        return REAL(name) arguments; \
    }
SIMPLE(fsync, (int fd), (fd), fd_is_below(fd), 0)
SIMPLE(fdatasync, (int fd), (fd), fd_is_below(fd), 0)
SIMPLE(ftruncate, (int fd, off_t size), (fd, size), fd_is_below(fd), 0)
SIMPLE(ftruncate64, (int fd, off64_t size), (fd, size), fd_is_below(fd), 0)
SIMPLE(rename, (const char *from, const char *to), (from, to), path_is_below(AT_FDCWD, to), 0)
SIMPLE(renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), path_is_below(b, to), 0)
SIMPLE(renameat2, (int a, const char *from, int b, const char *to, unsigned flags), (a, from, b, to, flags), path_is_below(b, to), 0)
SIMPLE(link, (const char *from, const char *to), (from, to), path_is_below(AT_FDCWD, to), 1)
SIMPLE(unlink, (const char *path), (path), path_is_below(AT_FDCWD, path), 0)
SIMPLE(unlinkat, (int folder, const char *path, int flags), (folder, path, flags), path_is_below(folder, path), 0)
SIMPLE(rmdir, (const char *path), (path), path_is_below(AT_FDCWD, path), 0)
SIMPLE(mkdir, (const char *path, mode_t rights), (path, rights), path_is_below(AT_FDCWD, path), 1)
SIMPLE(mkdirat, (int folder, const char *path, mode_t rights), (folder, path, rights), path_is_below(folder, path), 1)
SIMPLE(fallocate, (int fd, int how, off_t place, off_t size), (fd, how, place, size), fd_is_below(fd), 1)
SIMPLE(fallocate64, (int fd, int how, off64_t place, off64_t size), (fd, how, place, size), fd_is_below(fd), 1)

// Returns the number of the error, and sets errno to nothing.
int posix_fallocate(int fd, off_t place, off_t size) {
    return at(fd_is_below(fd), 1) < 0 ? errno : REAL(posix_fallocate)(fd, place, size);
}
int posix_fallocate64(int fd, off64_t place, off64_t size) {
    return at(fd_is_below(fd), 1) < 0 ? errno : REAL(posix_fallocate64)(fd, place, size);
}

// Opening counts where it may make a file; an opening for writing fails on what is read-only.
#define OPENS(name, parameters, before, folder) \
    int name parameters { \
        mode_t rights = 0; \
        if (flags & (O_CREAT | O_TMPFILE)) { va_list rest; va_start(rest, flags); rights = va_arg(rest, mode_t); va_end(rest); } \
        if ((flags & O_ACCMODE) != O_RDONLY || flags & O_CREAT) { \
            int what = flags & O_CREAT || mode == READ_ONLY ? at(path_is_below(folder, path), (flags & O_CREAT) != 0) : 0; \
            if (what < 0) return -1; \
            if (what > 0) raise(SIGKILL); \
        } \
        return REAL(name) before; \
    }
OPENS(open, (const char *path, int flags, ...), (path, flags, rights), AT_FDCWD)
OPENS(open64, (const char *path, int flags, ...), (path, flags, rights), AT_FDCWD)
OPENS(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, rights), folder)
OPENS(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, rights), folder)
