/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Calls that tests of VTLs make.
 */
#ifndef VTL_FIXTURE_H
#define VTL_FIXTURE_H

#include <asm/processor-flags.h>

#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/hv_abi/translate.h"
#include "../hvpersona/hv_abi/vtl.h"
#include "fake_table.h"

#define ENABLE		0x000d
#define DISABLE		0x000e
#define ENABLE_VP	0x000f
#define DISABLE_VP	0x0010
#define VTL_CALL	0x0011
#define VTL_RETURN	0x0012
#define GET		0x0050
#define SET		0x0051

#define VSM	(HV_PRIV(ACCESS_VSM) | HV_PRIV(ACCESS_VP_REGISTERS) | HV_PRIV(ACCESS_SYNIC_MSRS))

static inline u32 partition_vtl(struct fake_vm *vm, u16 code, u8 vtl, u8 flags)
{
	struct hv_partition_vtl in = { HV_PARTITION_ID_SELF, vtl, flags };

	return HV_STATUS(fake_call(vm, code, &in, sizeof(in), NULL, 0));
}

static inline u32 enable(struct fake_vm *vm, u8 vtl)
{
	return partition_vtl(vm, ENABLE, vtl, 0);
}

static inline u32 enable_vp(struct fake_vm *vm, u32 index, u8 vtl)
{
	struct hv_start_vp in = {
		.partition_id = HV_PARTITION_ID_SELF, .vp_index = index, .target_vtl = vtl,
		.context.cr0 = X86_CR0_PE, .context.rip = 0x1234,
	};

	return HV_STATUS(fake_call(vm, ENABLE_VP, &in, sizeof(in), NULL, 0));
}

static inline u32 disable_vp(struct fake_vm *vm, u32 index, u8 vtl)
{
	struct hv_disable_vp_vtl in = { HV_PARTITION_ID_SELF, index, vtl };

	return HV_STATUS(fake_call(vm, DISABLE_VP, &in, sizeof(in), NULL, 0));
}

/* Of the VP that calls, through an HV_INPUT_VTL */
static inline u32 get(struct fake_vm *vm, u8 input_vtl, u32 name, u64 *value)
{
	struct {
		struct hv_vp_registers header;
		u32 name;
	} __packed in = { { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, input_vtl }, name };
	u64 out[2] = {}, result;

	result = fake_call(vm, GET | HV_REPS(1), &in, sizeof(in), out, sizeof(out));
	*value = out[0];
	return HV_STATUS(result);
}

static inline u32 set(struct fake_vm *vm, u8 input_vtl, u32 name, u64 value)
{
	struct {
		struct hv_vp_registers header;
		struct hv_set_register set;
	} in = { { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, input_vtl },
		 { .name = name, .value.low = value } };

	return HV_STATUS(fake_call(vm, SET | HV_REPS(1), &in, sizeof(in), NULL, 0));
}

static inline u64 reg(struct fake_vm *vm, u32 name)
{
	u64 value;

	EXPECT_STATUS(vm->test, get(vm, 0, name, &value), SUCCESS);
	return value;
}

static inline enum hvp_outcome switch_vtl(struct fake_vm *vm, u16 code, u64 input)
{
	struct hvp_call call = { .control = code, .saved = input, .long_mode = true };

	return fake_dispatch(vm, &call);
}

#endif
