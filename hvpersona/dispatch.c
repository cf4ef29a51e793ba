// SPDX-License-Identifier: GPL-2.0
/*
 * Everything that all hypercalls have in common, once: decode the control word, check it
 * against the call's row of the table, bring the operands in, run the handler, take the
 * output and the result value back, count and trace.
 *
 * Order of checks, after the sheet's section "Legal environment and check order":
 * privilege, reserved bits, known and served, XMM availability (#UD), rep count and
 * variable header, operand location, target partition, parameters. The caller has
 * established CPL 0, protected mode and a guest OS id.
 */
#include <linux/bitfield.h>
#include <linux/math.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <uapi/linux/hvpersona.h>

#include "child.h"
#include "dispatch.h"
#include "events.h"
#include "hypercalls/hypercalls.h"

/* Rep elements between two looks at the clock */
#define HVP_REPS_PER_CHECK	8

struct hvp_shape {
	u32 var;	/* variable header, bytes */
	u32 count;	/* reps */
	u32 start;
	u32 in;		/* input block, bytes */
	u32 out;	/* output block, bytes */
	bool fast;
};

/* May the caller name its own partition as the target? */
static bool may_target_self(const struct hvp_vp *vp, const struct hvp_hypercall *row)
{
	const struct hvp_partition *pt = vp->partition;

	return ((row->target & HVP_ROOT) && pt->role == HVPERSONA_ROLE_ROOT) ||
	       ((row->target & HVP_VTL) && vp->vtl) ||
	       ((row->target & HVP_SELF) &&
		(pt->privileges & row->self_privilege) == row->self_privilege);
}

/* May it make the call at all, whatever its operands? */
static bool may_call(const struct hvp_vp *vp, const struct hvp_hypercall *row)
{
	const struct hvp_partition *pt = vp->partition;

	if ((pt->privileges & row->privilege) != row->privilege)
		return false;
	if (row->root_only)
		return pt->role == HVPERSONA_ROLE_ROOT;
	if (!row->target)
		return true;
	return ((row->target & HVP_PARENT) && (pt->privileges & HV_PRIV(CREATE_PARTITIONS))) ||
	       may_target_self(vp, row);
}

/* Does the state of the target permit the call? */
static bool state_permits(const struct hvp_partition *pt, const struct hvp_hypercall *row)
{
	u8 states = row->states ?: BIT(HVPERSONA_STATE_ACTIVE);

	return states & BIT(pt->state);
}

/*
 * Find the partition with an id. A child is locked on return, for hvp_release_partition().
 * What is neither the caller's own partition nor a descendant of it does not exist.
 */
static enum hv_status find_partition(struct hvp_vp *vp, const struct hvp_hypercall *row, u64 id,
				     struct hvp_partition **target)
{
	struct hvp_partition *pt = vp->partition, *child;
	bool descendant;

	if (id == HV_PARTITION_ID_SELF || id == pt->id) {
		if (!may_target_self(vp, row))
			return HV_STATUS_ACCESS_DENIED;
		*target = pt;
		return HV_STATUS_SUCCESS;
	}

	child = hvp_child_find(pt, id, &descendant);
	if (!child)
		return descendant ? HV_STATUS_ACCESS_DENIED : HV_STATUS_INVALID_PARTITION_ID;
	if (!(row->target & HVP_PARENT)) {
		hvp_partition_put(child);
		return HV_STATUS_ACCESS_DENIED;
	}
	/* Takes over the reference */
	if (!hvp_child_lock(child, vp))
		return HV_STATUS_INVALID_PARTITION_ID;
	if (!state_permits(child, row)) {
		hvp_child_unlock(child);
		return HV_STATUS_INVALID_PARTITION_STATE;
	}
	*target = child;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_find_partition - Find the partition that a call names in a place of its own
 * @vp: The calling VP
 * @id: Partition id, from a guest
 * @target: Result: the caller's own partition or an active child, for hvp_release_partition()
 *
 * Return: SUCCESS, INVALID_PARTITION_ID; ACCESS_DENIED if it is a child's child;
 * INVALID_PARTITION_STATE.
 */
enum hv_status hvp_find_partition(struct hvp_vp *vp, u64 id, struct hvp_partition **target)
{
	static const struct hvp_hypercall any = { .target = HVP_SELF | HVP_PARENT };

