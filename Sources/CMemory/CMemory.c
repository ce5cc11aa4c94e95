#include "CMemory.h"

#include <stdlib.h>

#if defined(__GLIBC__)
#include <malloc.h>

void cmemory_give_large_blocks_back(void) { mallopt(M_MMAP_THRESHOLD, 1 << 20); }

void cmemory_give_small_blocks_back(void) { malloc_trim(0); }
#else
void cmemory_give_large_blocks_back(void) {}

void cmemory_give_small_blocks_back(void) {}
#endif
