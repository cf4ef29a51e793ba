// SPDX-License-Identifier: GPL-2.0
/*
 * Partition properties: reading and writing them by their row of the table, for calls and
 * ioctls alike, and where their values are kept.
 *
 * Of a child all of it is under its op_lock.
 */
#include <linux/bsearch.h>
#include <linux/cleanup.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <uapi/linux/hvpersona.h>

#include "properties.h"

/* Unit of reference time */
#define NS_PER_TICK	100

static int compare_code(const void *key, const void *elem)
{
	const struct hvp_property *row = elem;
	u32 code = *(const u32 *)key;

	return code < row->code ? -1 : code > row->code;
}

static const struct hvp_property *find(u32 code)
{
	return bsearch(&code, hvp_property_table, hvp_property_count, sizeof(*hvp_property_table),
		       compare_code);
}

/**
 * hvp_property_slot - Where a child's property is kept that is a number
 * @pt: Child
 * @code: Property code, of the table
 */
u64 *hvp_property_slot(struct hvp_partition *pt, u32 code)
{
	return &pt->child->properties[find(code) - hvp_property_table];
}

/**
 * hvp_property_stored - The value that a child's property was set to, or began with
 * @pt: Child
 * @code: Property code, of the table
 */
u64 hvp_property_stored(struct hvp_partition *pt, u32 code)
{
	return READ_ONCE(*hvp_property_slot(pt, code));
}

static size_t large_size(u32 count)
{
	return sizeof(struct hvp_large_value) + count * sizeof(u64);
}

/* The link to a large value, or to the end of the list; of a VP's property there is one each */
static struct hvp_large_value **large_find(struct hvp_partition *pt, u32 code, u32 index)
{
	struct hvp_large_value **link = &pt->child->large_values;

	if (code < HV_PROPERTY_FIRST_OF_VP)
		index = 0;
	while (*link && ((*link)->code != code || (*link)->index != index))
		link = &(*link)->next;
	return link;
}

static void large_remove(struct hvp_partition *pt, struct hvp_large_value **link)
{
	struct hvp_large_value *large = *link;

	*link = large->next;
	hvp_pool_free(&pt->pool, large, large_size(large->count));
}

