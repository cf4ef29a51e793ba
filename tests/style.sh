#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# style.sh - checkpatch.pl on every C file, kernel-doc on the user-space interface.
#
# Errors and warnings of either fail. Both come from linux-source-6.12. One TAP
# line per file, then "N passed, N failed".

set -euo pipefail
. "$(dirname "$0")/rig/lib.sh"

# The tables are macros expanded in several ways, each with a use for some of the
# columns, one of them to declare function types (COMPLEX_MACRO to NEW_TYPEDEFS); messages
# name instructions and subcommands that functions are called after.
IGNORE=FILE_PATH_CHANGES,COMPLEX_MACRO,MACRO_ARG_UNUSED,TRAILING_SEMICOLON,NEW_TYPEDEFS
IGNORE+=,DO_WHILE_MACRO_WITH_TRAILING_SEMICOLON,MACRO_WITH_FLOW_CONTROL,EMBEDDED_FUNCTION_NAME
# Programs do not have the kernel's headers (READ_ONCE, __printf, kstrtol, ...),
# and freestanding ones take symbols from assembly and linker scripts. HTML is longer than a line.
PROGRAM=$IGNORE,PREFER_DEFINED_ATTRIBUTE_MACRO,VOLATILE,AVOID_EXTERNS,NAKED_SSCANF
PROGRAM+=,CONST_STRUCT,SPLIT_STRING

"$HVP_RIG/need.sh" perl
scripts=$("$HVP_RIG/kernels.sh" source 6.12)/scripts
cd "$HVP_TOP"
passed=0 failed=0

# check NAME COMMAND... - passes if the command prints nothing
check()
{
	local name=$1 out
	shift
	out=$("$@" 2>&1) || true
	if [ -z "$out" ]; then
		passed=$((passed + 1))
		echo "ok $((passed + failed)) - $name"
	else
		failed=$((failed + 1))
		echo "not ok $((passed + failed)) - $name"
		sed 's/^/# /' <<<"$out"
	fi
}

while read -r file; do
	case $file in
	hvpersona/*|include/*|kunit/*) ignore=$IGNORE ;;
	*) ignore=$PROGRAM ;;
	esac
	check "checkpatch $file" perl "$scripts/checkpatch.pl" --no-tree --terse --show-types \
		--no-summary --ignore "$ignore" -f "$file"
done < <(find hvpersona include kunit tools tests -name '*.[ch]' ! -name '*.mod.c' | sort)
for file in include/uapi/linux/*.h; do
	check "kernel-doc $file" perl "$scripts/kernel-doc" -none "$file"
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
