/// Work on the members of a fleet that may go on side by side.
enum FleetWork {
    /// A part that needs no other part.
    typealias Part = @Sendable () async throws -> Void

    /// How many clusters are worked on at once; making one is mostly computing.
    private static let width = 2

    /// Does all parts, a few at a time; the first that fails cancels the others.
    static func inParallel(_ parts: [Part]) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (index, part) in parts.enumerated() {
                if index >= width { try await group.next() }
                group.addTask { try await part() }
            }
            try await group.waitForAll()
        }
    }
}
