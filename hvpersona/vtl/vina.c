// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual interrupt notification assist: what a VTL has asked for to be told of interrupts that lower
 * ones would take if they ran. TLFS, "Virtual Interrupt Notification Assist".
 */
#include <linux/bitfield.h>
#include <linux/cleanup.h>
#include <linux/nospec.h>

#include "../core.h"
#include "../hv_abi/vtl.h"
#include "../hypercalls/hypercalls.h"
#include "vina.h"

/* Vectors below are the processor's; KVM cannot end an interrupt automatically but the SynIC's */
#define FIRST_VECTOR	16
#define VINA_BITS	(HV_VSM_VINA_VECTOR | HV_VSM_VINA_ENABLED | HV_VSM_VINA_AUTO_RESET)

/**
 * hvp_vina - HvRegisterVsmVina
 * @vp: VP; any context
 * @vtl: VTL whose register it is
 */
u64 hvp_vina(const struct hvp_vp *vp, u8 vtl)
{
	/* Pairs with the release in hvp_vp_vtls_alloc() */
	const struct hvp_vp_vtls *vtls = smp_load_acquire(&vp->vtls);

	return vtls ? READ_ONCE(vtls->vina[vtl]) : 0;
}

/**
 * hvp_vina_set - Write HvRegisterVsmVina
 * @vp: The caller
 * @vtl: VTL whose register it is
 * @value: From a guest
 *
 * Return: SUCCESS, INVALID_PARAMETER for VTL0, which has no lower one, INVALID_REGISTER_VALUE,
 * INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_vina_set(struct hvp_vp *vp, u8 vtl, u64 value)
{
	struct hvp_vp_vtls *vtls;

	if (!vtl)
		return HV_STATUS_INVALID_PARAMETER;
	if ((value & ~VINA_BITS) || ((value & HV_VSM_VINA_ENABLED) &&
				     FIELD_GET(HV_VSM_VINA_VECTOR, value) < FIRST_VECTOR))
		return HV_STATUS_INVALID_REGISTER_VALUE;
	guard(mutex)(&vp->partition->op_lock);
	vtls = hvp_vp_vtls_alloc(vp);
	if (!vtls)
		return HV_STATUS_INSUFFICIENT_MEMORY;
	WRITE_ONCE(vtls->vina[array_index_nospec(vtl, HVP_VTLS)], value);
	return HV_STATUS_SUCCESS;
}
