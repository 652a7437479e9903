/// Where builds without a daemon keep layers, base images and caches.
package enum StoreDirectory {
    /// The directory that was named, or is in `SLIPWAY_STORE`, or the user's own cache: `/var/cache/slipway` for root,
    /// else `slipway` in `$XDG_CACHE_HOME` or `~/.cache` (XDG Base Directory Specification).
    ///
    /// Throws ``CommandError`` when there is none to be found.
    package static func path(_ named: String?, in surroundings: Surroundings) throws(CommandError) -> String {
        let environment = surroundings.environment.filter { !$0.value.isEmpty }
        if let path = named ?? environment["SLIPWAY_STORE"] { return surroundings.absolute(path) }
        if surroundings.isRoot { return "/var/cache/slipway" }
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") { return cache + "/slipway" }
        guard let home = environment["HOME"] else {
            throw CommandError(
                "there is no directory for layers to be found: `HOME` is not set",
                hint: "name one with `--store DIR` or `SLIPWAY_STORE`", status: .usage)
        }
        return home + "/.cache/slipway"
    }
}
