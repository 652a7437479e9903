/// A piece of software that somebody else packed, as a database or lock file in an image tells of it.
package struct Package: Hashable, Sendable {
    /// The name that its ecosystem calls it by, scope and all: `curl`, `@babel/core`, `github.com/gorilla/mux`.
    package var name: String
    /// Empty where the file does not say.
    package var version: String
    package var ecosystem: Ecosystem
    package var purl: PackageURL
    /// What the file says of the license; not always an SPDX expression.
    package var license: String?
    package var supplier: Supplier?
    /// The ecosystem's own word for what it runs on: `amd64`, `x86_64`, `all`.
    package var architecture: String?
    /// The source package that it was built from, where that has another name: `util-linux 2.38.1-5`.
    package var sourcePackage: String?
    /// The path in the image of the file that told of it.
    package var sourcePath: String

    init(_ ecosystem: Ecosystem, _ name: String, _ version: String, from file: InventoryFile) {
        self.init(
            ecosystem, name, version, purl: PackageURL(ecosystem, name: name, version: version), from: file)
    }

    init(
        _ ecosystem: Ecosystem, _ name: String, _ version: String, purl: PackageURL, from file: InventoryFile
    ) {
        self.ecosystem = ecosystem
        self.name = name
        self.version = version
        self.purl = purl
        sourcePath = file.path
    }

    /// Whose rules a package's name and version follow; the raw value is the package URL's type.
    package enum Ecosystem: String, Sendable, CaseIterable {
        case apk
        case cargo
        case composer
        case deb
        case gem
        case golang
        case hex
        case npm
        case nuget
        case pub
        case pypi
        case rpm
        case swift
    }

    /// Who a package came from, as SPDX tells persons and organizations apart.
    package enum Supplier: Hashable, Sendable, CustomStringConvertible {
        case person(String)
        case organization(String)

        /// Reads `Name <address>`, or a name alone.
        init?(_ text: Substring, isPerson: Bool) {
            var name = text
            var address: Substring?
            if let (before, after) = text.split(at: UInt8(ascii: "<")) {
                (name, address) = (before, after.split(at: UInt8(ascii: ">"))?.0 ?? after)
            }
            // SPDX writes the address in parentheses, so that the name can have none.
            let cleaned = name.trimmed.oneLine.filter { $0 != "(" && $0 != ")" }
            guard !cleaned.isEmpty else { return nil }
            let mail = address.map(\.trimmed).flatMap { $0.contains("@") ? " (\($0.oneLine))" : nil } ?? ""
            self = isPerson ? .person(cleaned + mail) : .organization(cleaned + mail)
        }

        /// SPDX's form: `Organization: Name (address)`.
        package var description: String {
            switch self {
            case .person(let text): "Person: \(text)"
            case .organization(let text): "Organization: \(text)"
            }
        }
    }
}
