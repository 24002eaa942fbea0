#!/bin/sh
# Longer work than `make check` does: tools/soak.sh STEP [options]
#   fuzz [--goal] [--minutes N] [--parallel N] [TARGET...]
#         libFuzzer under ASan and UBSan on every reader of untrusted input (tests/fuzz/), 4 minutes in all
#         unless told; --goal goes on until each target has had 10 million executions or 30 minutes of a
#         processor, earlier calls counted. Figures in build-soak/fuzz.json; exit status 1 on a crash.
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
    tools/setup.sh soak
    build_fuzz
    [ -d build-fuzz/corpus ] || .venv/bin/python -W ignore tests/fuzz/make_corpus.py build-fuzz/corpus
    tests/fuzz/drive.py "$@"
}

step=${1:-}
[ $# -gt 0 ] && shift
case "$step" in
fuzz) "$step" "$@" ;;
*)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
