// cueline-confine: runs a program with nothing but one file to read.
//
//   cueline-confine [--input FILE [--inode DEVICE:NUMBER]] [--read DIR]... [--cpu SECONDS] [--memory BYTES] [--require] -- PROGRAM [ARGUMENT...]
//   cueline-confine --report
//
// Decoders read what strangers sent, so a flaw in one must lead nowhere. Before it becomes PROGRAM (an absolute path), this
//
//   * bounds processor time, address space, file size (nothing may be written) and descriptors (setrlimit(2));
//   * leaves no file readable but FILE, what lies below a DIR, the program with its libraries, the system's libraries and programs, and a few
//     devices, and none writable but /dev/null; no TCP (landlock(7));
//   * takes away sockets, tracing, namespaces, mounts, io_uring, signals to others and the like (seccomp(2));
//   * gives up capabilities but that of reading any file, and the right to get any (PR_SET_NO_NEW_PRIVS).
//
// What the kernel does not have is left out, unless --require is given; --report says what it has. With --inode FILE must still be that inode:
// another that was put in its place is refused. Exit status 125: the confinement failed, 126: FILE is not the one expected, 127: PROGRAM cannot be
// run. On other systems than Linux it runs PROGRAM with the limits only.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CANNOT_CONFINE = 125, NOT_THE_FILE = 126, CANNOT_RUN = 127 };

static void fail(int status, const char *what) {
    fprintf(stderr, "cueline-confine: %s: %s\n", what, strerror(errno));
    exit(status);
}

static void limit(int resource, rlim_t soft, rlim_t hard, const char *name) {
    struct rlimit now;
    if (getrlimit(resource, &now) != 0) fail(CANNOT_CONFINE, name);
    if (now.rlim_max != RLIM_INFINITY && hard > now.rlim_max) hard = now.rlim_max;
    if (soft > hard) soft = hard;
    struct rlimit wanted = {.rlim_cur = soft, .rlim_max = hard};
    if (setrlimit(resource, &wanted) != 0) fail(CANNOT_CONFINE, name);
}

// What is wanted beside the limits.
struct options {
    int is_required;
    int folder_count;
    const char *folders[32];
};

static uint64_t number(const char *text, const char *option) {
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != 0) {
        fprintf(stderr, "cueline-confine: %s is no number for %s\n", text, option);
        exit(64);
    }
    return value;
}

#ifdef __linux__

#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

// The interface of landlock(7), by number: the headers of older systems have less of it than their kernels.
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif

enum {
    FS_EXECUTE = 1 << 0, FS_WRITE_FILE = 1 << 1, FS_READ_FILE = 1 << 2, FS_READ_DIR = 1 << 3,
    FS_VERSION_1 = (1 << 13) - 1, FS_REFER = 1 << 13, FS_TRUNCATE = 1 << 14, FS_IOCTL_DEV = 1 << 15,
    NET_BIND_AND_CONNECT = 3, SCOPE_SOCKETS_AND_SIGNALS = 3,
    RULE_PATH_BENEATH = 1, CREATE_VERSION = 1,
};

struct ruleset {
    uint64_t files, net, scoped;
};

struct path_rule {
    uint64_t allowed;
    int32_t parent;
} __attribute__((packed));

static long landlock_version(void) {
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, CREATE_VERSION);
    return version < 0 ? 0 : version;
}

static void allow_descriptor(int ruleset, int fd, uint64_t rights) {
    struct stat status;
    if (fstat(fd, &status) != 0) return;
    if (!S_ISDIR(status.st_mode)) rights &= FS_EXECUTE | FS_WRITE_FILE | FS_READ_FILE | FS_TRUNCATE;
    struct path_rule rule = {.allowed = rights, .parent = fd};
    if (syscall(SYS_landlock_add_rule, ruleset, RULE_PATH_BENEATH, &rule, 0) != 0) fail(CANNOT_CONFINE, "landlock");
}

// Paths that are not there are left out.
static void allow(int ruleset, const char *path, uint64_t rights) {
    int fd = open(path, O_PATH | O_CLOEXEC);
    if (fd < 0) return;
    allow_descriptor(ruleset, fd, rights);
    close(fd);
}

