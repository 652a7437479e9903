package import Inventory
import Synchronization

/// What the `ADD` instructions of a build fetched by URL: the provenance tells it.
package final class FetchedSources: Sendable {
    private let known = Mutex<Set<Material>>([])

    package init() {}

    /// In no order.
    package var materials: Set<Material> { known.withLock { $0 } }

    func add(_ material: Material) { known.withLock { _ = $0.insert(material) } }
}
