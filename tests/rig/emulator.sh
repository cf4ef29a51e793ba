#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# emulator.sh - print the command that runs the emulator of nested hosts.
#
# Debian 12's QEMU 7.2 loses interrupts of an emulated CPU with SVM (Documentation/testing.rst). So
# it is QEMU of trixie-backports, which needs a newer C library than this system has: it is
# unpacked with all that it depends on into $HVP_CACHE/emulator, and run by its own loader. The
# VMs in the host are of stock QEMU.

set -euo pipefail
. "$(dirname "$0")/lib.sh"
. "$HVP_RIG/packages.sh"

SUITE=trixie-backports
dir=$HVP_CACHE/emulator
usr=$dir/root/usr

make_it()
{
	"$HVP_RIG/need.sh" dpkg xz-utils debian-archive-keyring
	refresh "$SUITE"
	rm -rf "$dir"
	mkdir -p "$dir"
	# shellcheck disable=SC2046
	unpack "$SUITE" "$dir/root" $(closure "$SUITE" qemu-system-x86)
	cat >"$dir/qemu.tmp" <<-END
		#!/bin/sh
		exec $usr/lib64/ld-linux-x86-64.so.2 --library-path $usr/lib/x86_64-linux-gnu \\
			$usr/bin/qemu-system-x86_64 -L $usr/share/qemu -L $usr/share/seabios "\$@"
	END
	chmod +x "$dir/qemu.tmp"
	say "the emulator is $("$dir/qemu.tmp" --version | head -n 1)"
	mv "$dir/qemu.tmp" "$dir/qemu"
}

if [ ! -x "$dir/qemu" ]; then
	locked emulator
	[ -x "$dir/qemu" ] || make_it
fi
echo "$dir/qemu"
