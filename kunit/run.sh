#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# run.sh [OPTION]... [GLOB] - build and run the KUnit suites in User Mode Linux.
#
# Options and GLOB go to "tools/testing/kunit/kunit.py run" of linux-source-6.12, whose
# parser judges the results: for example run.sh 'hvpersona_tlb*' or run.sh --raw_output.
# The kernel tree is not touched: it is mirrored with symbolic links into
# $HVP_CACHE/out/kunit, where this checkout appears as drivers/misc/hvpersona. A second
# run builds only what changed. The last line is "N passed, N failed".

set -euo pipefail

top=$(cd "$(dirname "$0")/.." && pwd)
HVP_CACHE=${HVP_CACHE:-$HOME/.cache/hvpersona}
out=$HVP_CACHE/out/kunit
tree=$out/linux

# mirror DIR... - make real directories of these, with links to all that is in them
mirror()
{
	local dir
	for dir in "$@"; do
		mkdir -p "$tree/$dir"
		ln -sfn -t "$tree/$dir" "$source/$dir"/*
	done
}

# plant - a tree of links with our directory in it
plant()
{
	local dir=$tree/drivers/misc/hvpersona
	# Objects of another checkout may be newer than our sources
	rm -rf "$tree" "$out/build/drivers/misc/hvpersona"
	mkdir -p "$tree"
	ln -s -t "$tree" "$source"/*
	rm "$tree/drivers" "$tree/tools"
	mirror drivers tools
	rm "$tree/drivers/misc" "$tree/tools/testing"
	mirror drivers/misc tools/testing
	# kunit.py takes the tree that it lies in itself
	rm "$tree/tools/testing/kunit"
	cp -r "$source/tools/testing/kunit" "$tree/tools/testing/kunit"

	mkdir -p "$dir"
	ln -s "$top/hvpersona" "$top/include" "$top/kunit" "$dir"
	ln -s "$top/kunit/Kbuild" "$top/kunit/Kconfig" "$dir"
	sed -i 's,^endmenu,source "drivers/misc/hvpersona/Kconfig"\n&,' "$tree/drivers/misc/Kconfig"
	sed -i '$a obj-$(CONFIG_HVPERSONA_KUNIT_TEST) += hvpersona/' "$tree/drivers/misc/Makefile"
}

"$top/tests/rig/need.sh" build-essential flex bison bc python3
source=$("$top/tests/rig/kernels.sh" source 6.12)
mkdir -p "$out"
exec {lock}>"$out/lock"
flock "$lock"

stamp="$top $source $(cksum <"$0")"
if [ "$(cat "$out/stamp" 2>/dev/null)" != "$stamp" ]; then
	plant
	echo "$stamp" >"$out/stamp"
fi

[ -x "$out/build/linux" ] || echo "kunit: building User Mode Linux, a few minutes" >&2

# Cases that run for each row of the table are reported one by one only if they fail
result=0
"$tree/tools/testing/kunit/kunit.py" run --build_dir "$out/build" --jobs 2 \
	--kunitconfig "$top/kunit/kunitconfig" --timeout 300 "$@" 2>&1 |
	tee "$out/log" | grep -v --line-buffered '\] \[PASSED\] Hv[A-Z]' || result=${PIPESTATUS[0]}

# count WORD - from kunit.py's summary, 0 if it is not there
count()
{
	sed -n "s/.*Testing complete\..*[ ,]$1: \([0-9]*\).*/\1/p" "$out/log" | tail -n 1 | grep . || echo 0
}
passed=$(count passed)
failed=$(($(count failed) + $(count crashed) + $(count errors)))

# A kernel that complains has failed, even if no case noticed
if grep -E 'BUG:|WARNING:|INFO: (task|possible|suspicious)|Oops|leaked' "$out/build/test.log" \
	2>/dev/null && [ "$failed" = 0 ]; then
	failed=1
fi
[ "$result" = 0 ] || [ "$failed" != 0 ] || failed=1
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
