// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID as the guest sees it: the VMM's leaves, completed for the partition's role.
 *
 * What the VMM set and the role does not need stays. What Linux and Windows read, and what
 * must not be there, is the subject of linux-clients.md, "CPUID"; in short: leaves beyond
 * a class's maximum do not read as zero unless they exist, and a second hypervisor at a
 * higher base wins over Hyper-V.
 */
#include <linux/cleanup.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/hvpersona.h>

#include "features.h"
#include "hv_abi/cpuid.h"

enum { EAX, EBX, ECX, EDX };

/* Served for any VM once KVM's Hyper-V code is on, whatever the VMM asked for */
#define GUEST_PRIVILEGES							\
	(HV_PRIV(ACCESS_VP_RUNTIME_MSR) | HV_PRIV(ACCESS_PARTITION_REFERENCE_COUNTER) | \
	 HV_PRIV(ACCESS_HYPERCALL_MSRS) | HV_PRIV(ACCESS_VP_INDEX) |		\
	 HV_PRIV(ACCESS_PARTITION_REFERENCE_TSC) | HV_PRIV(ACCESS_FREQUENCY_MSRS) | \
	 HV_PRIV(ACCESS_VP_REGISTERS) | HV_PRIV(FAST_HYPERCALL_OUTPUT) |	\
	 HV_PRIV(ENABLE_EXTENDED_HYPERCALLS) | HV_PRIV(START_VIRTUAL_PROCESSOR))

/* Linux takes CreatePartitions and CpuManagement for the signs of a root */
#define ROOT_PRIVILEGES								\
	(GUEST_PRIVILEGES | HV_PRIV(CREATE_PARTITIONS) | HV_PRIV(ACCESS_PARTITION_ID) |	\
	 HV_PRIV(ACCESS_MEMORY_POOL) | HV_PRIV(POST_MESSAGES) | HV_PRIV(SIGNAL_EVENTS) | \
	 HV_PRIV(CREATE_PORT) | HV_PRIV(CONNECT_PORT) | HV_PRIV(ACCESS_STATS) |	\
	 HV_PRIV(CPU_MANAGEMENT) | HV_PRIV(CONFIGURE_PROFILER))

/* An invariant TSC is a root's own business; it expects the control to be absent */
#define ROOT_WITHOUT	HV_PRIV(ACCESS_TSC_INVARIANT_CONTROLS)

/* Maximum leaf and version that current clients were seen to accept */
#define HVP_VERSION_EAX		0x6c60		/* build 27744 */
#define HVP_VERSION_EBX		0x000a0000	/* 10.0 */
#define HVP_MAX_LPS		64

static struct hvp_cpuid *find(struct hvp_cpuid *table, u32 count, u32 function)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (table[i].function == function)
			return &table[i];
	return NULL;
}

/* The leaf, made as zeros if it is not there; NULL if the table is full */
static struct hvp_cpuid *leaf(struct hvp_cpuid *table, u32 *count, u32 max, u32 function)
{
	struct hvp_cpuid *entry = find(table, *count, function);

	if (!entry && *count < max) {
		entry = &table[(*count)++];
		*entry = (struct hvp_cpuid) { .function = function };
	}
	return entry;
}

static bool is_hyperv(const struct hvp_cpuid *table, u32 count)
{
	const struct hvp_cpuid *entry = find((struct hvp_cpuid *)table, count, HV_CPUID_INTERFACE);

	return entry && entry->regs[EAX] == HV_CPUID_INTERFACE_HV1;
}

/* Remove every hypervisor leaf that is not Hyper-V's */
static u32 drop_others(struct hvp_cpuid *table, u32 count, bool hyperv)
{
	u32 from, to = 0;

	for (from = 0; from < count; from++) {
		u32 function = table[from].function;

		if (function >= (hyperv ? HV_CPUID_BASE + 0x100 : HV_CPUID_BASE) &&
		    function <= HV_CPUID_END)
			continue;
		table[to++] = table[from];
	}
	return to;
}

static u64 complete_privileges(struct hvp_partition *pt, const struct hvp_cpuid *features)
{
	u64 given = features->regs[EAX] | (u64)features->regs[EBX] << 32;

	/* Its parent has decided */
	if (pt->child)
		return pt->privileges;
	if (pt->role == HVPERSONA_ROLE_ROOT) {
		given = (given | ROOT_PRIVILEGES) & ~ROOT_WITHOUT;
	} else {
		given |= GUEST_PRIVILEGES;
		/* Messages and events need the SynIC, which only the VMM can switch on */
		if (given & HV_PRIV(ACCESS_SYNIC_MSRS))
			given |= HV_PRIV(POST_MESSAGES) | HV_PRIV(SIGNAL_EVENTS);
	}
	return (given | pt->privileges_set) & ~pt->privileges_clear;
}

/**
 * hvp_cpuid_complete - Complete the CPUID leaves of a VP for its partition's role
 * @pt: Partition; its privileges and features are set from the result
 * @table: Leaves as the VMM gave them, changed in place
 * @count: Their number
 * @max: Room in @table, at least @count + HVP_CPUID_EXTRA
 *
 * Applying it to its own result changes nothing.
 *
 * Return: the new number of leaves.
 */
