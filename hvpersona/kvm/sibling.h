/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A second VM of the VMM's process, run in the vCPU threads of the first.
 */
#ifndef HVP_KVM_SIBLING_H
#define HVP_KVM_SIBLING_H

#include <linux/types.h>

struct file;
struct kvm;
struct kvm_vcpu;

/**
 * struct hvp_slot - A memory slot
 * @id: Its number
 * @flags: KVM_MEM_READONLY or 0
 * @gfn: First page
 * @pages: Number of pages
 * @address: Where it is in the VMM
 */
struct hvp_slot {
	u32 id;
	u32 flags;
	u64 gfn;
	u64 pages;
	u64 address;
};

/**
 * struct hvp_slots - The memory of a sibling
 * @list: Its slots
 * @count: Their number
 * @generation: For the owner: of which of the first VM's slots these are the image. Read without
 *	a lock
 */
struct hvp_slots {
	struct hvp_slot *list;
	u32 count;
	int generation;
};

void hvp_kvm_park(struct kvm_vcpu *vcpu);
void hvp_kvm_unpark(struct kvm_vcpu *vcpu);
struct file *hvp_sibling_create_vm(struct kvm *like);
struct file *hvp_sibling_create_vcpu(struct file *vm, struct kvm_vcpu *like, u32 vp_index);
void hvp_sibling_ready(struct kvm_vcpu *vcpu);
int hvp_sibling_mirror(struct file *vm, struct kvm *first, struct hvp_slots *have);
int hvp_sibling_run(struct kvm_vcpu *first, struct kvm_vcpu *vcpu);
bool hvp_sibling_forward(struct kvm_vcpu *first, struct kvm_vcpu *vcpu);
void hvp_sibling_complete(struct kvm_vcpu *first, struct kvm_vcpu *vcpu);

#endif
