/// Finds what somebody probably meant to write.
package enum Spelling {
    /// The known word nearest to `word`, or `nil` where none is near enough to be a slip of the fingers.
    ///
    /// Letter case counts for nothing; a third of the letters, at least one, may differ.
    package static func nearest(to word: String, among known: some Sequence<String>) -> String? {
        let written = Array(word.lowercased())
        // A text that long is no misspelt word, and comparing it would cost its length squared.
        guard written.count <= 64 else { return nil }
        let limit = max(1, written.count / 3)
        return
            known
            // Each letter that one word has more is a difference.
            .filter { abs($0.count - written.count) <= limit }
            .map { (word: $0, distance: distance(written, Array($0.lowercased()))) }
            .filter { $0.distance <= limit }
            .min { ($0.distance, $0.word) < ($1.distance, $1.word) }?
            .word
    }

    /// The number of letters to add, remove, replace, or swap with the next one (optimal string alignment).
    private static func distance(_ a: [Character], _ b: [Character]) -> Int {
        if a.isEmpty || b.isEmpty { return max(a.count, b.count) }
        var beforeLast = [Int](repeating: 0, count: b.count + 1)
        var last = Array(0...b.count)
        for i in 1...a.count {
            var row = [i] + [Int](repeating: 0, count: b.count)
            for j in 1...b.count {
                let replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)
                row[j] = min(replaced, last[j] + 1, row[j - 1] + 1)
                if i > 1, j > 1, a[i - 1] == b[j - 2], a[i - 2] == b[j - 1] {
                    row[j] = min(row[j], beforeLast[j - 2] + 1)
                }
            }
            (beforeLast, last) = (last, row)
        }
        return last[b.count]
    }
}
