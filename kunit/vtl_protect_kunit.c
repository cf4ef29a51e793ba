// SPDX-License-Identifier: GPL-2.0
/*
 * Protections that VTLs put on pages, and the intercepts that come of it. Rules are those of the
 * sheet's entries 0x000c and 0x00d4, "x64 intercept message header" and "Payloads", and of TLFS
 * "Memory Access Protections".
 */
#include <linux/prandom.h>

#include "../hvpersona/hv_abi/gpa.h"
#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/hv_abi/synic.h"
#include "../hvpersona/hv_abi/vtl.h"
#include "../hvpersona/vtl/intercept.h"
#include "fake_table.h"

#define PROTECT		0x000c
#define CHECK		0x00d4
#define SET		0x0051
#define GET		0x0050

#define VSM	(HV_PRIV(ACCESS_VSM) | HV_PRIV(ACCESS_VP_REGISTERS) | HV_PRIV(ACCESS_SYNIC_MSRS))

#define R	HV_MAP_GPA_READABLE
#define W	HV_MAP_GPA_WRITABLE
#define KX	HV_MAP_GPA_KERNEL_EXECUTABLE
#define UX	HV_MAP_GPA_USER_EXECUTABLE
#define ALL	HV_MAP_GPA_PERMISSIONS
#define PAGES	4096

#define ON(mask)	(HV_VSM_ENABLE_PROTECTION | FIELD_PREP(HV_VSM_DEFAULT_PROTECTION, mask))

/* Through an HV_INPUT_VTL; 0 is the caller's own */
static u32 config(struct fake_vm *vm, u8 input_vtl, u64 value)
{
	struct {
		struct hv_vp_registers header;
		struct hv_set_register set;
	} in = { { HV_PARTITION_ID_SELF, HV_VP_INDEX_SELF, input_vtl },
		 { .name = HV_REG_VSM_PARTITION_CONFIG, .value.low = value } };

	return HV_STATUS(fake_call(vm, SET | HV_REPS(1), &in, sizeof(in), NULL, 0));
}

static u64 protect(struct fake_vm *vm, u8 input_vtl, u32 flags, u32 count, const u64 *pages)
{
	struct {
		struct hv_modify_vtl_protection header;
		u64 pages[100];
	} in = { { HV_PARTITION_ID_SELF, flags, input_vtl } };

	memcpy(in.pages, pages, count * sizeof(*pages));
	return fake_call(vm, PROTECT | HV_REPS(count), &in, sizeof(in.header) + count * 8, NULL, 0);
}

static u32 protect_page(struct fake_vm *vm, u64 gfn, u32 flags)
{
	return HV_STATUS(protect(vm, 0, flags, 1, &gfn));
}

/* A machine whose VTL1 is active and protects */
static void begin(struct fake_vm *vm, u8 mask)
{
	vm->ram_pages = PAGES;
	vm->vp->vtl = 1;
	EXPECT_STATUS(vm->test, config(vm, 0, ON(mask)), SUCCESS);
}

static void protection_has_to_be_enabled(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->ram_pages = PAGES;
	EXPECT_STATUS(test, protect_page(vm, 1, R), ACCESS_DENIED);
	EXPECT_STATUS(test, config(vm, 0, ON(ALL)), INVALID_PARAMETER);
	vm->vp->vtl = 1;
	EXPECT_STATUS(test, protect_page(vm, 1, R), INVALID_VTL_STATE);
	EXPECT_STATUS(test, config(vm, 0, HV_VSM_ZERO_ON_RESET), SUCCESS);
	EXPECT_STATUS(test, protect_page(vm, 1, R), INVALID_VTL_STATE);
	EXPECT_STATUS(test, config(vm, 0, ON(ALL)), SUCCESS);
	EXPECT_STATUS(test, protect_page(vm, 1, R), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, 1), HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 1, 1), HVP_GPA_ALL);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, 2), HVP_GPA_ALL);
}

/* "This flag is write-once", and the mask "cannot be changed once it is set" */
static void configuration_is_partly_for_good(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	begin(vm, R | KX | UX);
	EXPECT_STATUS(test, config(vm, 0, 0), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, config(vm, 0, ON(ALL)), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, config(vm, 0, ON(R | KX | UX) | HV_VSM_USE_INTERCEPT_PAGE), SUCCESS);
	EXPECT_STATUS(test, config(vm, 0, ON(R | KX | UX) | BIT_ULL(40)), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, config(vm, HV_INPUT_VTL_USE_TARGET | 2, ON(ALL)), ACCESS_DENIED);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, 77), HVP_GPA_READ | HVP_GPA_EXECUTE);
	KUNIT_EXPECT_EQ(test, vm->space_changed_count, HVP_VTL_ALL_PAGES);
}

