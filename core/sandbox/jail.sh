# Ends as the given command in a file tree that holds the given paths and the system's libraries, read-only, and nothing
# else: no home, no /etc, no data directory, no /proc but its own `stat`. Runs as root of its own user and mount namespaces:
#   unshare --user --map-root-user --mount … sh jail.sh <directory to build in> <path>… -- <command>…
# Everything here `exec`s at the end, so the process id stays that of the child the engine started.
set -e
root=$1
shift
mount --make-rprivate /
mount -t tmpfs -o size=64k,mode=755 tmpfs "$root"

# $1 inside as outside, read-only
show() {
  if [ -d "$1" ]; then mkdir -p "$root$1"; else mkdir -p "$root${1%/*}" && : >"$root$1"; fi
  mount -o bind,ro "$1" "$root$1" || mount -o remount,bind,ro,nosuid,nodev "$root$1"
}

for libraries in /lib /lib64 /usr/lib /usr/lib64; do
  if [ -L $libraries ]; then mkdir -p "$root${libraries%/*}" && ln -s "$(readlink $libraries)" "$root$libraries"
  elif [ -d $libraries ]; then show $libraries
  fi
done
while [ "$1" != -- ]; do
  show "$1"
  shift
done
shift
show "$(command -v setpriv)"
mkdir -p "$root/proc/self" && : >"$root/proc/self/stat"
mount --bind "/proc/$$/stat" "$root/proc/self/stat" # its own memory, for its own watch
mount -o remount,ro "$root"

# Without capabilities it can neither leave the new root nor make a namespace where it could.
exec chroot "$root" setpriv --no-new-privs --bounding-set=-all --inh-caps=-all -- "$@"
