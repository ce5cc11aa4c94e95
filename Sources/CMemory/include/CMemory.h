// What Swift's modules of the C library leave out.
#ifndef CMEMORY_H
#define CMEMORY_H

/// Blocks of 256 KiB and more go back to the system when they are freed. glibc would soon keep them for reuse, each thread its own, so
/// that the memory of a process depends on chance. Elsewhere nothing happens.
void cmemory_give_large_blocks_back(void);

/// Threads share what they freed in small blocks: two stores of it in place of eight for each core. For programs of few threads, which would
/// otherwise each keep what another one could use. Elsewhere nothing happens.
void cmemory_share_small_blocks(void);

/// Memory that was freed in small blocks goes back to the system as well. glibc keeps it for reuse, each thread its own, and in pieces that fit
/// ever less of what comes next. Takes milliseconds. Elsewhere nothing happens.
void cmemory_give_small_blocks_back(void);

#endif
