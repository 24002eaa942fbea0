#!/bin/sh
# How much of src/ the tests run: tools/coverage.sh [unit]
#   1. the unit tests                       build-coverage/, lines counted by each thread
#   2. the kernels' own test                build-coverage-kernels/
#   3. the parity tests (not with "unit")   on build-coverage/viseme
#   4. gcovr's lines, by room               build-soak/coverage.json; exit status 1 below 90 % (not with "unit")
# Not counted: the kernels of AVX-512 and NEON, which not every processor runs; `make check` runs NEON's under qemu.
set -u
cd "$(dirname "$0")/.."
least=90
[ "${1:-}" = unit ] && least=0
results=build-coverage/results
failed=0

configure() { # folder, options
    folder=$1
    shift
    [ -f "$folder/build.ninja" ] && return
    mkdir -p "$folder"
    # Counted at once by many threads, else counts get lost; -O1: what is inlined away at -O3 has no lines.
    meson setup "$folder" -Dtests=enabled -Db_coverage=true -Doptimization=1 -Ddebug=true \
        -Dc_args=-fprofile-update=atomic "$@" >"$folder/setup.log" && return
    cat "$folder/setup.log"
    return 1
}

count() { # folder, name of the result
    gcovr --root . --object-directory "$1" --filter 'src/' --filter 'tools/' --exclude 'src/engine/cpu/(x86/avx512|arm/)' \
        --json "$results/$2.json" "$1"
}

configure build-coverage && configure build-coverage-kernels -Dkernels_only=true || exit 1
mkdir -p "$results" build-soak
find build-coverage build-coverage-kernels -name '*.gcda' -delete
for folder in build-coverage build-coverage-kernels; do
    ninja -C "$folder" --quiet || exit 1
    meson test -C "$folder" --no-rebuild --print-errorlogs --timeout-multiplier 6 || failed=1
done
if [ "${1:-}" != unit ]; then
    export VISEME="$PWD/build-coverage/viseme" VISEME_PATIENCE=10
    .venv/bin/python -m pytest -c tests/pytest.ini tests/parity -q -n auto --dist loadfile || failed=1
fi
count build-coverage program && count build-coverage-kernels kernels || exit 1
gcovr --add-tracefile "$results/program.json" --add-tracefile "$results/kernels.json" \
    --json "$results/all.json" || exit 1
/usr/bin/python3 tools/coverage_table.py "$results/all.json" build-soak/coverage.json "$least" || exit 1
exit $failed
