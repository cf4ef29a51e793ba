// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID: the VMM's leaves, completed for the partition's role, are kept with the VP, and
 * the hypervisor's range of them is answered in the exit hook. KVM's own table stays as
 * the VMM set it, so that the VMM reads back what it wrote.
 */
#include <linux/lockdep.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include <asm/tsc.h>

#include "binding.h"
#include "../backend.h"
#include "../hv_abi/cpuid.h"
#include "../hv_abi/vtl.h"
#include "../vtl/intercept.h"

static void from_kvm(struct hvp_cpuid *to, const struct kvm_cpuid_entry2 *from)
{
	*to = (struct hvp_cpuid) {
		.function = from->function,
		.index = from->index,
		.indexed = from->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
		.regs = { from->eax, from->ebx, from->ecx, from->edx },
	};
}

/**
 * hvp_kvm_cpuid_apply - Take over the leaves that the VMM has set
 * @kvp: VP, its vCPU's mutex held
 *
 * KVM's own Hyper-V code is switched on if the VMM did not do so. The privileges that
 * KVM may enforce (KVM_CAP_HYPERV_ENFORCE_CPUID) stay those of the VMM.
 *
 * Return: 0 or -ENOMEM; on failure nothing is changed.
 */
int hvp_kvm_cpuid_apply(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u32 count = vcpu->arch.cpuid_nent, max = count + HVP_CPUID_EXTRA, i;
	struct hvp_cpuid *table;
	int err;

	lockdep_assert_held(&vcpu->mutex);
	table = kvcalloc(max, sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return -ENOMEM;
	for (i = 0; i < count; i++)
		from_kvm(&table[i], &vcpu->arch.cpuid_entries[i]);
	count = hvp_cpuid_complete(kvp->vp->partition, table, count, max);

	err = hvp_cpuid_publish(kvp->vp, table, count);
	if (!err) {
		kvp->vp->pa_bits = clamp(vcpu->arch.maxphyaddr, 32, 52);
		if (!vcpu->arch.hyperv_enabled)
			hvp_kvm_call(kvm_hv_set_cpuid)(vcpu, true);
	}
	kvfree(table);
	return err;
}

/* KVM runs a local APIC at 1 GHz unless the VMM says otherwise */
#define KVM_APIC_HZ	1000000000ULL

void hvp_backend_clocks(u64 *tsc_hz, u64 *apic_hz)
{
	*tsc_hz = tsc_khz * 1000ULL;
	*apic_hz = KVM_APIC_HZ;
}

/* Is it beyond the last leaf of its range, or is there no such range? */
static bool is_unimplemented(struct hvp_vp *vp, u32 function)
{
	u32 regs[4];

	return !hvp_cpuid_lookup(vp, function & 0xf0000000, 0, regs) || function > regs[0];
}

/**
 * hvp_kvm_intercept_cpuid - Tell a higher VTL of a CPUID instruction if it wants to know of it
 * @kvp: VTL in its exit hook
 *
 * Return: whether it is active now.
 */
bool hvp_kvm_intercept_cpuid(struct hvp_kvm_vp *kvp)
{
	u8 vtl = hvp_vtl_intercepting(kvp->vp, HV_VSM_INTERCEPT_CPUID);
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u32 regs[4];

	if (!vtl || !is_unimplemented(kvp->vp, vcpu->arch.regs[VCPU_REGS_RAX]))
		return false;
	hvp_kvm_bookkeeping(kvp);
	regs[0] = vcpu->arch.regs[VCPU_REGS_RAX];
	regs[2] = vcpu->arch.regs[VCPU_REGS_RCX];
	hvp_kvm_call(kvm_cpuid)(vcpu, &regs[0], &regs[1], &regs[2], &regs[3], false);
	hvp_vtl_cpuid_intercept(kvp->vp, vtl, regs);
	return true;
}

/**
 * hvp_kvm_cpuid - Answer a CPUID instruction if it asks for what is ours
 * @kvp: VP, in its exit hook
 * @ret: What the exit handler returns
 *
 * Return: whether it was ours.
 */
bool hvp_kvm_cpuid(struct hvp_kvm_vp *kvp, int *ret)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	unsigned long *gprs = vcpu->arch.regs;
	u32 function = gprs[VCPU_REGS_RAX], index = gprs[VCPU_REGS_RCX], regs[4];
	unsigned long rip = hvp_kvm_rip(vcpu);

	if (function != 1 && (function < HV_CPUID_BASE || function > HV_CPUID_END))
		return false;
	/* Faulting outside of the guest's kernel, and the bits that KVM maintains, are KVM's */
	*ret = static_call(hvp_orig_handle_exit)(vcpu, EXIT_FASTPATH_NONE);
	if (hvp_kvm_rip(vcpu) == rip)
		return true;
	if (function == 1) {
		gprs[VCPU_REGS_RCX] |= BIT(31);
		return true;
	}
	/* A leaf that does not exist reads as zeros: other hypervisors are out of sight */
	hvp_cpuid_lookup(kvp->vp, function, index, regs);
	gprs[VCPU_REGS_RAX] = regs[0];
	gprs[VCPU_REGS_RBX] = regs[1];
	gprs[VCPU_REGS_RCX] = regs[2];
	gprs[VCPU_REGS_RDX] = regs[3];
	return true;
}