	return find_partition(vp, &any, id, target);
}

/**
 * hvp_release_partition - Undo hvp_find_partition()
 * @vp: The calling VP
 * @target: What it found
 */
void hvp_release_partition(struct hvp_vp *vp, struct hvp_partition *target)
{
	if (target != vp->partition)
		hvp_child_unlock(target);
}

static enum hv_status find_target(struct hvp_vp *vp, const struct hvp_hypercall *row,
				  struct hvp_args *args)
{
	u64 id = *(const u64 *)(args->in + row->target_at);

	if (!id && row->target_optional)
		return HV_STATUS_SUCCESS;
	return find_partition(vp, row, id, &args->target);
}

/* Sizes as the control word and the row give them; whether they are legal comes later */
static void measure(const struct hvp_hypercall *row, u64 control, struct hvp_shape *shape)
{
	shape->var = FIELD_GET(HV_CONTROL_VAR_HEADER, control) * sizeof(u64);
	shape->count = FIELD_GET(HV_CONTROL_REP_COUNT, control);
	shape->start = FIELD_GET(HV_CONTROL_REP_START, control);
	shape->in = row->input + shape->var;
	shape->out = row->output;
	if (row->rep) {
		shape->in += shape->count * row->rep_input;
		shape->out += shape->count * row->rep_output;
	}
	shape->fast = control & HV_CONTROL_FAST;
}

static enum hv_status check_shape(const struct hvp_hypercall *row, const struct hvp_shape *shape)
{
	if (shape->var && !row->var)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (row->rep ? shape->start >= shape->count : shape->count || shape->start)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	if (shape->fast && round_up(shape->in, shape->out ? 16 : 1) + shape->out > HV_FAST_BYTES)
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return HV_STATUS_SUCCESS;
}

static enum hv_status check_gpa(const struct hvp_vp *vp, u64 gpa, u32 size)
{
	if (gpa % sizeof(u64) || offset_in_page(gpa) + round_up(size, sizeof(u64)) > PAGE_SIZE ||
	    gpa >> vp->pa_bits)
		return HV_STATUS_INVALID_ALIGNMENT;
	return HV_STATUS_SUCCESS;
}

/* Bring the operands in; args->in and args->out are set on success */
static enum hv_status fetch(struct hvp_vp *vp, const struct hvp_hypercall *row,
			    struct hvp_call *call, const struct hvp_shape *shape,
			    struct hvp_args *args)
{
	u64 in = call->fast[0], out = call->fast[1];
	enum hv_status status;

	args->out = vp->output;
	if (shape->fast) {
		args->in = call->fast;
		if (shape->in > HV_FAST_GPR_BYTES)
			vp->ops->read_xmm(vp, 0, DIV_ROUND_UP(shape->in - HV_FAST_GPR_BYTES, 16),
					  &call->fast[2]);
		return HV_STATUS_SUCCESS;
	}

	args->in = vp->input;
	if (shape->in) {
		status = check_gpa(vp, in, shape->in);
		if (status)
			return status;
	}
	if (shape->out) {
		status = check_gpa(vp, out, row->out_var ? sizeof(u64) : shape->out);
		if (status)
			return status;
		/* Fail before the call has an effect rather than after it */
		if (!(vp->ops->gpa_access(vp, out) & HVP_GPA_WRITE))
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
	}
	if (row->more)
		args->more = min_t(u32, row->more, PAGE_SIZE - offset_in_page(in) - shape->in);
	args->no_output = !out;
	if (shape->in && vp->ops->read_gpa(vp, in, vp->input, shape->in + args->more))
		return HV_STATUS_INVALID_HYPERCALL_INPUT;
	return HV_STATUS_SUCCESS;
}

/* Take output bytes @from to @to of the block back to the guest */
static enum hv_status store(struct hvp_vp *vp, struct hvp_call *call,
			    const struct hvp_shape *shape, u32 from, u32 to)
{
	u64 gpa = call->fast[1];
	u32 base;

	if (from == to)
		return HV_STATUS_SUCCESS;
	if (!shape->fast) {
		/* The output of a call with variable output may reach too far only now */
		if (offset_in_page(gpa) + to > PAGE_SIZE)
			return HV_STATUS_INVALID_ALIGNMENT;
		if (vp->ops->write_gpa(vp, gpa + from, vp->output + from, to - from))
			return HV_STATUS_INVALID_HYPERCALL_INPUT;
		return HV_STATUS_SUCCESS;
	}

	/* Output follows the input in the register file; registers before it stay */
	base = round_up(shape->in, 16);
	/* Of a call that began in the middle of its list, the elements before stay too */
	if (from)
		vp->ops->read_xmm(vp, 0, 6, &call->fast[2]);
	memcpy((u8 *)call->fast + base + from, vp->output + from, to - from);
	to += base;
	call->fast_out = base < HV_FAST_GPR_BYTES;
	if (to > HV_FAST_GPR_BYTES) {
		u32 first = base < HV_FAST_GPR_BYTES ? 0 : base / 16 - 1;
		u32 last = DIV_ROUND_UP(to, 16) - 1;

		memset((u8 *)call->fast + to, 0, (last + 1) * 16 - to);
		vp->ops->write_xmm(vp, first, last - first, &call->fast[2 + 2 * first]);
	}
	return HV_STATUS_SUCCESS;
}

/*
 * Run the elements of a rep call. @done returns how many are done, counted from element
 * 0; less than the count together with SUCCESS means that the time budget is used up.
 */
static enum hv_status run_reps(struct hvp_vp *vp, const struct hvp_hypercall *row,
			       struct hvp_args *args, const struct hvp_shape *shape, u32 *done)
{
	const void *list = args->in + row->input + shape->var;
	enum hv_status status = HV_STATUS_SUCCESS;
	u32 rep = shape->start;
	u64 begin = 0;

