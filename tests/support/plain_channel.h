// A channel without cryptography that breaks exactly as TLS does: when bytes are missing, doubled or out of order.
//
//   record := length:u32be sequence:u32be type:u8 octet[length]      type: 1 hello (node id, name), 2 data
#pragma once

#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "tunnel/session/framed_channel.h"

namespace culvert::test {

class PlainChannel final : public tunnel::channel::Channel {
  public:
    PlainChannel(bool is_client, NodeId self, std::string name, tunnel::channel::ChannelEvents events)
        : is_client_(is_client), self_(self), name_(std::move(name)), events_(std::move(events)) {}

    void start() override {
        if (is_client_) send_hello();
    }

    void feed(std::string_view ciphertext) override {
        if (closed_) return;
        buffer_ += ciphertext;
        while (!closed_ && buffer_.size() >= kHeader) {
            const std::uint32_t length = number_at(0), sequence = number_at(4);
            if (length > (2 << 20) || sequence != received_) return break_off();
            if (buffer_.size() < kHeader + length) return;
            const char type = buffer_[8];
            const std::string payload = buffer_.substr(kHeader, length);
            buffer_.erase(0, kHeader + length);
            ++received_;
            take(type, payload);
        }
    }

    Status write(std::string_view plaintext) override {
        if (!open_ || closed_) return fail(Code::Disconnected, "channel: not open");
        send_record('\2', plaintext);
        return {};
    }
    void close() override { closed_ = true; }
    bool open() const override { return open_ && !closed_; }
    const NodeId& peer_id() const override { return peer_.id; }
    const std::string& peer_name() const override { return peer_.name; }
    const crypto::Member& peer() const override { return peer_; }

    static tunnel::session::ChannelMaker maker(NodeId self, std::string name) {
        return {.client = [self, name](NodeId, tunnel::channel::ChannelEvents events) -> std::unique_ptr<Channel> {
                    return std::make_unique<PlainChannel>(true, self, name, std::move(events));
                },
                .server = [self, name](tunnel::channel::ChannelEvents events) -> std::unique_ptr<Channel> {
                    return std::make_unique<PlainChannel>(false, self, name, std::move(events));
                }};
    }

  private:
    static constexpr std::size_t kHeader = 9;

    std::uint32_t number_at(std::size_t offset) const {
        std::uint32_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) value = (value << 8) | static_cast<unsigned char>(buffer_[offset + i]);
        return value;
    }

    void send_record(char type, std::string_view payload) {
        std::string record;
        for (const std::uint32_t value : {static_cast<std::uint32_t>(payload.size()), sent_++}) {
            for (int shift = 24; shift >= 0; shift -= 8)
                record += static_cast<char>(static_cast<unsigned char>(value >> shift));
        }
        record += type;
        record += payload;
        events_.on_ciphertext(std::move(record));
    }

    void send_hello() { send_record('\1', std::string(self_.bytes.begin(), self_.bytes.end()) + name_); }

    void take(char type, const std::string& payload) {
        if (type == '\2' && open_) return events_.on_plaintext(payload);
        if (type != '\1' || open_ || payload.size() < 16) return break_off();
        std::memcpy(peer_.id.bytes.data(), payload.data(), 16);
        peer_.name = payload.substr(16);
        peer_.serial = "5e" + peer_.name;
        open_ = true;
        if (!is_client_) send_hello();
        events_.on_open();
    }

    void break_off() {
        closed_ = true;
        events_.on_closed({Code::InvalidInput, "channel: bad record MAC"});
    }

    const bool is_client_;
    const NodeId self_;
    const std::string name_;
    const tunnel::channel::ChannelEvents events_;
    std::string buffer_;
    std::uint32_t sent_ = 0, received_ = 0;
    bool open_ = false, closed_ = false;
    crypto::Member peer_;
};

}  // namespace culvert::test
