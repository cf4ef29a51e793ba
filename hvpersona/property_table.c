// SPDX-License-Identifier: GPL-2.0
/*
 * The table of partition properties, in order of their codes: the sheet's section "Partition
 * properties". With it how those are computed that follow from something else, and what
 * writing those means that have an effect.
 */
#include <linux/cleanup.h>
#include <linux/kernel.h>

#include "backend.h"
#include "hv_abi/registers.h"
#include "properties.h"
#include "registers.h"
#include "vp_file.h"

enum { EAX, EBX, ECX, EDX };

/* Of a virtual TLB that there is not: hardware does nested paging */
#define TLB_PAGES_MIN		64
#define TLB_PAGES_MAX		4096

/* What x86 processors have */
#define ADDRESS_WIDTH_MIN	32
#define ADDRESS_WIDTH_MAX	52
#define ADDRESS_WIDTH_DEFAULT	36

/* SHA-384 */
#define DIGEST_QWORDS		6

/* VMM can supply overlay page locations; assignable synthetic features are known */
#define HVP_VMM_CAPABILITIES	(BIT_ULL(1) | BIT_ULL(4))

/*
 * What a child can have at all: what is served, less what makes a root. The rest of what is
 * defined belongs to MSRs and calls that are offered to nobody.
 */
#define CHILD_PRIVILEGES							\
	(HV_PRIV(ACCESS_VP_RUNTIME_MSR) | HV_PRIV(ACCESS_PARTITION_REFERENCE_COUNTER) |	\
	 HV_PRIV(ACCESS_SYNIC_MSRS) | HV_PRIV(ACCESS_SYNTHETIC_TIMER_MSRS) |	\
	 HV_PRIV(ACCESS_APIC_MSRS) | HV_PRIV(ACCESS_HYPERCALL_MSRS) |		\
	 HV_PRIV(ACCESS_VP_INDEX) | HV_PRIV(ACCESS_PARTITION_REFERENCE_TSC) |	\
	 HV_PRIV(ACCESS_FREQUENCY_MSRS) | HV_PRIV(CREATE_PARTITIONS) |		\
	 HV_PRIV(ACCESS_PARTITION_ID) | HV_PRIV(ACCESS_MEMORY_POOL) |		\
	 HV_PRIV(POST_MESSAGES) | HV_PRIV(SIGNAL_EVENTS) | HV_PRIV(CREATE_PORT) | \
	 HV_PRIV(CONNECT_PORT) | HV_PRIV(ACCESS_STATS) | HV_PRIV(ACCESS_VP_REGISTERS) | \
	 HV_PRIV(FAST_HYPERCALL_OUTPUT) | HV_PRIV(ENABLE_EXTENDED_HYPERCALLS) | \
	 HV_PRIV(START_VIRTUAL_PROCESSOR))

/**
 * hvp_privileges_for_child - What the children of a partition may have
 * @parent: Partition; NULL is the host
 */
u64 hvp_privileges_for_child(const struct hvp_partition *parent)
{
	u64 privileges = parent ? parent->privileges & CHILD_PRIVILEGES : CHILD_PRIVILEGES;

	/* The child would be too deep for children of its own */
	if (parent && parent->depth + 1 >= HVP_MAX_DEPTH)
		privileges &= ~HV_PRIV(CREATE_PARTITIONS);
	return privileges;
}

/**
 * hvp_set_privileges - Set the privileges of a child
 * @pt: Child
 * @privileges: HV_PARTITION_PRIVILEGE_MASK
 */
void hvp_set_privileges(struct hvp_partition *pt, u64 privileges)
{
	WRITE_ONCE(pt->privileges, privileges);
	pt->xmm_output = privileges & HV_PRIV(FAST_HYPERCALL_OUTPUT);
}

