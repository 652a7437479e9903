package import OCI

extension ImageConfig {
    /// The history of the image once its layers stand on another base.
    ///
    /// In it are as many entries with a layer as the image will have layers, whatever the histories were like before:
    /// one that is missing, or does not agree with its image's layers, tells of each layer only that it is there.
    ///
    /// - Parameters:
    ///   - old: of the base that the image stands on; its layers are the image's lowest.
    ///   - new: of the base that it is to stand on.
    package func history(movedFrom old: ImageConfig, to new: ImageConfig) -> [HistoryEntry] {
        let count = old.diffIDs.count
        guard isHistoryInStep else {
            return new.historyInStep + diffIDs.dropFirst(count).map { _ in unknownEntry }
        }
        // What the base says after its last layer is its own, too.
        if history.starts(with: old.history), old.isHistoryInStep {
            return new.historyInStep + history.dropFirst(old.history.count)
        }
        return new.historyInStep + history(above: count)
    }

    private var isHistoryInStep: Bool { history.count { !$0.isEmptyLayer } == diffIDs.count }

    private var historyInStep: [HistoryEntry] {
        isHistoryInStep ? history : diffIDs.map { _ in unknownEntry }
    }

    private var unknownEntry: HistoryEntry {
        HistoryEntry(created: created, createdBy: "", isEmptyLayer: false)
    }

    /// The entries that follow the one of the layer below a number of layers.
    private func history(above count: Int) -> ArraySlice<HistoryEntry> {
        var below = 0
        return history.drop { entry in
            guard below < count else { return false }
            if !entry.isEmptyLayer { below += 1 }
            return true
        }
    }
}