// A program that was installed under a prefix of its own has its libraries there.
static void allow_prefix(int ruleset, const char *program, uint64_t rights) {
    char path[PATH_MAX + 16];
    if (strlen(program) >= PATH_MAX) return;
    strcpy(path, program);
    allow(ruleset, path, rights);
    char *slash = strrchr(path, '/');
    if (slash == NULL || slash == path) return;
    *slash = 0;
    if (slash - path >= 4 && strcmp(slash - 4, "/bin") == 0) slash[-4] = 0;
    const char *folders[] = {"/lib", "/lib64", "/libexec", "/share"};
    size_t length = strlen(path);
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        strcpy(path + length, folders[i]);
        allow(ruleset, path, rights);
    }
}

static void restrict_files(int input, const char *program, const struct options *options) {
    long version = landlock_version();
    if (version < 1) {
        if (options->is_required) fail(CANNOT_CONFINE, "landlock");
        return;
    }
    struct ruleset wanted = {.files = FS_VERSION_1};
    if (version >= 2) wanted.files |= FS_REFER;
    if (version >= 3) wanted.files |= FS_TRUNCATE;
    if (version >= 4) wanted.net = NET_BIND_AND_CONNECT;
    if (version >= 5) wanted.files |= FS_IOCTL_DEV;
    if (version >= 6) wanted.scoped = SCOPE_SOCKETS_AND_SIGNALS;
    size_t size = version >= 6 ? sizeof wanted : version >= 4 ? 16 : 8;
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &wanted, size, 0);
    if (ruleset < 0) fail(CANNOT_CONFINE, "landlock");

    const uint64_t use = FS_EXECUTE | FS_READ_FILE | FS_READ_DIR;
    const char *system[] = {
        "/usr", "/lib", "/lib64", "/bin", "/sbin", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d",
        "/etc/alternatives", "/nix/store", "/gnu/store", "/sys/devices/system/cpu",
    };
    for (size_t i = 0; i < sizeof system / sizeof *system; i++) allow(ruleset, system[i], use);
    const char *devices[] = {"/dev/zero", "/dev/random", "/dev/urandom"};
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) allow(ruleset, devices[i], FS_READ_FILE);
    allow(ruleset, "/dev/null", FS_READ_FILE | FS_WRITE_FILE);
    char real[PATH_MAX];
    allow_prefix(ruleset, program, use);
    if (realpath(program, real) != NULL) allow_prefix(ruleset, real, use);
    for (int i = 0; i < options->folder_count; i++) allow(ruleset, options->folders[i], use);
    const char *libraries = getenv("LD_LIBRARY_PATH");
    if (libraries != NULL) {
        char *list = strdup(libraries), *rest = list;
        for (char *path; list != NULL && (path = strsep(&rest, ":")) != NULL;) {
            if (path[0] == '/' && path[1] != 0) allow(ruleset, path, use);
        }
        free(list);
    }
    if (input >= 0) allow_descriptor(ruleset, input, FS_READ_FILE);
    if (syscall(SYS_landlock_restrict_self, ruleset, 0) != 0) fail(CANNOT_CONFINE, "landlock");
    close(ruleset);
}

#if defined(__x86_64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define OUR_ARCHITECTURE AUDIT_ARCH_AARCH64
#endif

#ifdef OUR_ARCHITECTURE
// What no decoder needs, what flaws in kernels were reached by, and what others of the same user could be harmed by.
static const int refused[] = {
    SYS_socket, SYS_socketpair, SYS_connect, SYS_bind, SYS_listen, SYS_accept, SYS_accept4, SYS_ptrace,
    SYS_process_vm_readv, SYS_process_vm_writev, SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_unshare,
    SYS_setns, SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_keyctl, SYS_add_key, SYS_request_key,
    SYS_open_by_handle_at, SYS_name_to_handle_at, SYS_kexec_load, SYS_init_module, SYS_finit_module, SYS_delete_module,
    SYS_reboot, SYS_swapon, SYS_swapoff, SYS_sethostname, SYS_setdomainname, SYS_settimeofday, SYS_clock_settime,
    SYS_adjtimex, SYS_quotactl, SYS_acct, SYS_syslog, SYS_personality, SYS_vhangup, SYS_shmget, SYS_msgget, SYS_semget,
    SYS_tkill, SYS_rt_sigqueueinfo, SYS_rt_tgsigqueueinfo, SYS_setpriority, SYS_sched_setscheduler,
    // Who leaves the session or the group is not killed with it.
    SYS_setsid, SYS_setpgid,
    424 /* pidfd_send_signal */, 425 /* io_uring_setup */, 426 /* io_uring_enter */, 427 /* io_uring_register */,
    428 /* open_tree */, 429 /* move_mount */, 430 /* fsopen */, 438 /* pidfd_getfd */, 442 /* mount_setattr */,
    447 /* memfd_secret */,
};
enum {
    REFUSED_COUNT = sizeof refused / sizeof *refused,
    // Where the parts of the filter are.
    SPECIAL = 5 + REFUSED_COUNT, ALLOW = SPECIAL + 14, REFUSE, NOT_THERE, LENGTH,
    NEW_NAMESPACES = 0x7E020000, CLONE3 = 435,
};
_Static_assert(LENGTH < 250, "jumps of a filter reach 255 places");

