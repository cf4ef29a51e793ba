// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing registers. Rules are those of the sheet's entries 0x0050 and 0x0051,
 * names those of its section 7, formats those of 7.1.
 */
#include <linux/string.h>

#include "expected_registers.h"
#include "fake_table.h"

#define GET	0x0050
#define SET	0x0051

#define RO	HVP_REG_READ
#define RW	(HVP_REG_READ | HVP_REG_WRITE)
#define WO	HVP_REG_WRITE

struct get_call {
	struct hv_vp_registers header;
	u32 names[256];
};

struct set_call {
	struct hv_vp_registers header;
	struct hv_set_register regs[3];
};

#define SELF_HEADER	{ .partition_id = HV_PARTITION_ID_SELF, .vp_index = HV_VP_INDEX_SELF }

static u32 get(struct fake_vm *vm, u32 name, union hvp_register_value *value)
{
	struct {
		struct hv_vp_registers header;
		u32 name;
	} in = { SELF_HEADER, name };

	return HV_STATUS(fake_call(vm, GET | HV_REPS(1), &in, 20, value, 16));
}

static u32 set(struct fake_vm *vm, u32 name, u64 low, u64 high)
{
	struct set_call in = { SELF_HEADER, { { .name = name, .value = { { low, high } } } } };
	u64 out;

	return HV_STATUS(fake_call(vm, SET | HV_REPS(1), &in, 48, &out, 0));
}

/*
 * Where registers are kept. MSR numbers: Intel SDM volume 4 and AMD APM volume 2, synthetic
 * ones the sheet's section 6. Local APIC offsets and access: Intel SDM volume 3, "x2APIC".
 */
