#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# cases.sh - how many KUnit cases name each hypercall: CODE<TAB>COUNT, sorted.
#
# Cases say HVP_CASE(name, code, ...) in the lists of the suites. Those that run for each
# row of the table, HVP_CASE_ROWS(), are not counted: every code has them.

set -euo pipefail
cd "$(dirname "$0")"

cat ./*_kunit.c | tr -d '\n' | grep -oE 'HVP_CASE\([^)]*\)' | grep -oE '0x[0-9a-f]{4}' |
	sort | uniq -c | awk '{ print $2 "\t" $1 }'
