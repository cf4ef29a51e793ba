# SPDX-License-Identifier: GPL-2.0
# Debian packages that are unpacked into $HVP_CACHE and never installed; sourced, not run.
#
# apt works on private lists, so neither root nor a change of the machine's sources is needed.

MIRROR=${HVP_MIRROR:-http://deb.debian.org/debian}
SECURITY=${HVP_SECURITY_MIRROR:-http://deb.debian.org/debian-security}
KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# apt SUITE TOOL ARGS... - apt-get or apt-cache on the private lists of SUITE
apt()
{
	local suite=$1 dir=$HVP_CACHE/apt/$1 tool=$2
	shift 2
	"$tool" -q \
		-o Dir::Etc::SourceList="$dir/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
		-o Dir::State="$dir" -o Dir::State::Status="$dir/status" -o Dir::Cache="$dir" \
		-o APT::Architecture=amd64 -o APT::Architectures=amd64 \
		-o APT::Default-Release="$suite" \
		-o APT::Sandbox::User= -o Acquire::Languages=none "$@"
}

# refresh SUITE - get its package lists, at most once a day
refresh()
{
	local dir=$HVP_CACHE/apt/$1 deb="deb [arch=amd64 signed-by=$KEYS]"
	[ -z "$(find "$dir/stamp" -mmin -1440 2>/dev/null)" ] || return 0
	mkdir -p "$dir/lists/partial" "$dir/archives/partial"
	: >"$dir/status"
	case $1 in
	bookworm)
		echo "$deb $MIRROR bookworm main"
		echo "$deb $SECURITY bookworm-security main"
		;;
	*)
		echo "$deb $MIRROR ${1%-backports} main"
		echo "$deb $MIRROR $1 main"
		;;
	esac >"$dir/sources.list"
	say "reading the package lists of $1"
	apt "$1" apt-get update >"$dir/log" 2>&1 || { cat "$dir/log" >&2; die "apt-get update failed"; }
	touch "$dir/stamp"
}

# depends SUITE PKG PATTERN - direct dependencies of PKG that match PATTERN
depends()
{
	apt "$1" apt-cache depends --no-recommends --no-suggests "$2" |
		sed -nE "s/^ *\|?Depends: ($3)\$/\1/p" | sort -u
}

# closure SUITE PKG... - these packages and all that they depend on
closure()
{
	local suite=$1
	shift
	apt "$suite" apt-get install -y --no-install-recommends --print-uris "$@" |
		sed -n "s/^'[^']*' \([^_]*\)_.*/\1/p"
}

# unpack SUITE DIR PKG... - download packages into the cache and unpack them
unpack()
{
	local suite=$1 dir=$2 uri file size sum missing=() files=() bytes=0
	shift 2
	mkdir -p "$HVP_CACHE/dl" "$dir"
	apt "$suite" apt-get download --print-uris "$@" >"$dir.uris"
	[ -s "$dir.uris" ] || die "cannot find the packages $*"
	while read -r uri file size sum; do
		file=$(printf '%b' "${file//%/\\x}")
		file=$HVP_CACHE/dl/${file//:/%3a}
		files+=("$file")
		[ "$(stat -c %s "$file" 2>/dev/null)" = "$size" ] && continue
		missing+=("$(basename "${file%%_*}")")
		bytes=$((bytes + size))
	done <"$dir.uris"
	rm "$dir.uris"
	if [ ${#missing[@]} != 0 ]; then
		say "downloading ${missing[*]:0:3}${missing[3]:+ and $((${#missing[@]} - 3)) more} ($((bytes >> 20)) MiB)"
		(cd "$HVP_CACHE/dl" && apt "$suite" apt-get download "${missing[@]}" >/dev/null) ||
			die "the download of ${missing[*]} failed"
	fi
	for file in "${files[@]}"; do
		dpkg -x "$file" "$dir"
	done
}
