#include "tunnel/relay/long_poll_desk.h"

#include <sys/random.h>

#include <array>
#include <charconv>
#include <utility>

#include "common/base/check.h"
#include "common/base/text.h"
#include "tunnel/envelope/envelope.h"
#include "tunnel/envelope/long_poll.h"

namespace culvert::tunnel::relay {
namespace {

namespace poll = envelope::long_poll;

// A node whose held request has just broken asks again at once; one that has gone does not.
constexpr Duration kReturnTime = std::chrono::seconds(15);
constexpr const char* kUnknownLink = "no such link: it has ended, or this relay was restarted";

std::string new_link_id() {
    std::array<unsigned char, poll::kLinkIdSize / 2> random{};
    CULVERT_CHECK(getrandom(random.data(), random.size(), 0) == static_cast<ssize_t>(random.size()));
    std::string id;
    for (const unsigned char byte : random) {
        id.push_back("0123456789abcdef"[byte >> 4]);
        id.push_back("0123456789abcdef"[byte & 15]);
    }
    return id;
}

std::string_view argument(std::string_view arguments, std::string_view name) {
    for (const std::string_view pair : split(arguments, '&')) {
        if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=')
            return pair.substr(name.size() + 1);
    }
    return {};
}

std::optional<std::uint64_t> number_argument(std::string_view arguments, std::string_view name) {
    const std::string_view digits = argument(arguments, name);
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
    return number;
}

PollAnswer bad_request(std::string why) {
    return PollAnswer{400, std::move(why)};
}

}  // namespace

struct LongPollDesk::Poll {
    LinkId link = 0;
    std::string id;
    SteadyTime given_up_at{};            // if nothing is asked until then
    std::uint64_t received = 0;          // number of the node's last batch
    std::uint64_t sent = 0;              // number of the last batch to the node
    std::string unacknowledged;          // that batch with its number, until the node has it
    std::optional<ExchangeId> exchange;  // held
    SteadyTime held_until{};
    bool something_waits = false;  // the handler has a message, or the link's end
    bool cut = false;
};

LongPollDesk::LongPollDesk(Settings settings, LinkHandler& handler, const Clock& clock,
                           std::function<LinkId()> next_link, std::function<void(ExchangeId)> ready)
    : settings_(settings),
      handler_(handler),
      clock_(clock),
      next_link_(std::move(next_link)),
      ready_(std::move(ready)) {}

LongPollDesk::~LongPollDesk() = default;

std::optional<PollAnswer> LongPollDesk::take(ExchangeId exchange, const PollRequest& request, std::string peer) {
    if (request.verb == poll::kOpen) return open(std::move(peer));
    const std::string_view id = argument(request.arguments, "link");
    const auto found = poll::is_link_id(id) ? polls_.find(std::string(id)) : polls_.end();
    if (found == polls_.end()) return PollAnswer{poll::kGone, kUnknownLink};
    Poll& poll = *found->second;
    poll.given_up_at = clock_.steady_now() + settings_.give_up_after;
    if (request.verb == poll::kClose) {
        end(poll, Gone::Disconnected);
        return PollAnswer{};
    }
    if (request.verb == poll::kSend) {
        const auto number = number_argument(request.arguments, "number");
        return number ? send(poll, *number, request.body) : bad_request("number is missing");
    }
    if (request.verb == poll::kReceive) {
        const auto acknowledged = number_argument(request.arguments, "ack");
        const auto wait_s = number_argument(request.arguments, "wait");
        if (!acknowledged || !wait_s) return bad_request("ack or wait is missing");
        const auto most_s =
            static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::seconds>(poll::kLongestWait).count());
        return receive(poll, exchange, *acknowledged, std::chrono::seconds(std::min(*wait_s, most_s)));
    }
    return bad_request("no such request");
}

std::optional<PollAnswer> LongPollDesk::open(std::string peer) {
    if (polls_.size() >= settings_.links) return PollAnswer{503, "this relay carries all the links it may"};
    auto poll = std::make_unique<Poll>();
    poll->link = next_link_();
    poll->id = new_link_id();
    poll->given_up_at = clock_.steady_now() + settings_.give_up_after;
    Poll& opened = *polls_.emplace(poll->id, std::move(poll)).first->second;
    by_link_.emplace(opened.link, &opened);
    PollAnswer answer{200, opened.id};
    handler_.on_link(opened.link, std::move(peer), Carrier::LongPoll);
    return answer;
}

