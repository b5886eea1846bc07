#include <cstdlib>

#include <fmt/format.h>

#include "common/config/node_config.h"

namespace culvert::config {
namespace {

constexpr std::size_t kLargestSecret = 64 << 10;
constexpr std::string_view kCredentials = "${CREDENTIALS_DIRECTORY}/";  // where systemd puts a service's secrets

Result<std::string> resolved(const std::string& file) {
    if (!file.starts_with(kCredentials)) return file;
    const char* const folder = std::getenv("CREDENTIALS_DIRECTORY");
    if (folder == nullptr || *folder == '\0') {
        return fail(Code::InvalidInput,
                    fmt::format("{}: CREDENTIALS_DIRECTORY is not set; systemd sets it for LoadCredential=", file));
    }
    return fmt::format("{}/{}", folder, file.substr(kCredentials.size()));
}

}  // namespace

Result<Secret> read_secret(const SecretSource& source) {
    if (!source.variable.empty()) {
        const char* const value = std::getenv(source.variable.c_str());
        if (value == nullptr)
            return fail(Code::InvalidInput, fmt::format("the environment variable {} is not set", source.variable));
        return Secret(value);
    }
    const auto file = resolved(source.file);
    if (!file) return tl::unexpected<Error>(file.error());
    auto content = load_text(*file, kLargestSecret);
    if (!content) return tl::unexpected<Error>(content.error());
    if (content->ends_with('\n')) content->pop_back();
    if (content->ends_with('\r')) content->pop_back();
    if (content->empty()) return fail(Code::InvalidInput, fmt::format("{} is empty", *file));
    return Secret(std::move(*content));
}

}  // namespace culvert::config
