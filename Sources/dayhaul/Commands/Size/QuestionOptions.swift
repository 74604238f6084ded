import ArgumentParser
import Sizing

/// What a warehouse has to do.
struct QuestionOptions: ParsableArguments {
    @Option(help: ArgumentHelp("How long a night may take, as 1h, 90m or 2700s.", valueName: "duration"))
    var window = TimeSpan(seconds: 3600)

    @Option(help: ArgumentHelp("Tenants.", valueName: "number"))
    var tenants: Int?

    @Option(help: ArgumentHelp("Rows of each day of a tenant.", valueName: "number"))
    var rowsPerDay: Int?

    @Option(help: ArgumentHelp("Days of each tenant that a night loads.", valueName: "number"))
    var days: Int?

    @Option(help: ArgumentHelp("Days that the warehouse keeps, for its storage.", valueName: "number"))
    var keepDays = 365

    @Option(help: ArgumentHelp("How much a day's rows grow a month, as 3%.", valueName: "percent"))
    var growth = Percentage(share: 0.03)

    @Option(help: ArgumentHelp("Replicas that have to be added, at the price of their class.", valueName: "number"))
    var replicas = 0

    @Option(help: ArgumentHelp("The class of a replica.", valueName: "name"))
    var replicaClass = "db.r6g.large"

    @Option(help: ArgumentHelp("Dollars a month that are paid now, to compare with.", valueName: "dollars"))
    var currentCost: Double?

    @Option(name: .customLong("class"), help: ArgumentHelp("Look at this class only; can be repeated.", valueName: "name"))
    var classes: [String] = []

    @Flag(help: "Look at burstable classes (db.t4g…), too, whose CPU is paid from credits.")
    var allowBurstable = false

    @Option(
        help: ArgumentHelp(
            "How much of a class is left to those who read the warehouse during the night: of its CPU, disk and network.",
            valueName: "percent"))
    var reserveForReaders = Percentage(share: 0.5)

    @Flag(name: .customLong("multi-az"), help: "Price a standby in another zone.")
    var isMultiAZ = false

    func question(for measurements: Measurements) -> Question {
        var load = measurements.provenance.workload
        load.tenants = tenants ?? load.tenants
        load.rowsPerDay = rowsPerDay ?? load.rowsPerDay
        load.days = days ?? load.days
        var question = Question(load)
        question.windowSeconds = window.seconds
        question.keptDays = keepDays
        question.growth = growth.share
        question.replicas = replicas
        question.replicaClass = replicaClass
        question.currentCost = currentCost
        question.classNames = classes
        question.isMultiAZ = isMultiAZ
        question.allowsBurstable = allowBurstable
        question.readerShare = reserveForReaders.share
        return question
    }
}
