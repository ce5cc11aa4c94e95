# Each target works as the first command on a fresh machine with Swift: what it needs, scripts/bootstrap installs.
# Demo, tests and benchmarks share one optimised build, so that dependencies are built once.

SWIFT ?= swift
BUILD := -c release
CUELINE := $(shell $(SWIFT) build $(BUILD) --show-bin-path 2>/dev/null)/cueline
FUZZ := $(dir $(CUELINE))fuzz

# Suites that start PostgreSQL and S3 services, by their modules or names.
WITH_SERVERS := LibraryTests\.|FleetTests|BucketEndpointTests
# Suites that start hundreds of processes or a browser, or that have deadlines.
WITH_PROCESSES := HostileMediaTests|ConfinementTests|KillPointTests|DiskFaultTests|DamagedBytesTests|PageTests|ConnectionTests|VoicePhrasesTests|ChildProcessTests|RefusalTests|FuzzTests

.PHONY: all bootstrap build demo install uninstall dist man reference api-page picture serve test bench bench-beats bench-fleet bench-long bench-report bench-scene bench-service bench-shots bench-speech chaos documents fuzz sanitize-address sanitize-thread schemathesis soak sbom lint format doctor clean

all: build

# Programs and models; quiet when there is nothing to do.
bootstrap:
	@scripts/bootstrap

build: bootstrap
	@$(SWIFT) build $(BUILD) --product cueline
	@$(SWIFT) build $(BUILD) --product cueline-confine

# Ends with the timeline of a real recording on the screen.
demo: build
	@echo
	@"$(CUELINE)" analyze Fixtures/harbour.flac --format text

# The program with all that belongs to it below PREFIX; DESTDIR for packagers. See docs/installing.md.
PREFIX ?= /usr/local

install: build
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" CUELINE_BIN="$(CUELINE)" scripts/install

uninstall:
	@PREFIX="$(PREFIX)" DESTDIR="$(DESTDIR)" scripts/install --uninstall

# An archive for machines without Swift: dist/cueline-VERSION-linux-ARCH.tar.gz.
dist: bootstrap
	@SWIFT="$(SWIFT)" scripts/dist

# The manual page, to look at.
man: build
	@CUELINE_BIN="$(CUELINE)" scripts/man-page > .build/cueline.1
	@man -l .build/cueline.1

# The reference of the Swift API, as a site: .build/reference.
reference: build
	@SWIFT="$(SWIFT)" scripts/reference

# docs/api.md, from the description that the service gives of itself.
api-page:
	@scripts/api-page

# The picture at the top of the README, made of the fixture.
picture: build
	@"$(CUELINE)" analyze Fixtures/harbour.flac --quiet | "$(CUELINE)" view - --title harbour.flac -o docs/harbour.svg

# The service on this machine, with its library in ./cueline-library.
serve: build
	@"$(CUELINE)" serve --source-root Fixtures

# What talks to servers has deadlines, and so has what starts hundreds of processes: they run apart from what takes all processors.
test: bootstrap
	@scripts/bootstrap --with readers --with servers --with browser
	@$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Fuzz examples
	@SWIFT="$(SWIFT)" scripts/sbom --check
	@Benchmarks/report --check
	@scripts/api-page --check
	@$(SWIFT) test $(BUILD) --disable-testable-imports --skip '$(WITH_SERVERS)|$(WITH_PROCESSES)'
	@$(SWIFT) test $(BUILD) --disable-testable-imports --skip-build --filter '$(WITH_PROCESSES)'
	@$(SWIFT) test $(BUILD) --disable-testable-imports --skip-build --filter '$(WITH_SERVERS)'
	@SWIFT="$(SWIFT)" scripts/reference --check
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" scripts/check-install
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" scripts/chaos
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" scripts/run-documents --self-test
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" REQUIRE_LIBRARY_EXAMPLE=1 scripts/run-documents
	@"$(FUZZ)" --runs 2000

# Every command and code block of README.md and docs/guides.
documents: build
	@scripts/bootstrap --with servers
	@$(SWIFT) build $(BUILD) --product library-example
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" scripts/run-documents --self-test
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" REQUIRE_LIBRARY_EXAMPLE=1 scripts/run-documents

# Us and the peers side by side, into docs/benchmarks.md; see Benchmarks/README.md.
bench: build
	@scripts/bootstrap --with base
	@$(SWIFT) build $(BUILD) --product service-fixture
	@$(SWIFT) build $(BUILD) --product beats-bench
	@$(SWIFT) build $(BUILD) --product queue-bench
	@$(SWIFT) build $(BUILD) --product scene-bench
	@Benchmarks/run

# Beats, beside four peers, on the corpus and on music made for the run; see Benchmarks/README.md.
bench-beats: build
	@$(SWIFT) build $(BUILD) --product beats-bench
	@Benchmarks/run beats

