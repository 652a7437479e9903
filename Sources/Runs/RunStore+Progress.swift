import Database
package import GRDB

extension RunStore {
    /// Lists a run's steps, all of them pending.
    package func begin(_ steps: [RunStep], of run: Run) async throws {
        try await database.write { db in
            guard try holds(run, in: db) else { return }
            for step in steps {
                try db.execute(
                    sql: "INSERT INTO step (run, position, id, kind, state) VALUES (?, ?, ?, ?, ?)",
                    arguments: [run.id.number, step.position, step.id, step.kind, step.state.rawValue])
            }
        }
        hub.wake(run.id)
    }

    /// Moves a step on.
    package func set(
        _ state: StepState, ofStep position: Int, of run: Run, message: String? = nil
    ) async throws {
        try await database.write { db in
            guard try holds(run, in: db) else { return }
            let column = state == .running ? "started" : "finished"
            try db.execute(
                sql: "UPDATE step SET state = ?, message = ?, \(column) = ? WHERE run = ? AND position = ?",
                arguments: [state.rawValue, message, now(), run.id.number, position])
        }
        hub.wake(run.id)
    }

    /// Notes the commit that a run which was queued without one found.
    package func setCommit(_ commit: String, branch: String, of run: Run) async throws {
        try await database.write { db in
            guard try holds(run, in: db) else { return }
            try db.execute(
                sql: "UPDATE run SET commit_id = ?, branch = ? WHERE id = ?",
                arguments: [commit, branch, run.id.number])
        }
    }

    /// Notes the images that a run's build stands on, as it resolved them, before it builds: from here on a move of
    /// any of them is compared with these.
    package func setBases(_ bases: [RunBase], of run: Run) async throws {
        try await database.write { try setBases(bases, of: run, in: $0) }
    }

    /// Likewise, inside a transaction of the caller's.
    package func setBases(_ bases: [RunBase], of run: Run, in db: Database) throws {
        guard try holds(run, in: db) else { return }
        for base in bases {
            try db.execute(
                sql: """
                    INSERT INTO run_base (run, reference, digest, is_runtime, place) VALUES (?, ?, ?, ?, ?)
                    ON CONFLICT DO UPDATE SET digest = excluded.digest,
                        is_runtime = max(is_runtime, excluded.is_runtime), place = excluded.place
                    """,
                arguments: [
                    run.id.number, base.reference, base.digest, base.isRuntime,
                    try encodeJSON(base.place),
                ])
        }
    }

    /// Notes a published tag, inside the transaction that publishes it.
    ///
    /// Throws ``CancellationError`` when the run is no longer this claim's: nothing is to be published for it.
    package func addOutput(_ output: RunOutput, of run: Run, in db: Database) throws {
        guard try holds(run, in: db) else { throw CancellationError() }
        try db.execute(
            sql: """
                INSERT INTO run_output (run, reference, digest) VALUES (?, ?, ?)
                ON CONFLICT DO UPDATE SET digest = excluded.digest
                """,
            arguments: [run.id.number, output.reference, output.digest])
    }

    /// Likewise, for a tag in another registry.
    package func addOutput(_ output: RunOutput, of run: Run) async throws {
        try await database.write { try addOutput(output, of: run, in: $0) }
    }
}
