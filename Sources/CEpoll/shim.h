// Swift's Glibc module leaves these two out.
#include <sys/epoll.h>
#include <sys/eventfd.h>
