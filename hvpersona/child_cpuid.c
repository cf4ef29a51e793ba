// SPDX-License-Identifier: GPL-2.0
/*
 * CPUID of a child's VPs: the leaves of its parent, less what its parent has hidden from it
 * and what its creation flags do not ask for, with its own topology and hypervisor leaves.
 */
#include <linux/cleanup.h>
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "backend.h"
#include "child.h"
#include "features.h"
#include "hv_abi/cpuid.h"

enum { EAX, EBX, ECX, EDX, ALL };

/* Leaves that a host may have, and subleaves of one leaf */
#define HOST_LEAVES	256
#define HOST_FUNCTIONS	0x40
#define HOST_SUBLEAVES	64

/* Leaves that build() may add: those of hvp_cpuid_complete() and two topology leaves */
#define CHILD_EXTRA	(HVP_CPUID_EXTRA + 2 * 3)

/* Layout of XSAVE areas, Intel SDM volume 1, "XSAVE Area" */
#define XSAVE_LEGACY	(512 + 64)
#define XCR0_MPX	GENMASK_ULL(4, 3)
#define XCR0_AVX	BIT_ULL(2)
#define XCR0_AVX512	GENMASK_ULL(7, 5)
#define XCR0_AMX	GENMASK_ULL(18, 17)
#define XSS_CET		GENMASK_ULL(12, 11)
#define XSS_LBR		BIT_ULL(15)

static bool leaves_alloc(struct hvp_leaves *leaves, u32 max)
{
	leaves->table = kvmalloc_array(max, sizeof(*leaves->table), GFP_KERNEL_ACCOUNT);
	leaves->count = 0;
	leaves->max = max;
	return leaves->table;
}

/**
 * hvp_leaves_put - Free what hvp_leaves_get() returned
 * @leaves: The leaves
 */
void hvp_leaves_put(struct hvp_leaves *leaves)
{
	kvfree(leaves->table);
}

static void leaf_add(struct hvp_leaves *leaves, u32 function, u32 index, bool indexed,
		     const u32 regs[4])
{
	struct hvp_cpuid *leaf;

	if (leaves->count == leaves->max)
		return;
	leaf = &leaves->table[leaves->count++];
	*leaf = (struct hvp_cpuid) { .function = function, .index = index, .indexed = indexed };
	memcpy(leaf->regs, regs, sizeof(leaf->regs));
}

/* Leaves whose answer depends on ECX, Intel SDM volume 2 and AMD APM volume 3, "CPUID" */
static bool has_subleaves(u32 function)
{
	switch (function) {
	case 0x4:
	case 0x7:
	case 0xb:
	case 0xd:
	case 0xf ... 0x10:
	case 0x12:
	case 0x14:
	case 0x17 ... 0x18:
	case 0x1d ... 0x20:
	case 0x23 ... 0x24:
	case 0x8000001d:
	case 0x80000020:
	case 0x80000026:
		return true;
	default:
		return false;
	}
}

/* Leaves of one class, ordinary or extended */
static void host_class(struct hvp_leaves *leaves, u32 base)
{
	u32 regs[4], function, last, index;

	if (!hvp_backend_cpuid(base, 0, regs))
		return;
	last = min(regs[EAX], base + HOST_FUNCTIONS);
	for (function = base; function <= last; function++)
		for (index = 0; index < (has_subleaves(function) ? HOST_SUBLEAVES : 1); index++)
			if (hvp_backend_cpuid(function, index, regs))
				leaf_add(leaves, function, index, has_subleaves(function), regs);
}

static int host_leaves(struct hvp_leaves *leaves, u32 extra)
{
	if (!leaves_alloc(leaves, HOST_LEAVES + extra))
		return -ENOMEM;
	leaves->max = HOST_LEAVES;
	host_class(leaves, 0);
	host_class(leaves, BIT(31));
	leaves->max += extra;
	return 0;
}

/* A copy of the leaves of any VP that has some; none if no VP has */
static int copy_leaves(struct hvp_partition *pt, struct hvp_leaves *leaves, u32 extra)
{
	struct hvp_vp *vp;
	unsigned long index;

	guard(mutex)(&pt->lock);
	xa_for_each(&pt->vps, index, vp)
		if (vp->cpuid_count)
			break;
	if (!leaves_alloc(leaves, (vp ? vp->cpuid_count : 0) + extra))
		return -ENOMEM;
	if (vp) {
		memcpy(leaves->table, vp->cpuid, vp->cpuid_count * sizeof(*vp->cpuid));
		leaves->count = vp->cpuid_count;
	}
	return 0;
}