static void operands_are_checked(struct kunit *test)
{
	static const u32 bad[] = { W, KX, UX, W | KX | UX, 0x10, 0x8000, R | BIT(31) };
	struct hv_modify_vtl_protection in = { HV_PARTITION_ID_SELF, R, 0, { 0, 1 } };
	struct fake_vm *vm = test->priv;
	u64 gfn = 3;
	u32 i;

	begin(vm, ALL);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		KUNIT_EXPECT_EQ_MSG(test, protect_page(vm, 1, bad[i]), HV_STATUS_INVALID_PARAMETER,
				    "0x%x", bad[i]);
	EXPECT_STATUS(test, protect_page(vm, PAGES, R), INVALID_PARAMETER);
	EXPECT_STATUS(test, protect_page(vm, U64_MAX, R), INVALID_PARAMETER);
	EXPECT_STATUS(test, fake_call(vm, PROTECT | HV_REPS(1), &in, 24, NULL, 0),
		      INVALID_PARAMETER);
	EXPECT_STATUS(test, protect(vm, HV_INPUT_VTL_USE_TARGET | 2, R, 1, &gfn), ACCESS_DENIED);
	EXPECT_STATUS(test, protect(vm, 0x20, R, 1, &gfn), INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, 3), HVP_GPA_ALL);
}

/* The monitor hears of pages that follow each other at once, and of each page */
static void lists_are_done_in_runs(struct kunit *test)
{
	static const u64 pages[] = { 10, 11, 12, 40, 510, 511, 512, 513 };
	struct fake_vm *vm = test->priv;
	u32 i, before;

	begin(vm, ALL);
	before = vm->space_changes;
	KUNIT_EXPECT_EQ(test, HV_DONE(protect(vm, 0, R, ARRAY_SIZE(pages), pages)), 8);
	KUNIT_EXPECT_EQ(test, vm->space_changes - before, 3);
	KUNIT_EXPECT_EQ(test, vm->space_changed_gfn, 510ULL);
	KUNIT_EXPECT_EQ(test, vm->space_changed_count, 4ULL);
	for (i = 0; i < ARRAY_SIZE(pages); i++)
		KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, pages[i]), HVP_GPA_READ);
}

static void list_ends_at_what_is_no_ram(struct kunit *test)
{
	static const u64 pages[] = { 10, PAGES - 2, PAGES - 1, PAGES, 20 };
	struct fake_vm *vm = test->priv;
	u64 result;

	begin(vm, ALL);
	result = protect(vm, 0, R, ARRAY_SIZE(pages), pages);
	EXPECT_STATUS(test, result, INVALID_PARAMETER);
	KUNIT_EXPECT_EQ(test, HV_DONE(result), 3);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, PAGES - 1), HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, 20), HVP_GPA_ALL);
}

static void what_the_monitor_cannot_is_told(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	begin(vm, ALL);
	vm->space_error = -EOPNOTSUPP;
	EXPECT_STATUS(test, protect_page(vm, 9, R), OPERATION_DENIED);
	vm->space_error = -ENOMEM;
	EXPECT_STATUS(test, protect_page(vm, 9, R), INSUFFICIENT_MEMORY);
	vm->space_error = 0;
	EXPECT_STATUS(test, protect_page(vm, 9, ALL), SUCCESS);
	KUNIT_EXPECT_TRUE(test, hvp_vtl_uniform(vm->pt, 0, 0, 512));
	fake_fail_nth(1);
	EXPECT_STATUS(test, protect_page(vm, 9, R), INSUFFICIENT_MEMORY);
	KUNIT_EXPECT_TRUE(test, fake_has_failed());
	fake_fail_nth(0);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, 9), HVP_GPA_ALL);
}

