// SPDX-License-Identifier: GPL-2.0
/*
 * The ioctl interface from user space: sizes, unknown bits, foreign descriptors, and the
 * life of claims and attached virtual machines, by a caller that means ill. Prints TAP.
 * Expected errnos are those of include/uapi/linux/hvpersona.h.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/kvm.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/hvpersona.h>

#include "tap.h"

/* A structure of @size bytes at the end of a page, so that reading beyond it faults */
static void *at_edge(const void *from, size_t size)
{
	static char *page;

	if (!page) {
		page = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		munmap(page + 2 * 4096, 4096);
	}
	memcpy(page + 2 * 4096 - size, from, size);
	return page + 2 * 4096 - size;
}

static void sizes(int device)
{
	struct { struct hvpersona_info info; char tail[64]; } longer = {};
	struct hvpersona_info info = { .size = sizeof(info) };
	char big[8192] = {};

	expect("HVPERSONA_INFO", 0, ioctl(device, HVPERSONA_INFO, &info));
	result(info.out_api_version == HVPERSONA_API_VERSION && info.out_calls == 123,
	       "it tells version and calls", info.out_calls, 0);
	info.size = offsetof(struct hvpersona_info, out_max_children);
	expect("the structure of the first version", 0, ioctl(device, HVPERSONA_INFO, &info));
	info.size -= 4;
	expect("a structure that is too short", EINVAL, ioctl(device, HVPERSONA_INFO, &info));
	info.size = 0;
	expect("a structure of size 0", EINVAL, ioctl(device, HVPERSONA_INFO, &info));
	longer.info.size = sizeof(longer);
	expect("a longer one with zeros", 0, ioctl(device, HVPERSONA_INFO, &longer));
	longer.tail[40] = 1;
	expect("a longer one with something in it", E2BIG, ioctl(device, HVPERSONA_INFO, &longer));
	*(__u32 *)big = sizeof(big);
	expect("one that is longer than a page", E2BIG, ioctl(device, HVPERSONA_INFO, big));
	*(__u32 *)big = ~0U;
	expect("one of 4 GiB", E2BIG, ioctl(device, HVPERSONA_INFO, big));
	info.size = sizeof(info);
	expect("one at the end of memory", 0,
	       ioctl(device, HVPERSONA_INFO, at_edge(&info, sizeof(info))));
	info.size = sizeof(info) + 8;
	expect("one that reaches beyond memory", EFAULT,
	       ioctl(device, HVPERSONA_INFO, at_edge(&info, sizeof(info))));
	expect("no structure at all", EFAULT, ioctl(device, HVPERSONA_INFO, NULL));
	info.size = sizeof(info);
	info.__reserved = 1;
	expect("a reserved field that is not zero", EINVAL, ioctl(device, HVPERSONA_INFO, &info));
	info.__reserved = 0;
	info.__reserved2 = 1;
	expect("the second one, too", EINVAL, ioctl(device, HVPERSONA_INFO, &info));
	info.__reserved2 = 0;
	expect("an ioctl number that does not exist", ENOTTY,
	       ioctl(device, _IO(HVPERSONA_TYPE, 0x7f), &info));
	expect("a partition's ioctl on the device", ENOTTY,
	       ioctl(device, HVPERSONA_PARTITION_INFO, &info));
}

static void calls(int device)
{
	struct hvpersona_call_info info = { .size = sizeof(info), .index = 0 };

	expect("HVPERSONA_CALL_INFO", 0, ioctl(device, HVPERSONA_CALL_INFO, &info));
	result(info.out_code == 2 && !strcmp(info.out_name, "HvCallFlushVirtualAddressSpace"),
	       "the first row is 0x0002", info.out_code, 0);
	info.index = 123;
	expect("the row behind the last", ENOENT, ioctl(device, HVPERSONA_CALL_INFO, &info));
	info.index = ~0U;
	expect("row 2^32 - 1", ENOENT, ioctl(device, HVPERSONA_CALL_INFO, &info));
}

