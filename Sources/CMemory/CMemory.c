#include "CMemory.h"

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

void cmemory_give_large_blocks_back(void) { mallopt(M_MMAP_THRESHOLD, 1 << 18); }

void cmemory_share_small_blocks(void) { mallopt(M_ARENA_MAX, 2); }

void cmemory_give_small_blocks_back(void) { malloc_trim(0); }
#else
void cmemory_give_large_blocks_back(void) {}

void cmemory_share_small_blocks(void) {}

void cmemory_give_small_blocks_back(void) {}
#endif
