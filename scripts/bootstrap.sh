#!/bin/sh
# Make what a checkout needs: `bootstrap.sh python` the virtual environment, `demo` and `test` also what the system must
# bring for them. Installs from the system's packages as root or with a password-less sudo, else says what is missing.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$*"; }
give_up() { printf '%s\n' "$*" >&2; exit 1; }

find_python() {
    for name in python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$name"
            return
        fi
    done
    give_up "FabQueue needs Python 3.11 or newer. On Debian: apt install python3 python3-venv"
}

make_environment() {
    # Several make targets may ask at once; the second waits and finds it done.
    mkdir -p .venv
    exec 9>.venv/lock
    if command -v flock >/dev/null; then flock 9; fi
    if [ .venv/ready -nt pyproject.toml ]; then
        touch .venv/ready
        return
    fi
    if ! [ -x .venv/bin/pip ]; then
        say "Making the virtual environment in .venv ..."
        python=$(find_python)
        "$python" -m venv .venv || give_up "No virtual environment could be made. On Debian: apt install python3-venv"
    fi
    say "Installing FabQueue and its tools into .venv: about 120 Python packages, 1 to 4 minutes the first time."
    log=.venv/install.log
    : >"$log"
    tell_progress "$log" 9>&- &
    teller=$!
    trap 'kill "$teller" 2>/dev/null || :' EXIT
    if ! .venv/bin/python -m pip install --disable-pip-version-check --progress-bar off -e '.[dev]' >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        give_up "The packages could not be installed; .venv/install.log says more. Try again when that is mended."
    fi
    kill "$teller" 2>/dev/null || :
    trap - EXIT
    touch .venv/ready
}

# Every ten seconds: how long it takes so far, and what the installer did last. Ends with whoever started it.
tell_progress() {
    seconds=0
    while sleep 10 && kill -0 $$ 2>/dev/null; do
        seconds=$((seconds + 10))
        last=$(tail -n 1 "$1")
        case "$last" in Installing*) last="unpacking what was fetched" ;; esac
        printf '  %3d s  %.90s\n' "$seconds" "${last#"${last%%[! ]*}"}"
    done
}

# a program that must be there, and the Debian package that brings it
missing_for() {
    # OctoPrint needs netifaces, which is compiled where it is installed.
    wanted="prusa-slicer:prusa-slicer gcc:gcc gcc:libc6-dev"
    if [ "$1" = test ]; then wanted="$wanted chromium:chromium pdftoppm:poppler-utils"; fi
    if [ "$(uname -m)" != x86_64 ]; then wanted="$wanted redis-server:redis-server"; fi
    for each in $wanted; do
        if ! command -v "${each%%:*}" >/dev/null; then printf '%s ' "${each#*:}"; fi
    done
    # Moves the clock of a drill, which does without where there is no such package.
    if [ "$1" = test ] && command -v apt-get >/dev/null && ! ls /usr/lib/*/faketime/libfaketimeMT.so.1 >/dev/null 2>&1; then
        printf 'faketime '
    fi
    if [ "$1" = test ] && ! ls /usr/share/fonts/opentype/noto/NotoSansCJK* >/dev/null 2>&1; then
        printf 'fonts-noto-cjk '
    fi
    if ! ls "$(headers)/Python.h" >/dev/null 2>&1; then printf 'python3-dev '; fi
}

# where the headers of Python must lie, for what is compiled
headers() { .venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("include"))'; }

install_packages() {
    packages=$(missing_for "$1")
    if [ -z "$packages" ]; then return; fi
    command -v apt-get >/dev/null || give_up "Install these with your system's package manager, then try again: $packages"
    as=""
    if [ "$(id -u)" != 0 ]; then
        sudo -n true 2>/dev/null || give_up "These are missing; ask an administrator for: apt install $packages"
        as="sudo -n"
    fi
    say "Installing $packages..."
    log=$(mktemp)
    # shellcheck disable=SC2086  # a list of words
    if ! { $as apt-get update -q &&
        $as env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $packages; } >"$log" 2>&1; then
        tail -n 5 "$log" >&2
        give_up "They could not be installed; try yourself: apt install $packages"
    fi
    rm -f "$log"
}

case "${1:-test}" in
    python) make_environment ;;
    demo | test)
        make_environment
        install_packages "${1:-test}"
        ;;
    *) give_up "usage: scripts/bootstrap.sh [python|demo|test]" ;;
esac
