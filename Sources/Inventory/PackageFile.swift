/// The kinds of files that tell of packages, and how each is known by its path.
package enum PackageFile: Hashable, Sendable, CaseIterable {
    case apkInstalled
    case cargoLock
    case composer
    case dotnetDependencies
    case dpkgStatus
    case gemfileLock
    case gemspec
    case goMod
    case goSum
    case mixLock
    case npmLock
    case npmPackage
    case nugetLock
    case pipfileLock
    case pnpmLock
    case pubspecLock
    case pythonLock
    case pythonMetadata
    case requirements
    case swiftResolved
    case yarnLock

    /// The kind that a path in an image is of; `nil` for most.
    ///
    /// Lock files that lie inside an installed package tell how that was developed, and are none.
    package init?(path: String) {
        let components = path.utf8.split(separator: UInt8(ascii: "/")).map { Substring($0) }
        guard let name = components.last else { return nil }
        if let file = Self.whole[path] ?? Self.inFolder(components.dropLast(), name: name) {
            self = file
        } else if let file = Self.lockFiles[name] ?? Self.lockFile(ending: name),
            Self.installed.isDisjoint(with: components.dropLast())
        {
            self = file
        } else {
            return nil
        }
    }

    /// The folders that package managers install into.
    private static let installed: Set<Substring> = ["dist-packages", "gems", "node_modules", "site-packages"]

    private static let whole: [String: PackageFile] = [
        "var/lib/dpkg/status": .dpkgStatus, "lib/apk/db/installed": .apkInstalled,
        "usr/lib/apk/db/installed": .apkInstalled,
    ]

    private static let lockFiles: [Substring: PackageFile] = [
        "package-lock.json": .npmLock, "npm-shrinkwrap.json": .npmLock, "yarn.lock": .yarnLock,
        "pnpm-lock.yaml": .pnpmLock, "requirements.txt": .requirements, "poetry.lock": .pythonLock,
        "uv.lock": .pythonLock, "pdm.lock": .pythonLock, "Pipfile.lock": .pipfileLock, "go.mod": .goMod,
        "go.sum": .goSum, "Cargo.lock": .cargoLock, "Gemfile.lock": .gemfileLock, "gems.locked": .gemfileLock,
        "composer.lock": .composer, "packages.lock.json": .nugetLock, "Package.resolved": .swiftResolved,
        "pubspec.lock": .pubspecLock, "mix.lock": .mixLock,
    ]

    private static func lockFile(ending name: Substring) -> PackageFile? {
        name.hasSuffix(".deps.json") ? .dotnetDependencies : nil
    }

    /// The files that are known by the folders that they lie in.
    private static func inFolder(_ folders: ArraySlice<Substring>, name: Substring) -> PackageFile? {
        let parent = folders.last ?? ""
        switch name {
        case "package.json": return Findings.isInstalledNPM(folders) ? .npmPackage : nil
        case "METADATA": return parent.hasSuffix(".dist-info") ? .pythonMetadata : nil
        case "PKG-INFO": return parent.hasSuffix(".egg-info") ? .pythonMetadata : nil
        case "installed.json":
            return folders.suffix(2).elementsEqual(["vendor", "composer"]) ? .composer : nil
        default: break
        }
        if name.hasSuffix(".egg-info") { return .pythonMetadata }
        if name.hasSuffix(".gemspec"), folders.suffix(2).contains("specifications") { return .gemspec }
        let isChecksum = name.hasSuffix(".md5sums")
        return folders.elementsEqual(["var", "lib", "dpkg", "status.d"]) && !isChecksum ? .dpkgStatus : nil
    }

    /// Reads a file of this kind; whatever its bytes are, what can be read of it is found, and the rest noted.
    package func read(_ file: InventoryFile, of distribution: Distribution?) -> Findings {
        switch self {
        case .apkInstalled: Findings(apkInstalled: file, of: distribution)
        case .cargoLock: Findings(cargoLock: file)
        case .composer: Findings(composer: file)
        case .dotnetDependencies: Findings(dotnetDependencies: file)
        case .dpkgStatus: Findings(dpkgStatus: file, of: distribution)
        case .gemfileLock: Findings(gemfileLock: file)
        case .gemspec: Findings(gemspec: file)
        case .goMod: Findings(goMod: file)
        case .goSum: Findings(goSum: file)
        case .mixLock: Findings(mixLock: file)
        case .npmLock: Findings(npmLock: file)
        case .npmPackage: Findings(npmPackage: file)
        case .nugetLock: Findings(nugetLock: file)
        case .pipfileLock: Findings(pipfileLock: file)
        case .pnpmLock: Findings(pnpmLock: file)
        case .pubspecLock: Findings(pubspecLock: file)
        case .pythonLock: Findings(pythonLock: file)
        case .pythonMetadata: Findings(pythonMetadata: file)
        case .requirements: Findings(requirements: file)
        case .swiftResolved: Findings(swiftResolved: file)
        case .yarnLock: Findings(yarnLock: file)
        }
    }
}
