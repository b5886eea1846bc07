#include "controller/cli/reference.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <CLI/CLI.hpp>
#include <catch2/catch.hpp>

#include "controller/cli/app.h"
#include "tests/unit/controller/cli/captured.h"

using namespace culvert;
using namespace culvert::test;

namespace {

std::vector<cli::CommandText> whole_reference() {
    CLI::App program("", "culvert");
    cli::Chosen chosen;
    cli::add_all_commands(program, chosen);
    return cli::reference_of(program);
}

}  // namespace

TEST_CASE("docs/commands.md says what the program says", "[cli]") {
    const std::string file = std::string(CULVERT_SOURCE_DIR) + "/docs/commands.md";
    const std::string text = cli::reference_markdown(whole_reference());
    if (std::getenv("CULVERT_UPDATE_GOLDEN") != nullptr) std::ofstream(file, std::ios::binary) << text;
    const bool same = content(file) == text;
    INFO("write it anew: CULVERT_UPDATE_GOLDEN=1 unit_controller_cli \"docs/commands.md*\"");
    CHECK(same);
}

TEST_CASE("every command says what each argument and option means, and has an example that begins with its name",
          "[cli]") {
    for (const cli::CommandText& command : whole_reference()) {
        INFO(command.name);
        CHECK(command.about.size() > 10);
        REQUIRE(command.examples.size() >= 2);
        for (const auto* list : {&command.arguments, &command.options}) {
            for (const auto& [names, meaning] : *list) {
                INFO(names);
                CHECK(meaning.size() > 8);
            }
        }
    }
}

TEST_CASE("a man page has the sections people look for, and no line of text becomes a request", "[cli]") {
    const std::string page = culvert_says({"help", "--man", "run"}).out;
    for (const char* part : {".TH CULVERT\\-RUN 1", ".SH SYNOPSIS\nculvert run [OPTIONS] PLAN",
                             ".B \\-\\-agents SELECTOR", ".SH EXAMPLES", ".SH EXIT STATUS"}) {
        INFO(part);
        CHECK(has(page, part));
    }
    CHECK(has(culvert_says({"help", "--man", "invites", "withdraw"}).out, "culvert invites withdraw [OPTIONS] ID"));
    CHECK(has(culvert_says({"help", "--man"}).out, ".SH COMMANDS"));
    cli::CommandText tricky;
    tricky.name = "culvert x";
    tricky.about = "a\\b";
    tricky.notes = {".so /etc/passwd"};
    CHECK(has(cli::man_page(tricky), "\n\\&.so /etc/passwd"));
    CHECK(has(cli::man_page(tricky), "a\\eb"));
}

TEST_CASE("help knows commands, commands below them, and topics, a misspelt one gets the nearest", "[cli]") {
    for (const cli::TopicText& topic : cli::help_topics()) CHECK(culvert_says({"help", topic.name}).out == topic.text);
    CHECK(culvert_says({"help", "invites", "withdraw"}).out == culvert_says({"invites", "withdraw", "--help"}).out);
    CHECK(has(culvert_says({"help", "selector"}).err, "did you mean culvert help selectors?"));
    CHECK(culvert_says({"help", "run", "fast"}).code == ExitCode::Usage);
    CHECK(has(culvert_says({"help"}).out, "exit-codes"));
}
