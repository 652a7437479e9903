/// One package's header in an RPM database: a table of tagged values.
///
/// The numbers of entries and bytes, both big-endian, then 16 bytes an entry (tag, type, offset, count), then the
/// values. A header in a package file has eight more bytes before it, which are skipped.
package struct RPMHeader: Hashable, Sendable {
    package var name: String
    package var version: String
    package var release: String
    package var epoch: Int?
    package var architecture: String?
    package var license: String?
    package var vendor: String?
    /// The source package's file name: `bash-5.2.15-3.fc38.src.rpm`.
    package var sourceRPM: String?

    /// Reads a header.
    ///
    /// Throws ``RPMHeaderError`` when its numbers do not fit its size, or it has no name and version.
    package init(parsing bytes: [UInt8]) throws(RPMHeaderError) {
        let table = try Table(bytes)
        guard let name = table.string(1000), let version = table.string(1001),
            let release = table.string(1002)
        else { throw .missing("a name, version and release") }
        self.name = name
        self.version = version
        self.release = release
        epoch = table.integer(1003)
        architecture = table.string(1022)
        license = table.string(1014)
        vendor = table.string(1011)
        sourceRPM = table.string(1044)
    }

    /// `VERSION-RELEASE`, with the epoch before it where it has one.
    var fullVersion: String { (epoch.map { "\($0):" } ?? "") + "\(version)-\(release)" }

    private struct Table {
        private static let magic: [UInt8] = [0x8E, 0xAD, 0xE8, 0x01]
        /// As many as RPM itself takes.
        private static let maximumEntries = 0xFFFF

        private let bytes: [UInt8]
        private let values: Int
        private var entries: [Int: (type: Int, offset: Int)] = [:]

        init(_ bytes: [UInt8]) throws(RPMHeaderError) {
            self.bytes = bytes
            let start = bytes.starts(with: Self.magic) ? 8 : 0
            guard let count = bytes.bigEndian(at: start), let size = bytes.bigEndian(at: start + 4) else {
                throw .truncated
            }
            guard count <= Self.maximumEntries else { throw .tooManyEntries(count) }
            values = start + 8 + count * 16
            guard values + size <= bytes.count else { throw .truncated }
            for entry in stride(from: start + 8, to: values, by: 16) { add(entry) }
        }

        private mutating func add(_ entry: Int) {
            guard let tag = bytes.bigEndian(at: entry), let type = bytes.bigEndian(at: entry + 4),
                let offset = bytes.bigEndian(at: entry + 8)
            else { return }
            entries[tag] = (type, offset)
        }

        /// A text, or the first of several: types 6, 8 and 9.
        func string(_ tag: Int) -> String? {
            guard let (type, offset) = entries[tag], [6, 8, 9].contains(type),
                values + offset < bytes.count
            else { return nil }
            let text = bytes[(values + offset)...].prefix { $0 != 0 }
            guard text.endIndex < bytes.endIndex else { return nil }
            let value = Substring(String(decoding: text, as: UTF8.self)).oneLine
            return value.isEmpty || value == "(none)" ? nil : value
        }

        /// A number of four bytes: type 4.
        func integer(_ tag: Int) -> Int? {
            guard let (type, offset) = entries[tag], type == 4 else { return nil }
            return bytes.bigEndian(at: values + offset)
        }
    }
}

extension [UInt8] {
    /// The number that four bytes are; `nil` where there are fewer.
    fileprivate func bigEndian(at offset: Int) -> Int? {
        guard offset + 4 <= count else { return nil }
        return self[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
    }
}

/// Why bytes are no RPM header.
package enum RPMHeaderError: Error, Equatable, CustomStringConvertible {
    case truncated
    case tooManyEntries(Int)
    case missing(String)

    package var description: String {
        switch self {
        case .truncated: "an RPM header ends early"
        case .tooManyEntries(let count): "an RPM header claims \(count) entries"
        case .missing(let what): "an RPM header lacks \(what)"
        }
    }
}

extension Findings {
    /// Adds the package that a header in an RPM database tells of.
    ///
    /// - Parameter path: the database's.
    package mutating func add(rpmHeader bytes: [UInt8], in path: String, of distribution: Distribution?) {
        do throws(RPMHeaderError) {
            add(try RPMHeader(parsing: bytes), InventoryFile(path: path, bytes: []), distribution)
        } catch {
            note("\(error)", in: path)
        }
    }

    private mutating func add(_ header: RPMHeader, _ file: InventoryFile, _ distribution: Distribution?) {
        // Keys that sign packages are kept as if they were some.
        guard header.name != "gpg-pubkey" else { return }
        let purl = PackageURL(
            .rpm, namespace: distribution?.vendor ?? "", name: header.name,
            version: "\(header.version)-\(header.release)",
            qualifiers: [
                "arch": header.architecture ?? "", "distro": distribution?.qualifier ?? "",
                "epoch": header.epoch.map(String.init) ?? "",
            ])
        var package = Package(.rpm, header.name, header.fullVersion, purl: purl, from: file)
        package.architecture = header.architecture
        package.license = header.license
        package.supplier = header.vendor.flatMap { .init(Substring($0), isPerson: false) }
        package.sourcePackage = header.sourceRPM
        add(package)
    }
}
