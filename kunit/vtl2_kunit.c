// SPDX-License-Identifier: GPL-2.0
/*
 * Machines that begin in VTL2: linux-clients.md §7, the sheet's sections "Virtual trust levels (VSM)",
 * "VP register page" and "Payloads", and TLFS "VTL Configuration".
 */
#include <linux/bitfield.h>
#include <uapi/linux/hvpersona.h>

#include "../hvpersona/hv_abi/intercept.h"
#include "../hvpersona/hv_abi/synic.h"
#include "../hvpersona/hv_abi/vp_state.h"
#include "../hvpersona/registers.h"
#include "../hvpersona/vtl/intercept.h"
#include "vtl_fixture.h"

#define START		0x0099
#define LOWER		HV_INPUT_VTL_USE_TARGET
/* What Linux writes: linux-clients.md 7.2, line 9 */
#define LINUX_CONFIG	0x163f
#define REGISTER_PAGE	0x7000ULL

static u32 start_vp(struct fake_vm *vm, u32 index, u8 vtl)
{
	struct hv_start_vp in = {
		.partition_id = HV_PARTITION_ID_SELF, .vp_index = index, .target_vtl = vtl,
		.context.rip = 0x5678,
	};

	return HV_STATUS(fake_call(vm, START, &in, sizeof(in), NULL, 0));
}

/* VTL0 of one VP is made at a time, and the VTL return made again: the number of attempts */
static u32 return_to_vtl0(struct fake_vm *vm)
{
	u32 attempts = 1;

	while (switch_vtl(vm, VTL_RETURN, 0) == HVP_STAY && attempts < 10)
		attempts++;
	KUNIT_EXPECT_EQ(vm->test, vm->vp->vtl, 0);
	return attempts;
}

static void machine_begins_in_vtl2(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x50002ULL);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_STATUS), 0x20005ULL);
	EXPECT_STATUS(test, enable(vm, 2), VTL_ALREADY_ENABLED);
	EXPECT_STATUS(test, enable(vm, 0), VTL_ALREADY_ENABLED);
	/* Linux enables it on each CPU, and is content with this */
	EXPECT_STATUS(test, enable_vp(vm, 3, 2), VTL_ALREADY_ENABLED);
	EXPECT_STATUS(test, partition_vtl(vm, DISABLE, 2, 0), INVALID_VTL_STATE);
	EXPECT_STATUS(test, partition_vtl(vm, DISABLE, 0, 0), INVALID_VTL_STATE);
	EXPECT_STATUS(test, disable_vp(vm, 0, 2), INVALID_VTL_STATE);
	EXPECT_STATUS(test, disable_vp(vm, 0, 0), INVALID_VTL_STATE);
	KUNIT_EXPECT_EQ(test, vm->vtl_calls, 0);
}

/* Nobody pays for a VTL0 that is not looked at */
static void vtl0_is_made_when_it_is_needed(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u64 value;

	EXPECT_STATUS(test, set(vm, LOWER, HV_REG_RIP, 0x1000), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->vtl_calls, 2);
	KUNIT_EXPECT_EQ(test, vm->vtl, 0);
	KUNIT_EXPECT_PTR_EQ(test, vm->started, vm->vp);
	KUNIT_EXPECT_FALSE(test, vm->has_context);
	EXPECT_STATUS(test, get(vm, LOWER, HV_REG_RIP, &value), SUCCESS);
	KUNIT_EXPECT_EQ(test, value, 0x1000ULL);
	KUNIT_EXPECT_EQ(test, vm->vtl_calls, 2);
	/* Of another VP it is another */
	vm->vp = vm->vps[1].vp;
	EXPECT_STATUS(test, set(vm, LOWER, HV_REG_RIP, 0x2000), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->vtl_calls, 3);
	EXPECT_STATUS(test, get(vm, LOWER | 1, HV_REG_RIP, &value), INVALID_VTL_STATE);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x50002ULL);
}

