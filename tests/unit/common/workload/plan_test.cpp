#include <variant>

#include <catch2/catch.hpp>

#include "common/workload/plan.h"
#include "plan_text.h"

namespace culvert::workload {
namespace {

using namespace std::chrono_literals;

constexpr char kCheckout[] = R"(
culvert: 1
name: Checkout
variables:
  base: "https://shop.example.com"
  api_key: { env: SHOP_API_KEY, secret: true }
data:
  customers: { csv: customers.csv, across_agents: split, next_row: each_user, at_end: start_again }
http: { timeout: 20s, headers: { X-Api-Key: "${api_key}" } }
scenarios:
  browse:
    agents: { region: eu, size: "!small" }
    load:
      - ramp_rate:     { from: 0/s, to: 200/s, over: 30s }
      - constant_rate: { rate: 200/s, for: 5m }
    finish_within: 15s
    once_per_user:
      - post: "${base}/login"
        form: { user: "${customers.id}", password: "${customers.password}" }
        save: { token: { json: /token } }
    steps:
      - get: "${base}/products"
        name: list products
        check: { status: 200, json: { /items/0/sku: exists } }
        save:  { sku: { json: /items/0/sku } }
      - think: 1s..3s
      - post: "${base}/cart"
        name: add to cart
        headers: { Authorization: "Bearer ${token}" }
        json: { sku: "${sku}", customer: "${customers.id:number}" }
        on_fail: end_iteration
  trickle:
    load: [ constant_users: { users: 20, for: 5m30s } ]
    pace: 1s
    steps: [ get: "${base}/health" ]
thresholds:
  - p95(browse/list products) < 300ms
  - p95(browse) < 500ms by region
  - error_rate < 1% after 30s else abort
warmup: 10s
)";

TEST_CASE("the whole of a plan becomes its value", "[workload]") {
    const Plan plan = right_plan(kCheckout);
    CHECK(plan.name == "Checkout");
    CHECK(plan.text == kCheckout);
    CHECK_FALSE(plan.is_mix());
    CHECK(plan.warmup == 10s);
    REQUIRE(plan.scenarios.size() == 2);

    const Scenario& browse = plan.scenarios[0];
    CHECK(browse.name == "browse");
    CHECK(browse.load.size() == 2);
    CHECK(browse.finish_within == 15s);
    CHECK(browse.request_names == std::vector<std::string>{"POST /login", "list products", "add to cart"});
    CHECK(std::get<RequestStep>(browse.once_per_user.at(0)).index == 0);
    CHECK(std::get<RequestStep>(browse.steps.at(2)).index == 2);
    CHECK(std::get<ThinkStep>(browse.steps.at(1)).least == 1s);
    CHECK(std::get<ThinkStep>(browse.steps.at(1)).most == 3s);
    CHECK(browse.agents.matches({{"region", "eu"}, {"size", "large"}}));
    CHECK(browse.agents.matches({{"region", "eu"}}));
    CHECK_FALSE(browse.agents.matches({{"region", "eu"}, {"size", "small"}}));
    CHECK_FALSE(browse.agents.matches({{"size", "large"}}));

    const RequestStep& cart = std::get<RequestStep>(browse.steps[2]);
    CHECK(cart.method == Method::Post);
    CHECK(cart.on_fail == OnFail::EndIteration);
    CHECK(cart.timeout == 20s);
    CHECK(cart.connect_timeout == 10s);
    CHECK(cart.follow_redirects == 0);
    CHECK(shown(cart.url, plan) == "${base:raw}/cart");
    CHECK(shown(*cart.body, plan) == R"({"sku":"${sku:json}","customer":${customers.id:number}})");
    REQUIRE(cart.headers.size() == 3);
    CHECK(cart.headers[0].name == "X-Api-Key");
    CHECK(shown(cart.headers[1].value, plan) == "Bearer ${token:raw}");
    CHECK(cart.headers[2].name == "Content-Type");

    const RequestStep& login = std::get<RequestStep>(browse.once_per_user[0]);
    CHECK(shown(*login.body, plan) == "user=${customers.id:form}&password=${customers.password:form}");
    CHECK(plan.scenarios[1].pace == Duration{1s});
    CHECK(plan.scenarios[1].finish_within == 30s);
}

TEST_CASE("names come in the order variables, builtins, then what data and saves add", "[workload]") {
    const Plan plan = right_plan(kCheckout);
    REQUIRE(plan.variables.size() == 2);
    CHECK(plan.first_builtin == 2);
    CHECK(plan.variable_names[0] == "base");
    CHECK(plan.variable_names[plan.first_builtin + static_cast<std::size_t>(Builtin::NowMs)] == "now_ms");
    CHECK(plan.variables[1].env == "SHOP_API_KEY");
    CHECK(plan.variables[1].secret);
    REQUIRE(plan.data.size() == 1);
    CHECK(plan.data[0].columns == std::vector<std::string>{"id", "password"});
    CHECK(plan.variable_names[plan.data[0].variables[1]] == "customers.password");
}

TEST_CASE("columns that are given are the columns of the set, in their order", "[workload]") {
    const Columns columns{{"customers", {"password", "name", "id"}}};
    const auto plan = parse_plan("p.yaml", kCheckout, ParseOptions{&columns});
    REQUIRE(plan.has_value());
    CHECK(plan->data[0].columns == columns.at("customers"));
    CHECK(columns_of(*plan) == columns);
    const Columns others{{"customers", {"name"}}};
    CHECK_FALSE(parse_plan("p.yaml", kCheckout, ParseOptions{&others}).has_value());
}

TEST_CASE("a weighted mix shares the plan's load", "[workload]") {
    const Plan plan = right_plan(
        "culvert: 1\nload:\n  - constant_rate: { rate: 300/s, for: 10m }\nscenarios:\n"
        "  browse: { weight: 70, steps: [ get: \"https://shop.example.com/\" ] }\n"
        "  search: { weight: 30, steps: [ get: \"https://shop.example.com/search?q=lamp\" ] }\n");
    CHECK(plan.is_mix());
    CHECK(plan.name == "p");
    CHECK(plan.scenarios[0].weight == 70);
    CHECK(plan.scenarios[1].load.empty());
    CHECK(plan.scenarios[1].request_names[0] == "GET /search");
}

TEST_CASE("every kind of load is read", "[workload]") {
    const Plan plan = right_plan(R"(
culvert: 1
scenarios:
  s:
    load:
      - constant_rate: { rate: 0.5/s, for: 5m }
      - ramp_rate: { from: 1/s, to: 2/s, over: 30s }
      - random_rate: { min: 1/m, max: 2/s, every: 5s, for: 1m }
      - constant_users: { users: 3, for: 1m }
      - ramp_users: { from: 3, to: 0, over: 1m }
      - iterations: { total: 1000, rate: 100/s }
      - iterations: { total: 10, users: 3, at_most: 1m }
      - iterations: { per_user: 2, users: 3, at_most: 1m }
      - idle: { for: 10s }
    steps: [ get: "http://localhost/" ]
)");
    const auto& load = plan.scenarios[0].load;
    REQUIRE(load.size() == 9);
    CHECK(std::get<ConstantRate>(load[0]).rate == parse_rate("30/m").value());
    CHECK(std::get<RampRate>(load[1]).to == Rate::per_second(2));
    CHECK(std::get<RandomRate>(load[2]).every == 5s);
    CHECK(std::get<ConstantUsers>(load[3]).users == 3);
    CHECK(std::get<RampUsers>(load[4]).from == 3);
    CHECK(std::get<Iterations>(load[5]).at_most == 10s);  // just long enough for all
    CHECK(std::get<Iterations>(load[6]).total == 10);
    CHECK(std::get<Iterations>(load[7]).per_user == 2);
    CHECK(std::get<Idle>(load[8]).length == 10s);
}

TEST_CASE("steps have names by default, and no two the same", "[workload]") {
    const Plan plan =
        right_plan(plan_with_steps("- get: \"${base}/a/${iteration}?x=1\"\n- get: \"http://h/a\"\n- get: "
                                   "\"http://h/a?y\"\n- delete: \"http://h\"\n",
                                   "variables: { base: \"http://h\" }\n"));
    CHECK(plan.scenarios[0].request_names ==
          std::vector<std::string>{"GET /a/${iteration}", "GET /a", "GET /a (2)", "DELETE /"});
}

TEST_CASE("values in a URL are encoded after the host and left alone before", "[workload]") {
    const std::string head = "variables: { base: \"http://h\", path: /a, q: \"x y\" }\n";
    const auto url = [&head](const std::string& step) {
        const Plan plan = right_plan(plan_with_steps(step, head));
        return shown(request_of(plan).url, plan);
    };
    CHECK(url("- get: \"${base}${path}\"\n") == "${base:raw}${path:raw}");
    CHECK(url("- get: \"${base}/find/${q}?a=${q}\"\n") == "${base:raw}/find/${q:url}?a=${q:url}");
    CHECK(url("- get: \"https://${q}.example.com/${q:raw}\"\n") == "https://${q:raw}.example.com/${q:raw}");
    CHECK(url("- get: \"http://h/größe\"\n") == "http://h/gr%C3%B6%C3%9Fe");
}

TEST_CASE("query parameters are appended, encoded", "[workload]") {
    const std::string head = "variables: { q: \"x y\" }\n";
    const auto url = [&head](const std::string& step) {
        const Plan plan = right_plan(plan_with_steps(step, head));
        return shown(request_of(plan).url, plan);
    };
    CHECK(url("- get: \"http://h/\"\n  query: { a b: \"c&d\", e: [ 1, \"${q}\" ] }\n") ==
          "http://h/?a%20b=c%26d&e=1&e=${q:url}");
    CHECK(url("- get: \"http://h/?x=1\"\n  query: { y: 2 }\n") == "http://h/?x=1&y=2");
    CHECK(url("- get: \"http://h/\"\n  query: {}\n") == "http://h/");
}

TEST_CASE("a JSON body keeps what YAML says: numbers, words, texts, lists", "[workload]") {
    const auto body = [](const std::string& json) {
        const Plan plan =
            right_plan(plan_with_steps("- post: \"http://h/\"\n  json: " + json + "\n", "variables: { v: 1 }\n"));
        return shown(*request_of(plan).body, plan);
    };
    CHECK(body("{ a: 1, b: -2.5e3, c: \"1\", d: true, e: null, f: text, g: [ 1, x ], h: {} }") ==
          R"({"a":1,"b":-2.5e3,"c":"1","d":true,"e":null,"f":"text","g":[1,"x"],"h":{}})");
    CHECK(body("{ a: 01, b: 0x1F, c: .5, d: yes, e: 1_000 }") ==
          R"({"a":"01","b":"0x1F","c":".5","d":"yes","e":"1_000"})");
    CHECK(body("{ a: 'say \"hi\" \\ there', b: \"x\\ny\\t\" }") == R"({"a":"say \"hi\" \\ there","b":"x\ny\t"})");
    CHECK(body("{ \"${v}\": \"a ${v} b\", n: \"${v:number}\", r: \"${v:raw}\" }") ==
          R"({"${v:json}":"a ${v:json} b","n":${v:number},"r":"${v:raw}"})");
    CHECK(body("[ 1, 2 ]") == "[1,2]");
    CHECK(body("text") == "\"text\"");
}

