# Read by the scripts that test: a build folder with tests, warnings as errors.
# shellcheck shell=sh
configure() { # folder, options
    folder=$1
    shift
    [ -f "$folder/build.ninja" ] && return
    mkdir -p "$folder"
    meson setup "$folder" -Dtests=enabled -Dwerror=true "$@" >"$folder/setup.log" && return
    cat "$folder/setup.log"
    return 1
}