	args->rep = rep;
	if (row->prepare) {
		status = row->prepare(vp, args);
		if (status)
			goto out;
	}

	if (row->list) {
		args->rep_in = list + rep * row->rep_input;
		args->reps = shape->count - rep;
		status = row->handler(vp, args);
		if (!status)
			rep = shape->count;
		goto out;
	}

	/* Short lists are done before the clock is worth a look */
	if (shape->count - rep > HVP_REPS_PER_CHECK && !row->whole)
		begin = vp->ops->time_ns();
	for (; rep < shape->count; rep++) {
		if (begin && (rep - shape->start) % HVP_REPS_PER_CHECK == HVP_REPS_PER_CHECK - 1 &&
		    vp->ops->time_ns() - begin > HVP_REP_BUDGET_NS)
			break;
		args->rep = rep;
		args->rep_in = list + rep * row->rep_input;
		args->reps = shape->count - rep;
		args->rep_out = vp->output + rep * row->rep_output;
		status = row->handler(vp, args);
		if (status)
			break;
	}
out:
	*done = rep;
	return status;
}

static enum hvp_outcome run(struct hvp_vp *vp, const struct hvp_hypercall *row,
			    struct hvp_call *call, struct hvp_shape *shape, u32 *done)
{
	enum hvp_outcome outcome = HVP_DONE;
	enum hv_status status, stored;
	struct hvp_args args = {
		.var_count = shape->var / sizeof(u64),
		.out_size = row->output,
	};
	u32 from = 0, to;

	status = fetch(vp, row, call, shape, &args);
	if (status)
		goto out;
	args.var = args.in + row->input;
	if (row->target) {
		status = find_target(vp, row, &args);
		if (status)
			goto out;
	}

	if (row->rep) {
		status = run_reps(vp, row, &args, shape, done);
		from = shape->start * row->rep_output;
		to = *done * row->rep_output;
	} else {
		if (row->output)
			memset(args.out, 0, row->output);
		status = row->handler(vp, &args);
		to = status ? 0 : args.out_size;
	}
	stored = store(vp, call, shape, from, to);
	if (!status)
		status = stored;
	if (status == HVP_STATUS_PASS)
		outcome = HVP_PASS;
	else if (status == HVP_STATUS_AGAIN || (!status && row->rep && *done < shape->count))
		outcome = HVP_CONTINUE;
out:
	if (args.target)
		hvp_release_partition(vp, args.target);
	call->result = status;
	return outcome;
}

/*
 * A register call without output, reps and the like: its operands are in place already and
 * nothing comes back, so none of the machinery is needed. These are the frequent calls.
 */
static bool is_plain(const struct hvp_hypercall *row, u64 control)
{
	return (control & ~(HV_CONTROL_CODE | HV_CONTROL_NESTED)) == HV_CONTROL_FAST &&
	       row->input <= HV_FAST_GPR_BYTES && !row->output && !row->target && !row->rep &&
	       !row->vtl_switch && row->handler;
}

static enum hv_status run_plain(struct hvp_vp *vp, const struct hvp_hypercall *row,
				const struct hvp_call *call)
{
	struct hvp_args args = { .in = call->fast };

	return row->handler(vp, &args);
}

/* A VTL call or return, which has no register form */
static enum hvp_outcome switch_vtl(struct hvp_vp *vp, const struct hvp_hypercall *row,
				   const struct hvp_call *call)
{
	struct hvp_args args = { .in = &call->saved };
	enum hv_status status;

	if (call->control != row->code)
		return HVP_UD;
	status = row->handler(vp, &args);
	if (status == HVP_STATUS_SKIP)
		return HVP_SKIP;
	return status == HVP_STATUS_STAY ? HVP_STAY : HVP_UD;
}

/* All checks that need nothing but registers, then the call itself */
static enum hvp_outcome serve(struct hvp_vp *vp, const struct hvp_hypercall *row,
			      struct hvp_call *call, u32 *reps)
{
	struct hvp_partition *pt = vp->partition;
	bool served = row && (row->handler || row->kvm);
	struct hvp_shape shape;
	enum hvp_outcome outcome;
	u32 done;

