// SPDX-License-Identifier: GPL-2.0
/*
 * Guest memory through KVM's accessors, which know its slots and keep dirty logging
 * right. KVM holds kvm->srcu for reading in the exit path, where all of this runs.
 *
 * This is on the guest's behalf: it reaches what the guest itself may reach.
 */
#include <linux/uaccess.h>

#include "binding.h"

static bool forbidden(struct hvp_vp *vp, u64 gpa, u32 rights)
{
	return rights & ~hvp_kvm_rights(vp->partition, vp->vtl, gpa_to_gfn(gpa));
}

int hvp_kvm_read_gpa(struct hvp_vp *vp, u64 gpa, void *data, u32 size)
{
	if (unlikely(forbidden(vp, gpa, HVP_GPA_READ)))
		return -EFAULT;
	return hvp_kvm_call(kvm_vcpu_read_guest)(hvp_vcpu(vp), gpa, data, size) ? -EFAULT : 0;
}

int hvp_kvm_write_gpa(struct hvp_vp *vp, u64 gpa, const void *data, u32 size)
{
	if (unlikely(forbidden(vp, gpa, HVP_GPA_WRITE)))
		return -EFAULT;
	return hvp_kvm_call(kvm_vcpu_write_guest)(hvp_vcpu(vp), gpa, data, size) ? -EFAULT : 0;
}

static struct kvm_memory_slot *ram_slot(struct kvm_vcpu *vcpu, u64 gpa)
{
	struct kvm_memory_slot *slot;

	slot = hvp_kvm_call(kvm_vcpu_gfn_to_memslot)(vcpu, gpa_to_gfn(gpa));
	/* KVM's own slots, and such as are being removed, are no RAM of the guest */
	if (!slot || slot->id >= KVM_USER_MEM_SLOTS || (slot->flags & KVM_MEMSLOT_INVALID))
		return NULL;
	return slot;
}

int hvp_kvm_cmpxchg_gpa(struct hvp_vp *vp, u64 gpa, u64 old, u64 new, u32 size)
{
	struct kvm_vcpu *vcpu = hvp_vcpu(vp);
	struct kvm_memory_slot *slot = ram_slot(vcpu, gpa);
	unsigned long hva;
	u32 old32 = old;
	int ret;

	if (!slot || (slot->flags & KVM_MEM_READONLY) ||
	    forbidden(vp, gpa, HVP_GPA_READ | HVP_GPA_WRITE))
		return -EFAULT;
	hva = __gfn_to_hva_memslot(slot, gpa_to_gfn(gpa)) + offset_in_page(gpa);
	if (size == sizeof(u32))
		ret = __try_cmpxchg_user((u32 __user *)hva, &old32, (u32)new, fault32);
	else
		ret = __try_cmpxchg_user((u64 __user *)hva, &old, new, fault64);
	if (ret < 0)
		return -EFAULT;
	if (ret)
		return -EAGAIN;
	hvp_kvm_call(kvm_vcpu_mark_page_dirty)(vcpu, gpa_to_gfn(gpa));
	return 0;
}

/* The hypervisor's own page: what the guest may do with it does not matter */
int hvp_kvm_write_own_page(struct hvp_vp *vp, u64 gpa, const u64 *values, u32 count)
{
	struct kvm_vcpu *vcpu = hvp_vcpu(vp);
	struct kvm_memory_slot *slot = ram_slot(vcpu, gpa);
	u64 __user *to;
	u32 i;

	if (!slot || (slot->flags & KVM_MEM_READONLY))
		return -EFAULT;
	to = (u64 __user *)(__gfn_to_hva_memslot(slot, gpa_to_gfn(gpa)) + offset_in_page(gpa));
	if (!user_write_access_begin(to, count * sizeof(*to)))
		return -EFAULT;
	for (i = 0; i < count; i++)
		unsafe_put_user(values[i], to + i, fault);
	user_write_access_end();
	hvp_kvm_call(kvm_vcpu_mark_page_dirty)(vcpu, gpa_to_gfn(gpa));
	return 0;

fault:
	user_write_access_end();
	return -EFAULT;
}

u32 hvp_kvm_gpa_access(struct hvp_vp *vp, u64 gpa)
{
	struct kvm_memory_slot *slot = ram_slot(hvp_vcpu(vp), gpa);
	u32 rights = HVP_GPA_READ | HVP_GPA_WRITE;

	if (!slot)
		return 0;
	if (slot->flags & KVM_MEM_READONLY)
		rights &= ~HVP_GPA_WRITE;
	return rights & hvp_kvm_rights(vp->partition, vp->vtl, gpa_to_gfn(gpa));
}
