// SPDX-License-Identifier: GPL-2.0
/*
 * Answers that a parent registers in advance, so that a CPUID or an MSR access of its child
 * needs no message: the sheet's entries 0x0091 and 0x0092.
 *
 * An answer is for one VP or for all, those to come included. One answer at most counts: that
 * for the VP before that for all VPs, and of CPUID that for the subleaf before that for all
 * subleaves. Results change what the child is told. What it can do they do not change: the
 * hypervisor's own checks of registers go on to ask hvp_cpuid_lookup().
 */
#include <linux/err.h>
#include <linux/lockdep.h>
#include <linux/string.h>

#include "child.h"
#include "intercept.h"

enum { EAX, EBX, ECX, EDX };

/* Answer to CPUID. The key is the leaf, or leaf and subleaf */
struct cpuid_result {
	u64 key;
	bool always;
	struct {
		u32 value;
		u32 mask;
	} result[4];
};

/* Answer to RDMSR and WRMSR */
struct msr_result {
	u64 msr;
	u8 access;
	u8 read;
	u8 write;
};

static u64 subleaf_key(u32 leaf, u32 subleaf)
{
	return (u64)leaf << 32 | subleaf;
}

/*
 * Bits that tell of the VP or of its state: the hypervisor's are kept unless the answer is to
 * override them always. Intel SDM volume 2 and AMD APM volume 3, "CPUID".
 */
static const struct {
	u32 leaf;
	bool indexed;
	u32 subleaf;
	u8 reg;
	u32 bits;
} dynamic[] = {
	{ 0x00000001, false, 0, EBX, GENMASK(31, 24) },	/* initial APIC id */
	{ 0x00000001, false, 0, ECX, BIT(27) },		/* OSXSAVE */
	{ 0x00000007, true, 0, ECX, BIT(4) },		/* OSPKE */
	{ 0x0000000b, false, 0, EDX, U32_MAX },		/* x2APIC id */
	{ 0x0000000d, true, 0, EBX, U32_MAX },		/* size with what is enabled */
	{ 0x0000000d, true, 1, EBX, U32_MAX },
	{ 0x0000001f, false, 0, EDX, U32_MAX },		/* x2APIC id */
	{ 0x8000001e, false, 0, EAX, U32_MAX },		/* extended APIC id */
	{ 0x8000001e, false, 0, EBX, GENMASK(7, 0) },	/* core id */
	{ 0x8000001e, false, 0, ECX, GENMASK(7, 0) },	/* node id */
	{ 0x80000026, false, 0, EDX, U32_MAX },		/* extended APIC id */
};

static u32 dynamic_bits(u32 leaf, u32 subleaf, u32 reg)
{
	u32 i, bits = 0;

	for (i = 0; i < ARRAY_SIZE(dynamic); i++)
		if (dynamic[i].leaf == leaf && dynamic[i].reg == reg &&
		    (!dynamic[i].indexed || dynamic[i].subleaf == subleaf))
			bits |= dynamic[i].bits;
	return bits;
}

/* Whose answers a call names: those of one VP or of all; NULL if there is no such VP */
static struct hvp_results *results_of(struct hvp_partition *pt, u32 index)
{
	struct hvp_vp *vp;

	if (index == HV_ANY_VP)
		return &pt->child->results;
	vp = hvp_vp_find(pt, index);
	return vp ? &vp->results : NULL;
}

static enum hv_status register_cpuid(struct hvp_partition *pt, struct hvp_results *results,
				     const struct hv_register_intercept_result *in)
{
	struct cpuid_result *entry;
	u32 i;

	if (in->cpuid.subleaf_specific)
		entry = hvp_sorted_add(&pt->pool, &results->subleaves, sizeof(*entry),
				       subleaf_key(in->cpuid.leaf, in->cpuid.subleaf));
	else
		entry = hvp_sorted_add(&pt->pool, &results->leaves, sizeof(*entry), in->cpuid.leaf);
	if (IS_ERR(entry))
		return hvp_pool_status(PTR_ERR(entry));
	entry->always = in->cpuid.always_override;
	for (i = 0; i < ARRAY_SIZE(entry->result); i++) {
		entry->result[i].value = in->cpuid.result[i].value;
		entry->result[i].mask = in->cpuid.result[i].mask;
	}
	return HV_STATUS_SUCCESS;
}

