// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall table as the kernel sees it, and how a call code finds its row.
 */
#define pr_fmt(fmt) "hvpersona: " fmt

#include <linux/init.h>
#include <linux/kernel.h>
#include <linux/nospec.h>
#include <uapi/linux/hvpersona.h>

#include "calls.h"
#include "hypercalls.h"

#define RB	HVPERSONA_SEEN_ROOT_BOOT
#define RI	HVPERSONA_SEEN_ROOT_IDLE
#define GB	HVPERSONA_SEEN_GUEST_BOOT
#define GI	HVPERSONA_SEEN_GUEST_IDLE
#define RB_	(RB << 4)
#define RI_	(RI << 4)
#define GB_	(GB << 4)
#define GI_	(GI << 4)

/* States of the target, see struct hvp_hypercall.states */
#define HVP_IN_CREATED		BIT(HVPERSONA_STATE_CREATED)
#define HVP_IN_ACTIVE		BIT(HVPERSONA_STATE_ACTIVE)
#define HVP_IN_FINALIZING	BIT(HVPERSONA_STATE_FINALIZING)
#define HVP_IN_FINALIZED	BIT(HVPERSONA_STATE_FINALIZED)
#define HVP_IN_ANY		(HVP_IN_CREATED | HVP_IN_ACTIVE | HVP_IN_FINALIZING | \
				 HVP_IN_FINALIZED)

#define HVP_SERVE(fn)	.handler = hvp_##fn
#define HVP_PREPARE(fn)	.prepare = hvp_##fn##_prepare

#define HVP_SIMPLE(_code, _name, _input, _output, _origin, _seen, ...) {	\
	.code = _code, .name = #_name, .input = _input, .output = _output,	\
	.origin = HVPERSONA_ORIGIN_##_origin, .seen = _seen, ##__VA_ARGS__ },

#define HVP_REP(_code, _name, _input, _rep_input, _rep_output, _origin, _seen, ...) {	\
	.code = _code, .name = #_name, .input = _input, .rep = 1,			\
	.rep_input = _rep_input, .rep_output = _rep_output,				\
	.origin = HVPERSONA_ORIGIN_##_origin, .seen = _seen, ##__VA_ARGS__ },

const struct hvp_hypercall hvp_hypercalls[] = {
HVP_HYPERCALLS(HVP_SIMPLE, HVP_REP)
};

const u32 hvp_hypercall_count = ARRAY_SIZE(hvp_hypercalls);

/* Codes up to the last ordinary and the last extended one in the table */
#define HVP_CODES	0x0132
#define HVP_EXT_CODES	0x0002

/* Row + 1 by code, 0 if there is none; extended codes follow the ordinary ones */
static u8 hvp_rows[HVP_CODES + HVP_EXT_CODES] __ro_after_init;

static u32 slot_of(u16 code)
{
	if (code & HV_EXT_CALL_BASE) {
		code &= ~HV_EXT_CALL_BASE;
		return code < HVP_EXT_CODES ? HVP_CODES + code : ARRAY_SIZE(hvp_rows);
	}
	return code < HVP_CODES ? code : ARRAY_SIZE(hvp_rows);
}

/**
 * hvp_table_init - Index the table by call code
 *
 * Return: 0, or -EINVAL after a message if rows are out of order, stand twice, or
 * do not fit the index: a mistake of whoever edited calls.h.
 */
int __init hvp_table_init(void)
{
	u32 row;

	BUILD_BUG_ON(ARRAY_SIZE(hvp_hypercalls) >= U8_MAX);
	for (row = 0; row < hvp_hypercall_count; row++) {
		u32 slot = slot_of(hvp_hypercalls[row].code);

		if (slot == ARRAY_SIZE(hvp_rows) || hvp_rows[slot] ||
		    (row && hvp_hypercalls[row].code <= hvp_hypercalls[row - 1].code)) {
			pr_err("hypercall table: %s is misplaced\n", hvp_hypercalls[row].name);
			return -EINVAL;
		}
		hvp_rows[slot] = row + 1;
	}
	return 0;
}

/**
 * hvp_hypercall_lookup - Row of a call code
 * @code: Call code, from a guest
 *
 * Return: the row, or NULL if the table has none.
 */
const struct hvp_hypercall *hvp_hypercall_lookup(u16 code)
{
	u32 slot = slot_of(code), row;

	if (slot >= ARRAY_SIZE(hvp_rows))
		return NULL;
	row = hvp_rows[array_index_nospec(slot, ARRAY_SIZE(hvp_rows))];
	return row ? &hvp_hypercalls[row - 1] : NULL;
}
