// Swift's Glibc module leaves these out.
#include <sys/epoll.h>
#include <sys/eventfd.h>

// dup2(2) that keeps the descriptor from children; <unistd.h> has it for _GNU_SOURCE only.
extern int dup3(int old_descriptor, int new_descriptor, int flags);
