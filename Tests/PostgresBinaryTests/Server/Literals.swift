import PostgresBinary
import Testing

/// SQL expressions whose values are the edges of a type.
struct Literals: Sendable, CustomTestStringConvertible {
    let type: ScalarType
    let expressions: [String]

    init(_ type: ScalarType, _ literals: [String], expressions: [String] = []) {
        self.type = type
        self.expressions =
            literals.map { "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'" } + expressions
    }

    var testDescription: String { type.name }

    static let all = [
        Literals(.bool, ["t", "f"]),
        Literals(.int2, ["-32768", "32767", "0"]),
        Literals(.int4, ["-2147483648", "2147483647", "0"]),
        Literals(.int8, ["-9223372036854775808", "9223372036854775807", "0"]),
        Literals(.oid, ["0", "4294967295"]),
        Literals(
            .float4,
            [
                "0", "-0", "NaN", "Infinity", "-Infinity", "1e20", "1e-45", "3.4028235e38", "0.0001", "0.00001", "100000", "1e6", "1.5",
                "16777216",
            ]),
        Literals(
            .float8,
            [
                "0", "-0", "NaN", "Infinity", "-Infinity", "1e20", "5e-324", "1.7976931348623157e308", "0.0001", "0.00001", "1e14", "1e15",
                "1e23",
                "0.1", "123456.789", "9007199254740993", "5.684341886080802e-14", "9223372036854775807", "2.98023223876953125e-8",
            ]),
        Literals(
            .numeric,
            [
                "0", "0.00", "-0", "1", "-1", "0.1", "0.0001", "0.00001", "10000", "9999", "123456789012", "12.50", "-98765.4321", "NaN",
                "Infinity", "-Infinity", "1e-20", "1e20", "0.00000000000000000000", "9999999999999999", "10000000000000000",
                "0.9999999999999999",
                "100000000.00000001", "1.000",
            ],
            expressions: [
                "'1e131071'", "repeat('9', 131072)", "'1e-16383'", "'0.' || repeat('9', 16383)",
                "repeat('9', 131072) || '.' || repeat('9', 16383)", "'-0.' || repeat('0', 16382) || '1'",
            ]),
        Literals(.text, ["", "a", "it's", "é語😀", "\u{10FFFF}", "NULL"], expressions: ["repeat('xyz', 100000)", "E'\\n\\t\\001\\177'"]),
        Literals(.varchar, ["", "varchar", "é語😀"]),
        Literals(.bytea, ["", "\\x00ff", "\\xdeadbeef"], expressions: ["decode(repeat('00ff', 1000), 'hex')"]),
        Literals(.json, ["{}", "[1, 2,   null]", "\"é\"", " 1e5 "]),
        Literals(.jsonb, ["{}", "[1, 2,   null]", "\"é\"", " 1e5 ", "{\"b\":1,\"a\":{\"c\":[]}}"]),
        Literals(
            .date,
            [
                "2000-01-01", "1999-12-31", "2024-02-29", "1900-02-28", "0001-01-01", "0001-12-31 BC", "0004-02-29", "0005-02-29 BC",
                "4714-11-24 BC",
                "5874897-12-31", "infinity", "-infinity", "10000-01-01", "epoch", "1582-10-15",
            ]),
        Literals(.time, ["00:00", "24:00", "23:59:59.999999", "12:34:56.7", "00:00:00.000001"]),
        Literals(.timetz, ["00:00+00", "24:00-15:59:59", "12:34:56.7+15:59:59", "01:00-03:30", "01:00+05:30:01"]),
        Literals(
            .timestamp,
            [
                "2000-01-01", "1999-12-31 23:59:59.999999", "4714-11-24 00:00:00 BC", "294276-12-31 23:59:59.999999", "infinity",
                "-infinity",
                "0001-01-01 BC", "epoch", "2024-02-29 12:00:00.5", "0044-03-15 11:22:33.25 BC",
            ]),
        Literals(
            .timestamptz,
            [
                "2000-01-01 00:00+02", "1999-12-31 23:59:59.999999+00", "4714-11-24 00:00:00+00 BC", "294276-12-31 23:59:59.999999+00",
                "infinity",
                "-infinity", "0044-03-15 11:22:33.25+00 BC",
            ]),
        Literals(
            .interval,
            [
                "0", "1 year", "2 years 3 mons", "-1 year 2 mons", "1 mon -1 day", "-1 day 02:03:04", "-1 year +2 days -03:04:05.6",
                "1 day",
                "00:00:00.000001", "-00:00:00.1", "178000000 years", "-178000000 years", "2147483647 days", "2562047788:00:54.775807",
                "1 year 2 mons 3 days 04:05:06.789", "-1 mons +1 days +00:00:01", "13 mons -400 days",
            ]),
        Literals(
            .inet,
            [
                "0.0.0.0", "255.255.255.255/0", "192.168.1.5/24", "10.0.0.1/32", "::", "::1", "::2", "::ffff:1.2.3.4", "::1.2.3.4",
                "::1.2.0.1", "fe80::1/64",
                "1:2:3:4:5:6:7:8/127", "1:0:0:4:0:0:0:8", "1:0:0:4:5:0:0:8", "1::", "0:0:0:0:0:ffff:0:0", "0:1::", "::/0",
                "1:2:3:4:5:6:0:8", "0:2:3:4:5:6:7:0",
            ]),
        Literals(.cidr, ["0.0.0.0/0", "192.168.1.0/24", "10.0.0.1/32", "::/0", "fe80::/10", "::ffff:0:0/96", "1:2:3:4:5:6:7:8/128"]),
        Literals(.macaddr, ["00:00:00:00:00:00", "08:00:2b:01:02:03", "ff:ff:ff:ff:ff:ff"]),
        Literals(.macaddr8, ["00:00:00:00:00:00:00:00", "08:00:2b:01:02:03:04:05", "ff:ff:ff:ff:ff:ff:ff:ff", "08:00:2b:01:02:03"]),
        Literals(
            .uuid, ["00000000-0000-0000-0000-000000000000", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "ffffffff-ffff-ffff-ffff-ffffffffffff"]),
    ]
}
