import Testing

@testable import PostgresBinary

@Suite struct WyHashTests {
    private func hash(_ bytes: [UInt8], seed: UInt64) -> UInt64 { WyHash.hash(bytes.span.bytes, seed: seed) }

    @Test("the messages of the author's test vectors hash to what his program prints")
    func publishedVectors() {
        let alphabet = "abcdefghijklmnopqrstuvwxyz"
        let vectors: [(String, UInt64)] = [
            ("", 0x9322_8a4d_e0ee_c5a2), ("a", 0xc5ba_c3db_1787_13c4), ("abc", 0xa97f_2f7b_1d9b_3314),
            ("message digest", 0x786d_1f1d_f380_1df4),
            (alphabet, 0xdca5_a813_8ad3_7c87), (alphabet.uppercased() + alphabet + "0123456789", 0xb9e7_34f1_17cf_af70),
            (String(repeating: "1234567890", count: 8), 0x6cc5_eab4_9a92_d617),
        ]
        for (seed, (message, expected)) in vectors.enumerated() { #expect(hash(Array(message.utf8), seed: UInt64(seed)) == expected) }
    }

    @Test("every way through the algorithm agrees with the author's program")
    func lengths() {
        // The bytes 0, 1, 2, … under seed 42.
        let vectors: [(Int, UInt64)] = [
            (0, 0x2ac4_4db3_deb0_5300), (1, 0x033b_5aab_97d9_c425), (2, 0x829d_e730_7b21_b90a), (3, 0xce9d_66a7_9730_7f94),
            (4, 0xd97d_61b5_206c_8513), (7, 0xf04f_2d91_25a0_2ca3), (8, 0x3ed6_827b_249c_2f37), (15, 0xa394_5aee_a738_f410),
            (16, 0x9dbc_2356_533b_4014), (17, 0x56e4_6ac1_a917_5c52), (31, 0xa199_4a06_2d34_de67), (32, 0x6195_57a2_5e0d_61e1),
            (33, 0x2806_23b6_e023_7e37), (47, 0xff37_cfbd_5256_d21c), (48, 0x8277_17ed_2564_ebb4), (49, 0x7815_fc5b_6d4b_56bc),
            (64, 0xf8e2_fd66_a2db_75f8), (95, 0xd35d_3fc0_08c3_2f63), (96, 0x174e_ffdb_b7ff_a0b0), (97, 0x6c68_0677_6a17_ac81),
            (128, 0xce98_3e7a_cbd5_0e63), (290, 0x27d0_00cc_4bb3_25fd), (300, 0xcf2f_3240_f45b_4ad3),
        ]
        for (length, expected) in vectors {
            #expect(hash((0..<length).map { UInt8(truncatingIfNeeded: $0) }, seed: 42) == expected, "\(length) bytes")
        }
    }
}
