// sched.h declares these two for _GNU_SOURCE only, which Swift's Glibc module is built without.
#include <sched.h>
#include <stddef.h>
#include <sys/types.h>

extern int sched_getaffinity(pid_t process, size_t size, cpu_set_t *mask);
extern int sched_setaffinity(pid_t process, size_t size, const cpu_set_t *mask);
