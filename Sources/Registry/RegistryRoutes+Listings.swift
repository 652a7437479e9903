import HTTPTypes
import Hummingbird
import OCI

extension RegistryRoutes {
    /// What a page holds when the client does not say; the rest is behind its `Link`.
    private static let pageSize = 1000

    func listRepositories(_ request: Request) async throws -> Response {
        let limit = try pageSize(request)
        let last = try request.parameter("last").map { text in
            do { return try RepositoryName(text) } catch { throw RegistryError.malformedPage("\(error)") }
        }
        let found = try await store.repositories(after: last, limit: limit + 1).map(\.description)
        return page(found, limit, path: "/v2/_catalog") { names in ["repositories": names] }
    }

    func listTags(of repository: RepositoryName, _ request: Request) async throws -> Response {
        let limit = try pageSize(request)
        let last = try request.parameter("last").map { text in
            do { return try Tag(text) } catch { throw RegistryError.malformedPage("\(error)") }
        }
        let found = try await store.tags(of: repository, after: last, limit: limit + 1).map(\.description)
        return page(found, limit, path: "/v2/\(repository)/tags/list") { tags in
            ["name": .string(repository.description), "tags": tags]
        }
    }

    /// Never 404: a repository or subject that is not there has no referrers.
    func listReferrers(
        of subject: Digest, in repository: RepositoryName, _ request: Request
    ) async throws -> Response {
        let type = request.parameter("artifactType")
        let referrers = try await store.referrers(of: subject, in: repository, artifactType: type)
        var headers = HTTPFields()
        if type != nil { headers[.ociFiltersApplied] = "artifactType" }
        let index: JSONValue = .object([
            "schemaVersion": .integer(2),
            "mediaType": .string(OCI.MediaType.ociIndex.description),
            "manifests": .array(referrers),
        ])
        return Response(json: index, contentType: OCI.MediaType.ociIndex.description, headers: headers)
    }

    private func pageSize(_ request: Request) throws(RegistryError) -> Int {
        guard let text = request.parameter("n") else { return Self.pageSize }
        guard let count = Int(text), count >= 0 else {
            throw .malformedPage("`n` is `\(text)`: expected a number of results")
        }
        return min(count, Self.pageSize)
    }

    /// - Parameter found: one more than the limit where there is a next page.
    private func page(
        _ found: [String], _ limit: Int, path: String, _ members: (JSONValue) -> [String: JSONValue]
    ) -> Response {
        let shown = found.prefix(limit)
        var headers = HTTPFields()
        if let last = shown.last, found.count > limit {
            headers[.link] = "<\(path)?n=\(limit)&last=\(last)>; rel=\"next\""
        }
        return Response(json: .object(members(.array(shown.map(JSONValue.string)))), headers: headers)
    }
}
