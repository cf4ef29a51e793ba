// SPDX-License-Identifier: GPL-2.0
/* TEMPORARY: every line here is replaced by its implementation; the file then goes. */
#include "child.h"
#include "intercept.h"
#include "hypercalls/hypercalls.h"
#include "synic/port.h"

#define STUB(name) enum hv_status name(struct hvp_vp *vp, struct hvp_args *args) \
	{ return HV_STATUS_INVALID_HYPERCALL_CODE; }
/* host ports */
enum hv_status hvp_host_port_post(struct hvp_port *port, struct hvp_message *message)
{ return HV_STATUS_INVALID_PORT_ID; }
enum hv_status hvp_host_port_signal(struct hvp_port *port, u32 flag)
{ return HV_STATUS_INVALID_PORT_ID; }
