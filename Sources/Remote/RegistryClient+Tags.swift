import NIOCore
import NIOHTTP1
package import OCI

extension RegistryClient {
    /// All tags of a reference's repository, in the registry's order; the reference's own tag plays no part.
    ///
    /// Goes from page to page (OCI distribution specification, "Listing Tags").
    package func tags(of reference: ImageReference) async throws -> [Tag] {
        var tags: [Tag] = []
        var next: Address? = address(reference, "tags/list")
        var seen: Set<Address> = []
        while let address = next {
            let exchange = Exchange(
                "list the tags of `\(reference.registry)/\(reference.repository)`", at: reference, address,
                allowing: "pull")
            guard seen.insert(address).inserted else {
                throw RegistryError(
                    .invalid, exchange.purpose,
                    message: "`\(reference.registry)` gives the same page of tags again and again")
            }
            let answer = try await self.answer(to: exchange)
            let bytes = try await document(of: answer, exchange.purpose)
            tags += try Self.tags(in: bytes, exchange.purpose)
            next = Self.nextPage(answer)
        }
        return tags
    }

    private static func tags(in bytes: [UInt8], _ purpose: Purpose) throws -> [Tag] {
        // What is no JSON is no list of tags.
        guard let document = try? JSONValue(parsing: bytes).object else {
            throw RegistryError(.invalid, purpose, message: "`\(purpose.registry)` sent no list of tags")
        }
        // A name outside the specification's grammar could not be asked for.
        return (document["tags"]?.array ?? []).compactMap { $0.string.flatMap { try? Tag($0) } }
    }

    /// The address in `Link: <…>; rel="next"` (RFC 8288).
    private static func nextPage(_ answer: Answer) -> Address? {
        for link in answer.headers["Link"] {
            guard link.contains("rel=\"next\"") || link.contains("rel=next"),
                let start = link.firstIndex(of: "<"), let end = link.firstIndex(of: ">"), start < end
            else { continue }
            return answer.address.resolving(link[link.index(after: start)..<end])
        }
        return nil
    }

    /// Deletes a manifest by the reference's digest, with all of its tags; without a digest, its tag alone, where the
    /// registry can do that.
    ///
    /// Throws ``RegistryError`` with the reason `notFound` where there is none, and `invalid` where the registry does
    /// not delete.
    package func deleteManifest(_ reference: ImageReference) async throws {
        let name = reference.digest?.description ?? (reference.tag ?? .latest).description
        var exchange = Exchange(
            "delete `\(reference.familiar)`", at: reference, address(reference, "manifests/\(name)"),
            allowing: "delete,pull")
        exchange.method = .DELETE
        exchange.accepted = [.accepted, .ok, .noContent]
        let answer = try await self.answer(to: exchange)
        await answer.drain()
    }
}
