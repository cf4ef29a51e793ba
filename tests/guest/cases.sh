#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# cases.sh: prints how many guest tests each call has: CODE<TAB>COUNT, sorted.
# A table row counts once, also when it runs in several forms or variants.
set -euo pipefail
cd "$(dirname "$0")"

for source in *.c; do
	gcc -E -P -Ilib -DCOUNT_CASES "$source"
done | grep -o 'HV_CASE_0x[0-9a-f]*' | sort | uniq -c |
	awk '{ sub("HV_CASE_", "", $2); print $2 "\t" $1 }'
