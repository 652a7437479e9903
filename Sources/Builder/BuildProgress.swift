package import Dockerfile
package import OCI

/// What a build tells while it goes on. Stages are built side by side: their events are mixed.
package enum BuildProgress: Sendable {
    /// An image is being resolved and pulled.
    case resolving(reference: String)
    /// How much of an image's layers has come, in bytes, of those that are missing here.
    case received(reference: String, bytes: Int64, total: Int64)
    case resolved(base: UsedBase)
    case began(Step)
    /// What the container of a step says, in pieces, standard output and error mixed.
    case output(Step, [UInt8])
    /// Why a step is done again that was done before: the first of its inputs that is different.
    case missed(Step, reason: String)
    case ended(Step, Step.Outcome)
    /// Legal, but likely wrong.
    case warning(DockerfileWarning)
    /// What the user should know, and no place in the Dockerfile is to blame for.
    case note(String)
    case finished(manifest: Descriptor)
}

extension BuildProgress {
    /// One instruction of a build, `FROM` included.
    package struct Step: Hashable, Sendable {
        /// From 1, in the order of the Dockerfile's stages, whatever the order in which they are done.
        package var number: Int
        /// How many the build has.
        package var count: Int
        /// The stage's name, or `stage-` and its place in the file.
        package var stage: String
        /// From 1 in its stage, `FROM` first.
        package var position: Int
        /// How many its stage has.
        package var positions: Int
        /// The instruction as one line, as it is written.
        package var text: String
        package var range: SourceRange

        package init(
            number: Int, count: Int, stage: String, position: Int, positions: Int, text: String,
            range: SourceRange
        ) {
            (self.number, self.count, self.stage) = (number, count, stage)
            (self.position, self.positions) = (position, positions)
            (self.text, self.range) = (text, range)
        }

        package enum Outcome: Sendable {
            /// It changed the configuration alone, or nothing.
            case done
            /// A layer was made.
            case made(LayerSummary)
            /// What was made before was found; `nil` for a step that changed nothing then.
            case cached(LayerSummary?)
            case failed
            /// Something else failed, or the build was canceled.
            case canceled
        }
    }
}

/// A layer as it is told about.
package struct LayerSummary: Hashable, Sendable {
    package var layer: Layer
    /// The number of its entries.
    package var entryCount: Int
    /// The size of its archive, in bytes.
    package var tarSize: Int64

    package init(layer: Layer, entryCount: Int, tarSize: Int64) {
        (self.layer, self.entryCount, self.tarSize) = (layer, entryCount, tarSize)
    }
}
