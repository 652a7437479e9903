import FoundationEssentials

/// What can be fuzzed: each takes any bytes, and traps when a promise is broken.
enum FuzzTarget: String {
    case dockerfile, dockerignore, expansion, reference, tar, json

    /// The one that the environment names.
    static let chosen = FuzzTarget(
        rawValue: ProcessInfo.processInfo.environment["SLIPWAY_FUZZ_TARGET"] ?? "")

    func run(_ bytes: [UInt8]) {
        switch self {
        case .dockerfile: parseDockerfile(bytes)
        case .dockerignore: parseIgnoreFile(bytes)
        case .expansion: expandWords(bytes)
        case .reference: parseNames(bytes)
        case .tar: readArchive(bytes)
        case .json: parseDocuments(bytes)
        }
    }
}

/// libFuzzer's entry point.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    guard let target = FuzzTarget.chosen else {
        preconditionFailure("SLIPWAY_FUZZ_TARGET should name a target")
    }
    target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