PollAnswer LongPollDesk::send(Poll& poll, std::uint64_t number, std::string_view batch) {
    if (number == poll.received && number > 0) return {};
    if (number != poll.received + 1) return {poll::kOutOfStep, "a batch is missing"};
    if (batch.size() > handler_.largest_message(poll.link)) {
        end(poll, Gone::Disconnected);
        return {poll::kGone, "more than this link may send"};
    }
    poll.received = number;
    handler_.on_message(poll.link, batch);
    return {};
}

std::optional<PollAnswer> LongPollDesk::receive(Poll& poll, ExchangeId exchange, std::uint64_t acknowledged,
                                                Duration wait) {
    const bool repeated = !poll.unacknowledged.empty() && acknowledged + 1 == poll.sent;
    if (acknowledged != poll.sent && !repeated) return PollAnswer{poll::kOutOfStep, "a batch is missing"};
    if (!repeated) poll.unacknowledged.clear();
    release(poll);
    if (repeated || poll.something_waits || poll.cut) return next_answer(poll);
    poll.exchange = exchange;
    poll.held_until = clock_.steady_now() + wait;
    held_.emplace(exchange, &poll);
    return std::nullopt;
}

PollAnswer LongPollDesk::answer_of(ExchangeId exchange) {
    const auto found = held_.find(exchange);
    if (found == held_.end()) return {poll::kOutOfStep, "another request has taken the place of this one"};
    Poll& poll = *found->second;
    held_.erase(found);
    poll.exchange.reset();
    return next_answer(poll);
}

// The batch that was not acknowledged, or what waits now, as far as it fits one answer.
PollAnswer LongPollDesk::next_answer(Poll& poll) {
    if (!poll.unacknowledged.empty()) return {200, poll.unacknowledged};
    std::string batch;
    while (poll.something_waits && !poll.cut &&
           batch.size() + envelope::kBatchTarget + envelope::kLargestBody <= envelope::kLargestBatch) {
        const NextMessage next = handler_.next_message(poll.link);
        if (!next.bytes.empty()) batch.append(next.bytes, kHeadroom);
        poll.something_waits = next.more;
        if (!next.close || !next.bytes.empty()) continue;
        poll.something_waits = true;  // its end, which the next request hears
        if (!batch.empty()) break;
        poll.cut = true;
    }
    if (batch.empty() && poll.cut) {
        end(poll, Gone::Disconnected);
        return {poll::kGone, "closed"};
    }
    std::string body;
    if (!batch.empty()) ++poll.sent;
    poll::append_number(body, poll.sent);
    body += batch;
    if (!batch.empty()) poll.unacknowledged = body;
    return {200, std::move(body)};
}

// An older request that still waits gets word that it no longer does.
void LongPollDesk::release(Poll& poll) {
    if (!poll.exchange) return;
    const ExchangeId older = *std::exchange(poll.exchange, std::nullopt);
    held_.erase(older);
    ready_(older);
}

void LongPollDesk::gone(ExchangeId exchange) {
    const auto found = held_.find(exchange);
    if (found == held_.end()) return;
    Poll& poll = *found->second;
    held_.erase(found);
    poll.exchange.reset();
    poll.given_up_at = clock_.steady_now() + std::min(kReturnTime, settings_.give_up_after);
}

bool LongPollDesk::want_write(LinkId link) {
    Poll* const poll = find(link);
    if (poll == nullptr) return false;
    poll->something_waits = true;
    if (poll->exchange) ready_(*poll->exchange);
    return true;
}

bool LongPollDesk::cut(LinkId link) {
    Poll* const poll = find(link);
    if (poll == nullptr) return false;
    poll->cut = true;
    poll->given_up_at = clock_.steady_now();
    return true;
}

void LongPollDesk::sweep() {
    const SteadyTime now = clock_.steady_now();
    std::vector<Poll*> over;
    for (const auto& [id, poll] : polls_) {
        if (poll->cut || (!poll->exchange && poll->given_up_at <= now)) {
            over.push_back(poll.get());
        } else if (poll->exchange && poll->held_until <= now) {
            ready_(*poll->exchange);
        }
    }
    for (Poll* const poll : over) {
        const Gone why = poll->cut ? Gone::Disconnected : Gone::Silent;
        release(*poll);
        end(*poll, why);
    }
}

void LongPollDesk::end(Poll& poll, Gone why) {
    release(poll);
    const LinkId link = poll.link;
    by_link_.erase(link);
    polls_.erase(std::string(poll.id));
    handler_.on_link_gone(link, why);
}

LongPollDesk::Poll* LongPollDesk::find(LinkId link) {
    const auto found = by_link_.find(link);
    return found == by_link_.end() ? nullptr : found->second;
}

}  // namespace culvert::tunnel::relay
