#!/bin/sh
# The tests to run while working: unit tests without the long ones, and of the parity tests those that a slip breaks first
# and that are soon done. Builds what they need and nothing else. `make check` is the whole.
set -eu
cd "$(dirname "$0")/.."
if [ ! -x .venv/bin/python ]; then
    echo "the peers of the parity tests are not there yet; make check installs them" >&2
    exit 5
fi
. tools/configure.sh
configure build-check
ninja -C build-check --quiet viseme tests/tools/metrics
meson test -C build-check --quiet --print-errorlogs --suite unit --no-suite long
VISEME="$PWD/build-check/viseme" exec .venv/bin/python -m pytest -c tests/pytest.ini -q -n auto --dist loadfile \
    tests/parity/test_errors.py tests/parity/test_wrapped.py tests/parity/test_metrics.py tests/parity/test_onnx_schema.py \
    tests/parity/test_known_answers.py
