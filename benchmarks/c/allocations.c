// Counts a program's allocations: preloaded before the C library (ld.so(8), LD_PRELOAD), it writes "calls bytes" to the file that
// ALLOCATIONS_FILE names when the program ends. Counters are of the whole process, all threads.
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);

static atomic_ullong calls, bytes;

static void count(size_t size) {
    atomic_fetch_add_explicit(&calls, 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&bytes, size, memory_order_relaxed);
}

void *malloc(size_t size) { count(size); return __libc_malloc(size); }
void *calloc(size_t number, size_t size) { count(number * size); return __libc_calloc(number, size); }
void *realloc(void *old, size_t size) { count(size); return __libc_realloc(old, size); }
void *memalign(size_t alignment, size_t size) { count(size); return __libc_memalign(alignment, size); }
void *aligned_alloc(size_t alignment, size_t size) { count(size); return __libc_memalign(alignment, size); }
int posix_memalign(void **place, size_t alignment, size_t size) {
    count(size);
    void *found = __libc_memalign(alignment, size);
    if (!found) return 12; // ENOMEM
    *place = found;
    return 0;
}

__attribute__((destructor)) static void report(void) {
    const char *name = getenv("ALLOCATIONS_FILE");
    FILE *file = name ? fopen(name, "w") : NULL;
    if (!file) return;
    fprintf(file, "%llu %llu\n", atomic_load(&calls), atomic_load(&bytes));
    fclose(file);
}