TEST_CASE("a body of text stays as it is, without a content type of its own", "[workload]") {
    const Plan plan = right_plan(plan_with_steps(
        "- put: \"http://h/\"\n  headers: { Content-Type: text/csv }\n  body: |\n    a,${user}\n    b\n"));
    CHECK(shown(*request_of(plan).body, plan) == "a,${user:raw}\nb\n");
    CHECK(request_of(plan).headers.size() == 1);
}

TEST_CASE("a step's headers replace the plan's of the same name", "[workload]") {
    const Plan plan = right_plan(
        plan_with_steps("- post: \"http://h/\"\n  headers: { accept: b }\n  json: {}\n- get: \"http://h/\"\n",
                        "http: { headers: { Accept: a, Content-Type: application/vnd.x+json } }\n"));
    const RequestStep& first = request_of(plan);
    REQUIRE(first.headers.size() == 2);
    CHECK(first.headers[0].name == "Content-Type");
    CHECK(first.headers[0].value.literal_text() == "application/vnd.x+json");
    CHECK(first.headers[1].value.literal_text() == "b");
    CHECK(request_of(plan, 1).headers[0].value.literal_text() == "a");
}

TEST_CASE("a step may change what http says for all", "[workload]") {
    const Plan plan = right_plan(plan_with_steps(
        "- get: \"http://h/\"\n  timeout: 1s\n  connect_timeout: 2s\n  follow_redirects: 0\n- get: \"http://h/\"\n",
        "http: { timeout: 5s, connect_timeout: 3s, follow_redirects: 4 }\n"));
    CHECK(request_of(plan).timeout == 1s);
    CHECK(request_of(plan).connect_timeout == 2s);
    CHECK(request_of(plan).follow_redirects == 0);
    CHECK(request_of(plan, 1).timeout == 5s);
    CHECK(request_of(plan, 1).follow_redirects == 4);
}

