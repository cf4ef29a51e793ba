#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# client-kernel.sh root|vtl - build a small Linux 7.3 that can be a root partition, or that runs in
# VTL2, and print its path.
#
# From linux-source-7.3 with root.config, and vtl.config on top of it; some ten minutes the first
# time, kept in $HVP_CACHE.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

kind=${1-}
case $kind in
root) configs=("$here/root.config") wanted=MSHV_ROOT ;;
vtl) configs=("$here/root.config" "$here/vtl.config") wanted=MSHV_VTL ;;
*) usage ;;
esac
out=$HVP_CACHE/$kind-kernel
image=$out/arch/x86/boot/bzImage
stamp=$(cat "${configs[@]}" | cksum)
locked "$kind-kernel"
if [ "$(cat "$out/stamp" 2>/dev/null)" != "$stamp" ]; then
	"$HVP_RIG/need.sh" build-essential flex bison bc libelf-dev libssl-dev
	source=$("$HVP_RIG/kernels.sh" source 7.3)
	say "building a Linux 7.3 with $wanted, some ten minutes"
	mkdir -p "$out"
	make -s -C "$source" O="$out" tinyconfig >&2
	(cd "$out" && "$source/scripts/kconfig/merge_config.sh" -m .config "${configs[@]}" >/dev/null)
	make -s -C "$source" O="$out" olddefconfig >&2
	grep -q "^CONFIG_$wanted=y" "$out/.config" || die "the configuration does not lead to $wanted"
	make -s -C "$source" O="$out" -j2 bzImage >"$out/build.log" 2>&1 ||
		{ tail -n 20 "$out/build.log" >&2; die "the build failed"; }
	echo "$stamp" >"$out/stamp"
fi
echo "$image"
