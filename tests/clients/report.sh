#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# report.sh [--picture FILE] - the report of a traced guest and root, seen by a browser.
#
# Runs watch.sh, whose report.html and data stay in $HVP_CACHE/artefacts, lets chromium draw the
# page and print it, and checks that the picture has the table's colours and the pages are there.
# The picture goes to report.png beside it, its top to FILE (Documentation/report.png). Prints TAP
# and "N passed, N failed".

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../rig/lib.sh"

picture=
while [ $# -gt 0 ]; do
	case $1 in
	--picture) picture=$2; shift ;;
	*) usage ;;
	esac
	shift
done
"$HVP_RIG/need.sh" chromium python3-pil
dir=$HVP_CACHE/artefacts
status=0
"$here/watch.sh" --keep "$dir" >"$dir.tap" || status=$?
grep -v '^[0-9]* passed' "$dir.tap"
. "$here/lib.sh"
passed=$(sed -n 's/^\([0-9]*\) passed.*/\1/p' "$dir.tap") failed=$(sed -n 's/.*passed, \([0-9]*\) failed/\1/p' "$dir.tap")
passed=${passed:-0} failed=${failed:-1}

browser()
{
	timeout 120 chromium --headless --no-sandbox --disable-gpu --hide-scrollbars "$@" \
		"file://$dir/report.html"
}

check "a browser draws it" browser --window-size=1100,4600 --screenshot="$dir/report.png"
check "and prints it" browser --no-pdf-header-footer --print-to-pdf="$dir/report.pdf"
check "the picture has the colours of the table, text and drawings" /usr/bin/python3 - "$dir" "$picture" <<-'END'
	import sys
	from PIL import Image
	image = Image.open(sys.argv[1] + "/report.png").convert("RGB")
	colors = {color: count for count, color in image.getcolors(1 << 24)}
	for wanted in ((0xd8, 0xf0, 0xdd), (0xfb, 0xe6, 0xc8), (0x25, 0x63, 0xa8)):
	    assert colors.get(wanted, 0) > 1000, wanted
	assert len(colors) > 50
	if sys.argv[2]:
	    image.crop((20, 0, 1080, 700)).quantize(64).save(sys.argv[2], optimize=True)
END
check "three pages or more are printed" [ "$(grep -ac '/Type */Page\b' "$dir/report.pdf")" -ge 3 ]
finish
