package import ControlAPI
package import Terminal

extension ImageList: Rendered {
    package func lines(on terminal: Terminal) -> [String] {
        Table(
            [
                .init("REPOSITORY", minimumWidth: 12), .init("TAG", minimumWidth: 8), .init("DIGEST"),
                .init("SIZE", isNumber: true), .init("PUSHED"), .init("RUN"),
            ],
            rows: images.map { image in
                [
                    Cell(image.repository), Cell(image.tag),
                    Cell(terminal.isInteractive ? String(image.digest.prefix(19)) : image.digest),
                    Cell(Quantity.size(bytes: image.size)), Cell(terminal.time(image.pushed)),
                    Cell(image.run),
                ]
            }
        ).lines(on: terminal)
    }
}

extension ImageDetail: Rendered {
    package func lines(on terminal: Terminal) -> [String] {
        var fields = FieldList()
        fields.add("image", reference)
        fields.add("digest", digest)
        fields.add("media type", mediaType)
        fields.add("platform", platform)
        fields.add("created", terminal.time(created))
        fields.add("size", Quantity.size(bytes: size))
        fields.add("entrypoint", Self.words(entrypoint))
        fields.add("command", Self.words(command))
        fields.add("user", user)
        fields.add("directory", workingDirectory)
        fields.add("ports", exposedPorts.joined(separator: ", "))
        fields.add("environment", environment.map { Cell($0) })
        fields.add("labels", labels.sorted { $0.key < $1.key }.map { Cell("\($0.key)=\($0.value)") })
        fields.add("run", run)
        let table = Table(
            [
                .init("LAYER"), .init("SIZE", isNumber: true), .init("MADE BY", minimumWidth: 12),
            ],
            rows: layers.map { [Cell($0.digest), Cell(Quantity.size(bytes: $0.size)), Cell($0.createdBy)] })
        return fields.lines(on: terminal) + (layers.isEmpty ? [] : [""] + table.lines(on: terminal))
    }

    /// The words of a command line as JSON, which is how a Dockerfile says them.
    private static func words(_ words: [String]) -> String? {
        guard !words.isEmpty else { return nil }
        let quoted = words.map { word in
            "\"" + word.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
        }
        return "[\(quoted.joined(separator: ", "))]"
    }
}

extension ImportedImage: Rendered {
    package func lines(on terminal: Terminal) -> [String] { ["\(reference)@\(digest)"] }
}