# Ten minutes, an hour, ten hours: memory, speed beside the peers, a kill in the middle, drift, stopping; see Benchmarks/README.md.
bench-long: build
	@Benchmarks/run long

# An hour divided among workers, and the queue beside pgbench; see Benchmarks/README.md.
bench-fleet: build
	@$(SWIFT) build $(BUILD) --product queue-bench
	@Benchmarks/run fleet

# Speech, music, silence, other, beside five peers, on the corpus and on programmes mixed for the run; see Benchmarks/README.md.
bench-scene: build
	@$(SWIFT) build $(BUILD) --product scene-bench
	@Benchmarks/run scene

# The service under load; see Benchmarks/README.md.
bench-service: build
	@$(SWIFT) build $(BUILD) --product service-fixture
	@Benchmarks/run service

# Speech, beside four peers, with the models tiny.en and base; see Benchmarks/README.md.
bench-speech: build
	@scripts/bootstrap --with base
	@Benchmarks/run speech

# Shot lists of many clips; see Benchmarks/README.md.
bench-shots: build
	@$(SWIFT) build $(BUILD) --product service-fixture
	@Benchmarks/run shots

# docs/benchmarks.md and its plots, of the prose and the results that are checked in; every benchmark does it as well.
bench-report:
	@Benchmarks/report

# A fleet of workers while they are killed, stopped and cut off, its database crashes and its S3 service is busy;
# CHAOS_SECONDS says for how long, CUELINE_BIN which program.
chaos: build
	@scripts/bootstrap --with servers
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" scripts/chaos
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" scripts/chaos --partition

# Every parser with FUZZ_RUNS inputs that nobody would write; FUZZ_TARGETS names some. See CONTRIBUTING.md.
fuzz: bootstrap
	@$(SWIFT) build $(BUILD) --product fuzz
	@"$(FUZZ)" $(FUZZ_TARGETS) --runs $${FUZZ_RUNS:-1000000}

# The running service against its description, /openapi.json.
schemathesis: build
	@scripts/schemathesis

# The tests in builds with the address and the thread sanitizer. What is left out measures accuracy or processor time, bounds its own address space,
# puts another layer in front of the program, or hears twenty minutes again and again. A few at a time: they are slow, and many have a limit.
sanitize-address sanitize-thread: export SWT_EXPERIMENTAL_MAXIMUM_PARALLELIZATION_WIDTH = 4
SANITIZED := --disable-testable-imports --skip 'Accuracy|Parity|FuzzProgramTests|HostileMediaTests|KillPointTests|DiskFaultTests|InterruptedAnalysisTests'
# Twenty minutes that are heard three times, within ten minutes each: not beside others in the slower of the two builds.
LONG := CommandTests.FleetTests

sanitize-address: bootstrap
	@scripts/bootstrap --with readers --with servers
	@ASAN_OPTIONS=detect_leaks=0:suppressions=$(CURDIR)/Tests/address-sanitizer.supp $(SWIFT) test $(BUILD) --sanitize address --scratch-path .build-address $(SANITIZED)

sanitize-thread: bootstrap
	@scripts/bootstrap --with readers --with servers
	@mkdir -p .build-thread
	@clang -O2 -fPIC -shared -o .build-thread/swift-runtime.so Tests/ThreadSanitizer/swift-runtime.c -ldl
	@$(SWIFT) build $(BUILD) --build-tests --sanitize thread --scratch-path .build-thread
	@rm -f .build-thread/race.*
	@run='env TSAN_OPTIONS=log_path=$(CURDIR)/.build-thread/race:suppressions=$(CURDIR)/Tests/thread-sanitizer.supp LD_PRELOAD=$(CURDIR)/.build-thread/swift-runtime.so $(SWIFT) test $(BUILD) --sanitize thread --scratch-path .build-thread --skip-build'; \
	$$run $(SANITIZED) --skip $(LONG); status=$$?; \
	$$run --disable-testable-imports --filter $(LONG) || status=$$?; \
	! cat .build-thread/race.* 2>/dev/null && exit $$status

# Mixed traffic and a flood against a real server, and what is left at the end; SOAK_MINUTES says for how long. Its latencies need an idle machine.
soak: build
	@CUELINE_BIN="$${CUELINE_BIN:-$(CUELINE)}" scripts/soak

# What Cueline is made of, with licences: docs/sbom.json.
sbom:
	@SWIFT="$(SWIFT)" scripts/sbom

lint:
	@$(SWIFT) format lint --strict --recursive --parallel Package.swift Sources Tests Fuzz examples

format:
	@$(SWIFT) format --in-place --recursive --parallel Package.swift Sources Tests Fuzz examples

doctor: build
	@"$(CUELINE)" doctor

clean:
	@rm -rf .build
