// SPDX-License-Identifier: GPL-2.0
/*
 * Operands that calls of several families share: VP sets, target VPs, target VTLs.
 */
#include <linux/bitfield.h>
#include <linux/bitops.h>

#include "hypercalls.h"

/**
 * hvp_vp_set_parse - Understand an HV_VP_SET whose banks are the variable header
 * @set: Filled; points into @args
 * @format: HV_VP_SET_SPARSE_4K or HV_VP_SET_ALL
 * @valid_banks: ValidBankMask
 * @args: The call
 *
 * The sheet, section "HV_VP_SET", and its entry for 0x0013: the variable header counts
 * the bank qwords alone. With HV_VP_SET_ALL banks are allowed and ignored.
 *
 * Return: SUCCESS, INVALID_PARAMETER for an unknown format, INVALID_HYPERCALL_INPUT if
 * the number of banks does not agree with the mask.
 */
enum hv_status hvp_vp_set_parse(struct hvp_vp_set *set, u64 format, u64 valid_banks,
				const struct hvp_args *args)
{
	if (format > HV_VP_SET_ALL)
		return HV_STATUS_INVALID_PARAMETER;
	set->all = format == HV_VP_SET_ALL;
	if (!set->all && hweight64(valid_banks) != args->var_count)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	set->valid_banks = valid_banks;
	set->banks = args->var;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_vp_set_has - Is a VP in the set? For monitors that go through VPs, not through sets
 * @set: The set
 * @index: VP index
 */
bool hvp_vp_set_has(const struct hvp_vp_set *set, u32 index)
{
	u32 bank = index / 64;

	if (set->all)
		return true;
	if (bank >= HV_VP_SET_BANKS || !(set->valid_banks & BIT_ULL(bank)))
		return false;
	return set->banks[hweight64(set->valid_banks & (BIT_ULL(bank) - 1))] &
	       BIT_ULL(index % 64);
}

/**
 * hvp_vp_set_empty - Does the set name no VP at all?
 * @set: The set
 */
bool hvp_vp_set_empty(const struct hvp_vp_set *set)
{
	u32 i;

	if (set->all)
		return false;
	for (i = 0; i < hweight64(set->valid_banks); i++)
		if (set->banks[i])
			return false;
	return true;
}

/**
 * hvp_input_vtl_check - Check an HV_INPUT_VTL
 * @vp: The caller
 * @input_vtl: From the guest
 *
 * Return: SUCCESS, INVALID_PARAMETER for reserved bits, ACCESS_DENIED for a VTL above
 * the caller's own.
 */
enum hv_status hvp_input_vtl_check(const struct hvp_vp *vp, u8 input_vtl)
{
	if (input_vtl & HV_INPUT_VTL_RESERVED)
		return HV_STATUS_INVALID_PARAMETER;
	if ((input_vtl & HV_INPUT_VTL_USE_TARGET) &&
	    FIELD_GET(HV_INPUT_VTL_TARGET, input_vtl) > vp->vtl)
		return HV_STATUS_ACCESS_DENIED;
	return HV_STATUS_SUCCESS;
}

static u8 named_vtl(u8 input_vtl, u8 otherwise)
{
	return input_vtl & HV_INPUT_VTL_USE_TARGET ? FIELD_GET(HV_INPUT_VTL_TARGET, input_vtl) :
						     otherwise;
}

/**
 * hvp_input_vtl - VTL of the caller's own partition that an HV_INPUT_VTL names
 * @vp: The caller
 * @input_vtl: From the guest
 * @vtl: Result
 *
 * Return: as hvp_input_vtl_check(); INVALID_VTL_STATE for one that is not enabled.
 */
enum hv_status hvp_input_vtl(const struct hvp_vp *vp, u8 input_vtl, u8 *vtl)
{
	enum hv_status status = hvp_input_vtl_check(vp, input_vtl);

	*vtl = named_vtl(input_vtl, vp->vtl);
	if (status)
		return status;
	return hvp_vtls_of(vp->partition) & BIT(*vtl) ? HV_STATUS_SUCCESS :
							HV_STATUS_INVALID_VTL_STATE;
}

/**
 * hvp_target_vtl_check - Check an HV_INPUT_VTL that goes with a target partition
 * @vp: The caller
 * @args: The call, its target partition resolved
 * @input_vtl: From the guest
 *
 * "All zero" is the caller's VTL on its own partition and VTL0 on a child, which has no other.
 *
 * Return: SUCCESS, INVALID_PARAMETER, ACCESS_DENIED as hvp_input_vtl_check(),
 * INVALID_VTL_STATE for a VTL that is not enabled on a child.
 */
enum hv_status hvp_target_vtl_check(const struct hvp_vp *vp, const struct hvp_args *args,
				    u8 input_vtl)
{
	if (args->target == vp->partition || (input_vtl & HV_INPUT_VTL_RESERVED))
		return hvp_input_vtl_check(vp, input_vtl);
	if ((input_vtl & HV_INPUT_VTL_USE_TARGET) && FIELD_GET(HV_INPUT_VTL_TARGET, input_vtl))
		return HV_STATUS_INVALID_VTL_STATE;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_target_vtl - VTL that an HV_INPUT_VTL names
 * @vp: The caller
 * @args: The call, its target partition resolved
 * @input_vtl: From the guest
 * @target: VP that the call is about
 * @vtl: Result
 *
 * Return: as hvp_target_vtl_check(); INVALID_VTL_STATE for one that is not enabled; as
 * hvp_vtl_need().
 */
enum hv_status hvp_target_vtl(struct hvp_vp *vp, const struct hvp_args *args, u8 input_vtl,
			      struct hvp_vp *target, u8 *vtl)
{
	enum hv_status status = hvp_target_vtl_check(vp, args, input_vtl);

	*vtl = named_vtl(input_vtl, args->target == vp->partition ? vp->vtl : 0);
	if (status || args->target != vp->partition)
		return status;
	return hvp_vtls_of_vp(target) & BIT(*vtl) ? hvp_vtl_need(vp, target, *vtl) :
						    HV_STATUS_INVALID_VTL_STATE;
}

/**
 * hvp_target_vp - Find a VP that a call names
 * @vp: The caller
 * @args: The call, its target partition resolved
 * @index: VP index, or HV_VP_INDEX_SELF if the target is the caller's partition
 * @target: Result
 *
 * Return: SUCCESS or INVALID_VP_INDEX.
 */
enum hv_status hvp_target_vp(struct hvp_vp *vp, const struct hvp_args *args, u32 index,
			     struct hvp_vp **target)
{
	if (index == HV_VP_INDEX_SELF && args->target == vp->partition)
		*target = vp;
	else
		*target = hvp_vp_find(args->target, index);
	return *target ? HV_STATUS_SUCCESS : HV_STATUS_INVALID_VP_INDEX;
}

/**
 * hvp_accessible_vp - Find a VP whose registers the caller can reach
 * @vp: The caller
 * @args: The call, its target partition resolved
 * @index: VP index
 * @target: Result: the caller, or any VP of a child
 *
 * The registers of another VP of the caller's partition are in its own thread's hands;
 * they are not served yet.
 *
 * Return: SUCCESS, INVALID_VP_INDEX, or ACCESS_DENIED for another VP that exists.
 */
enum hv_status hvp_accessible_vp(struct hvp_vp *vp, const struct hvp_args *args, u32 index,
				 struct hvp_vp **target)
{
	enum hv_status status;

	status = hvp_target_vp(vp, args, index, target);
	if (!status && args->target == vp->partition && *target != vp)
		status = HV_STATUS_ACCESS_DENIED;
	return status;
}
