/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a row of the table of partition properties says, see property_table.c.
 */
#ifndef HVP_PROPERTIES_H
#define HVP_PROPERTIES_H

#include "child.h"
#include "features.h"

#define HVP_PROPERTY_WRITE	BIT(0)	/* can be set on a child */
#define HVP_PROPERTY_EARLY	BIT(1)	/* read at any time, set before initialization only */
#define HVP_PROPERTY_OWN	BIT(2)	/* the root can read its own */
#define HVP_PROPERTY_CLAMP	BIT(3)	/* a value out of range is set to the nearest in range */
#define HVP_PROPERTY_BLOB	BIT(4)	/* of any length, kept in struct hvp_child.large_values */
#define HVP_PROPERTY_ROOTS	BIT(5)	/* @from_cpuid is about the root of the instance */

/**
 * struct hvp_property - A row of the table
 * @code: HV_PARTITION_PROPERTY_CODE
 * @flags: HVP_PROPERTY_*
 * @qwords: Length of the value, of a blob that was never set; 0 stands for 1
 * @min: Least value
 * @max: Greatest
 * @initial: Value that a child begins with; of a property that cannot be set its value
 * @from_cpuid: If not NULL the value follows from the partition's CPUID leaves
 * @get: If not NULL how it is read, into @values, which are zeros
 * @set: If not NULL what else a write means, or whether a blob is valid; @min and @max hold
 *
 * A property without any of these functions is kept, or constant, and has no effect.
 */
struct hvp_property {
	u32 code;
	u16 flags;
	u16 qwords;
	u64 min;
	u64 max;
	u64 initial;
	u64 (*from_cpuid)(const struct hvp_leaves *leaves);
	enum hv_status (*get)(struct hvp_partition *pt, struct hvp_vp *vp, u64 *values);
	enum hv_status (*set)(struct hvp_partition *pt, const u64 *values, u32 count);
};

/* property_table.c */
extern const struct hvp_property hvp_property_table[];
extern const u32 hvp_property_count;
u8 hvp_parent_address_width(struct hvp_partition *pt);
void hvp_set_privileges(struct hvp_partition *pt, u64 privileges);
u64 hvp_privileges_for_child(const struct hvp_partition *parent);

/* properties.c */
struct hvp_partition *hvp_root_of(struct hvp_partition *pt);
u64 *hvp_property_slot(struct hvp_partition *pt, u32 code);
void hvp_child_time_set(struct hvp_partition *pt, bool frozen, u64 time);

#endif
