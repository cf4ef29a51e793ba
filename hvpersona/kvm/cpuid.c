// SPDX-License-Identifier: GPL-2.0
/*
 * The CPUID leaves of a vCPU: completed in place, as KVM emulates CPUID from them, and
 * given back on detach. The vCPU's mutex is held throughout.
 */
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "binding.h"
#include "../hv_abi/cpuid.h"

static void from_kvm(struct hvp_cpuid *to, const struct kvm_cpuid_entry2 *from)
{
	*to = (struct hvp_cpuid) {
		.function = from->function,
		.index = from->index,
		.indexed = from->flags & KVM_CPUID_FLAG_SIGNIFCANT_INDEX,
		.regs = { from->eax, from->ebx, from->ecx, from->edx },
	};
}

static void to_kvm(struct kvm_cpuid_entry2 *to, const struct hvp_cpuid *from)
{
	*to = (struct kvm_cpuid_entry2) {
		.function = from->function,
		.index = from->index,
		.flags = from->indexed ? KVM_CPUID_FLAG_SIGNIFCANT_INDEX : 0,
		.eax = from->regs[0],
		.ebx = from->regs[1],
		.ecx = from->regs[2],
		.edx = from->regs[3],
	};
}

/* Did the VMM ask for KVM's Hyper-V support? */
static bool has_hyperv(const struct kvm_vcpu *vcpu)
{
	int i;

	for (i = 0; i < vcpu->arch.cpuid_nent; i++)
		if (vcpu->arch.cpuid_entries[i].function == HV_CPUID_INTERFACE)
			return vcpu->arch.cpuid_entries[i].eax == HV_CPUID_INTERFACE_HV1;
	return false;
}

/**
 * hvp_kvm_cpuid_apply - Complete the leaves that the VMM has set
 * @kvp: VP, its vCPU's mutex held
 *
 * KVM's own Hyper-V code is switched on if the VMM did not do so; if it did, the
 * privileges that KVM may enforce (KVM_CAP_HYPERV_ENFORCE_CPUID) stay those of the VMM.
 *
 * Return: 0 or -ENOMEM; on failure nothing is changed.
 */
int hvp_kvm_cpuid_apply(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;
	u32 count = vcpu->arch.cpuid_nent, max = count + HVP_CPUID_EXTRA, i;
	bool hyperv = has_hyperv(vcpu);
	struct kvm_cpuid_entry2 *entries;
	struct hvp_cpuid *table;
	int err = -ENOMEM;

	lockdep_assert_held(&vcpu->mutex);
	table = kvcalloc(max, sizeof(*table), GFP_KERNEL_ACCOUNT);
	entries = kvcalloc(max, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!table || !entries)
		goto free;
	for (i = 0; i < count; i++)
		from_kvm(&table[i], &vcpu->arch.cpuid_entries[i]);
	count = hvp_cpuid_complete(kvp->vp->partition, table, count, max);
	for (i = 0; i < count; i++)
		to_kvm(&entries[i], &table[i]);
	if (!hyperv) {
		err = hvp_kvm_call(kvm_hv_vcpu_init)(vcpu);
		if (err)
			goto free;
	}
	err = hvp_cpuid_publish(kvp->vp, table, count);
	if (err)
		goto free;

	kvfree(kvp->original);
	kvp->original = vcpu->arch.cpuid_entries;
	kvp->original_count = vcpu->arch.cpuid_nent;
	vcpu->arch.cpuid_entries = entries;
	vcpu->arch.cpuid_nent = count;
	kvp->vp->pa_bits = vcpu->arch.maxphyaddr;
	if (!hyperv)
		hvp_kvm_call(kvm_hv_set_cpuid)(vcpu, true);
	kvfree(table);
	return 0;

free:
	kvfree(entries);
	kvfree(table);
	return err;
}

/**
 * hvp_kvm_cpuid_restore - Give a vCPU the leaves back that the VMM had set
 * @kvp: VP, its vCPU's mutex held
 */
void hvp_kvm_cpuid_restore(struct hvp_kvm_vp *kvp)
{
	struct kvm_vcpu *vcpu = kvp->vcpu;

	lockdep_assert_held(&vcpu->mutex);
	if (!kvp->original)
		return;
	kvfree(vcpu->arch.cpuid_entries);
	vcpu->arch.cpuid_entries = kvp->original;
	vcpu->arch.cpuid_nent = kvp->original_count;
	kvp->original = NULL;
	hvp_kvm_call(kvm_hv_set_cpuid)(vcpu, has_hyperv(vcpu));
}
