// SPDX-License-Identifier: GPL-2.0
/* TEMPORARY: every line here is replaced by its implementation; the file then goes. */
#include "child.h"
#include "intercept.h"
#include "interrupt.h"
#include "hypercalls/hypercalls.h"
#include "synic/port.h"

#define STUB(name) enum hv_status name(struct hvp_vp *vp, struct hvp_args *args) \
	{ return HV_STATUS_INVALID_HYPERCALL_CODE; }
/* interrupts */
STUB(hvp_assert_virtual_interrupt)
STUB(hvp_clear_virtual_interrupt)
enum hv_status hvp_child_assert(struct hvp_partition *pt, const struct hvp_interrupt *irq)
{ return HV_STATUS_INVALID_PARAMETER; }
enum hv_status hvp_child_clear_extint(struct hvp_partition *pt)
{ return HV_STATUS_NOT_ACKNOWLEDGED; }
int hvp_child_acknowledge_extint(struct hvp_partition *pt) { return -1; }
void hvp_child_apic_set_irr(struct hvp_vp *vp, u8 vector, bool level) { }
/* intercepts */
STUB(hvp_install_intercept)
STUB(hvp_check_for_io_intercept)
void hvp_intercepts_gone(struct hvp_partition *pt) { }
/* results */
STUB(hvp_register_intercept_result)
STUB(hvp_unregister_intercept_result)
void hvp_results_vp_gone(struct hvp_vp *vp) { }
void hvp_results_gone(struct hvp_partition *pt) { }
void hvp_result_cpuid(struct hvp_vp *vp, u32 leaf, u32 subleaf, u32 regs[4]) { }
/* intercept messages */
STUB(hvp_complete_intercept)
void hvp_intercept_message(struct hvp_vp *vp, const struct hvp_exit *exit,
			   struct hvp_hv_message *message) { }
void hvp_intercept_deliver(struct hvp_vp *vp, const struct hvp_exit *exit) { }
enum hv_status hvp_intercept_complete(struct hvp_vp *vp, u32 type, u32 flags)
{ return HV_STATUS_INVALID_VP_STATE; }
void hvp_intercept_vp_gone(struct hvp_vp *vp) { }