static void claims(int device)
{
	struct hvpersona_partition_info pinfo = { .size = sizeof(pinfo) };
	struct hvpersona_partition_next next = { .size = sizeof(next) };
	struct hvpersona_partition_detach detach = { .size = sizeof(detach) };
	struct hvpersona_claim claim = { .size = sizeof(claim) };
	struct hvpersona_vp_info vp = { .size = sizeof(vp) };
	int fd;

	claim.flags = 1 << 5;
	expect("a claim with an unknown flag", EOPNOTSUPP, ioctl(device, HVPERSONA_CLAIM, &claim));
	claim.flags = 0;
	claim.role = 7;
	expect("a claim with an unknown role", EOPNOTSUPP, ioctl(device, HVPERSONA_CLAIM, &claim));
	claim.role = HVPERSONA_ROLE_GUEST;
	claim.privileges_set = claim.privileges_clear = 1ULL << 33;
	expect("a privilege both set and cleared", EINVAL, ioctl(device, HVPERSONA_CLAIM, &claim));
	claim.privileges_clear = 0;
	claim.privileges_set = 1ULL << 63;
	expect("a privilege that does not exist", EINVAL, ioctl(device, HVPERSONA_CLAIM, &claim));
	claim.privileges_set = 0;

	fd = expect("a claim", 0, ioctl(device, HVPERSONA_CLAIM, &claim));
	expect("a second claim of the same process", EBUSY, ioctl(device, HVPERSONA_CLAIM, &claim));
	expect("HVPERSONA_PARTITION_INFO of it", 0, ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo));
	pinfo.__reserved = 1;
	expect("with a reserved field that is not zero", EINVAL,
	       ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo));
	pinfo.__reserved = 0;
	pinfo.__reserved2 = 1;
	expect("or the second one", EINVAL, ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo));
	pinfo.__reserved2 = 0;
	result(pinfo.out_state == HVPERSONA_STATE_CLAIMED && pinfo.out_pid == (__u32)getpid(),
	       "it is claimed, by us", pinfo.out_state, 0);
	expect("a VP of it", ENOENT, ioctl(fd, HVPERSONA_VP_INFO, &vp));
	expect("the device's ioctl on it", ENOTTY, ioctl(fd, HVPERSONA_CLAIM, &claim));
	expect("it is listed", 0, ioctl(device, HVPERSONA_PARTITION_NEXT, &next));
	detach.flags = 1;
	expect("detach with an unknown flag", EOPNOTSUPP,
	       ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach));
	detach.flags = 0;
	expect("detach withdraws it", 0, ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach));
	expect("once", ENODEV, ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach));
	expect("it is not listed any more", ENOENT, ioctl(device, HVPERSONA_PARTITION_NEXT, &next));
	close(fd);
	fd = expect("another claim", 0, ioctl(device, HVPERSONA_CLAIM, &claim));
	close(fd);
	expect("closing it withdraws it", ENOENT, ioctl(device, HVPERSONA_PARTITION_NEXT, &next));
}

static int make_vm(int kvm, int irqchip, int *vcpu)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[100]; } cpuid = {};
	int vm = ioctl(kvm, KVM_CREATE_VM, 0);

	if (irqchip)
		ioctl(vm, KVM_CREATE_IRQCHIP, 0);
	*vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	cpuid.head.nent = 100;
	ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid);
	ioctl(*vcpu, KVM_SET_CPUID2, &cpuid);
	return vm;
}