static void vtl_return_goes_to_vtl0(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 0), HVP_UD);
	vm->vtl_error = -EINTR;
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 0), HVP_STAY);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 2);
	vm->vtl_error = -ENOMEM;
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 0), HVP_UD);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 2);
	vm->vtl_error = 0;
	/* To VTL0 of this VP those of all others are there */
	KUNIT_EXPECT_EQ(test, return_to_vtl0(vm), 5);
	KUNIT_EXPECT_TRUE(test, hvp_vtl_has_state(vm->vps[3].vp, 0));
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x50000ULL);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_CALL, 0), HVP_STAY);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 2);
}

/* VTL1 is where it was enabled, and nowhere else because somebody returns to it */
static void vtl_return_enables_nothing(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, enable(vm, 1), SUCCESS);
	EXPECT_STATUS(test, enable_vp(vm, 0, 1), SUCCESS);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 0), HVP_SKIP);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 1);
	KUNIT_EXPECT_FALSE(test, hvp_vtl_has_state(vm->vps[1].vp, 1));
	KUNIT_EXPECT_FALSE(test, hvp_vtl_has_state(vm->vps[1].vp, 0));
	/* And VTL0 is everywhere, though VTL2 is not who returns to it */
	KUNIT_EXPECT_EQ(test, return_to_vtl0(vm), 5);
	KUNIT_EXPECT_TRUE(test, hvp_vtl_has_state(vm->vps[1].vp, 0));
	KUNIT_EXPECT_FALSE(test, hvp_vtl_has_state(vm->vps[1].vp, 1));
}

static void want_of_memory_is_told(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	u32 nth, status;
	bool failed;

	for (nth = 1; nth < 20; nth++) {
		fake_fail_nth(nth);
		status = set(vm, LOWER, HV_REG_RIP, 0x1000);
		failed = fake_has_failed();
		fake_fail_nth(0);
		if (!failed)
			break;
		KUNIT_EXPECT_EQ(test, status, (u32)HV_STATUS_INSUFFICIENT_MEMORY);
	}
	KUNIT_EXPECT_GT(test, nth, 1);
	KUNIT_EXPECT_EQ(test, status, 0);
}

static void vps_are_started_in_a_vtl(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, start_vp(vm, 1, 2), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->started_vtl, 2);
	KUNIT_EXPECT_EQ(test, vm->starts, 1);
	KUNIT_EXPECT_EQ(test, vm->vtl_calls, 0);
	EXPECT_STATUS(test, start_vp(vm, 1, 1), INVALID_VTL_STATE);
	EXPECT_STATUS(test, start_vp(vm, 1, 3), INVALID_VTL_STATE);
	/* VTL0 takes the context, and runs when VTL2 returns to it */
	EXPECT_STATUS(test, start_vp(vm, 1, 0), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->starts, 1);
	KUNIT_EXPECT_PTR_EQ(test, vm->started, vm->vps[1].vp);
	KUNIT_EXPECT_TRUE(test, vm->has_context);
	KUNIT_EXPECT_EQ(test, vm->context.rip, 0x5678ULL);
	EXPECT_STATUS(test, start_vp(vm, 1, 0), SUCCESS);
	/* Until it has run */
	vm->vp = vm->vps[1].vp;
	return_to_vtl0(vm);
	vm->vp = vm->vps[0].vp;
	EXPECT_STATUS(test, start_vp(vm, 1, 0), INVALID_VP_STATE);
	vm->vtl_status = HV_STATUS_INVALID_REGISTER_VALUE;
	EXPECT_STATUS(test, start_vp(vm, 2, 0), INVALID_REGISTER_VALUE);
	vm->vtl_status = 0;
	EXPECT_STATUS(test, start_vp(vm, 2, 0), SUCCESS);
	vm->vp->vtl = 0;
	EXPECT_STATUS(test, start_vp(vm, 3, 2), ACCESS_DENIED);
	EXPECT_STATUS(test, start_vp(vm, 3, 0), SUCCESS);
}

