#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# build.sh [--check|--apart NAME] VER|KDIR [MAKE-ARGUMENT]... - build hvpersona.ko for a kernel.
#
# VER is one of the stock Debian kernels of kernels.sh, KDIR any other build
# directory. Sources are copied into $HVP_CACHE/out/CHECKOUT/KERNEL (only changed
# ones, so it is incremental), and the module's path is printed on stdout.
# Warnings of W=1 are always on; --check builds from scratch, in a directory of its
# own, with sparse, and fails on any warning; --apart uses a directory of its own, too,
# for other arguments than usual.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

check='' apart=''
case ${1-} in
--check) check=1 apart=-check; shift ;;
--apart) apart=-${2-}; shift 2 ;;
esac
[ $# -ge 1 ] || usage
target=$1
shift
"$HVP_RIG/need.sh" make gcc rsync kmod dwarves ${check:+sparse}

if [ -d "$target" ]; then
	kdir=$(readlink -f "$target")
	name=$(echo "$kdir" | sha1sum | cut -c 1-8)
else
	known_kernel "$target"
	"$HVP_RIG/kernels.sh" fetch "$target"
	kdir=$HVP_CACHE/kernels/$target/build
	name=$target
fi
out=$HVP_CACHE/out/$(echo "$HVP_TOP" | sha1sum | cut -c 1-8)/$name$apart
mkdir -p "$out"
locked "build-$(echo "$out" | sha1sum | cut -c 1-8)"

# By content, not by time: a touched file is not compiled again.
cd "$HVP_TOP"
sources=(Kbuild hvpersona include)
[ ! -d kunit ] || sources+=(kunit)
rsync -rl --checksum --delete --prune-empty-dirs \
	--include='*/' --include='*.[chS]' --include='*.tsv' --include='*.awk' --include='*.sh' \
	--include=Kbuild --include=Makefile --exclude='*' "${sources[@]}" "$out/"

make=(make -C "$kdir" "M=$out" W=1 -j2)
if [ -n "$check" ]; then
	"${make[@]}" clean >/dev/null
	# Debian 12's sparse 0.6.4 is older than kernel 7.3: it lacks one operator
	# and does not fold __builtin_strlen() of a literal.
	make+=(C=2 "CHECK=sparse -D__typeof_unqual__=__typeof__ -D\"__builtin_strlen(s)=(sizeof(s)-1)\"")
fi

say "building for $target"
if ! "${make[@]}" "$@" modules >"$out/build.log" 2>&1; then
	grep -vE '^(  [A-Z]+ |make)' "$out/build.log" >&2 || true
	die "the build for $target failed"
fi
# Ours are named relative to the module or below $out; kernel headers are not ours.
if sed "s,^$out/,," "$out/build.log" | grep -vE '^(/|\./|include/linux/|arch/)' |
	grep -E 'warning:|error:|^WARNING:|is not available' >&2 && [ -n "$check" ]; then
	die "the build for $target has warnings"
fi
echo "$out/hvpersona.ko"