TEST_CASE("every check is read and says its words for reports", "[workload]") {
    const Plan plan = right_plan(plan_with_steps(R"(- get: "http://h/"
  check:
    status: [ 200, 404 ]
    header: { Content-Type: { contains: json }, X-Debug: absent }
    body: { contains: "ok ${user}", matches: 'id=\d+' }
    json: { /a: exists, /n: { less_than: 5, greater_than: -1.5 }, /s: { is: x }, "": { is_not: "" } }
- get: "http://h/"
  check: { status: 2xx }
)"));
    const auto& checks = request_of(plan).checks;
    std::vector<std::string> words;
    for (const Check& check : checks) words.push_back(check.text);
    CHECK(words == std::vector<std::string>{"status 200 or 404", "header Content-Type contains json",
                                            "header X-Debug absent", "body contains ok ${user}", "body matches id=\\d+",
                                            "json /a exists", "json /n less_than 5", "json /n greater_than -1.5",
                                            "json /s is x", "json is_not "});
    CHECK(checks[0].statuses == std::vector<int>{200, 404});
    CHECK(checks[0].op == Check::Operator::Is);
    CHECK(checks[2].op == Check::Operator::Absent);
    CHECK(checks[4].regex == "id=\\d+");
    CHECK(checks[7].number == -1.5);
    CHECK(checks[8].source.kind == Source::Kind::Json);
    CHECK(checks[8].source.name == "/s");
    CHECK(checks[8].operand.literal_text() == "x");
    const Check& by_class = request_of(plan, 1).checks[0];
    CHECK(by_class.op == Check::Operator::StatusClass);
    CHECK(by_class.statuses == std::vector<int>{2});
}

TEST_CASE("values are saved from JSON, by regex and from headers", "[workload]") {
    const Plan plan = right_plan(plan_with_steps(R"(- get: "http://h/"
  save:
    a: { json: /items/0/sku, or: "" }
    b: { regex: 'id=(\d+)' }
    c: { header: Location }
- get: "${c}"
  headers: { X-A: "${a}", X-B: "${b}" }
)"));
    const auto& saves = request_of(plan).saves;
    REQUIRE(saves.size() == 3);
    CHECK(plan.variable_names[saves[0].variable] == "a");
    CHECK(saves[0].kind == Save::Kind::Json);
    CHECK(saves[0].otherwise->literal_text().empty());
    CHECK(saves[1].kind == Save::Kind::Regex);
    CHECK_FALSE(saves[1].otherwise.has_value());
    CHECK(saves[2].expression == "Location");
    CHECK(shown(request_of(plan, 1).url, plan) == "${c:raw}");
}

TEST_CASE("all methods are read", "[workload]") {
    const Plan plan =
        right_plan(plan_with_steps("- get: \"http://h/\"\n- head: \"http://h/\"\n- post: \"http://h/\"\n- put: "
                                   "\"http://h/\"\n- patch: \"http://h/\"\n- delete: \"http://h/\"\n"));
    for (std::size_t i = 0; i < 6; ++i) CHECK(request_of(plan, i).method == static_cast<Method>(i));
}

TEST_CASE("variables may refer to each other in any order, and secrecy goes along", "[workload]") {
    const Plan plan = right_plan(plan_with_steps("- get: \"${url}/\"\n",
                                                 "variables: { url: \"${scheme}://h\", scheme: http, auth: \"Bearer "
                                                 "${key}\", key: { env: K, secret: true } }\n"));
    CHECK_FALSE(plan.variables[0].secret);
    CHECK(plan.variables[2].secret);
}

TEST_CASE("a literal dollar and brace are written with two dollars", "[workload]") {
    const Plan plan = right_plan(plan_with_steps("- post: \"http://h/\"\n  body: \"$${user} costs $5\"\n"));
    CHECK(request_of(plan).body->literal_text() == "${user} costs $5");
}

TEST_CASE("a plan that is no file is told so", "[workload]") {
    const auto plan = load_plan("/nowhere/plan.yaml");
    REQUIRE_FALSE(plan.has_value());
    CHECK(to_string(plan.error().at(0)) == "/nowhere/plan.yaml: No such file or directory");
}

}  // namespace
}  // namespace culvert::workload