/* TLFS, "DenyLowerVtlStartup" */
static void higher_vtl_denies_startup(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_PARTITION_CONFIG, BIT(6)), SUCCESS);
	EXPECT_STATUS(test, start_vp(vm, 1, 0), SUCCESS);
	vm->vp->vtl = 0;
	EXPECT_STATUS(test, start_vp(vm, 2, 0), ACCESS_DENIED);
	vm->vp->vtl = 2;
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_PARTITION_CONFIG, 0), SUCCESS);
	vm->vp->vtl = 0;
	EXPECT_STATUS(test, start_vp(vm, 2, 0), SUCCESS);
}

static void linux_configures_vtl2(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	/* DR6 shared, deny lower VTL startup, intercept page */
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_CAPABILITIES), 0x8020001ULL);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_PARTITION_CONFIG, LINUX_CONFIG), SUCCESS);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_PARTITION_CONFIG), (u64)LINUX_CONFIG);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_PARTITION_CONFIG, LINUX_CONFIG | BIT(7)),
		      INVALID_REGISTER_VALUE);
}

static void register_page_is_checked(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	vm->ram_pages = FAKE_PAGES;
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_REGISTER_PAGE), 0ULL);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_REGISTER_PAGE, REGISTER_PAGE | 3),
		      INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_REGISTER_PAGE, FAKE_HOLE | 1), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_REGISTER_PAGE, GENMASK_ULL(63, 12) | 1),
		      INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, set(vm, LOWER, HV_REG_REGISTER_PAGE, REGISTER_PAGE | 1),
		      INVALID_PARAMETER);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_REGISTER_PAGE, REGISTER_PAGE | 1), SUCCESS);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_REGISTER_PAGE), REGISTER_PAGE | 1);
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_REGISTER_PAGE), 0ULL);
}

/* TLFS, "Virtual Interrupt Notification Assist": an instance for each VTL that has lower ones */
static void vina_is_checked(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VINA), 0ULL);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_VINA, 0x10f), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_VINA, 0x510), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_VINA, BIT_ULL(63)), INVALID_REGISTER_VALUE);
	EXPECT_STATUS(test, set(vm, LOWER, HV_REG_VSM_VINA, 0x310), INVALID_PARAMETER);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_VINA, 0x00f), SUCCESS);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_VINA, 0x310), SUCCESS);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VINA), 0x310ULL);
	vm->vp = vm->vps[1].vp;
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VINA), 0ULL);
	vm->vp = vm->vps[0].vp;
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VINA), 0ULL);
}

static struct hv_register_page *show_page(struct fake_vm *vm)
{
	static const u32 result[] = { 0x11, 0x22, 0x33, 0x44 };
	struct kunit *test = vm->test;

	vm->ram_pages = FAKE_PAGES;
	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_PARTITION_CONFIG, LINUX_CONFIG), SUCCESS);
	EXPECT_STATUS(test, set(vm, 0, HV_REG_REGISTER_PAGE, REGISTER_PAGE | 1), SUCCESS);
	return_to_vtl0(vm);
	fake_reg(&vm->vps[0], HVP_REG_GPR, 0)->low = 0x4000dead;
	fake_reg(&vm->vps[0], HVP_REG_GPR, 1)->low = 7;
	fake_reg(&vm->vps[0], HVP_REG_RIP, 0)->low = 0x1000;
	KUNIT_EXPECT_EQ(test, hvp_vtl_intercepting(vm->vp, HV_VSM_INTERCEPT_CPUID), 2);
	memcpy(vm->ram + 0x1000, "\x66\x0f\xa2", 3);
	hvp_vtl_cpuid_intercept(vm->vp, 2, result);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 2);
	KUNIT_EXPECT_EQ(test, vm->vtl_reason, HV_VTL_ENTRY_INTERCEPT);
	return (void *)(vm->ram + REGISTER_PAGE);
}

