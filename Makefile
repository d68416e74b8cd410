# Thin face of scripts/: each target is one command that can also be typed by hand.
PRESET ?= release
ARGS ?=
FILTER ?=
export FILTER

.DEFAULT_GOAL := help
.PHONY: help run build test fuzz soak bench lint format clean

help: ## this list
	@echo "make TARGET [PRESET=release|asan-ubsan|tsan|fuzz] [ARGS=\"...\"] [FILTER=regex]"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 12

run: ## install what is missing, build, mine 20-second sprints against a pool inside (ARGS="--sprints 2")
	@exec scripts/run.sh --solo --no-config $(ARGS)

build: ## programs in build/bin/, modules in build/lib/sprintminer/
	@scripts/build.sh $(PRESET) programs

test: ## build and run all tests that are not labelled slow (PRESET=tsan, FILTER=Session)
	@scripts/test.sh $(PRESET)

fuzz: ## each parser and session side against made-up input for a minute, then a table (FUZZ_SECONDS=600, FILTER=json)
	@exec scripts/fuzz.sh

soak: ## the long forms of tests: 200 kills, 10^6 spoiled messages, 10^5 cuts, bad lines, floods, slow vectors (FILTER=regex)
	@scripts/soak.sh

bench: ## tables of measured rates beside yardsticks, and of the protocol's (ARGS="--profile base --json": sprintminer bench alone)
	@exec scripts/bench.sh $(ARGS)

lint: ## format, includes, sizes, text, clang build with thread analysis, clang-tidy
	@scripts/lint.sh

format: ## let clang-format rewrite our sources
	@scripts/format.sh

clean: ## remove every build folder
	rm -rf build build-*/
