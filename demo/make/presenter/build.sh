#!/bin/sh
# Builds the presenter's renderer; needs libturbojpeg0-dev and libpng-dev. The result: build/demo/presenter.
# An offline drawing tool: it may assume a processor with AVX2 (set CPU to another -march value otherwise).
set -e
here=$(cd "$(dirname "$0")" && pwd)
out="$here/../../../build/demo"
mkdir -p "$out"
${CC:-cc} -std=gnu17 -O3 -march="${CPU:-x86-64-v3}" -ffast-math -Wall -Wextra -Wno-psabi \
    "$here"/*.c -o "$out/presenter.new" $(pkg-config --cflags --libs libturbojpeg libpng) -lm -lpthread
mv "$out/presenter.new" "$out/presenter"
