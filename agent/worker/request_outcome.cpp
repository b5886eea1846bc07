// How a request ends: as a sample, and, if it failed, now and then as an example.
#include <algorithm>

#include "agent/worker/requester.h"

namespace culvert::agent::worker {

using http::Phase;
using metrics::ErrorKind;

Outcome Requester::finish(User& user, std::optional<ErrorKind> error, std::string_view what, Phase phase) {
    Exchange& exchange = user.exchange;
    const bool answered = exchange.status != 0;
    recorder::Sample sample;
    SteadyTime done;
    const bool complete = answered && (!error || phase == Phase::Check);
    if (complete) {
        const http::ExchangeTimes& times = exchange.connection->times();
        done = times.done;
        sample.first_byte = times.first_byte - times.sent;
        sample.rest = times.done - times.first_byte;
    } else {
        done = parts_.clock.steady_now();
    }
    latest_ = done;
    sample.status = static_cast<std::uint16_t>(exchange.status);
    sample.error = error;
    sample.latency = done - exchange.due;
    sample.send_latency = done - exchange.first_sent.value_or(exchange.begun);
    sample.bytes_sent = exchange.bytes_sent;
    sample.bytes_received = exchange.bytes_received;
    sample.dns = exchange.dns;
    sample.connect = exchange.connect;
    sample.tls = exchange.tls;
    parts_.recorder.step(user.scenario, exchange.request->index).record(sample);
    if (exchange.trial != nullptr)
        tell_trial(user, {.error = error, .what = what, .phase = phase, .done = done, .complete = complete});
    if (error) give_example(user, *error, what, phase, sample.latency);
    --parts_.recorder.scenario(user.scenario).in_flight;
    user.watchdog.disarm();
    exchange.end();
    return Outcome{!error, answered, done};
}

Outcome Requester::fail(User& user, const Error& error, Phase phase) {
    const ErrorKind kind = error.code == Code::Unauthorized ? ErrorKind::Charter
                           : error.code == Code::Overloaded ? ErrorKind::Resources
                                                            : ErrorKind::Protocol;
    return finish(user, kind, error.message, phase);
}

void Requester::tell_trial(User& user, TrialRecorder::End end) {
    TrialRecorder& trial = *user.exchange.trial;
    if (!trial.has_sent()) {
        end.remote_address = remote_address_;
        if (render(user)) trial.sent(text_, {});
    }
    if (const auto url = url_of(user)) end.origin = http::to_string(url->origin);
    trial.end_attempt(user.exchange, std::move(end));
}

void Requester::give_example(User& user, ErrorKind kind, std::string_view what, Phase phase, Duration latency) {
    Exchange& exchange = user.exchange;
    std::uint8_t& given = examples_[user.scenario][exchange.request->index][static_cast<std::size_t>(kind)];
    if (given >= kExamples) return;
    ++given;
    metrics::ErrorExample example;
    example.kind = kind;
    example.scenario = user.scenario;
    example.step = exchange.request->index;
    example.second = parts_.current_second();
    example.what = parts_.masker.mask(what);
    if (render(user)) {
        const std::size_t end = std::min(text_.find("\r\n\r\n"), text_.size());
        example.request_head =
            parts_.masker.mask_head(std::string_view(text_).substr(0, end)).substr(0, Exchange::kLongestHead);
    }
    example.response_head = parts_.masker.mask_head(exchange.head);
    example.body = parts_.masker.mask(std::string_view(exchange.body).substr(0, Exchange::kLongestBody));
    if (local_address_.empty() && exchange.connection != nullptr) {
        local_address_ = exchange.connection->local_address();
        remote_address_ = exchange.connection->remote_address();
    }
    example.local_address = std::exchange(local_address_, {});
    example.remote_address = std::exchange(remote_address_, {});
    example.latency_micros =
        static_cast<std::uint64_t>(std::max<std::int64_t>(latency / std::chrono::microseconds(1), 0));
    example.phase = http::to_string(phase);
    parts_.on_example(std::move(example));
}

}  // namespace culvert::agent::worker
