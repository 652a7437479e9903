// Calls of Linux that Swift's Glibc module leaves out.
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
