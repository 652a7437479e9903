import Database
package import GRDB

extension RunStore {
    // What a run has come to need not survive a loss of power before its end does: it is run again then.

    /// Lists a run's steps, all of them pending.
    package func begin(_ steps: [RunStep], of run: Run) async throws {
        try await database.writeLazily { db in
            guard try holds(run, in: db) else { return }
            for step in steps {
                try db.cachedStatement(
                    sql: "INSERT INTO step (run, position, id, kind, state) VALUES (?, ?, ?, ?, ?)"
                ).execute(arguments: [run.id.number, step.position, step.id, step.kind, step.state.rawValue])
            }
        }
        hub.wake(run.id)
    }

    /// Moves a step on.
    package func set(
        _ state: StepState, ofStep position: Int, of run: Run, message: String? = nil
    ) async throws {
        try await database.writeLazily { db in
            guard try holds(run, in: db) else { return }
            let column = state == .running ? "started" : "finished"
            try db.cachedStatement(
                sql: "UPDATE step SET state = ?, message = ?, \(column) = ? WHERE run = ? AND position = ?"
            ).execute(arguments: [state.rawValue, message, now(), run.id.number, position])
        }
        hub.wake(run.id)
    }

    /// Notes the commit that a run which was queued without one found.
    package func setCommit(_ commit: String, branch: String, of run: Run) async throws {
        try await database.writeLazily { db in
            guard try holds(run, in: db) else { return }
            try db.cachedStatement(sql: "UPDATE run SET commit_id = ?, branch = ? WHERE id = ?").execute(
                arguments: [commit, branch, run.id.number])
        }
    }

    /// Notes the images that a run's build stands on, as it resolved them, before it builds: from here on a move of
    /// any of them is compared with these. Returns whether the task did not stand on one of them before.
    @discardableResult
    package func setBases(_ bases: [RunBase], of run: Run) async throws -> Bool {
        try await database.write { try setBases(bases, of: run, in: $0) }
    }

    /// Likewise, inside a transaction of the caller's.
    package func setBases(_ bases: [RunBase], of run: Run, in db: Database) throws -> Bool {
        guard try holds(run, in: db) else { return false }
        for base in bases {
            try db.cachedStatement(
                sql: """
                    INSERT INTO run_base (run, reference, digest, is_runtime, place) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET digest = excluded.digest,
                        is_runtime = max(is_runtime, excluded.is_runtime), place = excluded.place
                    """
            ).execute(arguments: [
                run.id.number, base.reference, base.digest, base.isRuntime,
                try encodeJSON(base.place),
            ])
        }
        return try standsOnNew(bases, run, in: db)
    }

    private func standsOnNew(_ bases: [RunBase], _ run: Run, in db: Database) throws -> Bool {
        guard run.taskID != nil else { return false }
        let known = try Row.fetchAll(
            db.cachedStatement(
                sql: """
                    SELECT reference, is_runtime FROM run_base WHERE run = \(Self.lastBuild(of: "?1", before: "?2"))
                    """), arguments: [run.taskID, run.id.number])
        var wasRuntime: [String: Bool] = [:]
        for row in known { wasRuntime[row["reference"]] = row["is_runtime"] }
        return bases.contains { base in
            guard let wasRuntime = wasRuntime[base.reference] else { return true }
            return base.isRuntime && !wasRuntime
        }
    }

    /// Notes a published tag, inside the transaction that publishes it.
    ///
    /// Throws ``CancellationError`` when the run is no longer this claim's: nothing is to be published for it.
    package func addOutput(_ output: RunOutput, of run: Run, in db: Database) throws {
        guard try holds(run, in: db) else { throw CancellationError() }
        try db.cachedStatement(
            sql: """
                INSERT INTO run_output (run, reference, digest) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET digest = excluded.digest
                """
        ).execute(arguments: [run.id.number, output.reference, output.digest])
    }

    /// Likewise, for a tag in another registry.
    package func addOutput(_ output: RunOutput, of run: Run) async throws {
        try await database.write { try addOutput(output, of: run, in: $0) }
    }
}