/* Large pages heal when their small ones are alike again */
static void like_the_rest_is_forgotten(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	begin(vm, R | W);
	KUNIT_EXPECT_TRUE(test, hvp_vtl_uniform(vm->pt, 0, 0, 512));
	protect_page(vm, 5, R | W);
	KUNIT_EXPECT_TRUE(test, hvp_vtl_uniform(vm->pt, 0, 0, 512));
	protect_page(vm, 5, R);
	protect_page(vm, 6, ALL);
	KUNIT_EXPECT_FALSE(test, hvp_vtl_uniform(vm->pt, 0, 0, 512));
	KUNIT_EXPECT_TRUE(test, hvp_vtl_uniform(vm->pt, 0, 512, 512));
	KUNIT_EXPECT_TRUE(test, hvp_vtl_uniform(vm->pt, 1, 0, 512));
	protect_page(vm, 5, R | W);
	KUNIT_EXPECT_FALSE(test, hvp_vtl_uniform(vm->pt, 0, 0, 512));
	protect_page(vm, 6, R | W);
	KUNIT_EXPECT_TRUE(test, hvp_vtl_uniform(vm->pt, 0, 0, 512));
}

/* Of several VTLs that deny an access the lowest learns of it */
static void protections_of_higher_vtls_add_up(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 gfn = 7;
	u32 denied;

	begin(vm, ALL);
	protect_page(vm, gfn, R | KX | UX);
	vm->vp->vtl = 2;
	EXPECT_STATUS(test, config(vm, 0, ON(ALL)), SUCCESS);
	protect_page(vm, gfn, R | W);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, gfn), HVP_GPA_READ);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 1, gfn), HVP_GPA_READ | HVP_GPA_WRITE);
	KUNIT_EXPECT_EQ(test, hvp_vtl_denies(vm->pt, 0, gfn, HVP_GPA_READ, &denied), 0);
	KUNIT_EXPECT_EQ(test, hvp_vtl_denies(vm->pt, 0, gfn, HVP_GPA_WRITE, &denied), 1);
	KUNIT_EXPECT_EQ(test, denied, (u32)HVP_GPA_WRITE);
	KUNIT_EXPECT_EQ(test, hvp_vtl_denies(vm->pt, 0, gfn, HVP_GPA_EXECUTE, &denied), 2);
	KUNIT_EXPECT_EQ(test, hvp_vtl_denies(vm->pt, 1, gfn, HVP_GPA_WRITE, &denied), 0);
	/* VTL2 changes those of VTL1, too */
	EXPECT_STATUS(test, protect(vm, HV_INPUT_VTL_USE_TARGET | 1, ALL, 1, &gfn), SUCCESS);
	KUNIT_EXPECT_EQ(test, hvp_vtl_rights(vm->pt, 0, gfn), HVP_GPA_READ | HVP_GPA_WRITE);
}

static void random_masks_agree_with_a_model(struct kunit *test)
{
	static const u8 valid[] = { 0, R, R | W, R | KX, R | KX | UX, R | W | KX, ALL, R | UX };
	struct fake_vm *vm = test->priv;
	u8 *model[3], vtl;
	u32 round, i, count, rights;
	struct rnd_state rnd;
	u64 pages[16];

	prandom_seed_state(&rnd, 11);
	for (vtl = 1; vtl <= 2; vtl++) {
		model[vtl] = kunit_kzalloc(test, PAGES, GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, model[vtl]);
		memset(model[vtl], vtl == 1 ? ALL : R | W, PAGES);
	}
	begin(vm, ALL);
	vm->vp->vtl = 2;
	EXPECT_STATUS(test, config(vm, 0, ON(R | W)), SUCCESS);
	for (round = 0; round < 5000; round++) {
		u8 mask = valid[prandom_u32_state(&rnd) % ARRAY_SIZE(valid)];
		u64 gfn = prandom_u32_state(&rnd) % (PAGES - 16);

		vtl = vm->vp->vtl = 1 + prandom_u32_state(&rnd) % 2;
		count = 1 + prandom_u32_state(&rnd) % 16;
		for (i = 0; i < count; i++) {
			pages[i] = gfn;
			model[vtl][gfn] = mask;
			gfn += prandom_u32_state(&rnd) % 4 ? 1 : 0;
		}
		KUNIT_ASSERT_EQ(test, HV_DONE(protect(vm, 0, mask, count, pages)), count);
		gfn = prandom_u32_state(&rnd) % PAGES;
		rights = model[1][gfn] & model[2][gfn] & HVP_GPA_ALL;
		KUNIT_ASSERT_EQ(test, hvp_vtl_rights(vm->pt, 0, gfn), rights);
		KUNIT_ASSERT_EQ(test, hvp_vtl_rights(vm->pt, 1, gfn),
				(u32)(model[2][gfn] & HVP_GPA_ALL));
	}
	for (i = 0; i < PAGES; i += 512) {
		u32 page, other = 0;

		for (page = i; page < i + 512; page++)
			other += model[2][page] != (R | W);
		KUNIT_EXPECT_EQ(test, hvp_vtl_uniform(vm->pt, 1, i, 512), !other);
	}
	hvp_vtls_reset(vm->pt);
	for (i = 0; i < PAGES; i++)
		KUNIT_ASSERT_EQ(test, hvp_vtl_rights(vm->pt, 0, i), HVP_GPA_ALL);
}

