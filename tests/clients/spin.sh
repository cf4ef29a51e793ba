#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# spin.sh OUT - build the guest of spin.S as a firmware image (qemu -bios OUT).

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

[ $# = 1 ] || usage
"$HVP_RIG/need.sh" gcc binutils
gcc -c -m32 -o "$1.o" "$here/spin.S"
ld -m elf_i386 -Ttext 0 --oformat binary -o "$1" "$1.o"
rm "$1.o"
[ "$(stat -c %s "$1")" = 65536 ] || die "$1 is not 64 KB long"
