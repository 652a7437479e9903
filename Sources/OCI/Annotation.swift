/// Names of annotations that Slipway reads or writes.
package enum Annotation {
    /// What an entry of an OCI layout's `index.json` is called: most often a tag.
    package static let referenceName = "org.opencontainers.image.ref.name"
    /// The full image reference, as containerd and BuildKit write it beside the name.
    package static let imageName = "io.containerd.image.name"
}
