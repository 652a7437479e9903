package import Builder

extension LocalBuilder {
    /// What a build over a context works on: the registries' images, whatever `ADD` names by URL, and named contexts.
    ///
    /// The Dockerfile is looked for in the context, unless it came with it; see ``ContextOpener/Opened/dockerfile``.
    ///
    /// - Parameters:
    ///   - named: opened only when the build needs them.
    ///   - log: is told what `ADD` brings.
    package func input(
        for opened: ContextOpener.Opened, contexts named: [String: BuildContextReference] = [:],
        notingIn log: FetchedSources = FetchedSources()
    ) -> ImageBuilder.Input {
        var input = ImageBuilder.Input(
            source: opened.dockerfile?.source ?? opened.tree, context: opened.tree, images: images)
        input.remoteSources = remoteSources.noting(in: log)
        for (name, reference) in named { input.contexts[name] = contexts.source(reference, name: name) }
        return input
    }
}