static bool is_hypervisors(u32 function)
{
	return function >= HV_CPUID_BASE && function <= HV_CPUID_END;
}

static bool is_topology(u32 function)
{
	return function == 0xb || function == 0x1f || function == 0x80000026;
}

/* Remove what is made anew for the child */
static void drop(struct hvp_leaves *leaves, bool (*unwanted)(u32 function))
{
	u32 from, to = 0;

	for (from = 0; from < leaves->count; from++)
		if (!unwanted(leaves->table[from].function))
			leaves->table[to++] = leaves->table[from];
	leaves->count = to;
}

/* Features that no creation flag gives: SMX, SGX, processor trace, encrypted memory */
#define NEVER	0

/* What a creation flag has to ask for; the rest of each line is what goes without it */
static const struct {
	u64 flag;
	u32 function;
	u8 reg;
	u32 bits;
} wanted[] = {
	{ HV_CREATE_NESTED_CAPABLE, 0x00000001, ECX, BIT(5) },		/* VMX */
	{ HV_CREATE_NESTED_CAPABLE, 0x80000001, ECX, BIT(2) },		/* SVM */
	{ HV_CREATE_NESTED_CAPABLE, 0x8000000a, ALL },
	{ HV_CREATE_LAPIC, 0x00000001, EDX, BIT(9) },
	{ HV_CREATE_LAPIC, 0x00000001, ECX, BIT(21) | BIT(24) },	/* x2APIC, TSC deadline */
	{ HV_CREATE_LAPIC, 0x80000001, EDX, BIT(9) },
	{ HV_CREATE_LAPIC, 0x80000001, ECX, BIT(3) },			/* ExtApicSpace */
	{ HV_CREATE_X2APIC, 0x00000001, ECX, BIT(21) },
	{ HV_CREATE_PMU, 0x00000001, ECX, BIT(15) },			/* PDCM */
	{ HV_CREATE_PMU, 0x0000000a, ALL },
	{ HV_CREATE_PMU, 0x00000023, ALL },
	{ HV_CREATE_PMU, 0x80000001, ECX, BIT(23) | BIT(24) | BIT(28) },	/* PerfCtrExt* */
	{ HV_CREATE_PMU, 0x80000022, ALL },
	{ HV_CREATE_LBR, 0x00000007, EDX, BIT(19) },
	{ HV_CREATE_LBR, 0x0000001c, ALL },
	{ NEVER, 0x00000001, ECX, BIT(6) },				/* SMX */
	{ NEVER, 0x00000007, EBX, BIT(2) | BIT(25) },			/* SGX, processor trace */
	{ NEVER, 0x00000007, ECX, BIT(30) },				/* SGX launch control */
	{ NEVER, 0x00000012, ALL },
	{ NEVER, 0x00000014, ALL },
	{ NEVER, 0x8000001f, ALL },
	/* These two follow CR4, which has neither bit set yet */
	{ NEVER, 0x00000001, ECX, BIT(27) },				/* OSXSAVE */
	{ NEVER, 0x00000007, ECX, BIT(4) },				/* OSPKE */
};

static void apply_flags(const struct hvp_child *child, struct hvp_leaves *leaves)
{
	struct hvp_cpuid *leaf = leaves->table, *end = leaf + leaves->count;
	u32 i;

	for (; leaf < end; leaf++) {
		for (i = 0; i < ARRAY_SIZE(wanted); i++) {
			if (leaf->function != wanted[i].function || (child->flags & wanted[i].flag))
				continue;
			if (wanted[i].reg == ALL)
				memset(leaf->regs, 0, sizeof(leaf->regs));
			else if (!leaf->indexed || !leaf->index)
				leaf->regs[wanted[i].reg] &= ~wanted[i].bits;
		}
	}
}

/* Components of the XSAVE area that are left with these features */
static u64 xsave_components(const struct hvp_child *child, const struct hvp_leaves *leaves,
			    bool supervisor)
{
	u64 xsave = hvp_bank_read(leaves, HVP_BANK_XSAVE), components = ~0ULL;
	const struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 7, 0);

	if (supervisor) {
		if (!(xsave & HVP_XSAVE_SUPERVISOR))
			return 0;
		components = child->flags & HV_CREATE_LBR ? XSS_LBR : 0;
		if (leaf && ((leaf->regs[ECX] & BIT(7)) || (leaf->regs[EDX] & BIT(20))))
			components |= XSS_CET;
		return components;
	}
	if (!(xsave & HVP_XSAVE))
		return 0;
	if (!(xsave & HVP_XSAVE_AVX))
		components &= ~XCR0_AVX;
	if (!(xsave & HVP_XSAVE_MPX))
		components &= ~XCR0_MPX;
	if (!(xsave & HVP_XSAVE_AVX512))
		components &= ~XCR0_AVX512;
	if (!(xsave & HVP_XSAVE_AMX_TILE))
		components &= ~XCR0_AMX;
	return components;
}