static void attaching(int device, int kvm)
{
	struct hvpersona_partition_info pinfo = { .size = sizeof(pinfo) };
	struct hvpersona_partition_detach detach = { .size = sizeof(detach) };
	struct hvpersona_partition_open popen = { .size = sizeof(popen) };
	struct hvpersona_partition_next next = { .size = sizeof(next) };
	struct hvpersona_call_counters counters[200];
	struct hvpersona_call_stats stats = {
		.size = sizeof(stats), .entries = (unsigned long)counters, .capacity = 200,
	};
	struct hvpersona_attach attach = { .size = sizeof(attach) };
	struct hvpersona_vp_info vp = { .size = sizeof(vp) };
	int vm, vcpu, fd, bare, bare_vcpu;

	vm = make_vm(kvm, 1, &vcpu);
	attach.vm_fd = 999;
	expect("attach: a descriptor that is not open", EBADF, ioctl(device, HVPERSONA_ATTACH, &attach));
	attach.vm_fd = 1;
	expect("attach: standard output", EINVAL, ioctl(device, HVPERSONA_ATTACH, &attach));
	attach.vm_fd = kvm;
	expect("attach: /dev/kvm", EINVAL, ioctl(device, HVPERSONA_ATTACH, &attach));
	attach.vm_fd = vcpu;
	expect("attach: a vCPU", EINVAL, ioctl(device, HVPERSONA_ATTACH, &attach));
	attach.vm_fd = vm;
	attach.flags = 4;
	expect("attach: an unknown flag", EOPNOTSUPP, ioctl(device, HVPERSONA_ATTACH, &attach));
	attach.flags = 0;
	bare = make_vm(kvm, 0, &bare_vcpu);
	attach.vm_fd = bare;
	expect("attach: no local APIC in the kernel", EOPNOTSUPP,
	       ioctl(device, HVPERSONA_ATTACH, &attach));

	attach.vm_fd = vm;
	fd = expect("attach: a VM", 0, ioctl(device, HVPERSONA_ATTACH, &attach));
	expect("attach: twice", EBUSY, ioctl(device, HVPERSONA_ATTACH, &attach));
	expect("it can be asked", 0, ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo));
	result(pinfo.out_state == HVPERSONA_STATE_ACTIVE && pinfo.out_vps == 1 &&
	       pinfo.out_partition_id >= 2 && pinfo.out_parent_id == 1,
	       "it is active, a child of the host, with one VP", pinfo.out_vps, 0);
	expect("its VP", 0, ioctl(fd, HVPERSONA_VP_INFO, &vp));
	vp.vp_index = 1;
	expect("and no other", ENOENT, ioctl(fd, HVPERSONA_VP_INFO, &vp));
	expect("its counters", 0, ioctl(fd, HVPERSONA_CALL_STATS, &stats));
	result(stats.out_count == 124 && counters[123].code == HVPERSONA_CALL_UNKNOWN,
	       "a row each, and one for unknown codes", stats.out_count, 0);
	stats.entries = 8;
	expect("counters to nowhere", EFAULT, ioctl(fd, HVPERSONA_CALL_STATS, &stats));
	popen.handle = pinfo.out_handle;
	close(expect("opened by handle", 0, ioctl(device, HVPERSONA_PARTITION_OPEN, &popen)));
	popen.handle = ~0U;
	expect("a handle that does not exist", ENOENT, ioctl(device, HVPERSONA_PARTITION_OPEN, &popen));

	expect("detach", 0, ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach));
	expect("detach again", ENODEV, ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach));
	expect("its VP is gone", ENODEV, ioctl(fd, HVPERSONA_VP_INFO, &vp));
	expect("it can still be asked", 0, ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo));
	result(pinfo.out_state == HVPERSONA_STATE_GONE, "and says so", pinfo.out_state, 0);
	close(fd);

	fd = expect("attached again", 0, ioctl(device, HVPERSONA_ATTACH, &attach));
	close(vcpu);
	close(vm);
	expect("the VM dies: detach finds none", ENODEV,
	       ioctl(fd, HVPERSONA_PARTITION_DETACH, &detach));
	expect("and nothing is listed", ENOENT, ioctl(device, HVPERSONA_PARTITION_NEXT, &next));
	close(fd);
	close(bare_vcpu);
	close(bare);
}

/* A claim follows child processes; a VM without vCPUs is no way around the checks */
static void children(int device, int kvm)
{
	struct hvpersona_partition_info pinfo = { .size = sizeof(pinfo) };
	struct hvpersona_claim claim = { .size = sizeof(claim) };
	struct hvpersona_attach attach = { .size = sizeof(attach) };
	int fd, vm, vcpu, status;

	fd = expect("claim", 0, ioctl(device, HVPERSONA_CLAIM, &claim));
	if (!fork()) {
		make_vm(kvm, 1, &vcpu);
		ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo);
		_exit(pinfo.out_state == HVPERSONA_STATE_ACTIVE && pinfo.out_pid == (__u32)getpid() ? 0 : 1);
	}
	wait(&status);
	result(!status, "a child's VM uses the claim", status, 0);
	expect("which is gone with it", 0, ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo));
	result(pinfo.out_state == HVPERSONA_STATE_GONE, "and says so", pinfo.out_state, 0);
	close(fd);

	vm = ioctl(kvm, KVM_CREATE_VM, 0);
	attach.vm_fd = vm;
	fd = expect("attach: a VM without vCPUs", 0, ioctl(device, HVPERSONA_ATTACH, &attach));
	vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	expect("its vCPU has no APIC and gets no VP", 0, ioctl(fd, HVPERSONA_PARTITION_INFO, &pinfo));
	result(pinfo.out_vps == 0, "none", pinfo.out_vps, 0);
	close(vcpu);
	close(vm);
	close(fd);
}

int main(void)
{
	int device = open("/dev/hvpersona", O_RDWR | O_CLOEXEC), kvm = open("/dev/kvm", O_RDWR);

	if (device < 0 || kvm < 0) {
		perror("/dev/hvpersona, /dev/kvm");
		return 2;
	}
	sizes(device);
	calls(device);
	claims(device);
	attaching(device, kvm);
	children(device, kvm);
	return finish();
}
