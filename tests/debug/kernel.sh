#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# kernel.sh NAME DIR - build the debug host NAME, debug or kcsan, into DIR.
#
# From linux-source-6.12, configured by host.config and NAME.config. DIR gets what
# "kernels.sh fetch" makes of a stock kernel: vmlinuz, modules/, build/ and release.
# Takes 10 to 15 minutes on two CPUs; nothing is done while the source and the two
# files stay as they are.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

[ $# = 2 ] && [ -f "$here/$1.config" ] || usage
name=$1 dir=$2
build=$dir/build
src=$("$HVP_RIG/kernels.sh" source 6.12)
config=$(sed '/^# SPDX/d' "$here/host.config" "$here/$name.config")
key=$(cat - "$src/.unpacked" <(make -s -C "$src" kernelversion) <<<"$config" | sha1sum)
[ "$(cat "$dir/key" 2>/dev/null)" != "$key" ] || exit 0

"$HVP_RIG/need.sh" gcc make bc bison flex libelf-dev libssl-dev kmod cpio perl
rm -rf "$dir/release" "$dir/key" "$dir/root"
mkdir -p "$build"
kbuild=(nice -n 15 make -C "$src" "O=$build" "LOCALVERSION=-hvp-$name" -j2)
log=$dir/build.log

# run WHAT MAKE-TARGET... - quietly, but show why it failed
run()
{
	say "$1"
	"${kbuild[@]}" "${@:2}" >"$log" 2>&1 || { grep -E -m 5 -A 5 'error|Error' "$log" >&2; die "failed: $1"; }
}

printf '%s\n' "$config" >"$dir/config"
run "configuring host $name" "KCONFIG_ALLCONFIG=$dir/config" allnoconfig
# An option that lost its effect is a checker that silently does not run.
grep -E '^CONFIG' "$dir/config" | while read -r option; do
	grep -qx "$option" "$build/.config" || die "$name.config: $option has no effect"
done
run "building host $name (10 to 15 minutes)" bzImage modules
rel=$(cat "$build/include/config/kernel.release")
run 'installing its modules' "INSTALL_MOD_PATH=$dir/root" INSTALL_MOD_STRIP=1 modules_install
ln -sfn "root/lib/modules/$rel" "$dir/modules"
ln -sfn build/arch/x86/boot/bzImage "$dir/vmlinuz"
echo "$key" >"$dir/key"
echo "$rel" >"$dir/release"
