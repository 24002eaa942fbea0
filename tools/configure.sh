# Read by the scripts that test: a build folder with tests, warnings as errors.
# shellcheck shell=sh
configure() { # folder, options
    folder=$1
    shift
    [ -f "$folder/build.ninja" ] && return
    mkdir -p "$folder"
    # A hundred small programs in each folder are linked with the whole library. GCC for another processor may know no lld.
    case "$*" in
    *--cross-file*) unset CC_LD ;;
    *) ! command -v ld.lld >/dev/null || export CC_LD=lld ;;
    esac
    meson setup "$folder" -Dtests=enabled -Dwerror=true "$@" >"$folder/setup.log" && return
    cat "$folder/setup.log"
    return 1
}