static void check_tells_who_would_intercept(struct kunit *test)
{
	struct {
		struct hv_check_vtl_access header;
		u64 pages[3];
	} in = { { HV_PARTITION_ID_SELF, HV_INPUT_VTL_USE_TARGET, R | W | UX }, { 1, 2, 3 } };
	struct hv_vtl_access out[3];
	struct fake_vm *vm = test->priv;

	begin(vm, ALL);
	protect_page(vm, 2, R);
	protect_page(vm, 3, R | W);
	KUNIT_EXPECT_EQ(test, HV_DONE(fake_call(vm, CHECK | HV_REPS(3), &in, sizeof(in), out,
						sizeof(out))), 3);
	KUNIT_EXPECT_EQ(test, out[0].result, HV_VTL_ACCESS_ALLOWED);
	KUNIT_EXPECT_EQ(test, out[0].intercepting_vtl, 0);
	KUNIT_EXPECT_EQ(test, out[1].result, HV_VTL_ACCESS_INTERCEPT);
	KUNIT_EXPECT_EQ(test, out[1].denied, (u8)(W | UX));
	KUNIT_EXPECT_EQ(test, out[1].intercepting_vtl, 1);
	KUNIT_EXPECT_EQ(test, out[2].denied, (u8)UX);
	in.header.access = 0x10;
	EXPECT_STATUS(test, fake_call(vm, CHECK | HV_REPS(3), &in, sizeof(in), out, sizeof(out)),
		      INVALID_PARAMETER);
	in.header.access = R;
	in.header.rsvd[5] = 1;
	EXPECT_STATUS(test, fake_call(vm, CHECK | HV_REPS(3), &in, sizeof(in), out, sizeof(out)),
		      INVALID_PARAMETER);
	in.header.rsvd[5] = 0;
	in.header.input_vtl = HV_INPUT_VTL_USE_TARGET | 2;
	EXPECT_STATUS(test, fake_call(vm, CHECK | HV_REPS(3), &in, sizeof(in), out, sizeof(out)),
		      ACCESS_DENIED);
	vm->vp->vtl = 2;
	vm->pt->vtls.enabled = BIT(2);
	in.header.input_vtl = HV_INPUT_VTL_USE_TARGET | 1;
	EXPECT_STATUS(test, fake_call(vm, CHECK | HV_REPS(3), &in, sizeof(in), out, sizeof(out)),
		      INVALID_VTL_STATE);
}

static void set_reg(struct fake_vm *vm, u32 name, u64 value)
{
	struct hvp_reg reg;

	KUNIT_ASSERT_TRUE(vm->test, hvp_reg_lookup(name, &reg));
	fake_reg(&vm->vps[0], reg.kind, reg.arg)->low = value;
}

