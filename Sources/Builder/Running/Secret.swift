/// A secret that a build may use and never keeps (`--secret`).
package enum Secret: Sendable {
    /// Its bytes.
    case value([UInt8])
    /// A file of this machine, which is read when an instruction asks for it.
    case file(String)
}
