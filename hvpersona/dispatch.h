/* SPDX-License-Identifier: GPL-2.0 */
#ifndef HVP_DISPATCH_H
#define HVP_DISPATCH_H

#include "core.h"

/**
 * enum hvp_outcome - What becomes of a hypercall instruction
 * @HVP_DONE: Result value ready; skip the instruction
 * @HVP_CONTINUE: Time budget used up: let the guest take its interrupts and execute the
 *	instruction again with the new control word
 * @HVP_PASS: KVM's business: hand the exit to it unchanged
 * @HVP_UD: Raise #UD
 * @HVP_SKIP: Skip the instruction; there is no result
 * @HVP_STAY: Nothing: the VP goes on somewhere else
 */
enum hvp_outcome {
	HVP_DONE	= 0,
	HVP_CONTINUE	= 1,
	HVP_PASS	= 2,
	HVP_UD		= 3,
	HVP_SKIP	= 4,
	HVP_STAY	= 5,
};

/**
 * struct hvp_call - A hypercall in registers
 * @control: Hypercall input value. Of a rep call the start index is moved on
 * @fast: The register file of fast calls. [0] and [1] are RDX and R8, also the GPAs of
 *	the memory form; dispatch fetches and writes back the XMM registers behind them
 * @saved: Of a VTL switch, what the code sequence in the hypercall page has saved: the control
 *	input
 * @long_mode: The caller is a 64-bit caller
 * @fast_out: @fast[0] and @fast[1] hold output and go back to the registers
 * @result: Hypercall result value
 */
struct hvp_call {
	u64 control;
	u64 fast[HV_FAST_BYTES / sizeof(u64)];
	u64 saved;
	bool long_mode;
	bool fast_out;
	u64 result;
};

/* A rep call may take this long before it lets the guest's interrupts in */
#define HVP_REP_BUDGET_NS	(50 * NSEC_PER_USEC)

enum hvp_outcome hvp_dispatch(struct hvp_vp *vp, struct hvp_call *call);

#endif
