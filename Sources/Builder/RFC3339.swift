import FoundationEssentials

/// Times as OCI documents write them.
enum RFC3339 {
    /// The time so many seconds after 1970-01-01 00:00:00 UTC: `2026-01-31T12:00:00Z`.
    static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }
}
