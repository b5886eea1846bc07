#include "probe.h"

namespace culvert::test {

bool shows(const Rendered& page, const std::string& text) {
    return page.dom.find(text) != std::string::npos;
}

std::string probe(const std::string& steps) {
    return R"(
const problems = [];
addEventListener("error", (event) => problems.push("error: " + event.message));
addEventListener("securitypolicyviolation", (event) => problems.push("refused: " + event.blockedURI));
const out = [];
const say = (name, value) => out.push(name + "=" + value);
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];
setTimeout(() => {
  try {
)" + steps +
           R"(
  } catch (problem) { problems.push(String(problem)); }
  say("problems", problems.join("; ") || "none");
  say("loaded", performance.getEntriesByType("resource").filter((entry) => !entry.name.startsWith("data:")).length);
  const result = document.createElement("pre");
  result.id = "probe";
  result.textContent = "[" + out.join("][") + "]";
  document.body.append(result);
}, 200);
)";
}

}  // namespace culvert::test