/* Leave components out of leaf 0xd. Subleaf 0 lists those of XCR0, 1 those of XSS */
static void trim_xsave(const struct hvp_child *child, struct hvp_leaves *leaves)
{
	struct hvp_cpuid *user = hvp_leaf_find(leaves, 0xd, 0), *leaf, *end;
	struct hvp_cpuid *supervisor = hvp_leaf_find(leaves, 0xd, 1);
	u64 xcr0 = xsave_components(child, leaves, false), xss;
	u32 size = XSAVE_LEGACY;

	if (!user)
		return;
	xss = supervisor ? xsave_components(child, leaves, true) : 0;
	user->regs[EAX] &= lower_32_bits(xcr0);
	user->regs[EDX] &= upper_32_bits(xcr0);
	if (supervisor) {
		supervisor->regs[ECX] &= lower_32_bits(xss);
		supervisor->regs[EDX] &= upper_32_bits(xss);
		/* Nothing but the legacy area is enabled after reset */
		supervisor->regs[EBX] = supervisor->regs[EAX] & (BIT(1) | BIT(3)) ? XSAVE_LEGACY : 0;
		xss &= supervisor->regs[ECX] | (u64)supervisor->regs[EDX] << 32;
	}
	xcr0 &= user->regs[EAX] | (u64)user->regs[EDX] << 32;

	end = leaves->table + leaves->count;
	for (leaf = leaves->table; leaf < end; leaf++) {
		if (leaf->function != 0xd || leaf->index < 2 || leaf->index > 62)
			continue;
		if (!((xcr0 | xss) & BIT_ULL(leaf->index)))
			memset(leaf->regs, 0, sizeof(leaf->regs));
		else if (xcr0 & BIT_ULL(leaf->index))
			size = max(size, leaf->regs[EBX] + leaf->regs[EAX]);
	}
	user->regs[EBX] = xcr0 ? XSAVE_LEGACY : 0;
	user->regs[ECX] = xcr0 ? size : 0;
}

static void apply_features(const struct hvp_child *child, struct hvp_leaves *leaves)
{
	u64 missing = child->disabled_xsave | ~hvp_bank_read(leaves, HVP_BANK_XSAVE);
	struct hvp_cpuid *leaf;

	hvp_bank_hide(leaves, HVP_BANK_FEATURES0, child->disabled_features[0]);
	hvp_bank_hide(leaves, HVP_BANK_FEATURES1, child->disabled_features[1]);
	missing = hvp_xsave_dependents(missing);
	hvp_bank_hide(leaves, HVP_BANK_XSAVE, missing);
	if (missing & HVP_XSAVE_AVX) {
		/* XOP and FMA4, F16C */
		hvp_bank_hide(leaves, HVP_BANK_FEATURES0, BIT_ULL(6) | BIT_ULL(19) | BIT_ULL(20));
	}
	leaf = hvp_leaf_find(leaves, 7, 0);
	if (leaf && (missing & HVP_XSAVE))
		leaf->regs[ECX] &= ~BIT(3);	/* PKU */
	trim_xsave(child, leaves);
}

/**
 * struct topology - How VPs are arranged. APIC ids are VP indexes
 * @threads: Per core
 * @socket: VPs per socket
 * @ids: APIC ids per socket, a power of two
 * @cache: VPs that share a last-level cache
 */
struct topology {
	u32 threads;
	u32 socket;
	u32 ids;
	u32 cache;
};

static void topology_of(struct hvp_partition *pt, struct topology *topology)
{
	u32 cache = hvp_property_stored(pt, HV_PROPERTY_PROCESSORS_PER_L3);

	topology->threads = pt->child->flags & HV_CREATE_SMT_ENABLED ? 2 : 1;
	topology->socket = hvp_property_stored(pt, HV_PROPERTY_PROCESSORS_PER_SOCKET);
	topology->socket = max(topology->socket, topology->threads);
	topology->ids = roundup_pow_of_two(topology->socket);
	topology->cache = min(cache ? roundup_pow_of_two(cache) : topology->ids, topology->ids);
}