static const struct {
	const char *name;
	u32 first, last;
	u8 kind, access;
	u32 arg;
	u32 step;	/* from one name to the next; 0 is 1 */
} kept[] = {
	{ "Rax .. R15", 0x20000, 0x2000f, HVP_REG_GPR, RW, 0 },
	{ "Rip", 0x20010, 0x20010, HVP_REG_RIP, RW, 0 },
	{ "Rflags", 0x20011, 0x20011, HVP_REG_RFLAGS, RW, 0 },
	{ "Xmm0 .. Xmm15", 0x30000, 0x3000f, HVP_REG_XMM, RW, 0 },
	{ "FpMmx0 .. 7", 0x30010, 0x30017, HVP_REG_FPMMX, RW, 0 },
	{ "FpControlStatus", 0x30018, 0x30018, HVP_REG_FP_CONTROL, RW, 0 },
	{ "XmmControlStatus", 0x30019, 0x30019, HVP_REG_XMM_CONTROL, RW, 0 },
	{ "Cr0", 0x40000, 0x40000, HVP_REG_CR, RW, 0 },
	{ "Cr2 .. Cr4", 0x40001, 0x40003, HVP_REG_CR, RW, 2 },
	{ "Cr8", 0x40004, 0x40004, HVP_REG_CR, RW, 8 },
	{ "Xfem", 0x40005, 0x40005, HVP_REG_XFEM, RW, 0 },
	{ "Dr0 .. Dr3", 0x50000, 0x50003, HVP_REG_DR, RW, 0 },
	{ "Dr6, Dr7", 0x50004, 0x50005, HVP_REG_DR, RW, 6 },
	{ "Es .. Tr", 0x60000, 0x60007, HVP_REG_SEGMENT, RW, 0 },
	{ "Idtr, Gdtr", 0x70000, 0x70001, HVP_REG_TABLE, RW, 0 },
	{ "Tsc", 0x80000, 0x80000, HVP_REG_MSR, RW, 0x10 },
	{ "Efer", 0x80001, 0x80001, HVP_REG_MSR, RW, 0xc0000080 },
	{ "KernelGsBase", 0x80002, 0x80002, HVP_REG_MSR, RW, 0xc0000102 },
	{ "ApicBase", 0x80003, 0x80003, HVP_REG_MSR, RW, 0x1b },
	{ "Pat", 0x80004, 0x80004, HVP_REG_MSR, RW, 0x277 },
	{ "SysenterCs", 0x80005, 0x80005, HVP_REG_MSR, RW, 0x174 },
	{ "SysenterEip", 0x80006, 0x80006, HVP_REG_MSR, RW, 0x176 },
	{ "SysenterEsp", 0x80007, 0x80007, HVP_REG_MSR, RW, 0x175 },
	{ "Star, Lstar, Cstar, Sfmask", 0x80008, 0x8000b, HVP_REG_MSR, RW, 0xc0000081 },
	{ "InitialApicId", 0x8000c, 0x8000c, HVP_REG_APIC, RO, 0x20 },
	{ "MsrMtrrCap", 0x8000d, 0x8000d, HVP_REG_MSR, RO, 0xfe },
	{ "MsrMtrrDefType", 0x8000e, 0x8000e, HVP_REG_MSR, RW, 0x2ff },
	{ "MsrMtrrPhysBase0 .. 7", 0x80010, 0x80017, HVP_REG_MSR, RW, 0x200, 2 },
	{ "MsrMtrrPhysMask0 .. 7", 0x80040, 0x80047, HVP_REG_MSR, RW, 0x201, 2 },
	{ "MsrMtrrFix64k00000", 0x80070, 0x80070, HVP_REG_MSR, RW, 0x250 },
	{ "MsrMtrrFix16k80000, A0000", 0x80071, 0x80072, HVP_REG_MSR, RW, 0x258 },
	{ "MsrMtrrFix4kC0000 .. F8000", 0x80073, 0x8007a, HVP_REG_MSR, RW, 0x268 },
	{ "TscAux", 0x8007b, 0x8007b, HVP_REG_MSR, RW, 0xc0000103 },
	{ "DebugCtl", 0x8007d, 0x8007d, HVP_REG_MSR, RW, 0x1d9 },
	{ "SpecCtrl", 0x80084, 0x80084, HVP_REG_MSR, RW, 0x48 },
	{ "PredCmd", 0x80085, 0x80085, HVP_REG_MSR, WO, 0x49 },
	{ "Xss", 0x8008b, 0x8008b, HVP_REG_MSR, RW, 0xda0 },
	{ "TscDeadline", 0x80095, 0x80095, HVP_REG_MSR, RW, 0x6e0 },
	{ "TscAdjust", 0x80096, 0x80096, HVP_REG_MSR, RW, 0x3b },
	{ "MsrIa32MiscEnable", 0x800a0, 0x800a0, HVP_REG_MSR, RW, 0x1a0 },
	{ "ApicId", 0x84802, 0x84802, HVP_REG_APIC, RO, 0x20 },
	{ "ApicVersion", 0x84803, 0x84803, HVP_REG_APIC, RO, 0x30 },
	{ "ApicTpr", 0x84808, 0x84808, HVP_REG_APIC, RW, 0x80 },
	{ "ApicPpr", 0x8480a, 0x8480a, HVP_REG_APIC, RO, 0xa0 },
	{ "ApicEoi", 0x8480b, 0x8480b, HVP_REG_APIC, WO, 0xb0 },
	{ "ApicLdr", 0x8480d, 0x8480d, HVP_REG_APIC, RO, 0xd0 },
	{ "ApicSpurious", 0x8480f, 0x8480f, HVP_REG_APIC, RW, 0xf0 },
	{ "ApicIsr0 .. Irr7", 0x84810, 0x84827, HVP_REG_APIC, RO, 0x100, 0x10 },
	{ "ApicEse", 0x84828, 0x84828, HVP_REG_APIC, RW, 0x280 },
	{ "ApicIcr", 0x84830, 0x84830, HVP_REG_APIC, RW, 0x300 },
	{ "ApicLvtTimer .. InitCount", 0x84832, 0x84838, HVP_REG_APIC, RW, 0x320, 0x10 },
	{ "ApicCurrentCount", 0x84839, 0x84839, HVP_REG_APIC, RO, 0x390 },
	{ "ApicDivide", 0x8483e, 0x8483e, HVP_REG_APIC, RW, 0x3e0 },
	{ "ApicSelfIpi", 0x8483f, 0x8483f, HVP_REG_APIC, WO, 0x3f0 },
	{ "GuestCrashP0 .. Ctl", 0x210, 0x215, HVP_REG_MSR, RW, 0x40000100 },
	{ "ProcessorClockFrequency", 0x240, 0x240, HVP_REG_MSR, RO, 0x40000022 },
	{ "InterruptClockFrequency", 0x241, 0x241, HVP_REG_MSR, RO, 0x40000023 },
	{ "InterruptState", 0x10003, 0x10003, HVP_REG_INTERRUPT_STATE, RW, 0 },
	{ "VpRuntime", 0x90000, 0x90000, HVP_REG_MSR, RO, 0x40000010 },
	{ "Hypercall", 0x90001, 0x90001, HVP_REG_MSR, RW, 0x40000001 },
	{ "GuestOsId", 0x90002, 0x90002, HVP_REG_MSR, RW, 0x40000000 },
	{ "TimeRefCount", 0x90004, 0x90004, HVP_REG_MSR, RO, 0x40000020 },
	{ "SyntheticEoi", 0x90010, 0x90010, HVP_REG_MSR, WO, 0x40000070 },
	{ "SyntheticIcr, Tpr", 0x90011, 0x90012, HVP_REG_MSR, RW, 0x40000071 },
	{ "VpAssistPage", 0x90013, 0x90013, HVP_REG_MSR, RW, 0x40000073 },
	{ "ReferenceTsc", 0x90017, 0x90017, HVP_REG_MSR, RW, 0x40000021 },
	{ "Sint0 .. 15", 0xa0000, 0xa000f, HVP_REG_MSR, RW, 0x40000090 },
	{ "Scontrol", 0xa0010, 0xa0010, HVP_REG_MSR, RW, 0x40000080 },
	{ "Sversion", 0xa0011, 0xa0011, HVP_REG_MSR, RO, 0x40000081 },
	{ "Sifp, Sipp", 0xa0012, 0xa0013, HVP_REG_MSR, RW, 0x40000082 },
	{ "Eom", 0xa0014, 0xa0014, HVP_REG_MSR, WO, 0x40000084 },
	{ "Stimer0Config .. 3Count", 0xb0000, 0xb0007, HVP_REG_MSR, RW, 0x400000b0 },
};

