#!/bin/sh
# Static analysis of the C code: tools/analyse.sh [tidy] [parsers] [deep] [cppcheck] [analyzer]
#   tidy       clang-tidy over all C files, without the clang analyser: .clang-tidy says what and why
#   parsers    the clang analyser, following few calls, over base, graph, formats, networks and the files of media, audio and face that read strangers' files
#   deep       the clang analyser at its deepest over all of src/ and tools/, which takes long: tools/soak.sh analysis
#   cppcheck   cppcheck over src/; tools/cppcheck.txt says what is suppressed and why
#   analyzer   gcc -fanalyzer over src/ without engine/, whose vectors it does not understand
# Without a name: tidy parsers cppcheck analyzer, as `make check` runs them. Prints what was found, and how long each
# took; the exit status is 1 when anything was.
set -u
cd "$(dirname "$0")/.."
build=${BUILD:-build-check} # whose compile_commands.json tells how each file is compiled
jobs=$(nproc)
work=$(mktemp -d) || exit 4
trap 'rm -rf "$work"' EXIT
found=0

[ -f "$build/build.ninja" ] || meson setup "$build" -Dtests=enabled -Dwerror=true >"$work/setup" || {
    cat "$work/setup"
    exit 1
}
ninja -C "$build" --quiet src/formats/onnx.pb-c.c tests/abi/grown/viseme/viseme.h || exit 1 # headers that are generated

# Each file once, as the build compiles it first: a file of several programs would be analysed for each of them.
/usr/bin/python3 -c '
import json, sys
first = {}
for entry in json.load(open(sys.argv[1])):
    first.setdefault(entry["file"], entry)
json.dump(list(first.values()), open(sys.argv[2], "w"))' "$build/compile_commands.json" "$work/compile_commands.json"

# Files of the build whose path matches the first pattern and not the second, one a line.
files() {
    /usr/bin/python3 -c '
import json, os, re, sys
database, wanted, unwanted = sys.argv[1:]
names = {os.path.normpath(os.path.join(entry["directory"], entry["file"]))
         for entry in json.load(open(database))}
for name in sorted(os.path.relpath(name) for name in names):
    if re.match(wanted, name) and not re.search(unwanted, name):
        print(name)' "$work/compile_commands.json" "$1" "$2"
}

# Kernel templates are seen in portable.c; clang 14 knows _Float16 for few processors.
not_for_clang='cpu/x86/avx2\.c|cpu/x86/avx512|onnx\.pb-c|test_features_file'

analyser_alone='-bugprone-*,-cert-*,-misc-*,-performance-*,-portability-*'
# At its shallowest it does not follow calls, and takes a va_list that is handed in for one that nobody began.
shallow='--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=mode=shallow'
readers='src/(base|graph|formats|networks|media/(ffmpeg|mp4|picture|video_i)|audio/(decode|features_file|row_)|face/(landm|rect))'

# One file a run: clang-tidy 14 carries what it knows of a va_list from one file to the next.
tidy() { # pattern, checks on top of .clang-tidy, options
    pattern=$1 checks=$2
    shift 2
    files "$pattern" "$not_for_clang" |
        xargs -P "$jobs" -n 1 clang-tidy -p "$work" --quiet --checks="$checks" "$@" 2>"$work/noise" && return
    grep 'rror' "$work/noise" | sort -u # what kept it from running; else only counts of warnings
    return 1
}

# What the headers of the system would define: cppcheck does not read those. By the build's own list, since it filters by
# paths as they stand from there.
run_cppcheck() {
    cppcheck --project="$build/compile_commands.json" --file-filter='src/*' --file-filter='tools/*' --quiet -j "$jobs" --std=c11 \
        --enable=warning,performance,portability --inline-suppr --suppressions-list=tools/cppcheck.txt \
        -DVIS_ANALYSIS -DPROTOBUF_C_VERSION_NUMBER=1004001 -DPROTOBUF_C_MIN_COMPILER_VERSION=1000000 \
        -DCHAR_BIT=8 -DUCHAR_MAX=255 -DINT_MAX=2147483647 -DINT_MIN=-2147483648 -DUINT_MAX=4294967295 \
        -DSHRT_MAX=32767 -DSHRT_MIN=-32768 -DUSHRT_MAX=65535 \
        --error-exitcode=1 --template='{file}:{line}: {message} [{id}]'
}

run_analyzer() {
    /usr/bin/python3 tools/gcc_analyzer.py "$build" "$jobs"
}

step() {
    before=$(date +%s)
    name=$1
    shift
    "$@"
    status=$?
    [ "$status" = 0 ] || found=1
    printf '%-9s %s in %s s\n' "$name" "$([ "$status" = 0 ] && echo clean || echo FOUND)" \
        "$(($(date +%s) - before))"
}

for name in ${*:-tidy parsers cppcheck analyzer}; do
    case $name in
    tidy) step tidy tidy '(src|tools|tests|bench)/' '-clang-analyzer-*' ;;
    parsers) step parsers tidy "$readers" "$analyser_alone,-clang-analyzer-valist.*" $shallow ;;
    deep) step deep tidy '(src|tools)/' "$analyser_alone" ;;
    cppcheck) step cppcheck run_cppcheck ;;
    analyzer) step analyzer run_analyzer ;;
    *)
        echo "usage: tools/analyse.sh [tidy] [parsers] [deep] [cppcheck] [analyzer]" >&2
        exit 2
        ;;
    esac
done
exit $found
