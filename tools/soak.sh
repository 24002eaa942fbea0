#!/bin/sh
# Longer work than `make check` does: tools/soak.sh STEP [options]
#   fuzz [--goal] [--minutes N] [--parallel N] [TARGET...]
#         libFuzzer under ASan and UBSan on every reader of untrusted input (tests/fuzz/), 4 minutes in all
#         unless told; --goal goes on until each target has had 10 million executions or 30 minutes of a
#         processor, earlier calls counted; exit status 1 on a crash
#   graphs [--count N]
#         random graphs, whole ones against ONNX Runtime, and as many damaged ones; 5,000 unless told
#   allocations   every request for memory fails in turn, ours and the libraries'; an hour
#   hour          an hour of video in constant memory
#   huge          a video that grows beyond 4 GiB as it is finished
#   renders       2,500 renders in one process
#   live [--connects N] [--losses N] [--minutes N]
#         `viseme serve` with viewers that come and go, and a face that speaks for an hour
#   threads       the program under ThreadSanitizer
#   zoo           the fast precision on all networks of the zoo, of which `make check` has half
#   parity        all cases of the parity tests of which `make check` takes samples
#   coverage      which lines the tests run
#   analysis      the clang analyser over all of src/
#   all           all of these
# Each but analysis, zoo, huge and parity leaves its figures in build-soak/NAME.json, and those in docs/reliability.md.
set -eu
cd "$(dirname "$0")/.."

# Kernels are instrumented like all else, and as slow: no target runs them on large shapes.
build_fuzz() {
    [ -f build-fuzz/build.ninja ] || {
        mkdir -p build-fuzz
        CC=clang meson setup build-fuzz -Dtests=enabled -Dfuzz=true -Db_sanitize=address,undefined -Db_lundef=false \
            --buildtype=debugoptimized -Dc_args=-fsanitize=fuzzer-no-link \
            >build-fuzz/setup.log || {
            cat build-fuzz/setup.log
            rm -f build-fuzz/build.ninja
            return 1
        }
    }
    # shellcheck disable=SC2046
    ninja -C build-fuzz --quiet $(ninja -C build-fuzz -t targets all | sed -n 's|^\(tests/fuzz/fuzz_[a-z_]*\): .*|\1|p')
}

fuzz() {
    build_fuzz
    [ -d build-fuzz/corpus ] || .venv/bin/python -W ignore tests/fuzz/make_corpus.py build-fuzz/corpus
    tests/fuzz/drive.py "$@"
}

graphs() {
    ninja -C build --quiet
    .venv/bin/python tests/soak/graphs.py "$@"
}

# The commands of the program, each request for memory failing in its turn, and then what libraries ask for.
allocations() {
    ninja -C build --quiet
    build/tests/faults/test_faults_allocations --figures build-soak/allocations.json &&
        tests/faults/starve.py --every --figures build-soak/libraries.json
}

hour() { tests/soak/run.py hour; }

huge() {
    ninja -C build --quiet
    build/tests/unit/media/test_media_mp4_huge
}

renders() {
    ninja -C build --quiet
    tests/soak/run.py renders
}

live() {
    ninja -C build --quiet
    .venv/bin/python tests/soak/run.py live "$@"
}

threads() {
    tests/threads/programs.py || return 1
    TSAN_OPTIONS="suppressions=$PWD/tests/threads/tsan.supp" \
        meson test -C build-threads --suite threads-long --print-errorlogs --timeout-multiplier 10
}

zoo() {
    ninja -C build --quiet
    VISEME="$PWD/build/viseme" .venv/bin/python -m pytest -c tests/pytest.ini tests/parity/test_zoo.py -q \
        -m "soak or not soak"
}

parity() {
    ninja -C build --quiet
    VISEME="$PWD/build/viseme" .venv/bin/python -m pytest -c tests/pytest.ini tests/parity -q -n auto --dist loadfile -m soak
}

coverage() { tools/coverage.sh; }

analysis() { tools/analyse.sh deep; }

# All steps run, whatever one of them finds.
all() {
    failed=0
    for each in analysis graphs allocations hour huge renders live threads zoo parity coverage; do
        "$each" || failed=1
    done
    fuzz --goal || failed=1
    return $failed
}

step=${1:-}
[ $# -gt 0 ] && shift
case "$step" in
fuzz | graphs | allocations | hour | huge | renders | live | threads | zoo | parity | coverage | analysis | all)
    tools/setup.sh soak
    mkdir -p build-soak
    status=0
    "$step" "$@" || status=$?
    tools/write_reliability.py
    exit $status
    ;;
*)
    sed -n '2,/^set/{/^#/s/^# \{0,1\}//p}' "$0" >&2
    exit 2
    ;;
esac