/* The place of register @name of row @i */
static union hvp_register_value *place(struct fake_vm *vm, u32 i, u32 name)
{
	u32 step = kept[i].step ?: 1;

	return fake_reg(&vm->vps[0], kept[i].kind, kept[i].arg + (name - kept[i].first) * step);
}

static void each_register_is_read_where_it_is_kept(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	union hvp_register_value value, *where;
	u32 i, name;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		for (name = kept[i].first; name <= kept[i].last; name++) {
			vm->vps[0].reg_count = 0;
			where = place(vm, i, name);
			where->low = 0x1122334455660000 + name;
			where->high = ~name;
			if (!(kept[i].access & HVP_REG_READ)) {
				KUNIT_EXPECT_EQ_MSG(test, get(vm, name, &value),
						    HV_STATUS_ACCESS_DENIED, "%s 0x%08x",
						    kept[i].name, name);
				continue;
			}
			KUNIT_EXPECT_EQ_MSG(test, get(vm, name, &value), 0, "%s 0x%08x",
					    kept[i].name, name);
			KUNIT_EXPECT_EQ_MSG(test, value.low, 0x1122334455660000 + name,
					    "%s 0x%08x", kept[i].name, name);
			KUNIT_EXPECT_EQ(test, value.high, (u64)~name);
		}
	}
}

/* TLFS 2.0: a read-only register is INVALID_PARAMETER */
static void each_register_is_written_where_it_is_kept(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	union hvp_register_value *where;
	u32 i, name;

	for (i = 0; i < ARRAY_SIZE(kept); i++) {
		for (name = kept[i].first; name <= kept[i].last; name++) {
			vm->vps[0].reg_count = 0;
			if (!(kept[i].access & HVP_REG_WRITE)) {
				KUNIT_EXPECT_EQ_MSG(test, set(vm, name, 1, 2),
						    HV_STATUS_INVALID_PARAMETER, "%s 0x%08x",
						    kept[i].name, name);
				KUNIT_EXPECT_EQ(test, vm->vps[0].reg_count, 0);
				continue;
			}
			KUNIT_EXPECT_EQ_MSG(test, set(vm, name, name, ~0ULL - name), 0,
					    "%s 0x%08x", kept[i].name, name);
			where = place(vm, i, name);
			KUNIT_EXPECT_EQ_MSG(test, vm->vps[0].reg_count, 1, "%s 0x%08x",
					    kept[i].name, name);
			KUNIT_EXPECT_EQ(test, where->low, (u64)name);
			KUNIT_EXPECT_EQ(test, where->high, ~0ULL - name);
		}
	}
}

