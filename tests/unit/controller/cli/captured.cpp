#include "tests/unit/controller/cli/captured.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <utility>

#include "controller/cli/app.h"

namespace culvert::test {
namespace {

int redirect(std::FILE* stream, int descriptor, const std::string& file) {
    std::fflush(stream);
    const int kept = ::dup(descriptor);
    const int into = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    ::dup2(into, descriptor);
    ::close(into);
    return kept;
}

}  // namespace

std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

Captured::Captured() {
    out_ = redirect(stdout, STDOUT_FILENO, folder_.file("out"));
    err_ = redirect(stderr, STDERR_FILENO, folder_.file("err"));
}

std::string Captured::out() {
    end();
    return content(folder_.file("out"));
}

std::string Captured::err() {
    end();
    return content(folder_.file("err"));
}

void Captured::end() {
    std::fflush(nullptr);
    for (auto [descriptor, kept] : {std::pair{STDOUT_FILENO, &out_}, std::pair{STDERR_FILENO, &err_}}) {
        if (*kept < 0) continue;
        ::dup2(*kept, descriptor);
        ::close(*kept);
        *kept = -1;
    }
}

Outcome culvert_says(std::vector<std::string> arguments) {
    std::vector<const char*> argv{"culvert"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    Captured captured;
    const ExitCode code = cli::run_cli(static_cast<int>(argv.size()), argv.data());
    return {code, captured.out(), captured.err()};
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace culvert::test
