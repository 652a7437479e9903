#include <git2.h>

// git_libgit2_opts is variadic: Swift cannot call it.
static inline int slipway_git_set_flag(int option, int value) { return git_libgit2_opts(option, value); }
