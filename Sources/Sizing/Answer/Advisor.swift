/// Answers a question for one class after the other.
struct Advisor: Sendable {
    let forecast: Forecast
    let question: Question
    let replica: InstanceClass
    /// Whether enough was measured to say PASS or FAIL.
    let isEnough: Bool

    private var catalogue: Catalogue { forecast.catalogue }

    func answer(_ instance: InstanceClass) -> ClassAnswer {
        let best = choice(instance, question)
        let twice = choice(instance, question.scaled(by: 2))
        let law = forecast.model.law
        let speed = replica.generationFactor / catalogue.assumptions.measuringCoreSpeed
        let capacity = max(best.window.value, 1e-9) * Double(replica.vcpus) * speed
        return ClassAnswer(
            name: instance.name, verdict: best.verdict, windowSeconds: best.window, binds: best.binds, streams: best.streams,
            seconds: best.times, volume: best.volume, monthlyCost: cost(instance, best.volume), priceSource: instance.hourly.source,
            replicaShare: law.demand(.sourceCPU, question.workload) / Double(question.workload.tenants) / capacity,
            atTwiceTheVolume: .init(verdict: twice.verdict, windowSeconds: twice.window, binds: twice.binds), note: instance.note)
    }

    /// How a class fares with one of the volumes.
    struct Choice {
        let volume: Volume
        let streams: Int
        let times: NightTimes
        let window: Prediction
        let verdict: Verdict
        let binds: Resource
    }

    /// With the cheapest volume that passes; where none does, with the cheapest of the fastest.
    func choice(_ instance: InstanceClass, _ question: Question) -> Choice {
        var choices: [Choice] = []
        for volume in Volume.choices(holding: storedGiB(question), for: instance, catalogue.storage) {
            let streams = forecast.streams(question.workload, on: instance, volume)
            let times = forecast.times(forecast.model.law, question.workload, on: instance, volume, streams: streams)
            let window = forecast.window(question.workload, on: instance, volume, streams: streams)
            let choice = Choice(
                volume: volume, streams: streams, times: times, window: window,
                verdict: isEnough ? Verdict(window, window: question.windowSeconds) : .uncertain,
                binds: forecast.binding(times, streams: streams, on: instance))
            if choice.verdict == .pass { return choice }
            choices.append(choice)
        }
        let fastest = choices.map(\.window.value).min() ?? 0
        return choices.first { $0.window.value <= 1.01 * fastest } ?? choices[0]
    }

    private func storedGiB(_ question: Question) -> Double {
        var kept = question.workload
        kept.days = question.keptDays
        let bytes = forecast.model.law.demand(.stored, kept) * catalogue.assumptions.storageHeadroom
        return min(bytes / 1_073_741_824, 1e9)
    }

    func cost(_ instance: InstanceClass, _ volume: Volume) -> MonthlyCost {
        let copies = question.isMultiAZ ? catalogue.multiAZFactor : 1
        // 365 nights over 12 months; a byte between zones is paid for on both sides.
        let transferred = forecast.model.law.demand(.extracted, question.workload) / 1e9 * 365 / 12
        return MonthlyCost(
            instance: instance.hourly.dollars * catalogue.hoursPerMonth * copies,
            storage: volume.gib * catalogue.storage.gibMonth.dollars * copies,
            throughput: volume.boughtMibPerSecond * catalogue.storage.mibPerSecondMonth.dollars * copies,
            replicas: Double(question.replicas) * replica.hourly.dollars * catalogue.hoursPerMonth,
            transfer: transferred * 2 * catalogue.transferGB.dollars)
    }
}
