// Calls of Linux that Swift's Glibc module leaves out: those that are variadic, and those that glibc shows only to GNU
// programs.
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

extern int unshare(int flags);
extern int setns(int fd, int kind);
extern int pipe2(int ends[2], int flags);
extern int posix_spawn_file_actions_addclosefrom_np(posix_spawn_file_actions_t *actions, int from);

enum {
    SLIPWAY_CLONE_FS = 0x00000200,
    SLIPWAY_CLONE_NEWNS = 0x00020000,
    SLIPWAY_CLONE_NEWUSER = 0x10000000,
    SLIPWAY_CLONE_NEWNET = 0x40000000,
    SLIPWAY_O_PATH = 010000000,
};

// glibc got its own wrapper only in 2.36.
static inline int slipway_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

