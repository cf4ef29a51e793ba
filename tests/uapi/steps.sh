# SPDX-License-Identifier: GPL-2.0
# steps.sh - what the scripts that use hvctl as an administrator does have in common: one line
# "ok -" or "not ok -" for each step. Sourced.

# is TEXT COMMAND...: the command succeeds
is()
{
	text=$1
	shift
	if "$@" >/tmp/step.out 2>&1; then
		echo "ok - $text"
	else
		echo "not ok - $text"
		sed 's/^/# | /' /tmp/step.out
	fi
}

# refused TEXT STATUS COMMAND...: it fails, and says why
refused()
{
	text=$1 status=$2
	shift 2
	if "$@" >/tmp/step.out 2>&1 || ! grep -q "$status" /tmp/step.out; then
		echo "not ok - $text"
		sed 's/^/# | /' /tmp/step.out
	else
		echo "ok - $text"
	fi
}

# shows TEXT LINE COMMAND...: a line of its output, blanks squeezed, is LINE
shows()
{
	text=$1 line=$2
	shift 2
	"$@" >/tmp/step.out 2>&1
	if tr -s ' ' </tmp/step.out | sed 's/^ //' | grep -qxF -e "$line"; then
		echo "ok - $text"
	else
		echo "not ok - $text"
		echo "# expected: $line"
		sed 's/^/# | /' /tmp/step.out
	fi
}
