// One node's loop thread with an uplink on it, and a record of what the uplink said. Tests wait on the record with a
// deadline.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/check.h"
#include "common/net/loop.h"
#include "tunnel/link/uplink_settings.h"

namespace culvert::test {

class UplinkNode final : private tunnel::link::UplinkEvents {
  public:
    struct Record {
        int ups = 0;
        int writables = 0;
        std::optional<tunnel::link::LinkInfo> last_up;
        std::vector<std::string> downs;  // messages
        std::vector<Code> down_codes;
        bool down_for_good = false;
        std::vector<tunnel::envelope::Envelope> envelopes;
        std::vector<tunnel::link::Presence> presence;
        int whole_lists = 0;
    };

    explicit UplinkNode(std::optional<crypto::Identity> identity, std::optional<crypto::MeshTrust> trust)
        : identity_(std::move(identity)), trust_(std::move(trust)), thread_([this] { loop_.run(); }) {}
    ~UplinkNode() override {
        on_loop([this] {
            if (uplink_) uplink_->stop();
            uplink_.reset();
        });
        loop_.stop();
        thread_.join();
    }

    // Makes and starts the uplink; the error if the settings are wrong.
    std::optional<Error> start(const tunnel::link::UplinkSettings& settings) {
        std::optional<Error> refused;
        on_loop([&] {
            auto made = identity_ ? make_uplink(loop_, *identity_, *trust_, settings, *this)
                                  : make_pending_uplink(loop_, "acme", settings, *this);
            if (!made) {
                refused = made.error();
                return;
            }
            uplink_ = std::move(*made);
            uplink_->start();
        });
        return refused;
    }
    void stop() {
        on_loop([this] { uplink_->stop(); });
    }
    Status send(const tunnel::envelope::Envelope& envelope) {
        Status status;
        on_loop([&] { status = uplink_->send(envelope); });
        return status;
    }
    std::optional<tunnel::link::LinkInfo> info() {
        std::optional<tunnel::link::LinkInfo> info;
        on_loop([&] { info = uplink_->info(); });
        return info;
    }
    void on_loop(const std::function<void()>& task) {
        std::promise<void> done;
        loop_.post([&] {
            task();
            done.set_value();
        });
        done.get_future().wait();
    }
    tunnel::link::Uplink& uplink() { return *uplink_; }  // within on_loop

    bool wait_until(const std::function<bool(const Record&)>& holds,
                    std::chrono::seconds at_most = std::chrono::seconds(8)) {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, at_most, [&] { return holds(record_); });
    }
    bool wait_up(int times = 1) {
        return wait_until([times](const Record& record) { return record.ups >= times; });
    }
    Record record() {
        const std::lock_guard lock(mutex_);
        return record_;
    }
    // Runs on the loop within on_down / on_up.
    std::function<void()> when_up, when_down;
    const crypto::Identity& identity() const { return *identity_; }

  private:
    void note(const std::function<void(Record&)>& change) {
        const std::lock_guard lock(mutex_);
        change(record_);
        changed_.notify_all();
    }
    void on_up(const tunnel::link::LinkInfo& info) override {
        if (when_up) when_up();
        note([&](Record& record) {
            ++record.ups;
            record.last_up = info;
        });
    }
    void on_down(const Error& why, std::optional<Duration> retry_in) override {
        if (when_down) when_down();
        note([&](Record& record) {
            record.downs.push_back(why.message);
            record.down_codes.push_back(why.code);
            record.down_for_good = !retry_in.has_value();
        });
    }
    void on_envelope(tunnel::envelope::EnvelopeView view) override {
        note([&](Record& record) {
            record.envelopes.push_back({view.kind, view.from, view.to, std::string(view.body)});
        });
    }
    void on_presence(const std::vector<tunnel::link::Presence>& changes, bool whole_list) override {
        note([&](Record& record) {
            if (whole_list) ++record.whole_lists;
            if (whole_list) record.presence.clear();
            record.presence.insert(record.presence.end(), changes.begin(), changes.end());
        });
    }
    void on_writable() override {
        note([](Record& record) { ++record.writables; });
    }

    std::optional<crypto::Identity> identity_;
    std::optional<crypto::MeshTrust> trust_;
    std::mutex mutex_;
    std::condition_variable changed_;
    Record record_;
    net::Loop loop_;
    std::unique_ptr<tunnel::link::Uplink> uplink_;
    std::thread thread_;
};

}  // namespace culvert::test
