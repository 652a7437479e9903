import Blobs
import Builder
import Dispatch
package import OCI
import Remote
import Synchronization

/// The caches that a build uses and others share: their layers are fetched when a step is found in them.
package final class SharedCaches: SharedLayers {
    /// One layer on its way.
    private final class Fetch: Sendable {
        let end = DispatchSemaphore(value: 0)
        let isThere = Mutex(false)
    }

    private struct State {
        /// In which repository each layer is.
        var places: [Digest: ImageReference] = [:]
        var fetches: [Int: Task<Void, Never>] = [:]
        var count = 0
        var isCanceled = false
    }

    private let client: RegistryClient
    private let store: BlobStore
    private let state = Mutex(State())

    init(client: RegistryClient, store: BlobStore) {
        self.client = client
        self.store = store
    }

    func add(_ layers: [Descriptor], in repository: ImageReference) {
        state.withLock { state in
            for layer in layers { state.places[layer.digest] = repository }
        }
    }

    /// Ends what is being fetched.
    package func cancel() {
        let fetches = state.withLock { state in
            state.isCanceled = true
            return Array(state.fetches.values)
        }
        for fetch in fetches { fetch.cancel() }
    }

    package func bring(_ layer: Descriptor) -> Bool {
        let fetch = Fetch()
        let isBegun = state.withLock { state in
            guard !state.isCanceled, let place = state.places[layer.digest] else { return false }
            state.count += 1
            let number = state.count
            state.fetches[number] = Task { await self.bring(layer, from: place, fetch, number) }
            return true
        }
        guard isBegun else { return false }
        fetch.end.wait()
        return fetch.isThere.withLock { $0 }
    }

    private func bring(
        _ layer: Descriptor, from place: ImageReference, _ fetch: Fetch, _ number: Int
    ) async {
        // What cannot be had is made again.
        let isThere = (try? await client.download([layer], from: place, into: store)) != nil
        fetch.isThere.withLock { $0 = isThere }
        state.withLock { $0.fetches[number] = nil }
        fetch.end.signal()
    }
}