static void sipi_intercept_tells_all(struct kunit *test)
{
	const struct hv_sipi_intercept *m;
	const struct hvp_hv_message *message;
	struct fake_vm *vm = test->priv;

	EXPECT_STATUS(test, set(vm, 0, HV_REG_VSM_PARTITION_CONFIG, LINUX_CONFIG), SUCCESS);
	return_to_vtl0(vm);
	KUNIT_EXPECT_EQ(test, hvp_vtl_intercepting(vm->vp, HV_VSM_INTERCEPT_STARTUP), 2);
	hvp_vtl_sipi_intercept(vm->vp, 2, 3, 0x9f);
	message = (void *)vm->assist + HV_ASSIST_INTERCEPT_MESSAGE;
	m = (void *)message->payload;
	KUNIT_EXPECT_EQ(test, message->type, 0x80010009);
	KUNIT_EXPECT_EQ(test, message->size, 48);
	KUNIT_EXPECT_EQ(test, m->target, 3);
	KUNIT_EXPECT_EQ(test, m->vector, 0x9f);
	KUNIT_EXPECT_EQ(test, vm->vp->vtl, 2);
}

static void cpuid_intercept_tells_all(struct kunit *test)
{
	const struct hv_cpuid_intercept *m;
	const struct hvp_hv_message *message;
	struct fake_vm *vm = test->priv;

	show_page(vm);
	message = (void *)vm->assist + HV_ASSIST_INTERCEPT_MESSAGE;
	m = (void *)message->payload;
	KUNIT_EXPECT_EQ(test, message->type, 0x80010002);
	KUNIT_EXPECT_EQ(test, message->size, 104);
	KUNIT_EXPECT_EQ(test, m->header.rip, 0x1000ULL);
	KUNIT_EXPECT_EQ(test, m->header.length_cr8, 3);
	KUNIT_EXPECT_EQ(test, m->header.access, 2);
	KUNIT_EXPECT_EQ(test, FIELD_GET(HV_STATE_VTL, m->header.state), 0);
	KUNIT_EXPECT_EQ(test, m->rax, 0x4000deadULL);
	KUNIT_EXPECT_EQ(test, m->rcx, 7ULL);
	KUNIT_EXPECT_EQ(test, m->default_rax, 0x11ULL);
	KUNIT_EXPECT_EQ(test, m->default_rbx, 0x22ULL);
	KUNIT_EXPECT_EQ(test, m->default_rcx, 0x33ULL);
	KUNIT_EXPECT_EQ(test, m->default_rdx, 0x44ULL);
	vm->vp->vtl = 0;
	vm->pt->vtls.config[2] = 0;
	KUNIT_EXPECT_EQ(test, hvp_vtl_intercepting(vm->vp, HV_VSM_INTERCEPT_CPUID), 0);
}

