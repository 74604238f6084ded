import TestKit
import Testing

@Suite("The built program", .timeLimit(.minutes(1)))
struct LinkageTests {
    @Test("links the essentials of Foundation only: with the rest come 34 MB of ICU data")
    func libraries() async throws {
        try await withDirectory { directory in
            // ld.so(8): it lists what it would load, and runs nothing.
            let listed = try await DayhaulProgram(environment: ["LD_TRACE_LOADED_OBJECTS": "1"], directory: directory).run([])
            #expect(listed.output.contains("libpq.so"))
            for name in ["libFoundation.so", "libFoundationInternationalization.so", "lib_FoundationICU.so"] {
                #expect(!listed.output.contains(name), "\(listed.output)")
            }
        }
    }
}