static void intercept_tells_all_of_the_access(struct kunit *test)
{
	const struct hvp_vtl_access access = { HV_ACCESS_WRITE, true, 0x7fff0123, 0x5123 };
	static const u8 code[] = { 0xc6, 0x07, 0x77, 0x90 };
	struct fake_vm *vm = test->priv;
	const struct hv_memory_intercept *m;
	const struct hvp_hv_message *message;

	fake_write(vm, 0x3ffe, code, sizeof(code));
	vm->paging.cpl = 3;
	set_reg(vm, HV_REG_RIP, 0x3ffe);
	set_reg(vm, HV_REG_RFLAGS, 0x246);
	set_reg(vm, HV_REG_CR0, 0x40033);
	set_reg(vm, HV_REG_CR8, 5);
	set_reg(vm, HV_REG_DR7, 0x401);
	vm->pt->vtls.config[1] = HV_VSM_USE_INTERCEPT_PAGE;
	hvp_vtl_memory_intercept(vm->vp, 1, &access);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 1);
	KUNIT_EXPECT_EQ(test, vm->vtl_reason, HV_VTL_ENTRY_INTERCEPT);
	message = (void *)(vm->assist + 112);
	KUNIT_EXPECT_EQ(test, message->type, 0x80000001U);
	KUNIT_EXPECT_EQ(test, message->size, 80);
	m = (void *)message->payload;
	KUNIT_EXPECT_EQ(test, m->header.vp, 0);
	KUNIT_EXPECT_EQ(test, m->header.access, 1);
	/* CPL 3, PE, AM, debug active, VTL0 */
	KUNIT_EXPECT_EQ(test, m->header.state & 0x7bf, 0x2f);
	KUNIT_EXPECT_EQ(test, m->header.rip, 0x3ffeULL);
	KUNIT_EXPECT_EQ(test, m->header.rflags, 0x246ULL);
	KUNIT_EXPECT_EQ(test, m->cache_type, 6);
	KUNIT_EXPECT_EQ(test, m->tpr, 5);
	KUNIT_EXPECT_EQ(test, m->info, 3);
	KUNIT_EXPECT_EQ(test, m->gva, 0x7fff0123ULL);
	KUNIT_EXPECT_EQ(test, m->gpa, 0x5123ULL);
	/* The instruction, over the end of a page */
	KUNIT_EXPECT_EQ(test, m->byte_count, 16);
	KUNIT_EXPECT_EQ(test, memcmp(m->bytes, code, sizeof(code)), 0);
}

static void intercept_without_the_page_is_a_message_of_sint0(struct kunit *test)
{
	const struct hvp_vtl_access access = { HV_ACCESS_READ, false, 0, 0x6000 };
	struct fake_vm *vm = test->priv;
	const struct hv_memory_intercept *m;
	struct hvp_hv_message message;

	fake_synic_enable(&vm->vps[0]);
	KUNIT_ASSERT_EQ(test, hvp_synic_create(vm->vp, 1), 0);
	hvp_vtl_memory_intercept(vm->vp, 1, &access);
	KUNIT_EXPECT_EQ(test, vm->vtl_reason, HV_VTL_ENTRY_INTERRUPT);
	hvp_synic_deliver(vm->vp);
	fake_read(vm, FAKE_SIM(0), &message, sizeof(message));
	KUNIT_EXPECT_EQ(test, message.type, 0x80000001U);
	m = (void *)message.payload;
	KUNIT_EXPECT_EQ(test, m->gpa, 0x6000ULL);
	KUNIT_EXPECT_EQ(test, m->info, 0);
	KUNIT_EXPECT_EQ(test, vm->vps[0].irqs[0], FAKE_VECTOR(0));
}

static int init(struct kunit *test)
{
	struct fake_vm *vm = fake_vm_create(test, HVPERSONA_ROLE_GUEST, VSM, 2);

	test->priv = vm;
	/* As HvCallEnablePartitionVtl and HvCallEnableVpVtl leave it */
	vm->vp->vtls = kzalloc(sizeof(*vm->vp->vtls), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, vm->vp->vtls);
	vm->vp->vtls->enabled = vm->pt->vtls.enabled = BIT(1) | BIT(2);
	return 0;
}

static struct kunit_case cases[] = {
	HVP_CASE(protection_has_to_be_enabled, 0x000c, 0x0051),
	HVP_CASE(configuration_is_partly_for_good, 0x0051),
	HVP_CASE(operands_are_checked, 0x000c),
	HVP_CASE(lists_are_done_in_runs, 0x000c),
	HVP_CASE(list_ends_at_what_is_no_ram, 0x000c),
	HVP_CASE(what_the_monitor_cannot_is_told, 0x000c),
	HVP_CASE(like_the_rest_is_forgotten, 0x000c),
	HVP_CASE(protections_of_higher_vtls_add_up, 0x000c),
	HVP_CASE(random_masks_agree_with_a_model, 0x000c),
	HVP_CASE(check_tells_who_would_intercept, 0x00d4),
	HVP_CASE(intercept_tells_all_of_the_access, 0x000c),
	HVP_CASE(intercept_without_the_page_is_a_message_of_sint0, 0x000c),
	{}
};

static struct kunit_suite suite = {
	.name = "hvpersona_vtl_protect",
	.init = init,
	.exit = fake_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