/* Leaves 4 and 0x8000001d: how many share the cache, and on Intel cores per socket */
static void adapt_cache(struct hvp_cpuid *leaf, const struct topology *topology, bool cores)
{
	u32 level = leaf->regs[EAX] >> 5 & 7;
	u32 sharing = level >= 3 ? topology->cache : topology->threads;

	if (!(leaf->regs[EAX] & 0x1f))
		return;
	leaf->regs[EAX] &= GENMASK(13, 0);
	leaf->regs[EAX] |= (sharing - 1) << 14;
	if (cores)
		leaf->regs[EAX] |= (min(topology->ids / topology->threads, 64U) - 1) << 26;
}

/* Leaves 0xb and 0x1f: threads of a core, VPs of a socket, the end */
static void add_topology(struct hvp_leaves *leaves, u32 function, u32 id,
			 const struct topology *topology)
{
	leaf_add(leaves, function, 0, true,
		 (u32[]) { ilog2(topology->threads), topology->threads, 1 << 8 | 0, id });
	leaf_add(leaves, function, 1, true,
		 (u32[]) { ilog2(topology->ids), topology->socket, 2 << 8 | 1, id });
	leaf_add(leaves, function, 2, true, (u32[]) { 0, 0, 2, id });
}

static bool is_amd(const struct hvp_leaves *leaves)
{
	const struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 0, 0);

	/* "Auth", "Hygo" */
	return leaf && (leaf->regs[EBX] == 0x68747541 || leaf->regs[EBX] == 0x6f677948);
}

/* One leaf that tells of topology or of this VP */
static void adapt_leaf(struct hvp_cpuid *leaf, u32 id, const struct topology *topology, bool amd)
{
	u32 *regs = leaf->regs;

	switch (leaf->function) {
	case 0x00000001:
		regs[EBX] &= GENMASK(15, 0);
		regs[EBX] |= id << 24 | min(topology->socket, 255U) << 16;
		regs[EDX] &= ~BIT(28);
		if (topology->socket > 1)
			regs[EDX] |= BIT(28);
		break;
	case 0x00000004:
		adapt_cache(leaf, topology, true);
		break;
	case 0x8000001d:
		adapt_cache(leaf, topology, false);
		break;
	case 0x80000008:
		if (amd)
			regs[ECX] = ilog2(topology->ids) << 12 | min(topology->socket - 1, 255U);
		break;
	case 0x8000001e:
		regs[EAX] = id;
		regs[EBX] = (topology->threads - 1) << 8 |
			    (id % topology->ids / topology->threads & U8_MAX);
		regs[ECX] = id / topology->ids & U8_MAX;
		regs[EDX] = 0;
		break;
	}
}

static void apply_topology(struct hvp_partition *pt, struct hvp_leaves *leaves, u32 id)
{
	bool topology_b = hvp_leaf_find(leaves, 0xb, 0), topology_1f = hvp_leaf_find(leaves, 0x1f, 0);
	bool amd = is_amd(leaves);
	struct topology topology;
	u32 i;

	topology_of(pt, &topology);
	drop(leaves, is_topology);
	for (i = 0; i < leaves->count; i++)
		adapt_leaf(&leaves->table[i], id, &topology, amd);
	if (topology_b)
		add_topology(leaves, 0xb, id, &topology);
	if (topology_1f)
		add_topology(leaves, 0x1f, id, &topology);
}

static void apply_address_width(struct hvp_partition *pt, struct hvp_leaves *leaves)
{
	struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 0x80000008, 0);

	if (!leaf)
		return;
	/* EAX 23:16, a width for guests of the guest, has no other value than this one */
	leaf->regs[EAX] &= GENMASK(15, 8);
	leaf->regs[EAX] |= hvp_property_stored(pt, HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH);
}

