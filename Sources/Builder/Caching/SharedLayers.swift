package import OCI

/// Brings layers that the cache knows, and that are not in the store: those of a cache that others share.
package protocol SharedLayers: Sendable {
    /// Brings a layer into the store, where it has it. Blocks.
    ///
    /// Returns whether the layer is in the store now; where it cannot be had, it is made again.
    func bring(_ layer: Descriptor) -> Bool
}
