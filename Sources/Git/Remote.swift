import CLibgit2
import Glibc

/// A remote for the length of a call, and the callbacks that listen to it.
struct Remote: ~Copyable {
    let handle: Owned<RemoteObject>
    let url: RemoteURL
    private let pulse: Pulse
    /// Outlives the remote, which points to it.
    private let repository: Repository?

    /// - Parameter repository: `nil` when only heads are listed.
    init(_ url: RemoteURL, in repository: Repository?, pulse: Pulse) throws(GitError) {
        self.url = url
        self.pulse = pulse
        self.repository = repository
        let operation = "prepare the connection to `\(url)`"
        do throws(GitError) {
            handle = try Owned(operation) {
                guard let repository else { return git_remote_create_detached(&$0, url.text) }
                return git_remote_create_anonymous(&$0, repository.pointer, url.text)
            }
        } catch { throw url.explain(error) }
    }

    /// Connects and leaves the connection open, to be closed with the remote.
    func connect() throws(GitError) {
        do throws(GitError) {
            try git("list the heads of `\(url)`") {
                withCallbacks { callbacks in
                    git_remote_connect(handle.pointer, GIT_DIRECTION_FETCH, &callbacks, nil, nil)
                }
            }
        } catch { throw url.explain(error) }
    }

    /// Brings the objects that `refspecs` name and the repository has not; no reference is touched yet.
    func download(_ refspecs: [String]) throws(GitError) {
        do throws(GitError) {
            try git("fetch from `\(url)`") {
                withGitStrings(refspecs) { specs in
                    withCallbacks { callbacks in
                        var options = git_fetch_options()
                        git_fetch_options_init(&options, UInt32(GIT_FETCH_OPTIONS_VERSION))
                        options.callbacks = callbacks
                        return git_remote_download(handle.pointer, &specs, &options)
                    }
                }
            }
        } catch { throw url.explain(error) }
        git_remote_disconnect(handle.pointer)
    }

    /// Moves the references to what was downloaded, and drops those that the remote has no longer.
    func updateReferences() throws(GitError) {
        // Tags come by their own refspec, so that one that moved or went away is followed.
        try git("update the references from `\(url)`") {
            git_remote_update_tips(handle.pointer, nil, 0, GIT_REMOTE_DOWNLOAD_TAGS_NONE, nil)
        }
        try git("drop references that `\(url)` has not") { git_remote_prune(handle.pointer, nil) }
    }

    /// What the server said that it has, when it was connected to.
    func heads() throws(GitError) -> RemoteHeads {
        var list: UnsafeMutablePointer<UnsafePointer<git_remote_head>?>?
        var count = 0
        try git("list the heads of `\(url)`") { git_remote_ls(&list, &count, handle.pointer) }
        var references: [String: ObjectID] = [:]
        var symbolicHead: String?
        for head in UnsafeBufferPointer(start: list, count: count) {
            guard let head = head?.pointee, let name = head.name else { continue }
            references[String(cString: name)] = ObjectID(head.oid)
            if String(cString: name) == "HEAD" {
                symbolicHead = head.symref_target.map { String(cString: $0) }
            }
        }
        return RemoteHeads(url: url, references: references, symbolicHead: symbolicHead)
    }

    /// Lends callbacks that note each sign of life, and end the call when nobody waits for it any longer.
    private func withCallbacks(_ body: (inout git_remote_callbacks) -> Int32) -> Int32 {
        var callbacks = git_remote_callbacks()
        git_remote_init_callbacks(&callbacks, UInt32(GIT_REMOTE_CALLBACKS_VERSION))
        callbacks.payload = Unmanaged.passUnretained(pulse).toOpaque()
        callbacks.transfer_progress = { _, payload in beat(payload) }
        callbacks.sideband_progress = { _, _, payload in beat(payload) }
        callbacks.pack_progress = { _, _, _, payload in beat(payload) }
        return pulse.accompany { body(&callbacks) }
    }
}

/// The answer of every callback: go on, or stop the call.
private func beat(_ payload: UnsafeMutableRawPointer?) -> Int32 {
    guard let payload else { return 0 }
    return Unmanaged<Pulse>.fromOpaque(payload).takeUnretainedValue().beat() ? 0 : GIT_EUSER.rawValue
}

/// Lends strings to libgit2 for the length of a call.
private func withGitStrings(_ strings: [String], _ body: (inout git_strarray) -> Int32) -> Int32 {
    var pointers = strings.map { strdup($0) }
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeMutableBufferPointer { buffer in
        var array = git_strarray(strings: buffer.baseAddress, count: buffer.count)
        return body(&array)
    }
}
