# Compiler options shared by every target of the project.
set(CULVERT_SANITIZE "" CACHE STRING "Sanitizers for the whole build, e.g. address,undefined or thread")
option(CULVERT_FUZZ "Build libFuzzer targets (clang only)" OFF)
option(CULVERT_WERROR "Treat warnings as errors" ON)

add_library(culvert_options INTERFACE)
target_include_directories(culvert_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(culvert_options INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Wconversion
  -Wno-missing-field-initializers)  # designated initialisers leave the other members at their defaults on purpose
if(CULVERT_WERROR)
  target_compile_options(culvert_options INTERFACE -Werror)
endif()
target_compile_definitions(culvert_options INTERFACE CULVERT_VERSION="${PROJECT_VERSION}")

find_package(Threads REQUIRED)
target_link_libraries(culvert_options INTERFACE Threads::Threads)

if(CULVERT_SANITIZE)
  add_compile_options(-fsanitize=${CULVERT_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${CULVERT_SANITIZE})
endif()
if(CULVERT_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)  # another checkout of the same sources finds what this one has compiled
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
endif()