/* The intermediate forms are those of a VP without pending changes */
static void intermediate_control_registers_are_the_control_registers(struct kunit *test)
{
	static const u32 names[][2] = {
		{ 0x41000, 0x40000 }, { 0x41002, 0x40002 }, { 0x41003, 0x40003 },
		{ 0x41004, 0x40004 },
	};
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ(test, set(vm, names[i][1], 0x1000 + i, 0), 0);
		KUNIT_EXPECT_EQ(test, get(vm, names[i][0], &value), 0);
		KUNIT_EXPECT_EQ(test, value.low, 0x1000ULL + i);
	}
}

/* 0x100 and 0x200 to 0x208 are the leaves 0x40000002 and 0x40000003 to 0x4000000b */
static void feature_registers_are_cpuid_leaves(struct kunit *test)
{
	struct hvp_cpuid leaves[16] = {};
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(leaves); i++)
		leaves[i] = (struct hvp_cpuid) { .function = 0x40000000 + i,
						 .regs = { i, 0x100 + i, 0x200 + i, 0x300 + i } };
	KUNIT_ASSERT_EQ(test, hvp_cpuid_publish(vm->vp, leaves, ARRAY_SIZE(leaves)), 0);
	KUNIT_EXPECT_EQ(test, get(vm, 0x100, &value), 0);
	KUNIT_EXPECT_EQ(test, memcmp(value.reg32, leaves[2].regs, 16), 0);
	for (i = 0; i <= 8; i++) {
		KUNIT_EXPECT_EQ(test, get(vm, 0x200 + i, &value), 0);
		KUNIT_EXPECT_EQ(test, memcmp(value.reg32, leaves[3 + i].regs, 16), 0);
		KUNIT_EXPECT_EQ(test, set(vm, 0x200 + i, 0, 0), HV_STATUS_INVALID_PARAMETER);
	}
}

/* 7.1: VTL0 is active and the only one enabled, on VP (31:16) and partition (15:0) */
static void vsm_registers_tell_of_vtl0_alone(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;

	/* A machine that has not been given them; those that have are the subject of vtl_kunit.c */
	vm->pt->privileges &= ~HV_PRIV(ACCESS_VSM);
	KUNIT_EXPECT_EQ(test, get(vm, 0xd0003, &value), 0);
	KUNIT_EXPECT_EQ(test, value.low, 0x10000ULL);
	KUNIT_EXPECT_EQ(test, get(vm, 0xd0004, &value), 0);
	KUNIT_EXPECT_EQ(test, value.low, 0x1ULL);
	KUNIT_EXPECT_EQ(test, get(vm, 0xd0006, &value), 0);
	KUNIT_EXPECT_EQ(test, value.low, 0ULL);
	KUNIT_EXPECT_EQ(test, set(vm, 0xd0004, 3, 0), HV_STATUS_INVALID_PARAMETER);
}

/* 7.1: a caller is neither suspended, nor halted, nor is anything on its way to it */
static void caller_is_neither_suspended_nor_interrupted(struct kunit *test)
{
	static const u32 names[] = { 0x0, 0x1, 0x3, 0x4, 0x10002 };
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		KUNIT_EXPECT_EQ_MSG(test, get(vm, names[i], &value), 0, "0x%08x", names[i]);
		KUNIT_EXPECT_EQ(test, value.low, 0ULL);
		KUNIT_EXPECT_EQ(test, value.high, 0ULL);
	}
}

static void vp_index_is_the_callers(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;

	vm->vp = vm->vps[2].vp;
	KUNIT_EXPECT_EQ(test, get(vm, 0x90003, &value), 0);
	KUNIT_EXPECT_EQ(test, value.low, 2ULL);
	KUNIT_EXPECT_EQ(test, value.high, 0ULL);
	KUNIT_EXPECT_EQ(test, set(vm, 0x90003, 1, 0), HV_STATUS_INVALID_PARAMETER);
}