int hvp_cpuid_complete(struct hvp_partition *pt, struct hvp_cpuid *table, u32 count, u32 max)
{
	bool root = pt->role == HVPERSONA_ROLE_ROOT;
	struct hvp_cpuid *entry;
	u32 function;

	if (WARN_ON_ONCE(max < count + HVP_CPUID_EXTRA))
		return count;
	count = drop_others(table, count, is_hyperv(table, count));

	entry = find(table, count, 1);
	if (entry)
		entry->regs[ECX] |= BIT(31);

	entry = leaf(table, &count, max, HV_CPUID_BASE);
	entry->regs[EAX] = clamp(entry->regs[EAX], HV_CPUID_LAST, HV_CPUID_BASE + 0xff);
	entry->regs[EBX] = HV_CPUID_VENDOR_EBX;
	entry->regs[ECX] = HV_CPUID_VENDOR_ECX;
	entry->regs[EDX] = HV_CPUID_VENDOR_EDX;

	entry = leaf(table, &count, max, HV_CPUID_INTERFACE);
	entry->regs[EAX] = HV_CPUID_INTERFACE_HV1;

	entry = leaf(table, &count, max, HV_CPUID_VERSION);
	if (root || !entry->regs[EAX]) {
		entry->regs[EAX] = HVP_VERSION_EAX;
		entry->regs[EBX] = HVP_VERSION_EBX;
	}

	entry = leaf(table, &count, max, HV_CPUID_FEATURES);
	pt->privileges = complete_privileges(pt, entry);
	entry->regs[EAX] = lower_32_bits(pt->privileges);
	entry->regs[EBX] = upper_32_bits(pt->privileges);
	entry->regs[EDX] |= HV_FEATURE_XMM_INPUT | HV_FEATURE_FREQUENCY_REGS;
	if (pt->privileges & HV_PRIV(FAST_HYPERCALL_OUTPUT))
		entry->regs[EDX] |= HV_FEATURE_XMM_OUTPUT;
	else
		entry->regs[EDX] &= ~HV_FEATURE_XMM_OUTPUT;
	pt->xmm_input = true;
	pt->xmm_output = entry->regs[EDX] & HV_FEATURE_XMM_OUTPUT;

	entry = find(table, count, HV_CPUID_RECOMMENDATIONS);
	if (!entry) {
		entry = leaf(table, &count, max, HV_CPUID_RECOMMENDATIONS);
		entry->regs[EBX] = HV_SPIN_NEVER;
	}
	entry->regs[EAX] |= HV_RECOMMEND_RELAXED_TIMING | HV_RECOMMEND_NO_AUTO_EOI;
	entry->regs[EAX] &= ~HV_RECOMMEND_NESTED;
	if (!root)
		entry->regs[EAX] |= HV_RECOMMEND_REMOTE_FLUSH | HV_RECOMMEND_CLUSTER_IPI |
				    HV_RECOMMEND_EX_MASKS;

	entry = leaf(table, &count, max, HV_CPUID_LIMITS);
	if (!entry->regs[EAX])
		entry->regs[EAX] = HVP_MAX_VPS;
	if (!entry->regs[EBX])
		entry->regs[EBX] = HVP_MAX_LPS;

	/* Absent leaves would be answered with the data of others: make them zero */
	for (function = HV_CPUID_HARDWARE; function <= HV_CPUID_LAST; function++)
		leaf(table, &count, max, function);
	for (function = HV_CPUID_STACK_FIRST; function <= HV_CPUID_STACK_LAST; function++) {
		entry = leaf(table, &count, max, function);
		memset(entry->regs, 0, sizeof(entry->regs));
	}
	return count;
}

/**
 * hvp_cpuid_publish - Keep a copy of a VP's CPUID leaves
 * @vp: VP
 * @table: Completed leaves
 * @count: Their number
 *
 * Return: 0 or -ENOMEM.
 */
int hvp_cpuid_publish(struct hvp_vp *vp, const struct hvp_cpuid *table, u32 count)
{
	struct hvp_cpuid *copy;

	copy = kvmalloc_array(count, sizeof(*copy), GFP_KERNEL_ACCOUNT);
	if (!copy)
		return -ENOMEM;
	memcpy(copy, table, count * sizeof(*copy));
	mutex_lock(&vp->partition->lock);
	swap(vp->cpuid, copy);
	vp->cpuid_count = count;
	mutex_unlock(&vp->partition->lock);
	kvfree(copy);
	return 0;
}

/**
 * hvp_leaf_find - Find a CPUID leaf
 * @leaves: Leaves of a VP
 * @function: EAX
 * @index: ECX, of no meaning for a leaf without subleaves
 *
 * Return: the leaf, or NULL.
 */
struct hvp_cpuid *hvp_leaf_find(const struct hvp_leaves *leaves, u32 function, u32 index)
{
	struct hvp_cpuid *entry = leaves->table, *end = entry + leaves->count;

	for (; entry < end; entry++)
		if (entry->function == function && (!entry->indexed || entry->index == index))
			return entry;
	return NULL;
}

/**
 * hvp_cpuid_lookup - What CPUID answers on a VP
 * @vp: Any VP of the partition
 * @function: EAX
 * @index: ECX
 * @regs: EAX, EBX, ECX, EDX; zeros if there is no such leaf
 *
 * Return: whether there is such a leaf.
 */
bool hvp_cpuid_lookup(struct hvp_vp *vp, u32 function, u32 index, u32 regs[4])
{
	const struct hvp_cpuid *entry;
	struct hvp_leaves leaves;

	memset(regs, 0, 4 * sizeof(*regs));
	guard(mutex)(&vp->partition->lock);
	leaves = (struct hvp_leaves) { vp->cpuid, vp->cpuid_count };
	entry = hvp_leaf_find(&leaves, function, index);
	if (entry)
		memcpy(regs, entry->regs, sizeof(entry->regs));
	return entry;
}