static struct sock_filter load(size_t offset) {
    return (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset);
}

// At a place, a comparison that goes to one place or to another.
static struct sock_filter go(int place, int kind, uint32_t value, int where_true, int where_false) {
    return (struct sock_filter)BPF_JUMP(
        (uint16_t)(BPF_JMP | kind | BPF_K), value, (uint8_t)(where_true - place - 1), (uint8_t)(where_false - place - 1));
}

static struct sock_filter answer(uint32_t value) { return (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, value); }
#endif

static void restrict_calls(int is_required) {
#ifdef OUR_ARCHITECTURE
    struct sock_filter f[LENGTH];
    const size_t first = offsetof(struct seccomp_data, args[0]);
    f[0] = load(offsetof(struct seccomp_data, arch));
    f[1] = go(1, BPF_JEQ, OUR_ARCHITECTURE, 3, 2);
    f[2] = answer(SECCOMP_RET_KILL_PROCESS);
    f[3] = load(offsetof(struct seccomp_data, nr));
    // The second set of numbers that x86-64 has (x32).
    f[4] = go(4, BPF_JGE, 0x40000000, REFUSE, 5);
    for (int i = 0; i < REFUSED_COUNT; i++) f[5 + i] = go(5 + i, BPF_JEQ, (uint32_t)refused[i], REFUSE, 6 + i);
    int s = SPECIAL;
    // Its flags lie in memory, which filters do not see; libraries fall back to clone.
    f[s] = go(s, BPF_JEQ, CLONE3, NOT_THERE, s + 1);
    f[s + 1] = go(s + 1, BPF_JEQ, SYS_clone, s + 2, s + 4);
    f[s + 2] = load(first);
    f[s + 3] = go(s + 3, BPF_JSET, NEW_NAMESPACES, REFUSE, ALLOW);
    // Limits of others.
    f[s + 4] = go(s + 4, BPF_JEQ, SYS_prlimit64, s + 5, s + 7);
    f[s + 5] = load(first);
    f[s + 6] = go(s + 6, BPF_JEQ, 0, ALLOW, REFUSE);
    // ffmpeg would end as if all were well when its processor time is over.
    f[s + 7] = go(s + 7, BPF_JEQ, SYS_rt_sigaction, s + 8, s + 10);
    f[s + 8] = load(first);
    f[s + 9] = go(s + 9, BPF_JEQ, SIGXCPU, REFUSE, ALLOW);
    // Signals to others than itself.
    f[s + 10] = go(s + 10, BPF_JEQ, SYS_kill, s + 12, s + 11);
    f[s + 11] = go(s + 11, BPF_JEQ, SYS_tgkill, s + 12, ALLOW);
    f[s + 12] = load(first);
    f[s + 13] = go(s + 13, BPF_JEQ, (uint32_t)getpid(), ALLOW, REFUSE);
    f[ALLOW] = answer(SECCOMP_RET_ALLOW);
    f[REFUSE] = answer(SECCOMP_RET_ERRNO | EACCES);
    f[NOT_THERE] = answer(SECCOMP_RET_ERRNO | ENOSYS);
    struct sock_fprog program = {.len = LENGTH, .filter = f};
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0) return;
#else
    errno = ENOSYS;
#endif
    // A kernel without it goes without, unless that is not enough.
    if (is_required) fail(CANNOT_CONFINE, "seccomp");
}