/* Listed names are served or unknown, never anything else */
static void every_listed_name_is_served_or_unknown(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;
	u32 i, name, status, listed = 0;
	struct hvp_reg reg;
	bool writable;

	for (i = 0; i < ARRAY_SIZE(expected_registers); i++) {
		for (name = expected_registers[i].first; name <= expected_registers[i].last;
		     name++) {
			listed++;
			vm->vps[0].reg_count = 0;
			status = get(vm, name, &value);
			if (!hvp_reg_lookup(name, &reg)) {
				KUNIT_EXPECT_EQ_MSG(test, status, HV_STATUS_UNKNOWN_REGISTER_NAME,
						    "%s", expected_registers[i].name);
				KUNIT_EXPECT_EQ(test, set(vm, name, 0, 0),
						HV_STATUS_UNKNOWN_REGISTER_NAME);
				continue;
			}
			KUNIT_EXPECT_EQ_MSG(test, status, reg.access & HVP_REG_READ ?
					    HV_STATUS_SUCCESS : HV_STATUS_ACCESS_DENIED, "%s",
					    expected_registers[i].name);
			/* What a VTL writes of lower ones, VTL0 does not */
			writable = (reg.access & HVP_REG_WRITE) && name != 0xd0005 &&
				   (name < 0xe0000 || name > 0xe0003) &&
				   name != 0xd0007 && name != 0x9001c && name != 0x10004;
			KUNIT_EXPECT_EQ_MSG(test, set(vm, name, 0, 0),
					    writable ? HV_STATUS_SUCCESS :
					    HV_STATUS_INVALID_PARAMETER, "%s",
					    expected_registers[i].name);
		}
	}
	KUNIT_EXPECT_EQ(test, listed, 403);	/* section 7 */
}

static bool is_listed(u32 name)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expected_registers); i++)
		if (name >= expected_registers[i].first && name <= expected_registers[i].last)
			return true;
	return false;
}

/* Are there names among the 4096 from @block on? */
static bool has_names(u32 block)
{
	u32 i;

	for (i = 0; i < ARRAY_SIZE(expected_registers); i++)
		if (expected_registers[i].first >> 12 == block >> 12)
			return true;
	return false;
}

/* "Reserved names must be rejected" */
static void unlisted_names_are_unknown(struct kunit *test)
{
	struct hvp_reg reg;
	u32 name;

	for (name = 0; name < 0x100000; name++) {
		/* All of the blocks that have names, a few of the others */
		if (!(name & 0xfff) && !has_names(name))
			name += 0xff0;
		if (hvp_reg_lookup(name, &reg) && !is_listed(name))
			KUNIT_FAIL(test, "register 0x%08x is served and not listed", name);
	}
	for (name = 1; name; name <<= 1) {
		KUNIT_EXPECT_FALSE(test, hvp_reg_lookup(0x100000 | name, &reg));
		KUNIT_EXPECT_FALSE(test, hvp_reg_lookup(~0U - name, &reg));
	}
	KUNIT_EXPECT_FALSE(test, hvp_reg_lookup(~0U, &reg));
}

static void unknown_name_ends_the_list(struct kunit *test)
{
	struct get_call *in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);
	union hvp_register_value out[3];
	struct fake_vm *vm = test->priv;
	u64 result;

	KUNIT_ASSERT_NOT_NULL(test, in);
	*in = (struct get_call) { SELF_HEADER, { 0x20000, 0x20012, 0x20001 } };
	fake_reg(&vm->vps[0], HVP_REG_GPR, 0)->low = 0xaa;
	result = fake_call(vm, GET | HV_REPS(3), in, 28, out, sizeof(out));
	EXPECT_STATUS(test, result, UNKNOWN_REGISTER_NAME);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1);
	KUNIT_EXPECT_EQ(test, out[0].low, 0xaaULL);
	KUNIT_EXPECT_EQ(test, out[0].high, 0ULL);
	KUNIT_EXPECT_EQ(test, out[1].low, 0xa5a5a5a5a5a5a5a5ULL);
}

