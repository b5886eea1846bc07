// Records of store::Journal. First the run (JSON), then the text of its plan; then, in the order of events:
//
//   kind 3  the start that was agreed          4  what an agent said: its message as it came; about: the agent
//        5  an agent was lost                  6  … came back
//        7  a stop was asked for               8  an event
//
// All but 2 and 4 are JSON.
#include "controller/run/run_journal.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "common/protocol/codec.h"
#include "common/workload/plan.h"

namespace culvert::run {
namespace {

using nlohmann::json;

enum class Kind : std::uint8_t { Run = 1, Plan, Start, Message, Lost, Returned, Stop, Event };

std::string text_of(const json& object) {
    return object.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::int64_t micros_of(Duration duration) {
    return std::chrono::duration_cast<std::chrono::microseconds>(duration).count();
}

json run_json(const RunSetup& setup, const std::vector<roster::RosterEntry>& roster) {
    json agents = json::array();
    for (const roster::RosterEntry& entry : roster) {
        agents.push_back({{"name", entry.name},
                          {"node", entry.address.node.bytes},
                          {"labels", entry.labels},
                          {"weight", entry.weight},
                          {"version", entry.program_version}});
    }
    return {{"id", setup.id},
            {"plan_file", setup.plan->file},
            {"seed", setup.seed},
            {"lost_after_us", micros_of(setup.policy.agent_lost_after)},
            {"on_lost_agent", static_cast<int>(setup.policy.on_lost_agent)},
            {"out_dir", setup.out_dir},
            {"agents", std::move(agents)}};
}

std::pair<Kind, json> to_json(const StartAgreed& start) {
    json clocks = json::array();
    for (const roster::ClockOffset& clock : start.clocks)
        clocks.push_back({clock.offset.count(), clock.error.count(), clock.rtt.count()});
    return {Kind::Start,
            {{"at_us", std::chrono::floor<std::chrono::microseconds>(start.at.time_since_epoch()).count()},
             {"delay_us", micros_of(start.delay)},
             {"shift_ms", start.shift_millis},
             {"clocks", std::move(clocks)}}};
}

std::pair<Kind, json> to_json(const AgentLost& lost) {
    return {Kind::Lost,
            {{"agent", lost.agent}, {"at_ms", lost.at_millis}, {"reason", lost.reason}, {"moved", lost.share_moved}}};
}

std::pair<Kind, json> to_json(const AgentReturned& back) {
    return {Kind::Returned, {{"agent", back.agent}}};
}

std::pair<Kind, json> to_json(const StopAsked& stop) {
    return {Kind::Stop,
            {{"at_once", stop.mode == StopMode::AtOnce},
             {"since_start_us", micros_of(stop.since_start)},
             {"reason", stop.reason},
             {"by_user", stop.by_user},
             {"aborted", stop.aborted},
             {"against_policy", stop.against_policy}}};
}

std::pair<Kind, json> to_json(const results::Event& event) {
    return {Kind::Event,
            {{"at_ms", event.at_millis}, {"kind", event.kind}, {"agent", event.agent}, {"text", event.text}}};
}

Duration micros(const json& number) {
    return std::chrono::microseconds(number.get<std::int64_t>());
}

// Throws what nlohmann's accessors throw.
JournalEntry entry_from(Kind kind, const json& object) {
    switch (kind) {
        case Kind::Start: {
            StartAgreed start{WallTime(micros(object.at("at_us"))),
                              micros(object.at("delay_us")),
                              object.at("shift_ms").get<std::int64_t>(),
                              {}};
            for (const json& clock : object.at("clocks")) {
                start.clocks.push_back({Duration(clock.at(0).get<std::int64_t>()),
                                        Duration(clock.at(1).get<std::int64_t>()),
                                        Duration(clock.at(2).get<std::int64_t>())});
            }
            return start;
        }
        case Kind::Lost:
            return AgentLost{object.at("agent").get<std::size_t>(), object.at("at_ms").get<std::int64_t>(),
                             object.at("reason").get<std::string>(), object.at("moved").get<bool>()};
        case Kind::Returned:
            return AgentReturned{object.at("agent").get<std::size_t>()};
        case Kind::Stop:
            return StopAsked{object.at("at_once").get<bool>() ? StopMode::AtOnce : StopMode::Gracefully,
                             micros(object.at("since_start_us")),
                             object.at("reason").get<std::string>(),
                             object.at("by_user").get<bool>(),
                             object.at("aborted").get<bool>(),
                             object.at("against_policy").get<bool>()};
        default:
            return results::Event{object.at("at_ms").get<std::int64_t>(), object.at("kind").get<std::string>(),
                                  object.at("agent").get<std::string>(), object.at("text").get<std::string>()};
    }
}

std::size_t agent_of(const JournalEntry& entry) {
    if (const auto* said = std::get_if<AgentSaid>(&entry)) return said->agent;
    if (const auto* lost = std::get_if<AgentLost>(&entry)) return lost->agent;
    if (const auto* back = std::get_if<AgentReturned>(&entry)) return back->agent;
    return 0;
}

Result<JournalEntry> entry_of(const store::JournalRecord& record) {
    const auto kind = static_cast<Kind>(record.kind);
    if (kind == Kind::Message) {
        auto message = protocol::decode_agent_message(record.body);
        if (!message) return tl::unexpected(message.error());
        return AgentSaid{record.about, std::move(*message)};
    }
    if (kind < Kind::Start || kind > Kind::Event) return fail(Code::InvalidInput, "an entry of an unknown kind");
    try {
        return entry_from(kind, json::parse(record.body));
    } catch (const json::exception& error) {
        return fail(Code::InvalidInput, error.what());
    }
}

Result<RunSetup> setup_from(const json& run, const std::string& plan_text) {
    auto plan = workload::parse_plan(run.at("plan_file").get<std::string>(), plan_text);
    if (!plan) return fail(Code::InvalidInput, config::to_string(plan.error().front()));
    RunSetup setup;
    setup.id = run.at("id").get<std::string>();
    setup.plan = std::make_shared<const workload::Plan>(std::move(*plan));
    setup.seed = run.at("seed").get<std::uint64_t>();
    setup.policy.agent_lost_after =
        std::chrono::duration_cast<decltype(setup.policy.agent_lost_after)>(micros(run.at("lost_after_us")));
    setup.policy.on_lost_agent = static_cast<config::OnLostAgent>(run.at("on_lost_agent").get<int>());
    setup.out_dir = run.at("out_dir").get<std::string>();
    return setup;
}

std::vector<roster::RosterEntry> roster_from(const json& run) {
    std::vector<roster::RosterEntry> roster;
    for (const json& agent : run.at("agents")) {
        roster::RosterEntry& entry = roster.emplace_back();
        entry.name = agent.at("name").get<std::string>();
        entry.address.node.bytes = agent.at("node").get<decltype(NodeId::bytes)>();
        entry.labels = agent.at("labels").get<workload::Labels>();
        entry.weight = agent.at("weight").get<double>();
        entry.program_version = agent.at("version").get<std::string>();
    }
    return roster;
}

}  // namespace

bool RunJournal::keeps(const protocol::AgentMessage& message) {
    return std::holds_alternative<protocol::Started>(message) ||
           std::holds_alternative<protocol::IntervalReport>(message) ||
           std::holds_alternative<protocol::ErrorExampleReport>(message) ||
           std::holds_alternative<protocol::RunAborted>(message) ||
           std::holds_alternative<protocol::RunFinished>(message) || std::holds_alternative<protocol::RunLeft>(message);
}

Result<std::unique_ptr<RunJournal>> RunJournal::create(const std::filesystem::path& file, const RunSetup& setup,
                                                       const std::vector<roster::RosterEntry>& roster) {
    auto journal = store::Journal::create(file);
    if (!journal) return tl::unexpected(journal.error());
    for (const auto& [kind, body] :
         {std::pair{Kind::Run, text_of(run_json(setup, roster))}, std::pair{Kind::Plan, setup.plan->text}}) {
        if (const Status ok = (*journal)->append(static_cast<std::uint8_t>(kind), 0, body); !ok)
            return tl::unexpected(ok.error());
    }
    return std::unique_ptr<RunJournal>(new RunJournal(std::move(*journal), setup.id, roster.size()));
}

Result<RunJournal::TakenUp> RunJournal::reopen(const std::filesystem::path& file) {
    auto journal = store::Journal::reopen(file);
    if (!journal) return tl::unexpected(journal.error());
    std::vector<store::JournalRecord> first;
    const Status read = (*journal)->replay([&first](const store::JournalRecord& record) {
        first.push_back(record);
        return first.size() < 2;
    });
    if (!read) return tl::unexpected(read.error());
    if (first.size() < 2 || static_cast<Kind>(first[0].kind) != Kind::Run ||
        static_cast<Kind>(first[1].kind) != Kind::Plan)
        return fail(Code::InvalidInput, file.string() + " does not begin with a run");
    try {
        const json run = json::parse(first[0].body);
        auto setup = setup_from(run, first[1].body);
        if (!setup) return fail(setup.error(), file.string());
        TakenUp taken{std::move(*setup), roster_from(run), nullptr};
        if (taken.roster.empty()) return fail(Code::InvalidInput, file.string() + ": a run without agents");
        taken.journal.reset(new RunJournal(std::move(*journal), taken.setup.id, taken.roster.size()));
        return taken;
    } catch (const json::exception& error) {
        return fail(Code::InvalidInput, file.string() + ": " + error.what());
    }
}

void RunJournal::append(const JournalEntry& entry) {
    std::visit(
        [this](const auto& one) {
            if constexpr (std::is_same_v<std::decay_t<decltype(one)>, AgentSaid>) {
                append(one.agent, one.message);
            } else {
                const auto [kind, object] = to_json(one);
                write(static_cast<std::uint8_t>(kind), 0, text_of(object));
            }
        },
        entry);
}

void RunJournal::append(std::size_t agent, const protocol::AgentMessage& message) {
    const auto pieces = protocol::encode(message);
    if (!pieces) return log::warning("not in the run's journal: " + pieces.error().message, {{"run", id_}});
    std::string whole;
    for (const std::string& piece : *pieces) whole.append(piece, 1, std::string::npos);
    write(static_cast<std::uint8_t>(Kind::Message), agent, whole);
}

void RunJournal::write(std::uint8_t kind, std::size_t about, std::string_view body) {
    const Status written = file_->append(kind, static_cast<std::uint32_t>(about), body);
    if (written || std::exchange(told_, true)) return;
    log::warning("another process could not take this run up any more: " + written.error().message, {{"run", id_}});
}

Status RunJournal::replay(const std::function<void(JournalEntry)>& each) {
    Status wrong;
    std::size_t number = 0;
    const Status read = file_->replay([&](const store::JournalRecord& record) {
        if (++number <= 2) return true;
        auto entry = entry_of(record);
        if (entry && agent_of(*entry) >= agents_)
            entry = fail(Code::InvalidInput, "an agent that the run does not have");
        if (!entry) {
            wrong = fail(entry.error(), "entry " + std::to_string(number) + " of the run's journal");
            return false;
        }
        each(std::move(*entry));
        return true;
    });
    return read ? wrong : read;
}

}  // namespace culvert::run