static void register_page_shows_the_lower_vtl(struct kunit *test)
{
	struct fake_vm *vm = test->priv;
	struct hv_register_page *page = show_page(vm);
	u64 value;

	KUNIT_EXPECT_EQ(test, page->version, 1);
	KUNIT_EXPECT_EQ(test, page->is_valid, 1);
	KUNIT_EXPECT_EQ(test, page->vtl, 0);
	KUNIT_EXPECT_EQ(test, page->dirty, 0);
	KUNIT_EXPECT_EQ(test, page->gprs[0], 0x4000deadULL);
	KUNIT_EXPECT_EQ(test, page->rip, 0x1000ULL);

	/* Marked: RSP and RIP; not marked: RFLAGS. RAX is shared, and not the page's */
	page->dirty = HV_REGISTER_PAGE_DIRTY_GPRS | HV_REGISTER_PAGE_DIRTY_RIP;
	page->gprs[0] = 0x99;
	page->gprs[4] = 0x8000;
	page->rip = 0x1003;
	page->rflags = 0x202;
	set(vm, LOWER, HV_REG_RFLAGS, 0x46);
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 0), HVP_SKIP);
	KUNIT_EXPECT_EQ(test, page->is_valid, 0);
	KUNIT_EXPECT_EQ(test, page->dirty, 0);
	vm->vp->vtl = 2;
	get(vm, LOWER, HV_REG_RIP, &value);
	KUNIT_EXPECT_EQ(test, value, 0x1003ULL);
	get(vm, LOWER, HV_REG_RSP, &value);
	KUNIT_EXPECT_EQ(test, value, 0x8000ULL);
	get(vm, LOWER, HV_REG_RFLAGS, &value);
	KUNIT_EXPECT_EQ(test, value, 0x46ULL);
	get(vm, 0, HV_REG_RAX, &value);
	KUNIT_EXPECT_EQ(test, value, 0x4000deadULL);
	/* Not valid any more: what stands there is of no effect */
	page->dirty = HV_REGISTER_PAGE_DIRTY_RIP;
	page->rip = 0x7777;
	KUNIT_EXPECT_EQ(test, switch_vtl(vm, VTL_RETURN, 0), HVP_SKIP);
	vm->vp->vtl = 2;
	get(vm, LOWER, HV_REG_RIP, &value);
	KUNIT_EXPECT_EQ(test, value, 0x1003ULL);
}

/* The VTL0 of before is gone, also for its VP */
static void reset_begins_in_vtl2_again(struct kunit *test)
{
	struct fake_vm *vm = test->priv;

	set(vm, LOWER, HV_REG_RIP, 0x1000);
	KUNIT_EXPECT_TRUE(test, hvp_vtl_has_state(vm->vp, 0));
	hvp_partition_reset(vm->pt);
	KUNIT_EXPECT_FALSE(test, hvp_vtl_has_state(vm->vp, 0));
	KUNIT_EXPECT_TRUE(test, hvp_vtl_has_state(vm->vp, 2));
	KUNIT_EXPECT_EQ(test, reg(vm, HV_REG_VSM_VP_STATUS), 0x50002ULL);
	vm->vtl_calls = 0;
	EXPECT_STATUS(test, set(vm, LOWER, HV_REG_RIP, 0x1000), SUCCESS);
	KUNIT_EXPECT_EQ(test, vm->vtl_calls, 2);
}

static int init(struct kunit *test)
{
	test->priv = fake_vm_create_as(test, HVPERSONA_ROLE_GUEST, HVPERSONA_CLAIM_VTL2,
				       VSM | HV_PRIV(START_VIRTUAL_PROCESSOR), 4);
	return 0;
}

static struct kunit_case cases[] = {
	HVP_CASE(machine_begins_in_vtl2, 0x000d, 0x000e, 0x000f, 0x0010),
	HVP_CASE(vtl0_is_made_when_it_is_needed, 0x0050, 0x0051),
	HVP_CASE(vtl_return_goes_to_vtl0, 0x0011, 0x0012),
	HVP_CASE(vtl_return_enables_nothing, 0x0012),
	HVP_CASE(want_of_memory_is_told, 0x0051),
	HVP_CASE(vps_are_started_in_a_vtl, 0x0099),
	HVP_CASE(higher_vtl_denies_startup, 0x0099),
	HVP_CASE(linux_configures_vtl2, 0x0050, 0x0051),
	HVP_CASE(register_page_is_checked, 0x0050, 0x0051),
	HVP_CASE(vina_is_checked, 0x0050, 0x0051),
	HVP_CASE(sipi_intercept_tells_all, 0x0012),
	HVP_CASE(cpuid_intercept_tells_all, 0x0012),
	HVP_CASE(register_page_shows_the_lower_vtl, 0x0012),
	HVP_CASE(reset_begins_in_vtl2_again, 0x0051),
	{}
};

static struct kunit_suite suite = {
	.name = "hvpersona_vtl2",
	.init = init,
	.exit = fake_exit,
	.test_cases = cases,
};

kunit_test_suite(suite);
