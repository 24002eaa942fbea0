# viseme - the two commands of the README, and a few for daily work. Meson does the building.
#   make          build/viseme and the library; says what is missing, and installs nothing
#   make live     installs what is missing, builds, serves the demo character: type a sentence, and she says it
#   make demo     installs what is missing, builds, renders the demo character speaking
#   make test     unit tests and a first cut of the parity tests: minutes, once `make check` has installed its peers
#   make check    installs what the tests need, builds with warnings as errors, runs all tests
#   make bench    times viseme beside other runtimes and writes bench/RESULTS.md; BENCH=--quick tries it out
#   make soak     for hours: fuzzing, long renders, every fault; writes docs/reliability.md; STEP=fuzz for one
#   make portability  as root: builds and tests on other systems, each in a folder; writes docs/portability.md
#   make install  PREFIX=/usr/local DESTDIR=
#   make format   clang-format over the sources

PREFIX ?= /usr/local
BUILD = build

all: build

setup-build:
	@tools/setup.sh build

ask-build:
	@tools/setup.sh ask

$(BUILD)/build.ninja: | ask-build
	@mkdir -p $(BUILD)
	meson setup $(BUILD) --prefix=$(PREFIX) >$(BUILD)/setup.log || { cat $(BUILD)/setup.log; exit 1; }

build: ask-build $(BUILD)/build.ninja
	@ninja -C $(BUILD) --quiet

demo: setup-build
	@$(MAKE) --no-print-directory build
	@demo/run.sh

# A folder that was set up before the server's libraries were there has no server yet.
live: setup-build
	@[ ! -f $(BUILD)/build.ninja ] || meson setup --reconfigure $(BUILD) >$(BUILD)/setup.log
	@$(MAKE) --no-print-directory build
	@demo/live.sh

test:
	@tools/test.sh

check:
	@tools/check.sh

bench: setup-build
	@$(MAKE) --no-print-directory build
	@tools/setup.sh bench
	@ninja -C $(BUILD) --quiet bench/viseme_worker
	@.venv-bench/bin/python bench/side_by_side.py --build $(BUILD) $(BENCH)

soak: setup-build
	@$(MAKE) --no-print-directory build
	@tools/soak.sh $(or $(STEP),all)

portability: build
	@tools/setup.sh portability
	@tools/portability.py

# Ninja once more after the prefix is set: it is written into the pkg-config file and the install plan.
install: build
	meson configure $(BUILD) --prefix=$(PREFIX)
	@ninja -C $(BUILD) --quiet
	meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir $(DESTDIR))

format:
	clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD) build-check build-sanitize build-threads build-arm build-fuzz build-coverage build-coverage-kernels build-portability

.PHONY: all setup-build ask-build build demo live test check bench soak portability install format clean
