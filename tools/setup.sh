#!/bin/sh
# Installs what is missing on Debian: tools/setup.sh build | live | check | arm | arm64 | bench | soak | portability
#   ask: installs nothing, but says what `make` needs and how to get it. Elsewhere than on Debian Meson says it.
#   build: what `make` and `make demo` need.   live: what `viseme serve` needs on top.
#   check: what the tests need on top (Python peers included).
#   arm: a compiler for aarch64 and what runs its programs; `make check` goes on where they cannot be had.
#   arm64: what builds and runs the whole program for aarch64. It takes arm64's libraries in, for which a system in a
#   folder is the place.
#   portability: what `make portability` needs on top of build.
#   bench: what `make bench` needs on top of build: the runtimes that viseme is timed beside.
#   soak: what `make soak` needs on top of check: a compiler with libFuzzer, and a reader of coverage.
# Runs apt-get as root or through sudo; where neither is possible it prints the one line to run.
set -eu
cd "$(dirname "$0")/.."

build_tools="gcc libc6-dev meson ninja-build pkg-config protobuf-c-compiler protobuf-compiler"
build_libraries="libprotobuf-c-dev libzip-dev libjansson-dev libturbojpeg0-dev libpng-dev nettle-dev libgnutls28-dev libgmp-dev
    libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libswresample-dev libsoxr-dev"
build_packages="$build_tools $build_libraries"
# `viseme serve` and its speech; the rest builds without them.
server_libraries="libwebsockets-dev libsrtp2-dev libssl-dev libespeak-ng-dev libcurl4-gnutls-dev"
check_packages="$server_libraries espeak-ng lld libcmocka-dev clang-format clang-tidy cppcheck ffmpeg openssl alsa-utils chromium
    firefox-esr fonts-dejavu-core zsh fish mandoc groff-base golang-go
    python3-venv python3-pip python3-pytest python3-torch python3-opencv python3-numpy python3-onnx
    python3-scipy python3-websocket libonnx-testdata"
arm_packages="gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user"
arm64_tools="gcc-aarch64-linux-gnu qemu-user"
# The wheel of ONNX that holds the later ones of its own tests; LATER in tests/parity/conformance.py.
onnx_tests=1.20.1
# Asks `viseme serve` what its description allows; tests/parity/test_serve_openapi.py. Later ones of its hypothesis do not fit.
schemathesis=3.39.16
hypothesis=6.130.5
# Runs examples/live_pipecat.py; tests/parity/test_example_pipecat.py. It wants a later NumPy than Debian's, and much else.
pipecat=1.14.0
websockets=17.4
portability_packages="debootstrap ffmpeg"
soak_packages="clang libclang-rt-dev llvm gcovr"
bench_packages="ffmpeg python3-venv python3-pip python3-torch python3-numpy python3-scipy"

missing() {
    command -v dpkg-query >/dev/null || return 0
    for package in "$@"; do
        dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
            echo "$package"
    done
}

ask_for() {
    echo "viseme needs packages that are not installed; as root, run:" >&2
    echo "  apt-get update && apt-get install -y --no-install-recommends $*" >&2
    exit 5
}

install_packages() {
    # shellcheck disable=SC2046
    set -- $(missing "$@")
    [ $# -gt 0 ] || return 0
    echo "installing with apt: $*"
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif command -v sudo >/dev/null 2>&1; then
        as_root=sudo
    else
        ask_for "$@"
    fi
    $as_root apt-get update -qq &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
            "$@" >/dev/null || ask_for "$@"
}

# Peers that Debian does not package live in a venv beside Debian's own python3 modules.
make_venv() {
    stamp=.venv/requirements.installed
    cmp -s tests/requirements.txt "$stamp" && return 0
    echo "making .venv for the test peers"
    /usr/bin/python3 -m venv --system-site-packages .venv
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r tests/requirements.txt
    cp tests/requirements.txt "$stamp"
}

# Beside the venv's modules, not among them: of this ONNX only the test data is wanted.
fetch_onnx_tests() {
    folder=.venv/onnx-$onnx_tests
    [ -d "$folder/onnx/backend/test/data" ] && return 0
    echo "fetching the tests of ONNX $onnx_tests"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --target "$folder" \
        "onnx==$onnx_tests"
}

# Beside them too: it wants a later pytest than Debian's.
fetch_schemathesis() {
    folder=.venv/schemathesis-$schemathesis
    [ -d "$folder/schemathesis" ] && return 0
    echo "fetching schemathesis $schemathesis"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --target "$folder" \
        "schemathesis==$schemathesis" "hypothesis==$hypothesis"
}

fetch_pipecat() {
    folder=.venv/pipecat-$pipecat
    [ -d "$folder/pipecat" ] && return 0
    echo "fetching Pipecat $pipecat"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --target "$folder" \
        "pipecat-ai==$pipecat" "websockets==$websockets"
}

# A runtime that cannot be installed is left out here and listed as such in the results.
make_bench_venv() {
    stamp=.venv-bench/requirements.installed
    cmp -s bench/requirements.txt "$stamp" && return 0
    echo "making .venv-bench for the runtimes to compare with"
    /usr/bin/python3 -m venv --system-site-packages .venv-bench
    pip=".venv-bench/bin/python -m pip install --quiet --disable-pip-version-check"
    if $pip -r bench/requirements.txt; then
        cp bench/requirements.txt "$stamp"
        return 0
    fi
    grep -v '^#' bench/requirements.txt | while read -r requirement; do
        $pip "$requirement" </dev/null || echo "$requirement cannot be installed; going on without it" >&2
    done
}

install_check() { # packages on top
    install_packages $build_packages $check_packages "$@"
    make_venv
    fetch_onnx_tests
    fetch_schemathesis
}

for_arm64() {
    for package in "$@"; do echo "$package:arm64"; done
}

ask_for_build() {
    # shellcheck disable=SC2046
    set -- $(missing $build_packages)
    [ $# -eq 0 ] || ask_for "$@"
}

case "${1:-}" in
ask) ask_for_build ;;
build) install_packages $build_packages ;;
live) install_packages $build_packages $server_libraries ;;
check) install_check ;;
soak)
    install_check $soak_packages
    fetch_pipecat
    ;;
portability) install_packages $build_packages $portability_packages ;;
arm) install_packages $arm_packages ;;
arm64)
    dpkg --add-architecture arm64
    install_packages $build_tools $arm64_tools $(for_arm64 libc6-dev libcmocka-dev $build_libraries $server_libraries)
    ;;
bench)
    install_packages $build_packages $bench_packages
    make_bench_venv
    ;;
*)
    echo "usage: tools/setup.sh ask|build|live|check|arm|arm64|bench|soak|portability" >&2
    exit 2
    ;;
esac
