# SPDX-License-Identifier: GPL-2.0
# Builds, installs and tests hvpersona; "make help" lists the targets. The module
# itself is described in Kbuild, every test is a script below tests/.
#
#   KVER=RELEASE   kernel to build for (default: the running one); 6.1, 6.12 and 7.3
#                  name Debian's stock kernels, which are fetched when needed
#   KDIR=DIR       its build directory (default: /lib/modules/KVER/build)
#   HOST=VER       kernel of the nested host for the tests: 6.12 (default), 6.1, 7.3
#   ARGS=...       further arguments for the script of a test target
#   DESTDIR=DIR    prefix of everything that is installed

KVER ?= $(shell uname -r)
CACHE := $(or $(HVP_CACHE),$(HOME)/.cache/hvpersona)
STOCK := $(filter $(KVER),6.1 6.12 7.3)
KDIR ?= $(if $(STOCK),$(CACHE)/kernels/$(KVER)/build,/lib/modules/$(KVER)/build)
HOST ?= 6.12
VERSION := $(shell sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' dkms.conf)

# make sign: the key that dkms enrolls on Debian, or any other
SIGN_KEY ?= /var/lib/dkms/mok.key
SIGN_CERT ?= /var/lib/dkms/mok.pub

HVCTL := tools/hvctl

all: modules hvctl	## build the module and hvctl for KVER or KDIR

modules: $(KDIR)	## build hvpersona.ko
	$(if $(STOCK),@tests/rig/need.sh gcc make dwarves)
	+$(MAKE) -C $(KDIR) M=$(CURDIR) modules

hvctl:			## build the hvctl tool
	@tests/rig/need.sh gcc make pkg-config libjson-c-dev libtracefs-dev libtraceevent-dev
	+$(MAKE) -C $(HVCTL)

install: all		## install module, hvctl and udev rule (as root, below DESTDIR)
	@tests/rig/need.sh python3-docutils kmod
	+$(MAKE) -C $(KDIR) M=$(CURDIR) $(if $(DESTDIR),INSTALL_MOD_PATH=$(DESTDIR)) modules_install
	+$(MAKE) -C $(HVCTL) install

dkms:			## register, build and install the module with dkms (as root)
	@tests/rig/need.sh dkms
	rm -rf /usr/src/hvpersona-$(VERSION)
	mkdir -p /usr/src/hvpersona-$(VERSION)
	cp -r Kbuild dkms.conf hvpersona include /usr/src/hvpersona-$(VERSION)/
	dkms add hvpersona/$(VERSION) || dkms status hvpersona/$(VERSION)
	dkms install --force hvpersona/$(VERSION) -k $(KVER)

sign: modules		## sign hvpersona.ko for Secure Boot with SIGN_KEY and SIGN_CERT
	@test -r $(SIGN_KEY) -a -r $(SIGN_CERT) || \
		{ echo "cannot read SIGN_KEY=$(SIGN_KEY) and SIGN_CERT=$(SIGN_CERT)"; exit 1; }
	$(KDIR)/scripts/sign-file sha256 $(SIGN_KEY) $(SIGN_CERT) hvpersona.ko

clean:			## remove what the build made
	@if [ -d $(KDIR) ]; then $(MAKE) -C $(KDIR) M=$(CURDIR) clean; fi
	+$(MAKE) -C $(HVCTL) clean

demo:			## a stock Debian guest under the personality, and what it called
	tests/demo.sh $(ARGS)

demo-vtl:		## a Linux in VTL0 that a program in VTL1 guards, attacked and going on
	@tests/secure/run.sh --show $(ARGS)

check:			## all tests; ends with "N passed, N failed"
	@tests/check.sh $(ARGS)

hvctl-check:		## hvctl without warnings, and its tests that need no module
	@tests/rig/need.sh gcc make pkg-config libjson-c-dev libtracefs-dev libtraceevent-dev
	@rm -rf $(CACHE)/out/hvctl-check	# its dependencies name the tree checked last
	+$(MAKE) -C $(HVCTL) O=$(CACHE)/out/hvctl-check CFLAGS="-O2 -g -Werror" check

style:			## checkpatch and kernel-doc
	@tests/style.sh

kunit:			## KUnit suites in User Mode Linux
	@kunit/run.sh $(ARGS)

guest:			## guest programs on a nested HOST
	@tests/guest/run.sh $(HOST) $(ARGS)

uapi:			## the ioctl interface, and loading where KVM lacks something
	@tests/uapi/run.sh $(HOST)

selftests:		## the kernel's own Hyper-V tests for KVM on a nested HOST
	@tests/selftests/run.sh $(HOST)

clients:		## stock Linux kernels as attached guests, and Linux as root and in VTL2
	@tests/clients/linux.sh --host $(HOST) $(ARGS)
	@tests/clients/root.sh --host $(HOST) 6.12 7.3
	@tests/clients/vtl.sh --host $(HOST)
	@tests/secure/run.sh --host $(HOST)

report:			## a traced guest and root, seen by a browser; the README's picture
	@tests/clients/report.sh --picture Documentation/report.png

stress:			## load, unload, attach and kill under running guests
	@tests/clients/stress.sh --host $(HOST) $(ARGS)

bench:			## instructions per hypercall, as TSV
	@tests/bench/run.sh $(ARGS)

matrix:			## support matrix of the hypercalls, as TSV
	@tests/matrix.sh

debug:			## guest programs and KUnit suites under KASAN, UBSAN, lockdep, kmemleak and KCSAN
	@tests/debug/run.sh $(ARGS)

intel:			## the module on kvm-intel, in Bochs
	@tests/intel/run.sh $(ARGS)

help:			## this list
	@echo "hvpersona $(VERSION): make TARGET [KVER=...] [KDIR=...] [HOST=6.1|6.12|7.3]"
	@sed -n 's/^\([a-z-]*\):[^#]*## \(.*\)/\1\t\2/p' $(firstword $(MAKEFILE_LIST)) | \
		while IFS='	' read -r target text; do printf '  %-12s %s\n' "$$target" "$$text"; done

$(KDIR):
	@$(if $(STOCK),tests/rig/kernels.sh fetch $(KVER), \
		echo "no $(KDIR): as root, apt-get install linux-headers-$(KVER); or give KVER or KDIR"; false)

.PHONY: all modules hvctl install dkms sign clean demo demo-vtl check hvctl-check style kunit guest uapi selftests clients \
	stress bench matrix debug intel report help
