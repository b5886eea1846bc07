#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include <CLI/CLI.hpp>

#include "controller/cli/commands.h"
#include "controller/cli/controller_files.h"
#include "controller/cli/exit.h"
#include "controller/cli/options.h"
#include "controller/cli/render/summary.h"
#include "controller/cli/terminal.h"
#include "controller/report/report_reader.h"

namespace culvert::cli {
namespace {

struct ReportOptions {
    std::string run, config;
    OutputOptions output;
};

// A folder that holds a report needs no configuration; else it is a run that the store knows.
tl::expected<store::RunRecord, ExitCode> record_of(const ReportOptions& options) {
    std::error_code none;
    if (std::filesystem::exists(std::filesystem::path(options.run) / report::kReportFile, none)) {
        store::RunRecord record;
        record.out_dir = options.run;
        return record;
    }
    const auto files = open_files(options.config);
    if (!files) return tl::unexpected(files.error());
    auto record = files->store->runs().find(options.run);
    if (!record) return tl::unexpected(fail_with(record.error()));
    if (!record->ended && store::process_lives(record->pid)) {
        return tl::unexpected(fail_with(Error{
            Code::InvalidInput, "run " + record->id + " is not over yet.   Watch it: culvert watch " + record->id}));
    }
    if (!record->ended) {
        return tl::unexpected(fail_with(Error{Code::InvalidInput, "run " + record->id +
                                                                      " lost its process before it was over.   To take "
                                                                      "it up: culvert watch " +
                                                                      record->id}));
    }
    return std::move(*record);
}

ExitCode show(const ReportOptions& options) {
    const auto record = record_of(options);
    if (!record) return record.error();
    if (options.output.json) {
        std::ifstream in(std::filesystem::path(record->out_dir) / report::kReportFile, std::ios::binary);
        if (!in) return fail_with(Error{Code::InvalidInput, record->out_dir + " holds no report.json"});
        char block[1 << 14];
        while (in.read(block, sizeof block) || in.gcount() > 0)
            std::fwrite(block, 1, static_cast<std::size_t>(in.gcount()), stdout);
        return ExitCode::Ok;
    }
    const auto read = report::read_report(record->out_dir);
    if (!read) return fail_with(read.error());
    const render::TextStyle style = stdout_style(options.output);
    const ExitCode code =
        record->exit_code ? static_cast<ExitCode>(*record->exit_code) : report::exit_code_of(read->result);
    std::fputs(render::summary(read->result, read->files, code, style).c_str(), stdout);
    return ExitCode::Ok;
}

}  // namespace

void add_report(CLI::App& program, Chosen& chosen) {
    CLI::App* command =
        program.add_subcommand("report", "Show the summary of a run that is over, and where its files are");
    auto options = std::make_shared<ReportOptions>();
    command->add_option("RUN", options->run, "Id of the run, how it begins, or the folder of its report")->required();
    add_config_option(*command, options->config);
    add_json_option(*command, options->output.json, "report.json");
    add_no_color_option(*command, options->output);
    add_examples(*command, "  culvert report 7f3a\n  culvert report runs/7f3a --json | jq .totals");
    command->callback([&chosen, options] { chosen.run = [options] { return show(*options); }; });
}

}  // namespace culvert::cli
