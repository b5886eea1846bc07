#include "common/workload/threshold_parser.h"

#include <catch2/catch.hpp>

namespace culvert::workload {
namespace {

using namespace std::chrono_literals;
using Metric = Threshold::Metric;

TEST_CASE("a percentile is named by its digits", "[workload]") {
    CHECK(parse_threshold("p50 < 1s")->percentile == 50);
    CHECK(parse_threshold("p95 < 1s")->percentile == 95);
    CHECK(parse_threshold("p999 < 1s")->percentile == 99.9);
    CHECK(parse_threshold("p9999 < 1s")->percentile == 99.99);
    CHECK(parse_threshold("p99.9 < 1s")->percentile == 99.9);
    CHECK(parse_threshold("p5 < 1s")->percentile == 5);
    CHECK_FALSE(parse_threshold("p100 < 1s").has_value());
    CHECK_FALSE(parse_threshold("p < 1s").has_value());
    CHECK_FALSE(parse_threshold("p95x < 1s").has_value());
}

TEST_CASE("each metric takes its own unit", "[workload]") {
    CHECK(parse_threshold("mean < 1.5s")->value == 1500);
    CHECK(parse_threshold("p95 < 300us")->value == 0.3);
    CHECK(parse_threshold("error_rate <= 1%")->value == 0.01);
    CHECK(parse_threshold("request_rate > 30/m")->value == 0.5);
    CHECK(parse_threshold("errors = 0")->value == 0);
    CHECK(parse_threshold("requests >= 10000")->metric == Metric::Requests);
    CHECK(parse_threshold("missed == 0")->op == Threshold::Op::Equal);
    CHECK(parse_threshold("iterations > 5")->op == Threshold::Op::Greater);
    CHECK(parse_threshold("max(browse) < 300 ms")->value == 300);
    CHECK(parse_threshold("error_rate < 1 %")->value == 0.01);
}

TEST_CASE("scenario and step may hold blanks, slashes and brackets", "[workload]") {
    const Threshold threshold = parse_threshold("p95(browse/GET /a/(b) (2)) < 300ms").value();
    CHECK(threshold.scenario == "browse");
    CHECK(threshold.step == "GET /a/(b) (2)");
}

TEST_CASE("the clauses after the value may stand in any order", "[workload]") {
    const Threshold threshold = parse_threshold("p95(browse) < 500ms else abort after 30s by region over 1m").value();
    CHECK(threshold.over == Duration{1min});
    CHECK(threshold.by == Threshold::By::Label);
    CHECK(threshold.label == "region");
    CHECK(threshold.after == Duration{30s});
    CHECK(threshold.abort);
    CHECK(threshold.text == "p95(browse) < 500ms over 1m by region after 30s else abort");
    CHECK(parse_threshold("p95 < 1s by agent")->by == Threshold::By::Agent);
}

TEST_CASE("the text of a threshold has one spelling", "[workload]") {
    CHECK(parse_threshold("  p95( browse / add to cart )<300ms  ")->text == "p95(browse/add to cart) < 300ms");
    CHECK(parse_threshold("errors==0")->text == "errors = 0");
    CHECK(parse_threshold("error_rate<1 %")->text == "error_rate < 1%");
}

TEST_CASE("the normalised text is a threshold again, the same one", "[workload]") {
    for (const char* text : {"p95(a/b) < 300ms over 10s by region after 5s else abort", "error_rate < 0.5%",
                             "request_rate(a) >= 100/s by agent"}) {
        const Threshold once = parse_threshold(text).value();
        CHECK(parse_threshold(once.text)->text == once.text);
    }
}

}  // namespace
}  // namespace culvert::workload
