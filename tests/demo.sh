#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# demo.sh - the main job, to watch: a stock Debian kernel acts as KVM host, loads
# hvpersona, and answers the hypercalls of an unmodified Linux guest, and of the same Linux as
# root partition. Takes less than three minutes once the kernels are in the cache.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/rig/lib.sh"
. "$here/clients/lib.sh"

"$HVP_RIG/need.sh" gcc libc6-dev busybox-static cpio jq
"$HVP_RIG/kernels.sh" fetch 6.12
add=()
personality 6.12
linux_initrd "$tmp/guests/guest"
root_initrd "$tmp/guests/root" 6.12
head -c 1M /dev/urandom >"$tmp/guests/disk"
cp -L "$HVP_CACHE/kernels/6.12/vmlinuz" "$tmp/guests/"

say "booting the nested host (emulated CPU, so everything is some 50 times slower than life)"
"$HVP_RIG/host.sh" --host 6.12 --mem 2048 --timeout 600 "${add[@]}" \
	--add "$tmp/guests:/guests" --add "$here/demo-inside.sh:/demo.sh" \
	-- "sh /demo.sh $(sha1sum <"$tmp/guests/disk")"
