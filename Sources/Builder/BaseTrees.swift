import OCI
import Synchronization

/// The file systems of base images, kept between builds: what a thousand images stand on is put together once.
final class BaseTrees: Sendable {
    /// What layers make, one over the other.
    struct Settled: Sendable {
        var tree: LayeredTree
        var newestTime: Int64
    }

    private struct State {
        var trees: [[Digest]: Settled] = [:]
        /// The least recently used first.
        var order: [[Digest]] = []
        var size = 0
    }

    private let state = Mutex(State())
    /// In paths, of all trees together.
    private let capacity: Int

    init(capacity: Int = 400_000) { self.capacity = capacity }

    func tree(of layers: [Digest]) -> Settled? {
        state.withLock { state in
            guard let settled = state.trees[layers] else { return nil }
            state.order.removeAll { $0 == layers }
            state.order.append(layers)
            return settled
        }
    }

    func keep(_ settled: Settled, of layers: [Digest]) {
        guard settled.tree.count <= capacity else { return }
        state.withLock { state in
            guard state.trees.updateValue(settled, forKey: layers) == nil else { return }
            state.order.append(layers)
            state.size += settled.tree.count
            while state.size > capacity {
                let oldest = state.order.removeFirst()
                state.size -= state.trees.removeValue(forKey: oldest)?.tree.count ?? 0
            }
        }
    }
}
