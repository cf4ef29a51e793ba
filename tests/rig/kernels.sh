#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernels.sh fetch VER   - stock Debian kernel and a build directory for it
# kernels.sh source VER  - unpack linux-source-VER and print its path
#
# VER is 6.1 or 6.12 (bookworm) or 7.3 (trixie-backports), or for fetch also debug
# or kcsan, which are built from linux-source-6.12 by tests/debug/kernel.sh. Packages are only
# unpacked into $HVP_CACHE, never installed.
#
# fetch fills $HVP_CACHE/kernels/VER: vmlinuz, modules/ (a lib/modules/RELEASE
# tree after depmod), build/ (for make -C build M=...), release (text). Both
# are quick when done; remove the directory to pick up a newer point release.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

. "$HVP_RIG/packages.sh"

# suite VER - the apt directory that serves this kernel
suite()
{
	[ "$1" = 7.3 ] && echo trixie-backports || echo bookworm
}

# meta VER - the package whose dependency names the newest point release
meta()
{
	[ "$1" = 6.12 ] && echo linux-image-6.12-amd64 || echo linux-image-amd64
}

# release VER - newest release string of that series, e.g. 6.12.117+deb12-amd64
release()
{
	local suite pkg
	suite=$(suite "$1")
	refresh "$suite"
	pkg=$(depends "$suite" "$(meta "$1")" "linux-image-${1//./\\.}\\..*-amd64" | head -n 1)
	[ -n "$pkg" ] || die "$suite no longer has a $1 kernel"
	echo "${pkg#linux-image-}"
}

# headers SUITE RELEASE DIR - build directory from the header packages, whose
# absolute paths are turned into paths below DIR
headers()
{
	local suite=$1 rel=$2 dir=$3 own=usr/src/linux-headers-$2
	unpack "$suite" "$dir" "linux-headers-$rel" \
		$(depends "$suite" "linux-headers-$rel" 'linux-(headers-.*-common|kbuild-.*)')
	sed -i "s,/usr/src/,$dir/usr/src/," "$dir/$own/Makefile"
	ln -sfn "${dir##*/}/$own" "$dir/../build"
}

# prepare VER SUITE RELEASE DIR - build directory from linux-source, for a kernel
# whose packaged build tools need a newer C library than this system has
prepare()
{
	local ver=$1 suite=$2 rel=$3 dir=$4 own src out
	"$HVP_RIG/need.sh" bc bison flex libelf-dev libssl-dev rsync dwarves gcc make
	unpack "$suite" "$dir" "linux-headers-$rel"
	own=$dir/usr/src/linux-headers-$rel
	src=$("$0" source "$ver")
	out=$(readlink -f "$dir/..")/build
	mkdir -p "$out"
	say "preparing a build directory for $rel"
	cp "$own/.config" "$own/Module.symvers" "$own/vmlinux" "$out/"
	"$src/scripts/config" --file "$out/.config" --set-str LOCALVERSION '' \
		--disable LOCALVERSION_AUTO --set-str SYSTEM_TRUSTED_KEYS '' \
		--set-str SYSTEM_REVOCATION_KEYS ''
	make -C "$src" O="$out" LOCALVERSION="+${rel#*+}" -j2 olddefconfig modules_prepare \
		>"$out/prepare.log" 2>&1 || { tail -n 20 "$out/prepare.log" >&2; die "modules_prepare failed"; }
	[ "$(cat "$out/include/config/kernel.release")" = "$rel" ] ||
		die "the prepared tree calls itself $(cat "$out/include/config/kernel.release"), not $rel"
}

fetch()
{
	local ver=$1 dir=$HVP_CACHE/kernels/$1 suite rel root image
	if debug_kernel "$ver"; then
		locked "kernel-$ver"
		exec "$HVP_TOP/tests/debug/kernel.sh" "$ver" "$dir"
	fi
	[ ! -f "$dir/release" ] || return 0
	locked "kernel-$ver"
	[ ! -f "$dir/release" ] || return 0
	"$HVP_RIG/need.sh" kmod dpkg xz-utils debian-archive-keyring
	suite=$(suite "$ver")
	rel=$(release "$ver")
	rm -rf "$dir"
	mkdir -p "$dir"

	# Since 7.x, linux-image-* only names the packages with the content.
	root=$dir/root
	image=$(depends "$suite" "linux-image-$rel" 'linux-(binary|modules|base)-[0-9].*')
	unpack "$suite" "$root" ${image:-linux-image-$rel}
	[ -e "$root/lib" ] || ln -s usr/lib "$root/lib"
	ln -s "root/lib/modules/$rel" "$dir/modules"
	ln -s "$(cd "$dir" && find root -name "vmlinuz*" -type f | head -n 1)" "$dir/vmlinuz"
	[ -f "$dir/vmlinuz" ] || die "no vmlinuz in the packages of $rel"
	depmod -b "$root" "$rel"

	if [ "$suite" = bookworm ]; then
		headers "$suite" "$rel" "$dir/headers"
	else
		prepare "$ver" "$suite" "$rel" "$dir/headers"
	fi
	echo "$rel" >"$dir/release"
	say "kernel $rel is ready"
}

source_tree()
{
	local ver=$1 dir=$HVP_CACHE/src/$1 suite tmp=$HVP_CACHE/src/$1.tmp
	! debug_kernel "$ver" || die "host $ver is built from source 6.12"
	if [ ! -f "$dir/.unpacked" ]; then
		locked "source-$ver"
	fi
	if [ ! -f "$dir/.unpacked" ]; then
		"$HVP_RIG/need.sh" dpkg xz-utils debian-archive-keyring
		suite=$(suite "$ver")
		refresh "$suite"
		rm -rf "$tmp" "$dir"
		unpack "$suite" "$tmp/deb" "linux-source-$ver"
		say "unpacking linux-source-$ver.tar.xz (a minute or two)"
		tar -xf "$tmp/deb/usr/src/linux-source-$ver.tar.xz" -C "$tmp" --strip-components=1
		rm -rf "$tmp/deb"
		touch "$tmp/.unpacked"
		mv "$tmp" "$dir"
	fi
	echo "$dir"
}

[ $# = 2 ] || usage
known_kernel "$2"
case $1 in
fetch) fetch "$2" ;;
source) source_tree "$2" ;;
*) usage ;;
esac