static enum hv_status large_store(struct hvp_partition *pt, u32 code, u32 index,
				  const u64 *values, u32 count)
{
	struct hvp_large_value *large, **link;

	large = hvp_pool_zalloc(&pt->pool, large_size(count));
	if (IS_ERR(large))
		return hvp_pool_status(PTR_ERR(large));
	large->code = code;
	large->index = code < HV_PROPERTY_FIRST_OF_VP ? 0 : index;
	large->count = count;
	memcpy(large->values, values, count * sizeof(u64));
	link = large_find(pt, code, index);
	if (*link)
		large_remove(pt, link);
	large->next = *link;
	*link = large;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_properties_vp_gone - Forget the properties of a VP that is being deleted
 * @vp: VP of a child
 */
void hvp_properties_vp_gone(struct hvp_vp *vp)
{
	struct hvp_large_value **link = &vp->partition->child->large_values;

	while (*link) {
		if ((*link)->code >= HV_PROPERTY_FIRST_OF_VP && (*link)->index == vp->index)
			large_remove(vp->partition, link);
		else
			link = &(*link)->next;
	}
}

/**
 * hvp_properties_init - Give a new child the properties that children begin with
 * @pt: Child that nobody can find yet, its parent set
 */
void hvp_properties_init(struct hvp_partition *pt)
{
	u8 width = hvp_parent_address_width(pt);
	u32 i;

	for (i = 0; i < hvp_property_count; i++)
		pt->child->properties[i] = hvp_property_table[i].initial;
	*hvp_property_slot(pt, HV_PROPERTY_PHYSICAL_ADDRESS_WIDTH) = width;
	pt->child->map.limit = BIT_ULL(width - PAGE_SHIFT);
	pt->xmm_input = true;
	/* TLFS 2.0, "Partition Privilege Flags": the default of those that can be had at all */
	hvp_set_privileges(pt, hvp_privileges_for_child(pt->parent) &
			       (HV_PRIV(ACCESS_VP_RUNTIME_MSR) |
				HV_PRIV(ACCESS_PARTITION_REFERENCE_COUNTER) |
				HV_PRIV(ACCESS_SYNIC_MSRS) | HV_PRIV(ACCESS_SYNTHETIC_TIMER_MSRS) |
				HV_PRIV(ACCESS_APIC_MSRS) | HV_PRIV(ACCESS_HYPERCALL_MSRS) |
				HV_PRIV(ACCESS_VP_INDEX)));
	hvp_child_time_set(pt, false, 0);
}

/**
 * hvp_properties_destroy - Free what properties take from the pool and from other children
 * @pt: Child
 */
void hvp_properties_destroy(struct hvp_partition *pt)
{
	WRITE_ONCE(*hvp_property_slot(pt, HV_PROPERTY_DEBUG_CHANNEL_ID), 0);
	while (pt->child->large_values)
		large_remove(pt, &pt->child->large_values);
}

static u64 host_time(void)
{
	return div_u64(ktime_get_ns(), NS_PER_TICK);
}

/**
 * hvp_child_reference_time - A child's reference time, as its reference counter reads
 * @pt: Child
 *
 * Return: the time in units of 100 ns since the child was created, or since when its parent
 * says; it stands still while its parent has frozen it.
 */
u64 hvp_child_reference_time(struct hvp_partition *pt)
{
	u64 time = pt->child->time_offset;

	return hvp_property_stored(pt, HV_PROPERTY_TIME_FREEZE) ? time : host_time() + time;
}

/**
 * hvp_child_time_set - Set a child's reference time
 * @pt: Child
 * @frozen: It stands still
 * @time: The time now
 */
void hvp_child_time_set(struct hvp_partition *pt, bool frozen, u64 time)
{
	*hvp_property_slot(pt, HV_PROPERTY_TIME_FREEZE) = frozen;
	pt->child->time_offset = frozen ? time : time - host_time();
}

/**
 * hvp_root_of - The root that a partition has above it, or is
 * @pt: Partition
 *
 * Return: the machine at the top; NULL if that is the host.
 */
struct hvp_partition *hvp_root_of(struct hvp_partition *pt)
{
	while (pt->parent)
		pt = pt->parent;
	return pt->child ? NULL : pt;
}

static enum hv_status get_from_cpuid(const struct hvp_property *row, struct hvp_partition *pt,
				     u64 *value)
{
	struct hvp_leaves leaves;

	if (hvp_leaves_get(row->flags & HVP_PROPERTY_ROOTS ? hvp_root_of(pt) : pt, &leaves))
		return HV_STATUS_NO_RESOURCES;
	*value = row->from_cpuid(&leaves);
	hvp_leaves_put(&leaves);
	return HV_STATUS_SUCCESS;
}

static enum hv_status check_get(const struct hvp_property *row, const struct hvp_partition *pt)
{
	if (!row || (!pt->child && !(row->flags & HVP_PROPERTY_OWN)))
		return HV_STATUS_UNKNOWN_PROPERTY;
	if (!pt->child || pt->state == HVPERSONA_STATE_ACTIVE)
		return HV_STATUS_SUCCESS;
	return pt->state == HVPERSONA_STATE_CREATED && (row->flags & HVP_PROPERTY_EARLY) ?
	       HV_STATUS_SUCCESS : HV_STATUS_INVALID_PARTITION_STATE;
}

static enum hv_status check_set(const struct hvp_property *row, const struct hvp_partition *pt,
				u32 count)
{
	bool early = row && (row->flags & HVP_PROPERTY_EARLY);

	if (!row || (!pt->child && !(row->flags & HVP_PROPERTY_OWN)))
		return HV_STATUS_UNKNOWN_PROPERTY;
	/* A root is active from the start */
	if (pt->state != (early ? HVPERSONA_STATE_CREATED : HVPERSONA_STATE_ACTIVE))
		return HV_STATUS_INVALID_PARTITION_STATE;
	if (!pt->child || !(row->flags & HVP_PROPERTY_WRITE))
		return HV_STATUS_INVALID_PARAMETER;
	if (row->flags & HVP_PROPERTY_BLOB ? !count || count > HV_PROPERTY_QWORDS :
					     count != (row->qwords ?: 1))
		return HV_STATUS_INVALID_PARAMETER;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_property_get - Read a property
 * @pt: Partition; of a child the op_lock is held
 * @vp: The calling VP if it is one of @pt, or NULL: then what only a VP's own thread can
 *	read is unknown
 * @code: Property code, from a guest
 * @argument: Qualifier of HvCallGetPartitionPropertyEx, from a guest: a VP index in its lower
 *	half for properties of VPs, ignored otherwise
 * @values: Room for HV_PROPERTY_QWORDS; for one if @code is below HV_PROPERTY_FIRST_LARGE
 * @count: Length of the result in qwords
 *
 * Return: SUCCESS, UNKNOWN_PROPERTY, INVALID_PARTITION_STATE, INVALID_VP_INDEX,
 * NO_RESOURCES.
 */
enum hv_status hvp_property_get(struct hvp_partition *pt, struct hvp_vp *vp, u32 code,
				u64 argument, u64 *values, u32 *count)
{
	const struct hvp_property *row = find(code);
	const struct hvp_large_value *large;
	enum hv_status status;

	status = check_get(row, pt);
	if (status)
		return status;
	if (code >= HV_PROPERTY_FIRST_OF_VP && !hvp_vp_find(pt, lower_32_bits(argument)))
		return HV_STATUS_INVALID_VP_INDEX;

	*count = row->qwords ?: 1;
	memset(values, 0, *count * sizeof(*values));
	if (row->flags & HVP_PROPERTY_BLOB) {
		large = *large_find(pt, code, lower_32_bits(argument));
		if (large) {
			*count = large->count;
			memcpy(values, large->values, large->count * sizeof(*values));
			return HV_STATUS_SUCCESS;
		}
	}
	if (row->from_cpuid)
		return get_from_cpuid(row, pt, values);
	if (row->get)
		return row->get(pt, vp, values);
	*values = pt->child ? pt->child->properties[row - hvp_property_table] : row->initial;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_property_set - Write a property
 * @pt: Partition; of a child the op_lock is held
 * @code: Property code, from a guest
 * @argument: As for hvp_property_get()
 * @values: The value, from a guest
 * @count: Its length in qwords
 *
 * Return: SUCCESS, UNKNOWN_PROPERTY, INVALID_PARTITION_STATE, INVALID_VP_INDEX,
 * INVALID_PARAMETER for a property that cannot be set or a wrong length,
 * PROPERTY_VALUE_OUT_OF_RANGE, OBJECT_IN_USE, INSUFFICIENT_MEMORY, NO_RESOURCES.
 */
enum hv_status hvp_property_set(struct hvp_partition *pt, u32 code, u64 argument,
				const u64 *values, u32 count)
{
	const struct hvp_property *row = find(code);
	enum hv_status status;
	u64 value = 0;

	status = check_set(row, pt, count);
	if (status)
		return status;
	if (code >= HV_PROPERTY_FIRST_OF_VP && !hvp_vp_find(pt, lower_32_bits(argument)))
		return HV_STATUS_INVALID_VP_INDEX;

	if (count == 1 && !(row->flags & HVP_PROPERTY_BLOB)) {
		value = values[0];
		if (row->flags & HVP_PROPERTY_CLAMP)
			value = clamp(value, row->min, row->max);
		if (value < row->min || value > row->max)
			return HV_STATUS_PROPERTY_VALUE_OUT_OF_RANGE;
	}
	if (row->set) {
		status = row->set(pt, values, count);
		if (status || !(row->flags & HVP_PROPERTY_BLOB))
			return status;
	}
	if (row->flags & HVP_PROPERTY_BLOB)
		return large_store(pt, code, lower_32_bits(argument), values, count);
	WRITE_ONCE(pt->child->properties[row - hvp_property_table], value);
	return HV_STATUS_SUCCESS;
}
