package import Database

/// The tables of this room.
package enum RunTables {
    package static let migrations = [Migration("runs-1", first), Migration("runs-2", second)]

    /// What waits, oldest first: taking the next run must not cost more the longer the queue is.
    private static let second = """
        CREATE INDEX run_waiting ON run (id) WHERE state = 'queued';
        """

    private static let first = """
        CREATE TABLE task (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            name TEXT NOT NULL UNIQUE,
            version INTEGER NOT NULL,
            text TEXT NOT NULL,
            file TEXT NOT NULL,
            origin TEXT NOT NULL,
            created INTEGER NOT NULL,
            updated INTEGER NOT NULL,
            deleted INTEGER
        );
        CREATE TABLE task_version (
            task INTEGER NOT NULL REFERENCES task (id),
            version INTEGER NOT NULL,
            text TEXT NOT NULL,
            created INTEGER NOT NULL,
            PRIMARY KEY (task, version)
        );
        CREATE TABLE event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            time INTEGER NOT NULL,
            kind TEXT NOT NULL,
            subject TEXT NOT NULL,
            change TEXT NOT NULL
        );
        CREATE TABLE run (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            task INTEGER REFERENCES task (id),
            task_name TEXT NOT NULL,
            task_version INTEGER NOT NULL,
            text TEXT NOT NULL,
            file TEXT NOT NULL,
            state TEXT NOT NULL,
            message TEXT,
            created INTEGER NOT NULL,
            not_before INTEGER NOT NULL,
            started INTEGER,
            finished INTEGER,
            attempt INTEGER NOT NULL DEFAULT 0,
            interruptions INTEGER NOT NULL DEFAULT 0,
            retries INTEGER NOT NULL DEFAULT 0,
            lease_owner TEXT,
            source TEXT,
            commit_id TEXT,
            branch TEXT,
            context TEXT
        );
        CREATE INDEX run_queue ON run (state, not_before, id);
        CREATE INDEX run_task ON run (task, id);
        CREATE TABLE run_event (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            run INTEGER NOT NULL REFERENCES run (id),
            time INTEGER NOT NULL,
            state TEXT NOT NULL,
            message TEXT
        );
        CREATE INDEX run_event_run ON run_event (run, id);
        CREATE TABLE run_cause (
            run INTEGER NOT NULL REFERENCES run (id),
            event INTEGER NOT NULL REFERENCES event (id),
            place TEXT,
            PRIMARY KEY (run, event)
        );
        CREATE INDEX run_cause_event ON run_cause (event);
        CREATE TABLE step (
            run INTEGER NOT NULL REFERENCES run (id),
            position INTEGER NOT NULL,
            id TEXT NOT NULL,
            kind TEXT NOT NULL,
            state TEXT NOT NULL,
            message TEXT,
            started INTEGER,
            finished INTEGER,
            PRIMARY KEY (run, position)
        );
        CREATE TABLE run_output (
            run INTEGER NOT NULL REFERENCES run (id),
            reference TEXT NOT NULL,
            digest TEXT NOT NULL,
            PRIMARY KEY (run, reference)
        );
        CREATE INDEX run_output_reference ON run_output (reference, run);
        CREATE TABLE run_base (
            run INTEGER NOT NULL REFERENCES run (id),
            reference TEXT NOT NULL,
            digest TEXT NOT NULL,
            is_runtime INTEGER NOT NULL,
            place TEXT NOT NULL,
            PRIMARY KEY (run, reference)
        );
        CREATE INDEX run_base_reference ON run_base (reference, run);
        CREATE TABLE git_head (
            task INTEGER NOT NULL REFERENCES task (id),
            source TEXT NOT NULL,
            commit_id TEXT NOT NULL,
            tree TEXT NOT NULL,
            branch TEXT NOT NULL,
            seen INTEGER NOT NULL,
            PRIMARY KEY (task, source)
        );
        CREATE TABLE watch_fault (
            subject TEXT PRIMARY KEY,
            message TEXT NOT NULL,
            since INTEGER NOT NULL,
            last INTEGER NOT NULL
        );
        """
}
