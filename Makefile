# Thin: names for what CMake, Ninja and CTest do.  A comment after ## is what `make` alone prints.
JOBS ?= $(shell nproc)
THREADED = base_test net_test store_test api_test gateway_test gateway_process_test
FUZZ_SECONDS ?= 60
ARGS ?=

# Where tools/setup.sh puts Node if the system's is too old.
export PATH := $(CURDIR)/build/tools/node/bin:$(PATH)
export ASAN_SYMBOLIZER_PATH = /usr/lib/llvm-16/bin/llvm-symbolizer

SOURCES = find src tests bench -name '*.cc' -o -name '*.h'
CTEST = ctest --output-on-failure --no-label-summary -j$(JOBS) --test-dir
NINJA = ninja -j$(JOBS) -C

.NOTPARALLEL:
.PHONY: help run build test agents check tsan fuzz bench format headers clean
.DEFAULT_GOAL = help

help:
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | expand -t 10

run: build  ## install what is missing, build, start the gateway on 127.0.0.1:20128
	build/release/omniroute serve $(ARGS)

build: setup-build build/release/build.ninja  ## leave the release binary at build/release/omniroute
	$(NINJA) build/release omniroute

test: setup-test build/dev/build.ninja  ## install what is missing, build and run every test
	$(NINJA) build/dev all headers
	$(CTEST) build/dev

agents: setup-agents build/dev/build.ninja  ## Claude Code, Codex and Gemini CLI at every dialect; writes docs/howto/connect-an-agent.md
	$(NINJA) build/dev omniroute
	tests/agents/run $(ARGS)

check: setup-check build/dev/build.ninja build/asan/build.ninja  ## format, clang-tidy, headers, tests, and the tests under ASan and UBSan
	$(SOURCES) | xargs clang-format-16 --dry-run -Werror
	$(NINJA) build/dev all headers
	sed -n 's/^ *"file": "\(.*\)",*$$/\1/p' build/dev/compile_commands.json | grep -v '^$(CURDIR)/build/' | \
	  sort -u | xargs -P$(JOBS) -n1 clang-tidy-16 --quiet -p build/dev
	$(CTEST) build/dev
	$(NINJA) build/asan all
	$(CTEST) build/asan

tsan: setup-check build/tsan/build.ninja  ## the tests of the threaded modules under ThreadSanitizer
	$(NINJA) build/tsan $(THREADED)
	$(CTEST) build/tsan -L '$(subst $() ,|,$(strip $(THREADED)))'

fuzz: setup-check build/fuzz/build.ninja  ## every fuzz target for FUZZ_SECONDS (60) each, JOBS at a time
	$(NINJA) build/fuzz all
	tests/fuzz/run build/fuzz $(FUZZ_SECONDS) $(JOBS)

bench: setup-bench build/release/build.ninja  ## CPU and memory per request and per event, beside nginx
	$(NINJA) build/release omniroute bench
	build/release/bench/bench_runner $(ARGS)

format:  ## put every source file into the house format
	$(SOURCES) | xargs clang-format-16 -i

headers: setup-test build/dev/build.ninja  ## compile every header alone
	$(NINJA) build/dev headers

clean:  ## remove everything that was built
	rm -rf build

setup-%:
	@tools/setup.sh $*

# Ninja runs CMake again by itself whenever a CMakeLists.txt changes.
build/%/build.ninja: CMakePresets.json
	cmake --preset $*
	@touch $@
