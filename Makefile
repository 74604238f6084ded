# `make` alone says what there is.

PREFIX ?= /usr/local
BIN := .build/release/dayhaul
REFERENCE := Sources/dayhaul/Documentation.docc/CommandReference.md

.DEFAULT_GOAL := help
.PHONY: help setup build demo test lint bench bench-check bench-test docs completions install uninstall clean

help: ## Say what there is
	@awk 'BEGIN { FS = ":.*## " } /^[a-z%-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing to build and to test (Debian packages; nothing to do when all is there)
	@scripts/setup

build: setup ## Build the program, optimised and without symbols: .build/release/dayhaul
	swift build --configuration release --product dayhaul --static-swift-stdlib -Xlinker -s

demo: build ## Start local clusters with data, run the job on them, and show the result
	$(BIN) demo

test: setup ## Lint, build and run all tests on real clusters, then sum up
	@scripts/test

test-%: setup ## Run one suite: test-postgres, test-spill, test-warehouse, test-ingest, test-clusters, test-dayhaul …
	@SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH=$$(($$(nproc) + 2)) swift test --filter '(?i)^$*Tests\.'

lint: ## Check the sources with swift-format, strictly
	@scripts/lint

bench: build ## All workloads and contenders on local clusters, with tables and charts (40 minutes); options: BENCH='--quick'
	cd benchmarks && python3 -m dayhaul_bench run $(BENCH)

bench-check: ## Hold the results of the last make bench against benchmarks/thresholds.json
	cd benchmarks && python3 -m dayhaul_bench check

bench-test: ## Run the benchmark program's own tests (seconds)
	cd benchmarks && python3 -m unittest

docs: ## Write the command reference anew from the program's own help
	swift build --product dayhaul
	@mkdir -p $(dir $(REFERENCE))
	scripts/command-reference .build/debug/dayhaul > $(REFERENCE).new
	@mv $(REFERENCE).new $(REFERENCE)
	@echo "wrote $(REFERENCE)"

completions: build ## Write completions for bash, zsh and fish to .build/completions
	@mkdir -p .build/completions
	@for shell in bash zsh fish; do $(BIN) --generate-completion-script $$shell > .build/completions/dayhaul.$$shell; done
	@echo "wrote .build/completions/dayhaul.{bash,zsh,fish}"

install: completions ## Install the program, its completions and its SQL files below PREFIX (/usr/local)
	install -D -m 755 $(BIN) $(DESTDIR)$(PREFIX)/bin/dayhaul
	install -D -m 644 .build/completions/dayhaul.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dayhaul
	install -D -m 644 .build/completions/dayhaul.zsh $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dayhaul
	install -D -m 644 .build/completions/dayhaul.fish $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/dayhaul.fish
	install -D -m 644 --target-directory $(DESTDIR)$(PREFIX)/share/dayhaul sql/template-*.sql sql/cron.sql sql/roles.sql

uninstall: ## Remove what install has put below PREFIX
	rm -f $(DESTDIR)$(PREFIX)/bin/dayhaul $(DESTDIR)$(PREFIX)/share/bash-completion/completions/dayhaul
	rm -f $(DESTDIR)$(PREFIX)/share/zsh/site-functions/_dayhaul $(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/dayhaul.fish
	rm -rf $(DESTDIR)$(PREFIX)/share/dayhaul

clean: ## Stop the demo, when one runs, and remove what was built
	@for program in $(BIN) .build/debug/dayhaul; do if [ -x $$program ]; then $$program demo --stop || true; break; fi; done
	rm -rf .build
