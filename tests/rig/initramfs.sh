#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# initramfs.sh MODULES OUT [SRC:DEST]... - initramfs of a nested KVM host.
#
# MODULES is a lib/modules/RELEASE tree. OUT gets busybox, kmod, this system's
# QEMU with firmware and libraries, the libraries of hvctl, the modules that a
# KVM host needs, rig/init.sh as /init, and each SRC (file or directory) as DEST
# (an absolute path). All but the SRC part is cached.

set -euo pipefail
. "$(dirname "$0")/lib.sh"

PACKAGES=(qemu-system-x86 qemu-system-data ipxe-qemu seabios busybox-static kmod
	libjson-c5 libtracefs1 libtraceevent1 cpio)
MODULES=(kvm-amd kvm-intel msr virtio_pci virtio_console kunit)
FIRMWARE=(/usr/share/seabios/{bios,bios-256k,vgabios-stdvga}.bin
	/usr/share/qemu/{kvmvapic,linuxboot,linuxboot_dma,multiboot,multiboot_dma,pvh}.bin
	/usr/lib/ipxe/qemu/efi-e1000.rom)
LIB=lib/x86_64-linux-gnu

# pack DIR - the tree as an uncompressed cpio on stdout: TCG unpacks it fastest
pack()
{
	(cd "$1" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}

# install_program FILE DIR - a program with the libraries it needs
install_program()
{
	local lib
	mkdir -p "$2/usr/bin"
	cp -L "$1" "$2/usr/bin/"
	ldd "$1" | grep -oE '/[^ ]+' | while read -r lib; do
		cp -Lu "$lib" "$2/$LIB/"
	done
}

# userland OUT - everything that does not depend on the kernel
userland()
{
	local dir file applet
	dir=$(mktemp -d)
	mkdir -p "$dir"/{dev,proc,sys,tmp,run,root,hvp,etc,usr/bin,usr/sbin,usr/share/qemu,$LIB}
	ln -s usr/bin "$dir/bin"
	ln -s usr/sbin "$dir/sbin"
	ln -s lib "$dir/lib64"
	ln -s "../../$LIB" "$dir/usr/lib"
	for applet in $(/bin/busybox --list); do
		ln -s busybox "$dir/usr/bin/$applet"
	done
	cp --remove-destination /bin/busybox "$dir/usr/bin/"
	install_program /bin/kmod "$dir"
	for applet in modprobe insmod rmmod lsmod modinfo depmod; do
		ln -sf kmod "$dir/usr/bin/$applet"
	done
	install_program "$(command -v qemu-system-x86_64)" "$dir"
	for file in "${FIRMWARE[@]}"; do
		cp -L "$file" "$dir/usr/share/qemu/"
	done
	for file in libjson-c.so.5 libtracefs.so.1 libtraceevent.so.1 libgcc_s.so.1 libelf.so.1; do
		cp -Lu "/usr/$LIB/$file" "$dir/$LIB/" 2>/dev/null || cp -Lu "/$LIB/$file" "$dir/$LIB/"
	done
	ln -s "x86_64-linux-gnu/ld-linux-x86-64.so.2" "$dir/lib/ld-linux-x86-64.so.2"
	echo 'root:x:0:0:root:/root:/bin/sh' >"$dir/etc/passwd"
	echo 'root:x:0:' >"$dir/etc/group"
	install -m 755 "$HVP_RIG/init.sh" "$dir/init"
	ldconfig -r "$dir" /$LIB
	pack "$dir" >"$1.tmp"
	mv "$1.tmp" "$1"
	rm -rf "$dir"
}

# kernel_modules MODULES OUT - the needed modules, unpacked, with their modules.dep
kernel_modules()
{
	local tree=$1 dir rel name file dest
	dir=$(mktemp -d)
	rel=${tree##*/}
	for name in "${MODULES[@]}"; do
		modprobe -d "${tree%/lib/modules/*}" -S "$rel" --show-depends "$name" 2>/dev/null |
			sed -n 's/^insmod \([^ ]*\).*/\1/p' || true
	done | sort -u | while read -r file; do
		dest=$dir/lib/modules/$rel/${file#"$tree"/}
		mkdir -p "${dest%/*}"
		case $file in
		*.xz) xz -dc "$file" >"${dest%.xz}" ;;
		*.zst) zstd -dcq "$file" >"${dest%.zst}" ;;
		*) cp "$file" "$dest" ;;
		esac
	done
	mkdir -p "$dir/lib/modules/$rel"
	cp "$tree"/modules.{builtin,builtin.modinfo,order} "$dir/lib/modules/$rel/" 2>/dev/null || true
	depmod -b "$dir" "$rel" 2>/dev/null
	pack "$dir" >"$2.tmp"
	mv "$2.tmp" "$2"
	rm -rf "$dir"
}

[ $# -ge 2 ] || usage
tree=$(readlink -f "$1")
out=$2
shift 2
[ -f "$tree/modules.dep" ] || die "$tree is not a module tree"

locked initramfs
key=$(cat "$0" "$HVP_RIG/init.sh" <(dpkg-query -W "${PACKAGES[@]}" 2>&1) | sha1sum | cut -c 1-12)
user=$HVP_CACHE/rig/user-$key.cpio
mods=$HVP_CACHE/rig/modules-$(echo "$key $(sha1sum <"$tree/modules.dep") $(stat -c %Y "$tree/modules.dep")" |
	sha1sum | cut -c 1-12).cpio
mkdir -p "$HVP_CACHE/rig"
if [ ! -f "$user" ]; then
	"$HVP_RIG/need.sh" "${PACKAGES[@]}" xz-utils zstd
	say "making the initramfs of the nested host"
	rm -f "$HVP_CACHE"/rig/{user,modules}-*.cpio
	userland "$user"
fi
[ -f "$mods" ] || kernel_modules "$tree" "$mods"

add=$(mktemp -d)
trap 'rm -rf "$add"' EXIT
for pair in "$@"; do
	src=${pair%%:*} dest=$add/${pair#*:}
	[ -e "$src" ] || die "--add: no such file: $src"
	mkdir -p "${dest%/*}"
	cp -rL "$src" "$dest"
done
{ cat "$user" "$mods"; pack "$add"; } >"$out"
