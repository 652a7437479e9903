import NIOCore
import OCI
import Synchronization

/// The bytes of manifests that were asked for or pushed of late; a digest's bytes never change, so none goes stale.
final class ManifestCache: Sendable {
    private struct State {
        var bytes: [Digest: ByteBuffer] = [:]
        /// Oldest first.
        var order: [Digest] = []
        var size = 0
    }

    private let state = Mutex(State())
    private let limit: Int

    /// - Parameter limit: the most bytes that it holds.
    init(limit: Int) { self.limit = limit }

    func bytes(of digest: Digest) -> ByteBuffer? { state.withLock { $0.bytes[digest] } }

    func keep(_ bytes: ByteBuffer, of digest: Digest) {
        guard bytes.readableBytes <= limit else { return }
        state.withLock { state in
            guard state.bytes.updateValue(bytes, forKey: digest) == nil else { return }
            state.order.append(digest)
            state.size += bytes.readableBytes
            var dropped = 0
            while state.size > limit {
                state.size -= state.bytes.removeValue(forKey: state.order[dropped])?.readableBytes ?? 0
                dropped += 1
            }
            state.order.removeFirst(dropped)
        }
    }
}
