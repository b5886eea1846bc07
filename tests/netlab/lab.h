// The networks of a case: namespaces corp, dmz and inet with addresses, names and counters. Names are known to dmz and
// inet only; corp has a DNS server that nobody answers, and every packet that goes elsewhere than to an allowed port of
// the dmz is dropped and counted.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "controller/demo/playground.h"
#include "netlab_case.h"

namespace culvert::netlab {

inline constexpr const char* kRelayHost = "relay.netlab.test";
inline constexpr std::uint16_t kRelayPort = 443;
inline constexpr const char* kTargetHost = "target.netlab.test";  // where the target is in inet

class Lab {
  public:
    // Code::Unauthorized: namespaces are not permitted here.
    static Result<std::unique_ptr<Lab>> create(const Case& netlab_case);
    ~Lab();
    Lab(const Lab&) = delete;
    Lab& operator=(const Lab&) = delete;

    const demo::Playground& playground() const { return *playground_; }
    const std::filesystem::path& folder() const { return playground_->folder(); }
    // ${folder}, ${relay.host}, ${NAME.url} and so on: what every text of the case may use.
    Variables& variables() { return variables_; }
    // What every program is started with.
    const std::map<std::string, std::string>& environment() const { return environment_; }
    Result<std::string> expand(const std::string& text, const ServerSpec* server = nullptr) const;

    Status guard(const Case& netlab_case);
    struct Strays {
        std::uint64_t packets = 0;      // that went, or tried to go, elsewhere
        std::uint64_t dns_queries = 0;  // of these
    };
    Result<Strays> strays() const;

    // Of the load's target, as plans and charters write it: beyond the proxies it has a name that only they can
    // resolve.
    std::string target_host(const Case& netlab_case) const;

    // `sh -e` in a zone, output to `log` in our folder.
    Status shell(demo::Zone zone, const std::string& script, const std::filesystem::path& directory,
                 const std::string& log, Duration patience) const;
    void keep_folder() { keep_folder_ = true; }

  private:
    explicit Lab(std::unique_ptr<demo::Playground> playground) : playground_(std::move(playground)) {}
    Status name_hosts(const Case& netlab_case);
    Status add_ipv6() const;

    std::unique_ptr<demo::Playground> playground_;
    std::vector<std::filesystem::path> name_folders_;
    Variables variables_;
    std::map<std::string, std::string> environment_;
    bool keep_folder_ = false;
};

std::string read_text(const std::filesystem::path& file);
std::string last_lines(const std::filesystem::path& file, std::size_t count);

}  // namespace culvert::netlab