// Root keeps the right to read any file, for its own files may be others'; landlock bounds which. Everybody else has nothing to lose.
static void drop_capabilities(void) {
    struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct data[2] = {{0}};
    if (syscall(SYS_capget, &header, data) != 0) return;
    uint32_t kept = data[0].permitted & 1u << CAP_DAC_READ_SEARCH;
    data[0] = (struct __user_cap_data_struct){.effective = kept, .permitted = kept};
    data[1] = (struct __user_cap_data_struct){0};
    (void)syscall(SYS_capset, &header, data);
}

static int report(void) {
    long version = landlock_version();
    printf("files %s\n", version >= 1 ? "yes" : "no");
#ifdef OUR_ARCHITECTURE
    printf("calls %s\n", prctl(PR_GET_SECCOMP) >= 0 ? "yes" : "no");
#else
    printf("calls no\n");
#endif
    printf("limits yes\n");
    return 0;
}

static int open_input(const char *path) { return open(path, O_PATH | O_CLOEXEC); }

static void confine(int input, const char *program, const struct options *options) {
    (void)syscall(SYS_close_range, 3, input < 0 ? 2 : (unsigned)input - 1, 0);
    (void)syscall(SYS_close_range, input < 0 ? 3 : (unsigned)input + 1, ~0u, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) fail(CANNOT_CONFINE, "no_new_privs");
    restrict_files(input, program, options);
    drop_capabilities();
    restrict_calls(options->is_required);
}

#else

static int report(void) {
    printf("files no\ncalls no\nlimits yes\n");
    return 0;
}

static int open_input(const char *path) { return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); }

static void confine(int input, const char *program, const struct options *options) {
    if (options->is_required) { errno = ENOSYS; fail(CANNOT_CONFINE, "this system"); }
}

#endif

int main(int argc, char **argv) {
    const char *input = NULL, *inode = NULL;
    uint64_t cpu = 0, memory = 0;
    struct options options = {0};
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--report") == 0) return report();
        if (strcmp(argv[i], "--require") == 0) {
            options.is_required = 1;
            continue;
        }
        const char *option = argv[i];
        const char *value = i + 1 < argc ? argv[++i] : "";
        if (strcmp(option, "--input") == 0) input = value;
        else if (strcmp(option, "--inode") == 0) inode = value;
        else if (strcmp(option, "--cpu") == 0) cpu = number(value, option);
        else if (strcmp(option, "--read") == 0) {
            if (options.folder_count < 32) options.folders[options.folder_count++] = value;
        } else if (strcmp(option, "--memory") == 0) memory = number(value, option);
        else i = argc;
    }
    if (i + 1 >= argc || argv[i + 1][0] != '/') {
        fprintf(stderr, "usage: cueline-confine [--input FILE [--inode DEVICE:NUMBER]] [--read DIR]... [--cpu SECONDS]"
            " [--memory BYTES] [--require] -- /PROGRAM [ARGUMENT...]\n");
        return 64;
    }
    char **program = argv + i + 1;

    int descriptor = -1;
    if (input != NULL) {
        struct stat status;
        char found[64];
        descriptor = open_input(input);
        if (descriptor < 0 || fstat(descriptor, &status) != 0) fail(NOT_THE_FILE, "the input");
        snprintf(found, sizeof found, "%llu:%llu", (unsigned long long)status.st_dev, (unsigned long long)status.st_ino);
        if (inode != NULL && strcmp(found, inode) != 0) {
            fprintf(stderr, "cueline-confine: the input is not the one that was looked at\n");
            return NOT_THE_FILE;
        }
    }
    limit(RLIMIT_CORE, 0, 0, "RLIMIT_CORE");
    limit(RLIMIT_FSIZE, 0, 0, "RLIMIT_FSIZE");
    limit(RLIMIT_NOFILE, 256, 256, "RLIMIT_NOFILE");
    // A second more, so that the soft limit's SIGXCPU tells what happened.
    if (cpu > 0) limit(RLIMIT_CPU, cpu, cpu + 1, "RLIMIT_CPU");
    // Of each thread, and so of the address space.
    limit(RLIMIT_STACK, 8 << 20, RLIM_INFINITY, "RLIMIT_STACK");
    if (memory > 0) limit(RLIMIT_AS, memory, memory, "RLIMIT_AS");
    confine(descriptor, program[0], &options);
    execv(program[0], program);
    fail(CANNOT_RUN, program[0]);
}
