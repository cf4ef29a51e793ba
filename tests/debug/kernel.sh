#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernel.sh DIR - build the debug host from linux-source-6.12 into DIR.
#
# DIR gets what "kernels.sh fetch" makes of a stock kernel: vmlinuz, modules/,
# build/ and release. Takes 10 to 15 minutes on two CPUs; nothing is done while
# the source and host.config stay as they are.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

[ $# = 1 ] || usage
dir=$1
build=$dir/build
src=$("$HVP_RIG/kernels.sh" source 6.12)
key=$(cat "$here/host.config" "$src/.unpacked" <(make -s -C "$src" kernelversion) | sha1sum)
[ "$(cat "$dir/key" 2>/dev/null)" != "$key" ] || exit 0

"$HVP_RIG/need.sh" gcc make bc bison flex libelf-dev libssl-dev kmod cpio perl
rm -rf "$dir/release" "$dir/key" "$dir/root"
mkdir -p "$build"
kbuild=(nice -n 15 make -C "$src" "O=$build" LOCALVERSION=-hvp-debug -j2)
log=$dir/build.log

# run WHAT MAKE-TARGET... - quietly, but show why it failed
run()
{
	say "$1"
	"${kbuild[@]}" "${@:2}" >"$log" 2>&1 || { grep -E -m 5 -A 5 'error|Error' "$log" >&2; die "failed: $1"; }
}

run 'configuring the debug host' "KCONFIG_ALLCONFIG=$here/host.config" allnoconfig
# An option that lost its effect is a checker that silently does not run.
grep -E '^CONFIG' "$here/host.config" | while read -r option; do
	grep -qx "$option" "$build/.config" || die "host.config: $option has no effect"
done
run 'building the debug host (10 to 15 minutes)' bzImage modules
rel=$(cat "$build/include/config/kernel.release")
run 'installing its modules' "INSTALL_MOD_PATH=$dir/root" INSTALL_MOD_STRIP=1 modules_install
ln -sfn "root/lib/modules/$rel" "$dir/modules"
ln -sfn build/arch/x86/boot/bzImage "$dir/vmlinuz"
echo "$key" >"$dir/key"
echo "$rel" >"$dir/release"
