# SPDX-License-Identifier: GPL-2.0
# common.sh: what the parts of tests/guest and tests/intel in the host share. Sourced by
# inside.sh, which sets LIMIT, seconds for one program.

# check NAME COMMAND...: a TAP line
check()
{
	text=$1
	shift
	if "$@" >/tmp/why 2>&1; then
		echo "ok - $text"
	else
		echo "not ok - $text"
		sed 's/^/# | /' /tmp/why
	fi
}

no_partition()
{
	for _ in 1 2 3 4 5; do
		hvctl -j partition list | tr -d ' \n' | grep -q '"partitions":\[\]' && return
		sleep 1
	done
	hvctl partition list
	return 1
}

# Until the program says that it is ready
await_ready()
{
	for _ in $(seq "$LIMIT"); do
		grep -q ready /tmp/serial 2>/dev/null && break
		sleep 1
	done
}

# kill_in_calls VMM CHILD: kill a program that is ready; CHILD ends with the VMM
kill_in_calls()
{
	check "$program: both processors make calls" grep -q ready /tmp/serial
	check "$program: the module cannot be unloaded meanwhile" sh -c '! rmmod hvpersona'
	kill -9 "$1"
	wait "$2"
	check "$program: the partition is gone after kill -9" no_partition
	grep '^not ok' /tmp/serial
}

# isa-debug-exit: 1 all passed, 3 a test failed (and was shown)
comment_on_status()
{
	[ "$1" = 1 ] || [ "$1" = 3 ] || echo "# exit status $1"
}
