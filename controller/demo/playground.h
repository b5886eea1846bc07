// Three networks on one machine: corp (no route out), dmz (the proxy), inet (relay). As root they are network
// namespaces, and a counter proves that corp reached nothing but the proxy; elsewhere all three are loopback.
// Everything made here is unmade by the destructor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "controller/demo/child_process.h"

namespace culvert::demo {

enum class Zone { Corp, Dmz, Inet };

enum class Isolation { NamespacesIfPermitted, LoopbackOnly };

class Playground {
  public:
    // A fresh folder for configurations, keys and logs; it is kept, so that logs can be read afterwards.
    static Result<std::unique_ptr<Playground>> create(std::filesystem::path folder, Isolation isolation);
    ~Playground();
    Playground(const Playground&) = delete;
    Playground& operator=(const Playground&) = delete;

    bool has_namespaces() const { return !names_.empty(); }
    const std::string& why_loopback() const { return why_loopback_; }  // empty when has_namespaces()
    const std::filesystem::path& folder() const { return folder_; }
    // Its name for `ip netns`; needs namespaces.
    const std::string& namespace_of(Zone zone) const { return name(zone); }

    // Where a server of this zone listens, as seen from the zones that may reach it (dmz has two legs: towards corp,
    // towards inet).
    std::string address(Zone zone) const;
    // In a namespace the preferred one; on loopback one that is free now.
    Result<std::uint16_t> port(Zone zone, std::uint16_t preferred) const;

    Result<std::unique_ptr<ChildProcess>> start(Zone zone, Command command) const;
    Result<Exit> run(Zone zone, Command command, Duration patience) const;
    // True when something accepts there within `patience`.
    bool accepts(Zone zone, const std::string& address, std::uint16_t port, Duration patience) const;

    // Sends `request` and gives the first line of the answer; empty: no answer within 5 s.
    std::string first_answer(Zone zone, const std::string& address, std::uint16_t port,
                             const std::string& request) const;

    // From now on corp may talk to this proxy only; everything else is dropped and counted. Needs namespaces.
    Status allow_only_proxy(std::uint16_t port);
    // Packets that left corp, or tried to, for anything but the proxy.
    Result<std::uint64_t> stray_packets() const;

  private:
    Playground(std::filesystem::path folder) : folder_(std::move(folder)) {}
    Status make_namespaces();
    Status command(std::vector<std::string> argv) const;
    // On a thread of its own that has entered the zone: a thread can enter a network namespace and need not come back.
    void inside(Zone zone, const std::function<void()>& visit) const;
    const std::string& name(Zone zone) const { return names_[static_cast<std::size_t>(zone)]; }

    const std::filesystem::path folder_;
    std::vector<std::string> names_;  // of the namespaces, by Zone; empty on loopback
    std::string why_loopback_;
};

}  // namespace culvert::demo
