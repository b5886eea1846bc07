#include "tunnel/pac/script_copy.h"

#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <span>
#include <string_view>
#include <utility>

#include "common/base/text.h"
#include "common/base/wall_time.h"
#include "common/crypto/digest.h"
#include "common/crypto/key_file.h"
#include "tunnel/pac/child_protocol.h"

namespace culvert::tunnel::pac {
namespace {

constexpr std::string_view kFirstLine = "culvert pac copy 1\n";
constexpr std::size_t kLongestUrl = 4096;
constexpr std::size_t kLargestCopy = kLargestScript + kLongestUrl + 256;

std::string sum_of(std::string_view body) {
    const std::string sum = crypto::sha256(body);
    return to_hex(std::span(reinterpret_cast<const unsigned char*>(sum.data()), sum.size()));
}

// Up to the next line end, which is taken away too; nothing: there is none.
std::optional<std::string_view> take_line(std::string_view& rest) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos) return std::nullopt;
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
}

tl::unexpected<Error> not_usable(const std::string& file, const std::string& why) {
    return fail(Code::InvalidInput, "the copy of the PAC script in " + file + " is not used: " + why);
}

// Empty: no such file.
Result<std::string> read_copy(const std::string& file) {
    struct stat status {};
    if (::stat(file.c_str(), &status) != 0) {
        if (errno == ENOENT) return std::string();
        return not_usable(file, std::strerror(errno));
    }
    if (!S_ISREG(status.st_mode)) return not_usable(file, "it is no regular file");
    if ((status.st_mode & 077) != 0) return not_usable(file, "its mode lets others use it; chmod 600, or remove it");
    std::ifstream in(file, std::ios::binary);
    if (!in) return not_usable(file, std::strerror(errno));
    std::string content(kLargestCopy + 1, '\0');
    in.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(in.gcount()));
    if (content.empty() || content.size() > kLargestCopy) return not_usable(file, "it is damaged");
    return content;
}

}  // namespace

Result<std::optional<ScriptCopy>> load_script_copy(const std::string& file, const std::string& url) {
    const Result<std::string> content = read_copy(file);
    if (!content) return tl::unexpected(content.error());
    if (content->empty()) return std::optional<ScriptCopy>();
    std::string_view rest = *content;
    if (!rest.starts_with(kFirstLine)) return not_usable(file, "it is damaged, or of a later version");
    rest.remove_prefix(kFirstLine.size());
    const auto sum = take_line(rest);
    if (!sum || *sum != sum_of(rest)) return not_usable(file, "it is damaged");
    const auto of = take_line(rest);
    const auto seen = take_line(rest);
    if (!of || !seen || rest.empty() || rest.size() > kLargestScript) return not_usable(file, "it is damaged");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(seen->data(), seen->data() + seen->size(), seconds);
    if (error != std::errc() || end != seen->data() + seen->size()) return not_usable(file, "it is damaged");
    if (*of != url) return std::optional<ScriptCopy>();
    return std::optional<ScriptCopy>(ScriptCopy{std::string(rest), from_unix_seconds(seconds)});
}

Status save_script_copy(const std::string& file, const std::string& url, const ScriptCopy& copy) {
    if (url.size() > kLongestUrl || copy.text.empty() || copy.text.size() > kLargestScript)
        return fail(Code::InvalidInput, "the PAC script or its URL is too long to be kept");
    const std::string body = url + "\n" + std::to_string(unix_seconds(copy.seen)) + "\n" + copy.text;
    return crypto::write_file_atomically(file, std::string(kFirstLine) + sum_of(body) + "\n" + body,
                                         crypto::Access::OwnerOnly);
}

}  // namespace culvert::tunnel::pac
