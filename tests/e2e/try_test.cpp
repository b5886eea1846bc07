#include <fmt/format.h>
#include <catch2/catch.hpp>

#include "e2e_mesh.h"

using namespace culvert;
using namespace culvert::e2e;

TEST_CASE("a trial shows every request and response of one iteration, and its exit code says whether all was well",
          "[e2e]") {
    E2eMesh mesh;
    mesh.join("a1");
    const auto good = mesh.write_plan(fmt::format("culvert: 1\nname: Try\nscenarios:\n  browse:\n    load: [ "
                                                  "constant_rate: {{ rate: 100/s, for: 5m }} ]\n    steps:\n"
                                                  "      - get: \"{0}/products\"\n        name: list\n        save: {{ "
                                                  "sku: {{ json: /items/0/sku }} }}\n      - think: 30s\n"
                                                  "      - get: \"{0}/products/${{sku}}\"\n        name: one\n",
                                                  mesh.target()),
                                      "good.yaml");
    const auto shown = mesh.culvert({"try", good.string()});
    INFO(shown.out << "\n" << shown.err);
    CHECK(shown.exit == 0);
    CHECK(shown.out.find("GET") != std::string::npos);
    CHECK(shown.out.find("lamp-1") != std::string::npos);
    CHECK(shown.out.find("200") != std::string::npos);
    CHECK(read_lines(mesh.nginx().access_log).size() == 2);

    const auto bad = mesh.write_plan(
        fmt::format("culvert: 1\nname: Try\nscenarios:\n  browse:\n    load: [ constant_rate: {{ rate: 1/s, for: 1s }} "
                    "]\n    steps:\n      - get: \"{}/products\"\n        check: {{ status: 201 }}\n",
                    mesh.target()),
        "bad.yaml");
    const auto failed = mesh.culvert({"try", bad.string()});
    INFO(failed.out << "\n" << failed.err);
    CHECK(failed.exit == 3);
}
