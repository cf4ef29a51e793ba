/* SPDX-License-Identifier: GPL-2.0 */
/* A virtual machine of KVM's with one vCPU, for the test programs of the ioctl interface. */
#ifndef VM_H
#define VM_H

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/kvm.h>

static inline int make_vm(int *vcpu)
{
	struct { struct kvm_cpuid2 head; struct kvm_cpuid_entry2 entries[100]; } cpuid = { 0 };
	int kvm = open("/dev/kvm", O_RDWR), vm = ioctl(kvm, KVM_CREATE_VM, 0);

	ioctl(vm, KVM_CREATE_IRQCHIP, 0);
	*vcpu = ioctl(vm, KVM_CREATE_VCPU, 0);
	cpuid.head.nent = 100;
	ioctl(kvm, KVM_GET_SUPPORTED_CPUID, &cpuid);
	ioctl(*vcpu, KVM_SET_CPUID2, &cpuid);
	close(kvm);
	return vm;
}

#endif