/* Synthetic processor features that the children of @parent may have */
static u64 synthetic_for_child(const struct hvp_partition *parent)
{
	u64 privileges = hvp_privileges_for_child(parent);
	u64 features = HVP_SYNTHETIC_ALWAYS | hvp_synthetic_of_privileges(privileges);

	if (privileges & HV_PRIV(ACCESS_SYNTHETIC_TIMER_MSRS))
		features |= HVP_SYNTHETIC_DIRECT_TIMERS;
	return features;
}

static enum hv_status get_privileges(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	*values = pt->privileges;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_privileges(struct hvp_partition *pt, const u64 *values, u32 count)
{
	if (*values & ~hvp_privileges_for_child(pt->parent))
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	hvp_set_privileges(pt, *values);
	return HV_STATUS_SUCCESS;
}

/* Features that are privileges are kept there, the others in the property's own slot */
static enum hv_status get_synthetic(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	*values = hvp_synthetic_of_privileges(pt->privileges);
	*values |= pt->child ? hvp_property_stored(pt, HV_PROPERTY_SYNTHETIC_FEATURES) :
			       HVP_SYNTHETIC_ALWAYS;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_synthetic(struct hvp_partition *pt, const u64 *values, u32 count)
{
	u64 others = *values & ~hvp_synthetic_of_privileges(~0ULL);

	if (*values & ~synthetic_for_child(pt->parent))
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	hvp_set_privileges(pt, (pt->privileges & ~hvp_privileges_of_synthetic(~0ULL)) |
			       hvp_privileges_of_synthetic(*values));
	*hvp_property_slot(pt, HV_PROPERTY_SYNTHETIC_FEATURES) = others;
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_root_synthetic(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	struct hvp_partition *root = hvp_root_of(pt);

	*values = HVP_SYNTHETIC_ALWAYS |
		  hvp_synthetic_of_privileges(root ? root->privileges : CHILD_PRIVILEGES);
	return HV_STATUS_SUCCESS;
}

/*
 * TLFS 2.0, "CPU Reserve" and "CPU Cap": the one does not exceed the other, and there is as much
 * as all children reserve.
 */
static enum hv_status set_reserve(struct hvp_partition *pt, const u64 *values, u32 count)
{
	if (*values > hvp_property_stored(pt, HV_PROPERTY_CPU_CAP) || !hvp_reserve_set(pt, *values))
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_cap(struct hvp_partition *pt, const u64 *values, u32 count)
{
	if (*values < hvp_property_stored(pt, HV_PROPERTY_CPU_RESERVE))
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	*hvp_property_slot(pt, HV_PROPERTY_CPU_CAP) = *values;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_debug_channel(struct hvp_partition *pt, const u64 *values, u32 count)
{
	return hvp_debug_channel_set(pt, *values) ? HV_STATUS_SUCCESS : HV_STATUS_OBJECT_IN_USE;
}

/* A 64-bit register of the calling VP */
static enum hv_status read_register(struct hvp_vp *vp, u32 name, u64 *value)
{
	union hvp_register_value reg_value = {};
	enum hv_status status;
	struct hvp_reg reg;

	if (!vp || !hvp_reg_lookup(name, &reg))
		return HV_STATUS_UNKNOWN_PROPERTY;
	status = vp->ops->get_reg(vp, &reg, &reg_value);
	*value = reg_value.low;
	return status ? HV_STATUS_UNKNOWN_PROPERTY : HV_STATUS_SUCCESS;
}

static enum hv_status set_time_freeze(struct hvp_partition *pt, const u64 *values, u32 count)
{
	hvp_child_time_set(pt, *values, hvp_child_reference_time(pt));
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_reference_time(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	if (!pt->child)
		return read_register(vp, HV_REG_TIME_REF_COUNT, values);
	*values = hvp_child_reference_time(pt);
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_reference_time(struct hvp_partition *pt, const u64 *values, u32 count)
{
	hvp_child_time_set(pt, hvp_property_stored(pt, HV_PROPERTY_TIME_FREEZE), *values);
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_processor_clock(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	u64 apic_hz;

	if (!pt->child)
		return read_register(vp, HV_REG_PROCESSOR_CLOCK, values);
	hvp_backend_clocks(values, &apic_hz);
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_apic_frequency(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	u64 tsc_hz;

	if (!pt->child)
		return read_register(vp, HV_REG_INTERRUPT_CLOCK, values);
	hvp_backend_clocks(&tsc_hz, values);
	return HV_STATUS_SUCCESS;
}

static u8 host_address_width(void)
{
	u32 regs[4];

	if (!hvp_backend_cpuid(0x80000008, 0, regs))
		return ADDRESS_WIDTH_DEFAULT;
	return clamp(regs[EAX] & 0xff, ADDRESS_WIDTH_MIN, ADDRESS_WIDTH_MAX);
}

/* Width of a guest physical address in a machine or a child */
static u8 address_width(struct hvp_partition *pt)
{
	unsigned long index = 0;
	struct hvp_vp *vp;

	if (pt->child)
		return hvp_property_stored(pt, HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH);
	guard(mutex)(&pt->lock);
	vp = xa_find(&pt->vps, &index, ULONG_MAX, XA_PRESENT);
	if (!vp)
		return ADDRESS_WIDTH_DEFAULT;
	return clamp(vp->pa_bits, ADDRESS_WIDTH_MIN, ADDRESS_WIDTH_MAX);
}

/**
 * hvp_parent_address_width - Width of a physical address of a child's parent
 * @pt: Child
 *
 * Return: the greatest width that the child itself can have.
 */
u8 hvp_parent_address_width(struct hvp_partition *pt)
{
	return pt->parent ? address_width(pt->parent) : host_address_width();
}

static enum hv_status get_address_width(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	*values = address_width(pt);
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_address_width(struct hvp_partition *pt, const u64 *values, u32 count)
{
	if (*values > hvp_parent_address_width(pt))
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	*hvp_property_slot(pt, HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH) = *values;
	/* Nothing is mapped before a partition is initialized */
	pt->child->map.limit = BIT_ULL(*values - PAGE_SHIFT);
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_address_size(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	*values = pt->child ? hvp_parent_address_width(pt) : address_width(pt);
	return HV_STATUS_SUCCESS;
}

/* The VP of a child with the lowest index, or NULL */
static struct hvp_vp *first_vp(struct hvp_partition *pt)
{
	unsigned long index = 0;

	return xa_find(&pt->vps, &index, ULONG_MAX, XA_PRESENT);
}

static enum hv_status get_guest_os_id(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	/* A machine has none to answer for it before its VMM has made a VP */
	guard(mutex)(&pt->lock);
	vp = first_vp(pt);
	if (vp)
		*values = pt->child ? hvp_file_get64(vp, HV_REG_GUEST_OS_ID) :
				      vp->ops->guest_os_id(vp);
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_reference_tsc_active(struct hvp_partition *pt, struct hvp_vp *vp,
					       u64 *values)
{
	vp = first_vp(pt);
	if (vp)
		*values = hvp_file_get64(vp, HV_REG_REFERENCE_TSC) & 1;
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_compatibility(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	*values = pt->child->compatibility;
	return HV_STATUS_SUCCESS;
}

static u64 processor_vendor(const struct hvp_leaves *leaves)
{
	const struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 0, 0);

	switch (leaf ? leaf->regs[EBX] : 0) {
	case 0x756e6547:	/* "Genu" */
		return HV_PROCESSOR_VENDOR_INTEL;
	case 0x6f677948:	/* "Hygo" */
		return HV_PROCESSOR_VENDOR_HYGON;
	default:
		return HV_PROCESSOR_VENDOR_AMD;
	}
}

static u64 features0(const struct hvp_leaves *leaves)
{
	return hvp_bank_read(leaves, HVP_BANK_FEATURES0);
}

static u64 features1(const struct hvp_leaves *leaves)
{
	return hvp_bank_read(leaves, HVP_BANK_FEATURES1);
}

static u64 xsave_features(const struct hvp_leaves *leaves)
{
	return hvp_bank_read(leaves, HVP_BANK_XSAVE);
}

static u64 clflush_size(const struct hvp_leaves *leaves)
{
	const struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 1, 0);

	return leaf ? leaf->regs[EBX] >> 8 & 0xff : 0;
}

static u64 xsave_states(const struct hvp_leaves *leaves)
{
	const struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 0xd, 0);

	return leaf ? leaf->regs[EAX] | (u64)leaf->regs[EDX] << 32 : 0;
}

static u64 max_xsave_size(const struct hvp_leaves *leaves)
{
	const struct hvp_cpuid *leaf = hvp_leaf_find(leaves, 0xd, 0);

	return leaf ? leaf->regs[ECX] : 0;
}

/* Values of several banks: their number, in 16 bits, then the banks */
static enum hv_status get_features(struct hvp_partition *pt, u64 *values)
{
	struct hvp_leaves leaves;

	if (hvp_leaves_get(pt, &leaves))
		return HV_STATUS_NO_RESOURCES;
	values[0] = HV_PROCESSOR_FEATURE_BANKS;
	values[1] = features0(&leaves);
	values[2] = features1(&leaves);
	hvp_leaves_put(&leaves);
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_root_features(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	return get_features(hvp_root_of(pt), values);
}

static enum hv_status get_enabled_features(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	return get_features(pt, values);
}

static enum hv_status get_disabled_features(struct hvp_partition *pt, struct hvp_vp *vp,
					    u64 *values)
{
	values[0] = HV_PROCESSOR_FEATURE_BANKS;
	values[1] = pt->child->disabled_features[0];
	values[2] = pt->child->disabled_features[1];
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_assignable(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	values[0] = 1;
	values[1] = synthetic_for_child(pt);
	return HV_STATUS_SUCCESS;
}

static enum hv_status get_vmm_capabilities(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	values[0] = 1;
	values[1] = pt->child ? hvp_property_stored(pt, HV_PROPERTY_VMM_CAPABILITIES) :
				HVP_VMM_CAPABILITIES;
	return HV_STATUS_SUCCESS;
}

static enum hv_status set_vmm_capabilities(struct hvp_partition *pt, const u64 *values, u32 count)
{
	if (values[0] != 1)
		return HV_STATUS_INVALID_PARAMETER;
	if (values[1] & ~HVP_VMM_CAPABILITIES)
		return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	*hvp_property_slot(pt, HV_PROPERTY_VMM_CAPABILITIES) = values[1];
	return HV_STATUS_SUCCESS;
}

/* A generic set, of logical processors: all of them */
static enum hv_status get_affinity(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values)
{
	values[0] = HV_VP_SET_ALL;
	return HV_STATUS_SUCCESS;
}

static enum hv_status check_affinity(struct hvp_partition *pt, const u64 *values, u32 count)
{
	if (count < 2 || values[0] > HV_VP_SET_ALL)
		return HV_STATUS_INVALID_PARAMETER;
	if (values[0] == HV_VP_SET_SPARSE_4K && hweight64(values[1]) != count - 2)
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

#define W	HVP_PROPERTY_WRITE
#define EARLY	HVP_PROPERTY_EARLY
#define OWN	HVP_PROPERTY_OWN
#define CLAMP	HVP_PROPERTY_CLAMP
#define BLOB	HVP_PROPERTY_BLOB
#define ROOTS	HVP_PROPERTY_ROOTS

#define ROW(_code, _flags, ...) { .code = HV_PROPERTY_##_code, .flags = _flags, ##__VA_ARGS__ },

const struct hvp_property hvp_property_table[] = {
	ROW(PRIVILEGE_FLAGS, W | EARLY | OWN, .max = ~0ULL,
	    .get = get_privileges, .set = set_privileges)
	ROW(SYNTHETIC_FEATURES, W | EARLY | OWN, .max = ~0ULL, .initial = HVP_SYNTHETIC_ALWAYS,
	    .get = get_synthetic, .set = set_synthetic)
	ROW(ALLOWED_PARENT_USER_MODE_HYPERCALLS, W, .max = ~0ULL)
	ROW(SUSPEND, W | OWN, .max = 1)
	ROW(CPU_RESERVE, W | OWN, .max = HV_CPU_CAP_MAX, .set = set_reserve)
	ROW(CPU_CAP, W | OWN, .max = HV_CPU_CAP_MAX, .initial = HV_CPU_CAP_MAX,
	    .set = set_cap)
	ROW(CPU_WEIGHT, W | OWN, .min = 1, .max = HV_CPU_WEIGHT_MAX,
	    .initial = HV_CPU_WEIGHT_DEFAULT)
	ROW(CPU_GROUP_ID, W)
	ROW(INTEGRATED_SCHEDULER_ENABLED, OWN)
	ROW(TIME_FREEZE, W | OWN, .max = 1, .set = set_time_freeze)
	ROW(APIC_FREQUENCY, OWN, .get = get_apic_frequency)
	ROW(REFERENCE_TIME, W | OWN, .max = ~0ULL, .get = get_reference_time,
	    .set = set_reference_time)
	ROW(DEBUG_CHANNEL_ID, W, .max = U16_MAX, .set = set_debug_channel)
	ROW(DEBUG_CHANNEL_ID0, W, .max = U16_MAX)
	ROW(DEBUG_CHANNEL_ID1, W, .max = U16_MAX)
	ROW(DEBUG_CHANNEL_ID2, W, .max = U16_MAX)
	ROW(VIRTUAL_TLB_PAGE_COUNT, W | CLAMP, .min = TLB_PAGES_MIN, .max = TLB_PAGES_MAX,
	    .initial = TLB_PAGES_MIN)
	ROW(VSM_CONFIG, 0)
	ROW(ZERO_MEMORY_ON_RESET, W, .max = 1)
	ROW(PROCESSORS_PER_SOCKET, W, .min = 1, .max = HVP_MAX_CHILD_VPS,
	    .initial = HVP_MAX_CHILD_VPS)
	ROW(NESTED_TLB_SIZE, W | CLAMP, .min = TLB_PAGES_MIN, .max = TLB_PAGES_MAX,
	    .initial = TLB_PAGES_MIN)
	ROW(GPA_PAGE_ACCESS_TRACKING, W, .max = 1)
	ROW(VSM_PERMISSIONS_DIRTY_SINCE_LAST_QUERY, 0)
	ROW(SGX_LAUNCH_CONTROL_CONFIG, 0)
	ROW(DEFAULT_SGX_LAUNCH_CONTROL0, 0)
	ROW(DEFAULT_SGX_LAUNCH_CONTROL1, 0)
	ROW(DEFAULT_SGX_LAUNCH_CONTROL2, 0)
	ROW(DEFAULT_SGX_LAUNCH_CONTROL3, 0)
	ROW(ISOLATION_STATE, 0)
	ROW(ISOLATION_CONTROL, 0)
	ROW(ALLOCATION_ID, W, .max = ~0ULL)
	ROW(MONITORING_ID, W, .max = ~0ULL)
	ROW(PHYSICAL_ADDRESS_BITS, OWN, .get = get_address_width)
	ROW(NON_ARCHITECTURAL_CORE_SHARING, 0)
	ROW(HYPERCALL_DOORBELL_PAGE, W | EARLY, .max = ~0ULL)
	ROW(CPPC_REQUEST_VALUE, W, .max = ~0ULL)
	ROW(ISOLATION_POLICY, 0)
	ROW(DMA_CAPABLE_DEVICES, 0)
	ROW(PROCESSORS_PER_L3, W, .max = HVP_MAX_CHILD_VPS)
	ROW(UNIMPLEMENTED_MSR_ACTION, W | OWN, .max = 1)
	ROW(AMD_NODES_PER_SOCKET, W, .min = 1, .max = 8, .initial = 1)
	ROW(REFERENCE_TSC_PAGE_ACTIVE, 0, .get = get_reference_tsc_active)
	ROW(AUTO_EOI_ENABLED, W, .max = 1)
	ROW(L3_CACHE_WAYS, W, .max = U32_MAX)
	ROW(ISOLATION_TYPE, 0)
	ROW(PERFMON_MODE, 0)
	ROW(DEPOSIT_STATUS, 0)
	ROW(MIRRORING, 0)
	ROW(MIRROR_STATE, 0)
	ROW(MGMT_VTL_MAX_MEMORY_SECTIONS, W, .max = U32_MAX)
	ROW(SEV_VMGEXIT_OFFLOADS, 0)
	ROW(PENALIZE_BUS_LOCK, W, .max = 1)
	ROW(TOPOLOGY_APIC_ID_OPT_IN, W, .max = 1)
	ROW(CPPC_RESOURCE_PRIORITIES_VALUE, W, .max = ~0ULL)
	ROW(PARTITION_DIAG_BUFFER_CONFIG, W | EARLY, .max = ~0ULL)
	ROW(TD_MIGRATION_STREAM_COUNT, 0)
	ROW(AUTO_SUSPEND, W, .max = 1)
	ROW(GPA_PINNING_ENABLED, 0)
	ROW(TD_MIGRATION_MAX_STREAM_COUNT, 0)
	ROW(TD_MIGRATION_NUM_MEM_SCAN_CONTEXT, 0)
	ROW(TD_MIGRATION_MAX_MEM_SCAN_RANGES, 0)
	ROW(PROCESSOR_VENDOR, OWN, .from_cpuid = processor_vendor)
	ROW(PROCESSOR_FEATURES_DEPRECATED, OWN, .from_cpuid = features0)
	ROW(XSAVE_FEATURES, OWN, .from_cpuid = xsave_features)
	ROW(CLFLUSH_SIZE, OWN, .from_cpuid = clflush_size)
	ROW(ENLIGHTENMENT_MODIFICATIONS, W, .max = ~0ULL)
	ROW(COMPATIBILITY_VERSION, 0, .get = get_compatibility)
	ROW(PHYSICAL_ADDRESS_WIDTH, W | EARLY | OWN, .min = ADDRESS_WIDTH_MIN,
	    .max = ADDRESS_WIDTH_MAX,
	    .get = get_address_width, .set = set_address_width)
	ROW(XSAVE_STATES, OWN, .from_cpuid = xsave_states)
	ROW(MAX_XSAVE_DATA_SIZE, OWN, .from_cpuid = max_xsave_size)
	ROW(PROCESSOR_CLOCK, OWN, .get = get_processor_clock)
	ROW(PROCESSOR_FEATURES0, OWN, .from_cpuid = features0)
	ROW(PROCESSOR_FEATURES1, OWN, .from_cpuid = features1)
	ROW(ROOT_PROCESSOR_FEATURES0, OWN | ROOTS, .from_cpuid = features0)
	ROW(ROOT_PROCESSOR_FEATURES1, OWN | ROOTS, .from_cpuid = features1)
	ROW(ROOT_PROCESSOR_XSAVE_FEATURES, OWN | ROOTS, .from_cpuid = xsave_features)
	ROW(ROOT_SYNTHETIC_PROC_FEATURES, OWN, .get = get_root_synthetic)
	ROW(PHYSICAL_ADDRESS_SIZE, OWN, .get = get_address_size)
	ROW(FEATURE_BANK_COUNT, OWN, .initial = HV_PROCESSOR_FEATURE_BANKS)
	ROW(GUEST_OS_ID, OWN, .get = get_guest_os_id)
	ROW(PROCESSOR_VIRTUALIZATION_FEATURES, 0)
	ROW(MAX_HARDWARE_ISOLATED_GUESTS, 0)
	ROW(SNP_ENABLED, 0)
	ROW(NESTED_VMX_BASIC, 0)
	ROW(NESTED_VMX_PINBASED_CTLS, 0)
	ROW(NESTED_VMX_PROCBASED_CTLS, 0)
	ROW(NESTED_VMX_EXIT_CTLS, 0)
	ROW(NESTED_VMX_ENTRY_CTLS, 0)
	ROW(NESTED_VMX_MISC, 0)
	ROW(NESTED_VMX_CR0_FIXED0, 0)
	ROW(NESTED_VMX_CR0_FIXED1, 0)
	ROW(NESTED_VMX_CR4_FIXED0, 0)
	ROW(NESTED_VMX_CR4_FIXED1, 0)
	ROW(NESTED_VMX_VMCS_ENUM, 0)
	ROW(NESTED_VMX_PROCBASED_CTLS2, 0)
	ROW(NESTED_VMX_EPT_VPID_CAP, 0)
	ROW(NESTED_VMX_TRUE_PINBASED_CTLS, 0)
	ROW(NESTED_VMX_TRUE_PROCBASED_CTLS, 0)
	ROW(NESTED_VMX_TRUE_EXIT_CTLS, 0)
	ROW(NESTED_VMX_TRUE_ENTRY_CTLS, 0)
	ROW(NESTED_VMX_PROCBASED_CTLS3, 0)
	ROW(NESTED_VMX_EXIT_CTLS2, 0)
	ROW(VH_STATE, 0)
	ROW(MAX_HIERARCHICAL_PARTITION_COUNT, OWN, .initial = HVP_MAX_CHILDREN)
	ROW(MAX_HIERARCHICAL_VP_COUNT, OWN, .initial = HVP_MAX_CHILD_VPS)
	ROW(STATE_TRANSFER_MODE, W, .max = U32_MAX)
	ROW(MIGRATION_ABORT_CLEANUP_COUNT, 0)
	ROW(TD_COMPREHENSIVE_RESET, 0)
	ROW(INHERITED_DEVICE_DOMAIN_RESERVED_REGIONS, 0)
	ROW(TD_MR_CONFIG_ID, 0, .qwords = DIGEST_QWORDS)
	ROW(TD_MR_OWNER, 0, .qwords = DIGEST_QWORDS)
	ROW(TD_MR_OWNER_CONFIG, 0, .qwords = DIGEST_QWORDS)
	ROW(VNUMA_TOPOLOGY, W | BLOB)
	ROW(ROOT_VP_SHARED_PAGES, 0)
	ROW(VMM_CAPABILITIES, W | EARLY | OWN, .qwords = 2, .initial = HVP_VMM_CAPABILITIES,
	    .get = get_vmm_capabilities, .set = set_vmm_capabilities)
	ROW(COMPLETE_PARTITION_INTERCEPT, 0)
	ROW(ASSIGNABLE_FEATURES, OWN, .qwords = 2, .get = get_assignable)
	ROW(HW_ISOLATION_TDX_SUPPORTED, 0)
	ROW(HW_ISOLATION_SEV_SUPPORTED, 0)
	ROW(MIGRATION_TD_INFO_HASH, 0, .qwords = DIGEST_QWORDS)
	ROW(MIGRATION_TD_BINDING_SLOT, 0)
	ROW(DISABLED_PROCESSOR_FEATURES_EX, 0, .qwords = 3, .get = get_disabled_features)
	ROW(ROOT_PROCESSOR_FEATURES_EX, OWN, .qwords = 3, .get = get_root_features)
	ROW(ENABLED_PROCESSOR_FEATURES_EX, OWN, .qwords = 3, .get = get_enabled_features)
	ROW(PMU_EVENT_TYPES, 0)
	ROW(TD_COMPREHENSIVE_CONFIGURE, 0)
	ROW(SCHEDULING_AFFINITY_SET, W | BLOB, .qwords = 2,
	    .get = get_affinity, .set = check_affinity)
};

const u32 hvp_property_count = ARRAY_SIZE(hvp_property_table);
static_assert(ARRAY_SIZE(hvp_property_table) <= HVP_STORED_PROPERTIES);
