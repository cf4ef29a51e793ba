#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# root-kernel.sh - build a small Linux 7.3 that can be a root partition, and print its path.
#
# From linux-source-7.3 with root.config; some ten minutes the first time, kept in $HVP_CACHE.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

out=$HVP_CACHE/root-kernel
image=$out/arch/x86/boot/bzImage
stamp=$(cksum <"$here/root.config")
locked root-kernel
if [ "$(cat "$out/stamp" 2>/dev/null)" != "$stamp" ]; then
	"$HVP_RIG/need.sh" build-essential flex bison bc libelf-dev libssl-dev
	source=$("$HVP_RIG/kernels.sh" source 7.3)
	say "building a Linux 7.3 with MSHV_ROOT, some ten minutes"
	mkdir -p "$out"
	make -s -C "$source" O="$out" tinyconfig >&2
	(cd "$out" && "$source/scripts/kconfig/merge_config.sh" -m .config "$here/root.config" >/dev/null)
	make -s -C "$source" O="$out" olddefconfig >&2
	grep -q '^CONFIG_MSHV_ROOT=y' "$out/.config" || die "root.config does not lead to MSHV_ROOT"
	make -s -C "$source" O="$out" -j2 bzImage >"$out/build.log" 2>&1 ||
		{ tail -n 20 "$out/build.log" >&2; die "the build failed"; }
	echo "$stamp" >"$out/stamp"
fi
echo "$image"
