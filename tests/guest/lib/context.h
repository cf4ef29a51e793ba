/* SPDX-License-Identifier: GPL-2.0 */
/*
 * HV_INITIAL_VP_CONTEXT and the calls that take one (sheet §15.2, §15.6).
 */
#ifndef GUEST_CONTEXT_H
#define GUEST_CONTEXT_H

#include "hv.h"

struct segment {
	u64 base;
	u32 limit;
	u16 selector, attributes;
};

struct table {
	u16 pad[3], limit;
	u64 base;
};

struct context {
	u64 rip, rsp, rflags;
	struct segment cs, ds, es, fs, gs, ss, tr, ldtr;
	struct table idtr, gdtr;
	u64 efer, cr0, cr3, cr4, pat;
};

_Static_assert(sizeof(struct context) == 224, "HV_INITIAL_VP_CONTEXT");

/* 0x000f and 0x0099 */
struct start_in {
	u64 partition;
	u32 vp;
	u8 vtl, reserved[3];
	struct context context;
};

_Static_assert(sizeof(struct start_in) == 240, "0x000f and 0x0099 input");

/* A segment of the caller's, from its descriptor. */
struct segment segment_here(u16 selector, u64 base);

#endif
