/// Docker's older way to say how many processors a `RUN` may use: so many microseconds of each period.
struct ProcessorQuota: Hashable, Sendable {
    /// `--cpu-period`, in microseconds.
    var period: String?
    /// `--cpu-quota`, in microseconds.
    var quota: String?

    /// What Linux takes when nothing is said.
    private static let usualPeriod: Int64 = 100_000
    /// What Linux takes at all (`cpu.cfs_period_us`).
    private static let periods: ClosedRange<Int64> = 1_000...1_000_000

    /// The number of processors; `nil` where there is no limit.
    ///
    /// Throws ``CommandError`` at what Linux would not take.
    func processors() throws(CommandError) -> Double? {
        var length = Self.usualPeriod
        if let period {
            guard let number = Int64(period), number == 0 || Self.periods.contains(number) else {
                throw CommandError(
                    "`--cpu-period \(period)`: expected microseconds from \(Self.periods.lowerBound) to "
                        + "\(Self.periods.upperBound)", status: .usage)
            }
            if number > 0 { length = number }
        }
        guard let quota else { return nil }
        guard let number = Int64(quota), number <= 0 || number >= Self.periods.lowerBound else {
            throw CommandError(
                "`--cpu-quota \(quota)`: expected microseconds, at least \(Self.periods.lowerBound)",
                hint: "`--cpus 1.5` says the same more plainly", status: .usage)
        }
        return number > 0 ? Double(number) / Double(length) : nil
    }
}
