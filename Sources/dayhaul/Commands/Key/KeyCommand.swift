import ArgumentParser

struct KeyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "key",
        abstract: "Lists, adds and removes the keys that open tenants' passwords.",
        discussion: """
            The key file holds one key or several: the first seals, all open. Rotating takes three commands, and at no time is there a \
            password that does not open:

              dayhaul key add
              dayhaul tenant set --reseal '*'
              dayhaul key remove OLD

            Every machine that runs dayhaul needs the new file before the second, and a copy of it belongs in a safe place.
            """,
        subcommands: [KeyList.self, KeyAdd.self, KeyRemove.self])
}
