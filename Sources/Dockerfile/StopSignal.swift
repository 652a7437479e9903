/// The signal that asks a container to stop.
package enum StopSignal {
    private static let names: Set<String> = [
        "ABRT", "ALRM", "BUS", "CHLD", "CLD", "CONT", "FPE", "HUP", "ILL", "INT", "IO", "IOT", "KILL", "PIPE",
        "POLL", "PROF", "PWR", "QUIT", "SEGV", "STKFLT", "STOP", "SYS", "TERM", "TRAP", "TSTP", "TTIN",
        "TTOU",
        "URG", "USR1", "USR2", "VTALRM", "WINCH", "XCPU", "XFSZ", "RTMIN", "RTMAX",
    ]

    /// Throws when the expanded word is neither a signal's number nor the name of one that Linux has.
    package static func check(_ word: Word) throws(DockerfileError) {
        if let number = Int(word.text), (1...64).contains(number) { return }
        var name = word.text.uppercased()
        if name.hasPrefix("SIG") { name.removeFirst(3) }
        if names.contains(name) { return }
        // Real-time signals count from one end: RTMIN+1 to RTMIN+15, RTMAX-14 to RTMAX-1.
        if name.hasPrefix("RTMIN+"), let number = Int(name.dropFirst(6)), (1...15).contains(number) { return }
        if name.hasPrefix("RTMAX-"), let number = Int(name.dropFirst(6)), (1...14).contains(number) { return }
        throw word.error("`\(word.text.excerpt)` is no signal: expected one such as `SIGTERM` or `15`")
    }
}
