#include <git2.h>
#include <git2/sys/stream.h>

// git_libgit2_opts is variadic: Swift cannot call it.
static inline int slipway_git_set_flag(int option, int value) { return git_libgit2_opts(option, value); }
static inline int slipway_git_set_size(int option, size_t value) { return git_libgit2_opts(option, value); }

// A connection of ours; libgit2 has a pointer to its first member, and gives that to each of its functions.
struct slipway_git_socket {
    git_stream stream;
    int descriptor;
    char *host;
    char *port;
};
