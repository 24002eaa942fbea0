#!/bin/sh
# All tests, as `make check` runs them. The last line is "N passed, N failed".
#   1. unit tests, warnings as errors          build-check/
#   2. the same under ASan and UBSan           build-sanitize/
#   3. those that have threads, under TSan     build-threads/
#   4. the kernels of aarch64, cross-compiled, under qemu    build-arm/
#   5. parity with PyTorch, ONNX Runtime, librosa, OpenCV and ffprobe (pytest, on build-check/viseme)
#   6. static analysis, tools/analyse.sh
#   7. the sources' format
set -u
cd "$(dirname "$0")/.."
tools/setup.sh check || exit $?
. tools/configure.sh
results=build-check/results
failed_steps=0
durations=

step() {
    name=$1
    printf '\n== %s\n' "$name"
    shift
    began=$(date +%s)
    "$@" || failed_steps=$((failed_steps + 1))
    durations="$durations$(printf '%5d s  %s' $(($(date +%s) - began)) "$name")
"
}

# Builds what these tests need and nothing else.
tests() { # folder, name of the result, time multiplier, options
    folder=$1 result=$2 multiplier=$3
    shift 3
    meson test -C "$folder" --print-errorlogs --timeout-multiplier "$multiplier" "$@"
    status=$?
    cp "$folder/meson-logs/testlog.junit.xml" "$results/$result.xml"
    return $status
}

unit_tests() { # all that is built: the parity tests need more of it
    ninja -C build-check --quiet && tests build-check unit 2
}

thread_tests() {
    TSAN_OPTIONS="suppressions=$PWD/tests/threads/tsan.supp" tests build-threads threads 6 --suite threads
}

# One more at once than there are processors: some of them wait, for what is live and for what shall not come.
parity_tests() {
    VISEME="$PWD/build-check/viseme" .venv/bin/python -m pytest -c tests/pytest.ini tests/parity \
        -q -n "$(($(nproc) + 1))" --dist loadfile --durations=10 --junitxml "$PWD/$results/parity.xml"
}

format_test() {
    git ls-files -z '*.c' '*.h' >"$results/sources" &&
        xargs -0 clang-format --dry-run --Werror <"$results/sources"
}

# Instrumented code takes GCC long: with little optimised, and with lines for the reports but no variables, half as long.
# What it warns of has been seen in build-check.
instrumented="-Doptimization=1 -Dc_args=-g1 -Dwerror=false"

configure build-check || exit 1
mkdir -p "$results" && rm -f "$results"/*.xml
step "unit tests" unit_tests
configure build-sanitize -Db_sanitize=address,undefined -Db_lundef=false $instrumented || exit 1
step "unit tests under ASan and UBSan" tests build-sanitize sanitized 6
configure build-threads -Db_sanitize=thread -Db_lundef=false -Davx512=false $instrumented || exit 1
step "tests with threads under TSan" thread_tests
if tools/setup.sh arm; then
    configure build-arm --cross-file tools/aarch64.ini -Dkernels_only=true || exit 1
    step "kernels of aarch64 under qemu" tests build-arm arm 4
else
    printf '\n== kernels of aarch64 under qemu: SKIPPED, the packages above are missing; NEON is not tested\n'
fi
step "parity with the real peers" parity_tests
step "static analysis" tools/analyse.sh
step "clang-format" format_test
printf '\n%s\n' "$durations"
/usr/bin/python3 tools/count_tests.py --failed-steps "$failed_steps" "$results"/*.xml
