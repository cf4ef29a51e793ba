/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Child partitions: made, fed, and deleted by a partition that runs or by the host.
 *
 * created -> initialized (active) -> finalizing -> finalized -> deleted. Which call is legal
 * in which state stands in the hypercall table (struct hvp_hypercall.states).
 */
#ifndef HVP_CHILD_H
#define HVP_CHILD_H

#include <linux/hashtable.h>

#include "core.h"
#include "hv_abi/partition.h"

/* Properties kept as numbers, see properties.c */
#define HVP_STORED_PROPERTIES	128
/* Registers that all VPs of a partition share, see file_registers.h */
#define HVP_SHARED_REGISTERS	18

/* Buckets of struct hvp_child.doorbells: what still fits the object's slab */
#define HVP_DOORBELL_BITS	6

/* struct hvp_child.extint: the vector is asserted; the processor has taken it */
#define HVP_EXTINT_ASSERTED	BIT(8)
#define HVP_EXTINT_ACKNOWLEDGED	BIT(9)

/**
 * struct hvp_large_value - The value of a property that is longer than 64 bits
 * @next: The next one of the same child. A list takes no memory besides, and is short: one
 *	value of the partition's, one of each VP's
 * @code: Property code
 * @index: Of a VP's property, the VP
 * @count: Length of the value, qwords
 * @values: The value
 */
struct hvp_large_value {
	struct hvp_large_value *next;
	u32 code;
	u16 index;
	u16 count;
	u64 values[];
};
/* The longest just fits a page */
static_assert(sizeof(struct hvp_large_value) + HV_PROPERTY_QWORDS * sizeof(u64) <= 4096);

struct hvp_io_intercepts;

/**
 * struct hvp_intercepts - What a parent intercepts, see intercepts.c
 * @types: Those without a parameter, BIT(HV_INTERCEPT_*)
 * @exceptions: By vector
 * @traps: Exceptions once delivered, by vector
 * @apic_writes: Registers of the local APIC, as the parent has named them
 * @io: I/O ports; NULL if they are as at first, see the creation flag exo
 * @msrs: MSRs by index
 * @leaves: CPUID leaves
 */
struct hvp_intercepts {
	u32 types;
	u32 exceptions;
	u32 traps;
	u32 apic_writes;
	struct hvp_io_intercepts *io;
	struct hvp_sorted msrs;
	struct hvp_sorted leaves;
};

/**
 * struct hvp_child - What only a child partition has
 * @map: Its guest physical address space
 * @flags: HV_PARTITION_CREATION_FLAG_*
 * @compatibility: Compatibility version
 * @disabled_features: Processor features hidden from it
 * @disabled_xsave: XSAVE features hidden from it
 * @properties: Values of the properties that are just kept, indexed as properties.c has it
 * @large_values: Values of those that are longer than 64 bits, a list
 * @time_offset: Reference time: what to add to the host's; frozen, the time itself
 * @host_pages: Of a child of the host: pages of the memory file that it was made with
 * @memory: That file, or NULL
 * @host_acquired: Pages to which the parent has acquired access and not released it
 * @shared: Registers that all VPs share
 * @intercepts: What its parent intercepts
 * @results: Answers that its parent has registered for all VPs
 * @doorbells: Its doorbell connections by what they wait for, see synic/doorbell.c; changed
 *	under the instance's ports_lock, looked up under RCU
 * @extint: Its external interrupt line: HVP_EXTINT_*, vector in the low byte
 * @deleted: Its id is gone; whoever still holds it finds nothing
 */
struct hvp_child {
	struct hvp_gpa_map map;
	u64 flags;
	u32 compatibility;
	u64 disabled_features[HV_PROCESSOR_FEATURE_BANKS];
	u64 disabled_xsave;
	u64 properties[HVP_STORED_PROPERTIES];
	struct hvp_large_value *large_values;
	u64 time_offset;
	u64 host_pages;
	struct file *memory;
	u64 host_acquired;
	u64 shared[HVP_SHARED_REGISTERS];
	struct hvp_intercepts intercepts;
	struct hvp_results results;
	DECLARE_HASHTABLE(doorbells, HVP_DOORBELL_BITS);
	u32 extint;
	bool deleted;
};

/* child.c: life. Unless noted the caller holds the child's op_lock */
enum hv_status hvp_child_create(struct hvp_partition *parent, struct hvp_instance *instance,
				const struct hv_create_partition *in,
				struct hvp_partition **child);
struct hvp_partition *hvp_child_find(struct hvp_partition *caller, u64 id, bool *descendant);
struct hvp_partition *hvp_child_lock(struct hvp_partition *pt, struct hvp_vp *actor);
struct hvp_partition *hvp_child_lock_killable(struct hvp_partition *pt);
void hvp_child_unlock(struct hvp_partition *pt);
enum hv_status hvp_child_initialize(struct hvp_partition *pt);
enum hv_status hvp_child_finalize(struct hvp_partition *pt);
enum hv_status hvp_child_delete(struct hvp_partition *pt);
void hvp_child_destroy(struct hvp_partition *pt);
enum hv_status hvp_child_next(struct hvp_partition *parent, u64 previous, u64 *next);
void hvp_child_free(struct hvp_partition *pt);
void hvp_children_gone(struct hvp_partition *parent);
void hvp_children_welcome(struct hvp_partition *parent);

/* vp.c: VPs of a child */
enum hv_status hvp_child_vp_create(struct hvp_partition *pt, u32 index);
enum hv_status hvp_child_vp_delete(struct hvp_partition *pt, u32 index);

/* properties.c */
void hvp_properties_init(struct hvp_partition *pt);
void hvp_properties_destroy(struct hvp_partition *pt);
void hvp_properties_vp_gone(struct hvp_vp *vp);
enum hv_status hvp_property_get(struct hvp_partition *pt, struct hvp_vp *vp, u32 code,
				u64 argument, u64 *values, u32 *count);
enum hv_status hvp_property_set(struct hvp_partition *pt, u32 code, u64 argument,
				const u64 *values, u32 count);
u64 hvp_property_stored(struct hvp_partition *pt, u32 code);
u64 hvp_child_reference_time(struct hvp_partition *pt);

/* shared.c: what children of an instance share */
bool hvp_reserve_fits(struct hvp_partition *pt, u64 reserve, u64 vps);
bool hvp_reserve_set(struct hvp_partition *pt, u64 reserve);
bool hvp_debug_channel_set(struct hvp_partition *pt, u64 channel);

/* child_cpuid.c */
int hvp_cpuid_for_child(struct hvp_vp *vp);
size_t hvp_cpuid_cost(u32 leaves);
void hvp_cpuid_set_apic_id(struct hvp_vp *vp, u32 id);

#endif