/* The hypervisor's leaves as far as synthetic features without a privilege shape them */
static void apply_synthetic(struct hvp_partition *pt, struct hvp_leaves *leaves)
{
	u64 features = hvp_property_stored(pt, HV_PROPERTY_SYNTHETIC_FEATURES);
	struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 1, 0);

	if (!(features & HVP_SYNTHETIC_PRESENT)) {
		if (leaf)
			leaf->regs[ECX] &= ~BIT(31);
		return;
	}
	leaves->count = hvp_cpuid_complete(pt, leaves->table, leaves->count, leaves->max);

	if (!(features & HVP_SYNTHETIC_HV1))
		hvp_leaf_find(leaves, HV_CPUID_INTERFACE, 0)->regs[EAX] = 0;
	leaf = hvp_leaf_find(leaves, HV_CPUID_FEATURES, 0);
	if (!(pt->privileges & HV_PRIV(ACCESS_FREQUENCY_MSRS)))
		leaf->regs[EDX] &= ~HV_FEATURE_FREQUENCY_REGS;
	if (features & HVP_SYNTHETIC_DIRECT_TIMERS)
		leaf->regs[EDX] |= HV_FEATURE_DIRECT_TIMERS;
	leaf = hvp_leaf_find(leaves, HV_CPUID_RECOMMENDATIONS, 0);
	if (!(features & HVP_SYNTHETIC_FLUSH))
		leaf->regs[EAX] &= ~HV_RECOMMEND_REMOTE_FLUSH;
	if (!(features & HVP_SYNTHETIC_CLUSTER_IPI))
		leaf->regs[EAX] &= ~HV_RECOMMEND_CLUSTER_IPI;
	if (!(features & HVP_SYNTHETIC_EX_MASKS))
		leaf->regs[EAX] &= ~HV_RECOMMEND_EX_MASKS;
	leaf->regs[ECX] = hvp_property_stored(pt, HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH);
	hvp_leaf_find(leaves, HV_CPUID_LIMITS, 0)->regs[EAX] = HVP_MAX_CHILD_VPS;
}

/* The leaves of a child's VP, made from its parent's */
static int build(struct hvp_partition *pt, u32 index, struct hvp_leaves *leaves)
{
	int err = pt->parent ? copy_leaves(pt->parent, leaves, CHILD_EXTRA) :
			       host_leaves(leaves, CHILD_EXTRA);

	if (err)
		return err;
	drop(leaves, is_hypervisors);
	apply_flags(pt->child, leaves);
	apply_features(pt->child, leaves);
	apply_topology(pt, leaves, index);
	apply_address_width(pt, leaves);
	apply_synthetic(pt, leaves);
	return 0;
}

/**
 * hvp_leaves_get - CPUID leaves of a partition
 * @pt: Partition; of a child the leaves that its VP 0 has or would have. NULL is the host:
 *	what it offers to virtual machines
 * @leaves: A copy, for hvp_leaves_put()
 *
 * Return: 0 or -ENOMEM.
 */
int hvp_leaves_get(struct hvp_partition *pt, struct hvp_leaves *leaves)
{
	if (!pt)
		return host_leaves(leaves, 0);
	/* One more: allocations of nothing are none */
	return pt->child ? build(pt, 0, leaves) : copy_leaves(pt, leaves, 1);
}

/**
 * hvp_cpuid_cost - What the CPUID leaves of a child's VP are charged
 * @leaves: Their number
 */
size_t hvp_cpuid_cost(u32 leaves)
{
	return hvp_pool_cost(leaves * sizeof(struct hvp_cpuid));
}

/**
 * hvp_cpuid_for_child - Give a new VP of a child its CPUID leaves
 * @vp: VP; the child's op_lock is held. The leaves are charged to the child's pool
 *
 * Return: 0, -ENOSPC if the pool is too small, -ENOMEM.
 */
int hvp_cpuid_for_child(struct hvp_vp *vp)
{
	struct hvp_partition *pt = vp->partition;
	struct hvp_leaves leaves;
	size_t size;
	int err;

	err = build(pt, vp->index, &leaves);
	if (err)
		return err;
	size = hvp_cpuid_cost(leaves.count);
	err = -ENOSPC;
	if (hvp_pool_charge(&pt->pool, size)) {
		err = hvp_cpuid_publish(vp, leaves.table, leaves.count);
		if (err)
			hvp_pool_uncharge(&pt->pool, size);
	}
	vp->pa_bits = hvp_property_stored(pt, HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH);
	hvp_leaves_put(&leaves);
	return err;
}

static void set_apic_id(struct hvp_cpuid *leaf, u32 id)
{
	switch (leaf->function) {
	case 0x00000001:
		leaf->regs[EBX] = (leaf->regs[EBX] & GENMASK(23, 0)) | id << 24;
		break;
	case 0x0000000b:
	case 0x0000001f:
		leaf->regs[EDX] = id;
		break;
	case 0x8000001e:
		leaf->regs[EAX] = id;
		break;
	}
}

/**
 * hvp_cpuid_set_apic_id - Let CPUID of a child's VP tell another initial APIC id
 * @vp: VP; the child's op_lock is held
 * @id: APIC id, from a guest
 *
 * What the id's bits mean, threads and sockets, stays as it is.
 */
void hvp_cpuid_set_apic_id(struct hvp_vp *vp, u32 id)
{
	u32 i;

	guard(mutex)(&vp->partition->lock);
	for (i = 0; i < vp->cpuid_count; i++)
		set_apic_id(&vp->cpuid[i], id);
}
