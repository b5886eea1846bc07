# Joins template, style and script into one document and writes it as a C++ array.
#   cmake -DTEMPLATE=… -DSTYLE=… -DSCRIPT=… -DHTML=… -DOUT=… -P embed.cmake
cmake_minimum_required(VERSION 3.25)
file(READ ${STYLE} style)
file(READ ${SCRIPT} script)
file(READ ${TEMPLATE} html)
string(REPLACE "@STYLE@" "${style}" html "${html}")
string(REPLACE "@SCRIPT@" "${script}" html "${html}")
file(WRITE ${HTML} "${html}")
file(READ ${HTML} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "#include \"controller/report/page_bytes.h\"

namespace culvert::report {
namespace {

constexpr unsigned char kPage[] = {
${bytes}};

}  // namespace

std::string_view page_bytes() { return {reinterpret_cast<const char*>(kPage), sizeof kPage}; }

}  // namespace culvert::report
")
