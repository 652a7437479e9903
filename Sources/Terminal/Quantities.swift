import FoundationEssentials

extension Terminal {
    /// A time in RFC 3339 as the reader wants it: how long ago for people, and as it is for programs.
    ///
    /// Text that is no time stays as it is.
    package func time(_ text: String?) -> String? {
        guard let text, isInteractive, let time = try? Date(text, strategy: .iso8601) else {
            // Not a time, or nobody who would rather have it relative.
            return text
        }
        // Clocks differ: what comes from the future was just now.
        let seconds = Int(max(0, now.timeIntervalSince(time)))
        return switch seconds {
        case ..<60: "\(seconds)s ago"
        case ..<3600: "\(seconds / 60)m ago"
        case ..<172_800: "\(seconds / 3600)h ago"
        case ..<5_184_000: "\(seconds / 86_400)d ago"
        default: String(text.prefix(10))
        }
    }
}

/// Amounts in words for people.
package enum Quantity {
    /// A length of time: `0.4s`, `12.3s`, `3m05s`, `1h02m`.
    package static func duration(seconds: Double?) -> String? {
        guard let seconds, seconds.isFinite, seconds < 1e9 else { return nil }
        let tenths = Int((max(0, seconds) * 10).rounded())
        let whole = tenths / 10
        return switch whole {
        case ..<60: "\(whole).\(tenths % 10)s"
        case ..<3600: "\(whole / 60)m\(twoDigits(whole % 60))s"
        default: "\(whole / 3600)h\(twoDigits(whole / 60 % 60))m"
        }
    }

    private static func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    /// A number of bytes in powers of 1000: `12 B`, `1.2 kB`, `3.4 MB`.
    package static func size(bytes: Int64) -> String {
        var (tenths, unit) = (bytes, 0)
        let units = ["B", "kB", "MB", "GB", "TB", "PB", "EB"]
        guard bytes >= 1000 else { return "\(bytes) B" }
        // Whole numbers only, so that every size has one text.
        while tenths >= 10_000 || unit == 0 {
            tenths = unit == 0 ? tenths / 100 : tenths / 1000
            unit += 1
        }
        return "\(tenths / 10).\(tenths % 10) \(units[unit])"
    }
}
