# shellcheck shell=bash
# Sourced by the scripts that need programs of others: whether they are there, and how Debian's packages get there.

# Whether a program is there; servers lie where not every user looks.
has() {
  PATH=$PATH:/usr/sbin:/usr/local/sbin:$(echo /usr/lib/postgresql/*/bin) command -v "$1" >/dev/null
}

# Installs packages without starting a service, as root on Debian; else says what is missing. Never an error.
# Reinstalls one that is there, since its program is not.
install_packages() (
  (($# > 0)) || exit 0
  if ((EUID != 0)) || ! has apt-get; then
    echo "not installed, so left out (Debian: apt-get install $*)" >&2
    exit 0
  fi
  policy=/usr/sbin/policy-rc.d
  if [[ ! -e $policy ]]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
  fi
  export DEBIAN_FRONTEND=noninteractive
  { apt-get update -q && apt-get install -y -q --no-install-recommends --reinstall "$@"; } >&2 ||
    echo "could not be installed, so left out: $*" >&2
)