/* "Linux reads up to 256 registers per call": they fill a page */
static void page_of_registers_is_read_at_once(struct kunit *test)
{
	struct get_call *in = kunit_kzalloc(test, sizeof(*in), GFP_KERNEL);
	union hvp_register_value *out = kunit_kzalloc(test, PAGE_SIZE, GFP_KERNEL);
	struct fake_vm *vm = test->priv;
	u64 result;
	u32 i;

	KUNIT_ASSERT_NOT_NULL(test, in);
	KUNIT_ASSERT_NOT_NULL(test, out);
	*in = (struct get_call) { SELF_HEADER };
	vm->step = 0;
	for (i = 0; i < 256; i++) {
		in->names[i] = 0x20000 + i % 16;
		fake_reg(&vm->vps[0], HVP_REG_GPR, i % 16)->low = 0x100 + i % 16;
	}
	result = fake_call(vm, GET | HV_REPS(256), in, sizeof(*in), out, PAGE_SIZE);
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 256ULL));
	for (i = 0; i < 256; i++)
		KUNIT_EXPECT_EQ(test, out[i].low, 0x100ULL + i % 16);
}

static void registers_are_read_in_fast_form(struct kunit *test)
{
	struct {
		struct hv_vp_registers header;
		u32 names[2];
	} in = { SELF_HEADER, { 0x20003, 0x30001 } };
	union hvp_register_value out[2];
	struct fake_vm *vm = test->priv;
	u64 result;

	fake_reg(&vm->vps[0], HVP_REG_GPR, 3)->low = 0x33;
	fake_reg(&vm->vps[0], HVP_REG_XMM, 1)->high = 0x44;
	result = fake_call_fast(vm, GET | HV_REPS(2), &in, 24, out, sizeof(out));
	KUNIT_EXPECT_EQ(test, result, FIELD_PREP(HV_RESULT_REPS, 2ULL));
	KUNIT_EXPECT_EQ(test, out[0].low, 0x33ULL);
	KUNIT_EXPECT_EQ(test, out[0].high, 0ULL);
	KUNIT_EXPECT_EQ(test, out[1].low, 0ULL);
	KUNIT_EXPECT_EQ(test, out[1].high, 0x44ULL);
}

/* "The failing one and all later ones are not applied" */
static void writes_stop_at_the_first_failure(struct kunit *test)
{
	struct set_call in = { SELF_HEADER, {
		{ .name = 0x20000, .value.low = 1 },
		{ .name = 0xd0006, .value.low = 2 },	/* read-only */
		{ .name = 0x20001, .value.low = 3 },
	} };
	struct fake_vm *vm = test->priv;
	u64 out, result;

	result = fake_call(vm, SET | HV_REPS(3), &in, sizeof(in), &out, 0);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1);
	KUNIT_EXPECT_EQ(test, fake_reg(&vm->vps[0], HVP_REG_GPR, 0)->low, 1ULL);
	KUNIT_EXPECT_EQ(test, vm->vps[0].reg_count, 1);

	in.regs[1].name = 0x12345;
	result = fake_call(vm, SET | HV_REPS(3), &in, sizeof(in), &out, 0);
	EXPECT_STATUS(test, result, UNKNOWN_REGISTER_NAME);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 1);
}

static void padding_of_an_element_is_ignored(struct kunit *test)
{
	struct set_call in = { SELF_HEADER, {
		{ .name = 0x20000, .pad = { ~0, ~0, ~0 }, .value.low = 1 },
	} };
	struct fake_vm *vm = test->priv;
	u64 out;

	EXPECT_STATUS(test, fake_call(vm, SET | HV_REPS(1), &in, 48, &out, 0), SUCCESS);
}

/* The processor's and the monitor's refusals reach the guest */
static void refusals_of_the_processor_are_passed_on(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	union hvp_register_value value;

	vm->reg_status = HV_STATUS_INVALID_REGISTER_VALUE;
	KUNIT_EXPECT_EQ(test, set(vm, 0x40000, ~0ULL, 0), HV_STATUS_INVALID_REGISTER_VALUE);
	vm->reg_status = HV_STATUS_INVALID_PARAMETER;
	KUNIT_EXPECT_EQ(test, get(vm, 0x8008b, &value), HV_STATUS_INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, value.low, 0xa5a5a5a5a5a5a5a5ULL);
}