	if (served && !may_call(vp, row)) {
		call->result = HV_STATUS_ACCESS_DENIED;
		return HVP_DONE;
	}
	if (call->control & HV_CONTROL_RESERVED) {
		call->result = HV_STATUS_INVALID_HYPERCALL_INPUT;
		return HVP_DONE;
	}
	if (!served) {
		call->result = HV_STATUS_INVALID_HYPERCALL_CODE;
		return HVP_DONE;
	}

	if (is_plain(row, call->control)) {
		call->result = run_plain(vp, row, call);
		return unlikely(call->result == HVP_STATUS_PASS) ? HVP_PASS : HVP_DONE;
	}

	measure(row, call->control, &shape);
	/* KVM has its own idea of XMM operands for what it serves */
	if (shape.fast && row->handler) {
		if (shape.in > HV_FAST_GPR_BYTES && !pt->xmm_input)
			return HVP_UD;
		if (shape.out && !pt->xmm_output)
			return HVP_UD;
	}
	call->result = check_shape(row, &shape);
	if (call->result)
		return HVP_DONE;
	if (unlikely(row->vtl_switch))
		return switch_vtl(vp, row, call);
	if (!row->handler)
		return HVP_PASS;
	/* TLFS, "XMM Fast Hypercall Output": only 64-bit callers get output in registers */
	if (shape.fast && shape.out && !call->long_mode) {
		call->result = HV_STATUS_INVALID_HYPERCALL_INPUT;
		return HVP_DONE;
	}

	done = shape.start;
	outcome = run(vp, row, call, &shape, &done);
	if (row->rep) {
		*reps = done - shape.start;
		call->result |= FIELD_PREP(HV_RESULT_REPS, done);
		call->control &= ~HV_CONTROL_REP_START;
		call->control |= FIELD_PREP(HV_CONTROL_REP_START, done);
	}
	return outcome;
}

static void count(struct hvp_vp *vp, u32 index, enum hvp_outcome outcome, u64 result, u32 reps)
{
	struct hvp_counters *counters = &vp->counters[index];
	u64 status = outcome == HVP_DONE ? FIELD_GET(HV_RESULT_STATUS, result) : 0;

	counters->reps += reps;
	if (outcome == HVP_CONTINUE) {
		counters->continuations++;
		return;
	}
	counters->calls++;
	if (status) {
		counters->errors++;
		counters->last_status = status;
	}
}

/**
 * hvp_dispatch - Answer a hypercall
 * @vp: The calling VP, in its own thread, out of the guest
 * @call: Registers; changed as its description says
 *
 * May sleep. The caller has checked CPL, mode and guest OS id.
 *
 * Return: what to do with the instruction.
 */
enum hvp_outcome hvp_dispatch(struct hvp_vp *vp, struct hvp_call *call)
{
	u16 code = FIELD_GET(HV_CONTROL_CODE, call->control);
	const struct hvp_hypercall *row = hvp_hypercall_lookup(code);
	enum hvp_outcome outcome;
	u64 begin = 0;
	u32 reps = 0;

	trace_hvp_call(vp, call);
	if (trace_hvp_call_done_enabled())
		begin = vp->ops->time_ns();

	vp->rip_set = false;
	call->fast_out = false;
	call->result = HV_STATUS_SUCCESS;
	outcome = serve(vp, row, call, &reps);
	hvp_log_event(vp->partition->instance, vp, HVP_EVENT_CALL, vp->partition->id, vp->index,
		      code, call->result, 0);
	count(vp, row ? row - hvp_hypercalls : hvp_hypercall_count, outcome, call->result, reps);

	if (trace_hvp_call_done_enabled() && begin)
		trace_hvp_call_done(vp, code, outcome, call->result, vp->ops->time_ns() - begin);
	return outcome;
}
