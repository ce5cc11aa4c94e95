// Tells the thread sanitizer of what it cannot see, since Swift's runtime is not instrumented:
//
// - how Swift's Mutex is locked and unlocked when threads wait for it. What happens without waiting is inlined into the program and seen; the rest is in
//   libswiftSynchronization and in the kernel (FUTEX_LOCK_PI). Without this every Mutex that is waited for once is reported as a race.
// - that who lets go of an object comes before who changes or frees it because nobody else holds it: the order that the count of references keeps. Without
//   this an array that is handed out under a lock, read, let go of, and then changed in place is reported as a race.
//
// A layer in front of those libraries, loaded by LD_PRELOAD (`make sanitize-thread`).
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdbool.h>
#include <stdint.h>

#define LOCK "$s15Synchronization12_MutexHandleV9_lockSlowyys6UInt32VF"
#define UNLOCK "$s15Synchronization12_MutexHandleV11_unlockSlowyyF"
#define SWIFT __attribute__((swiftcall))
#define SELF __attribute__((swift_context)) void *

// Absent in programs that are not instrumented.
extern void __tsan_acquire(void *) __attribute__((weak));
extern void __tsan_release(void *) __attribute__((weak));

// The function that comes after this layer; looked up once.
#define NEXT(type, name)                                                                                                                                 \
    static _Atomic(type) known;                                                                                                                          \
    type next = known;                                                                                                                                   \
    if (!next) known = next = (type)dlsym(RTLD_NEXT, name)

static void acquire(void *what) {
    if (__tsan_acquire && what) __tsan_acquire(what);
}

static void release(void *what) {
    if (__tsan_release && what) __tsan_release(what);
}

// Mutex. The two are methods: `self` comes in the context register.

SWIFT void lock_slow(uint32_t thread, SELF self) __asm__(LOCK);
SWIFT void unlock_slow(SELF self) __asm__(UNLOCK);
typedef SWIFT void (*lock_type)(uint32_t, SELF);
typedef SWIFT void (*unlock_type)(SELF);

SWIFT void lock_slow(uint32_t thread, SELF self) {
    NEXT(lock_type, LOCK);
    next(thread, self);
    acquire(self);
}

SWIFT void unlock_slow(SELF self) {
    NEXT(unlock_type, UNLOCK);
    release(self);
    next(self);
}

// Counts of references. The last one frees, so that letting go waits for all that let go before, as with C++'s shared_ptr.

typedef void (*release_type)(void *);
typedef void (*release_n_type)(void *, uint32_t);
typedef bool (*ask_type)(const void *);

void swift_release(void *object) {
    NEXT(release_type, "swift_release");
    release(object);
    acquire(object);
    next(object);
}

void swift_release_n(void *object, uint32_t count) {
    NEXT(release_n_type, "swift_release_n");
    release(object);
    acquire(object);
    next(object, count);
}

bool swift_isUniquelyReferenced_native(const void *object) {
    NEXT(ask_type, "swift_isUniquelyReferenced_native");
    bool isUnique = next(object);
    if (isUnique) acquire((void *)object);
    return isUnique;
}

bool swift_isUniquelyReferenced_nonNull_native(const void *object) {
    NEXT(ask_type, "swift_isUniquelyReferenced_nonNull_native");
    bool isUnique = next(object);
    if (isUnique) acquire((void *)object);
    return isUnique;
}