/* The instruction must not be skipped when the call has set RIP */
static void written_rip_is_kept(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, set(vm, 0x20010, 0x1000, 0), 0);
	KUNIT_EXPECT_TRUE(test, vm->vp->rip_set);
	KUNIT_EXPECT_EQ(test, set(vm, 0x20000, 0x1000, 0), 0);
	KUNIT_EXPECT_FALSE(test, vm->vp->rip_set);
	vm->reg_status = HV_STATUS_INVALID_REGISTER_VALUE;
	KUNIT_EXPECT_EQ(test, set(vm, 0x20010, 1ULL << 63, 0), HV_STATUS_INVALID_REGISTER_VALUE);
	KUNIT_EXPECT_FALSE(test, vm->vp->rip_set);
}

static void header_is_checked(struct kunit *test)
{
	static const struct {
		u32 index;
		u8 vtl;
		u8 rsvd;	/* 1 + which reserved byte is set */
		u16 status;
	} cases[] = {
		{ HV_VP_INDEX_SELF, 0, 0, HV_STATUS_SUCCESS },
		{ 0, 0, 0, HV_STATUS_SUCCESS },
		{ FAKE_VPS, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ 4096, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ HV_VP_INDEX_ANY, 0, 0, HV_STATUS_INVALID_VP_INDEX },
		{ 1, 0, 0, HV_STATUS_ACCESS_DENIED },	/* runs in a thread of its own */
		{ 0, 0x10, 0, HV_STATUS_SUCCESS },
		{ 0, 0x11, 0, HV_STATUS_ACCESS_DENIED },
		{ 0, 0x20, 0, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0x40, 0, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0x80, 0, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0, 1, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0, 2, HV_STATUS_INVALID_PARAMETER },
		{ 0, 0, 3, HV_STATUS_INVALID_PARAMETER },
	};
	struct fake_vm *vm = test->priv;
	u64 out[2], result;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct set_call in = { SELF_HEADER, { { .name = 0x20000 } } };

		in.header.vp_index = cases[i].index;
		in.header.input_vtl = cases[i].vtl;
		if (cases[i].rsvd)
			in.header.rsvd[cases[i].rsvd - 1] = 1;
		result = fake_call(vm, SET | HV_REPS(1), &in, 48, out, 0);
		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(result), cases[i].status, "case %u", i);
		KUNIT_EXPECT_EQ(test, HV_DONE(result), !cases[i].status);
		result = fake_call(vm, GET | HV_REPS(1), &in, 20, out, 16);
		KUNIT_EXPECT_EQ_MSG(test, HV_STATUS(result), cases[i].status, "case %u", i);
		KUNIT_EXPECT_EQ(test, HV_DONE(result), !cases[i].status);
	}
}

static struct kunit_case regs_cases[] = {
	HVP_CASE(each_register_is_read_where_it_is_kept, 0x0050),
	HVP_CASE(each_register_is_written_where_it_is_kept, 0x0051),
	HVP_CASE(intermediate_control_registers_are_the_control_registers, 0x0050),
	HVP_CASE(feature_registers_are_cpuid_leaves, 0x0050, 0x0051),
	HVP_CASE(vsm_registers_tell_of_vtl0_alone, 0x0050, 0x0051),
	HVP_CASE(caller_is_neither_suspended_nor_interrupted, 0x0050),
	HVP_CASE(vp_index_is_the_callers, 0x0050, 0x0051),
	HVP_CASE(every_listed_name_is_served_or_unknown, 0x0050, 0x0051),
	KUNIT_CASE(unlisted_names_are_unknown),
	HVP_CASE(unknown_name_ends_the_list, 0x0050),
	HVP_CASE(page_of_registers_is_read_at_once, 0x0050),
	HVP_CASE(registers_are_read_in_fast_form, 0x0050),
	HVP_CASE(writes_stop_at_the_first_failure, 0x0051),
	HVP_CASE(padding_of_an_element_is_ignored, 0x0051),
	HVP_CASE(refusals_of_the_processor_are_passed_on, 0x0050, 0x0051),
	HVP_CASE(written_rip_is_kept, 0x0051),
	HVP_CASE(header_is_checked, 0x0050, 0x0051),
	{}
};

static struct kunit_suite regs_suite = {
	.name = "hvpersona_regs",
	.init = fake_init,
	.exit = fake_exit,
	.test_cases = regs_cases,
};

kunit_test_suites(&regs_suite);