static bool valid_access(u32 access)
{
	return access && !(access & ~(u32)(HV_INTERCEPT_READ | HV_INTERCEPT_WRITE));
}

static enum hv_status register_msr(struct hvp_partition *pt, struct hvp_results *results,
				   const struct hv_register_intercept_result *in)
{
	struct msr_result *entry;

	if (!valid_access(in->msr.access) || in->msr.action > HV_MSR_ACTION_IGNORE)
		return HV_STATUS_INVALID_PARAMETER;
	entry = hvp_sorted_add(&pt->pool, &results->msrs, sizeof(*entry), in->msr.msr);
	if (IS_ERR(entry))
		return hvp_pool_status(PTR_ERR(entry));
	entry->access |= in->msr.access;
	if (in->msr.access & HV_INTERCEPT_READ)
		entry->read = in->msr.action;
	if (in->msr.access & HV_INTERCEPT_WRITE)
		entry->write = in->msr.action;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_result_register - HvCallRegisterInterceptResult
 * @pt: Child, its op_lock held
 * @in: From a guest
 *
 * An answer that is there is replaced; those to read and to write an MSR are two. There can be
 * HVP_SORTED_MAX leaves, subleaves and MSRs for each VP, and as many for all VPs.
 *
 * Return: SUCCESS, INVALID_VP_INDEX, INVALID_PARAMETER, INSUFFICIENT_MEMORY, NO_RESOURCES.
 */
enum hv_status hvp_result_register(struct hvp_partition *pt,
				   const struct hv_register_intercept_result *in)
{
	struct hvp_results *results = results_of(pt, in->vp);

	lockdep_assert_held(&pt->op_lock);
	if (!results)
		return HV_STATUS_INVALID_VP_INDEX;
	switch (in->type) {
	case HV_INTERCEPT_CPUID:
		return register_cpuid(pt, results, in);
	case HV_INTERCEPT_MSR:
	case HV_INTERCEPT_MSR_INDEX:
		return register_msr(pt, results, in);
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
}

static bool unregister_cpuid(struct hvp_partition *pt, struct hvp_results *results,
			     const struct hv_unregister_intercept_result *in)
{
	if (in->subleaf_specific)
		return hvp_sorted_remove(&pt->pool, &results->subleaves,
					 sizeof(struct cpuid_result),
					 subleaf_key(in->first, in->second));
	return hvp_sorted_remove(&pt->pool, &results->leaves, sizeof(struct cpuid_result),
				 in->first);
}

static bool unregister_msr(struct hvp_partition *pt, struct hvp_results *results, u32 msr,
			   u32 access)
{
	struct msr_result *entry = hvp_sorted_find(&results->msrs, sizeof(*entry), msr);

	if (!entry || !(entry->access & access))
		return false;
	entry->access &= ~access;
	if (!entry->access)
		hvp_sorted_remove(&pt->pool, &results->msrs, sizeof(*entry), msr);
	return true;
}

/**
 * hvp_result_unregister - HvCallUnregisterInterceptResult
 * @pt: Child, its op_lock held
 * @in: From a guest
 *
 * Return: SUCCESS, INVALID_VP_INDEX, INVALID_PARAMETER; NOT_FOUND if no such answer is there,
 * of an MSR neither of those named.
 */
enum hv_status hvp_result_unregister(struct hvp_partition *pt,
				     const struct hv_unregister_intercept_result *in)
{
	struct hvp_results *results = results_of(pt, in->vp);
	bool found;

	lockdep_assert_held(&pt->op_lock);
	if (!results)
		return HV_STATUS_INVALID_VP_INDEX;
	switch (in->type) {
	case HV_INTERCEPT_CPUID:
		found = unregister_cpuid(pt, results, in);
		break;
	case HV_INTERCEPT_MSR:
	case HV_INTERCEPT_MSR_INDEX:
		if (!valid_access(in->second))
			return HV_STATUS_INVALID_PARAMETER;
		found = unregister_msr(pt, results, in->first, in->second);
		break;
	default:
		return HV_STATUS_INVALID_PARAMETER;
	}
	return found ? HV_STATUS_SUCCESS : HV_STATUS_NOT_FOUND;
}

static const struct cpuid_result *find_cpuid(const struct hvp_results *results, u32 leaf,
					     u32 subleaf)
{
	const struct cpuid_result *entry;

	entry = hvp_sorted_find(&results->subleaves, sizeof(*entry), subleaf_key(leaf, subleaf));
	return entry ?: hvp_sorted_find(&results->leaves, sizeof(*entry), leaf);
}

/**
 * hvp_result_cpuid - Apply a registered answer to CPUID
 * @vp: VP; of a child its op_lock is held. A machine's has no such answers
 * @leaf: EAX
 * @subleaf: ECX
 * @exists: The hypervisor has such a leaf
 * @regs: EAX, EBX, ECX, EDX: its answer, zeros if it has none; changed
 *
 * Return: whether there is such a leaf now.
 */
bool hvp_result_cpuid(struct hvp_vp *vp, u32 leaf, u32 subleaf, bool exists, u32 regs[4])
{
	const struct cpuid_result *entry;
	u32 i, mask;

	if (!vp->partition->child)
		return exists;
	lockdep_assert_held(&vp->partition->op_lock);
	entry = find_cpuid(&vp->results, leaf, subleaf) ?:
		find_cpuid(&vp->partition->child->results, leaf, subleaf);
	if (!entry)
		return exists;
	for (i = 0; i < ARRAY_SIZE(entry->result); i++) {
		mask = entry->result[i].mask;
		if (exists && !entry->always)
			mask &= ~dynamic_bits(leaf, subleaf, i);
		regs[i] = (regs[i] & ~mask) | (entry->result[i].value & mask);
	}
	return true;
}

/**
 * hvp_cpuid_seen - A CPUID leaf without subleaves as the VP sees it
 * @vp: VP; of a child its op_lock is held
 * @leaf: EAX
 * @regs: EAX, EBX, ECX, EDX
 */
void hvp_cpuid_seen(struct hvp_vp *vp, u32 leaf, u32 regs[4])
{
	bool exists = hvp_cpuid_lookup(vp, leaf, 0, regs);

	hvp_result_cpuid(vp, leaf, 0, exists, regs);
}

static const struct msr_result *find_msr(const struct hvp_results *results, u32 msr, u32 access)
{
	const struct msr_result *entry = hvp_sorted_find(&results->msrs, sizeof(*entry), msr);

	return entry && (entry->access & access) ? entry : NULL;
}

/**
 * hvp_result_msr - Find a registered answer to an access to an MSR
 * @vp: VP of a child, its op_lock held
 * @msr: MSR
 * @write: WRMSR
 * @action: Result: HV_MSR_ACTION_*
 *
 * Return: whether there is one.
 */
bool hvp_result_msr(struct hvp_vp *vp, u32 msr, bool write, u32 *action)
{
	u32 access = write ? HV_INTERCEPT_WRITE : HV_INTERCEPT_READ;
	const struct msr_result *entry;

	lockdep_assert_held(&vp->partition->op_lock);
	entry = find_msr(&vp->results, msr, access) ?:
		find_msr(&vp->partition->child->results, msr, access);
	if (!entry)
		return false;
	*action = write ? entry->write : entry->read;
	return true;
}

static void forget(struct hvp_pool *pool, struct hvp_results *results)
{
	hvp_sorted_clear(pool, &results->leaves);
	hvp_sorted_clear(pool, &results->subleaves);
	hvp_sorted_clear(pool, &results->msrs);
}

/**
 * hvp_results_vp_gone - Forget the answers for a VP that is going
 * @vp: VP of a child
 */
void hvp_results_vp_gone(struct hvp_vp *vp)
{
	forget(&vp->partition->pool, &vp->results);
}

/**
 * hvp_results_gone - Forget the answers for all VPs of a child that is going
 * @pt: Child, its op_lock held. May be called again
 */
void hvp_results_gone(struct hvp_partition *pt)
{
	forget(&pt->pool, &pt->child->results);
}
