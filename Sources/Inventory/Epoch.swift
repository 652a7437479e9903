import FoundationEssentials

/// A time in seconds since 1970-01-01 00:00:00 UTC, as documents write it.
enum Epoch {
    /// `2026-01-31T12:00:00Z`; what is before 1970 or behind 9999, which the form cannot tell, is the nearest that is not.
    static func text(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(min(max(seconds, 0), 253_402_300_799))).formatted(.iso8601)
    }
}
