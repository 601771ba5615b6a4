# shellcheck shell=bash
# Sourced by scripts that need other programs. Finds programs and installs Debian packages.

# Whether a program is installed. Also searches directories of servers, which are often not in PATH.
has() {
  PATH=$PATH:/usr/sbin:/usr/local/sbin:$(echo /usr/lib/postgresql/*/bin) command -v "$1" >/dev/null
}

# Installs packages without starting their services. Without root or apt-get, it reports the missing packages. It never
# fails. It reinstalls an existing package, because its program is missing.
install_packages() (
  (($# > 0)) || exit 0
  if ((EUID != 0)) || ! has apt-get; then
    echo "not installed, so skipped (Debian: apt-get install $*)" >&2
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
    echo "installation failed, so skipped: $*" >&2
)

# make_debian DIRECTORY PACKAGES: a minimal Debian of the same release and from the same place as this machine's.
make_debian() {
  local release place
  read -r release place < <(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Origin: Debian' 'Label: Debian' \
    'Created-By: Packages' | sort | sed -n 1p)
  debootstrap --variant=minbase "--include=$2" "$release" "$1" "$place" >"$1.log" 2>&1 || {
    tail -n 5 "$1.log" >&2
    return 1
  }
}
