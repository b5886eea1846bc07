#include "tunnel/pac/child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

extern "C" {
#include <pacparser.h>
}

#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tunnel/pac/child_protocol.h"
#include "tunnel/pac/own_address.h"

namespace culvert::tunnel::pac {
namespace {

constexpr unsigned kLongestLife_s = 60;  // the parent kills much earlier; this is for a parent that cannot
[[maybe_unused]] constexpr rlim_t kMemory = 512U << 20;
constexpr std::size_t kLongestComplaint = 2048;
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
// Browsers have alert(); scripts leave it in. On the first line, so that line numbers stay.
constexpr std::string_view kPrelude = "function alert(text) {} ";

std::string& complaints() {  // of the engine; its callback takes no context
    static std::string text;
    return text;
}

int take_complaint(const char* format, va_list arguments) {
    std::array<char, 512> line{};
    const int size = std::vsnprintf(line.data(), line.size(), format, arguments);
    if (complaints().size() < kLongestComplaint) complaints() += line.data();
    return size;
}

void limit(int resource, rlim_t most) {
    const rlimit bound{most, most};
    ::setrlimit(static_cast<__rlimit_resource>(resource), &bound);
}

void confine() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::alarm(kLongestLife_s);
    limit(RLIMIT_CPU, kLongestLife_s);
    limit(RLIMIT_CORE, 0);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    limit(RLIMIT_AS, kMemory);
    limit(RLIMIT_FSIZE, 0);  // a sanitizer writes its report into a file
#endif
}

std::string read_all() {
    std::string text;
    std::array<char, 16384> buffer;
    while (text.size() <= kLargestRequest) {
        const ssize_t count = ::read(STDIN_FILENO, buffer.data(), buffer.size());
        if (count <= 0) break;
        text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return text;
}

int reply(std::string_view kind, std::string_view text) {
    std::string line(kind);
    line += text.substr(0, kLargestReply - kind.size());
    return ::write(STDOUT_FILENO, line.data(), line.size()) == static_cast<ssize_t>(line.size()) ? 0 : 1;
}

std::optional<std::string> take_line(std::string& text) {
    const std::size_t end = text.find('\n');
    if (end == std::string::npos) return std::nullopt;
    std::string line = text.substr(0, end);
    text.erase(0, end + 1);
    return line;
}

int evaluate(const std::string& url, const std::string& host, const std::string& script) {
    pacparser_set_error_printer(&take_complaint);
    if (pacparser_init() == 0) return reply(kError, "the script engine did not start");
    if (const auto address = own_address()) pacparser_setmyip(address->c_str());
    if (pacparser_parse_pac_string(script.c_str()) == 0) return reply(kError, complaints());
    const char* found = pacparser_find_proxy(url.c_str(), host.c_str());
    if (found == nullptr) return reply(kError, complaints());
    return reply(kAnswer, found);
}

}  // namespace

bool is_child(int argc, char** argv) {
    return argc == 2 && argv[1] == kChildArgument;
}

int child_main() {
    confine();
    std::string request = read_all();
    const auto url = take_line(request);
    const auto host = take_line(request);
    if (!url || !host || request.size() > kLargestScript) return reply(kError, "the request is damaged");
    if (request.starts_with(kByteOrderMark)) request.erase(0, kByteOrderMark.size());
    if (request.find('\0') != std::string::npos) return reply(kError, "the script holds a zero byte");
    return evaluate(*url, *host, std::string(kPrelude) + request);
}

}  // namespace culvert::tunnel::pac
