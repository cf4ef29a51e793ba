// SPDX-License-Identifier: GPL-2.0
/*
 * VTL1 intercepts what VTL0 does to control registers and MSRs (TLFS "Secure Register Intercepts"; sheet
 * §7, §7.1, §10.2, §10.3).
 */
/* run: --vsm --role guest; smp 1 */
#include "vtl.h"

#define REG_CONTROL		0x000e0000
#define REG_CR0_MASK		0x000e0001
#define REG_CR4_MASK		0x000e0002
#define REG_MISC_MASK		0x000e0003

#define CR0_WRITE		BIT(0)
#define CR4_WRITE		BIT(1)
#define MISC_WRITE		BIT(4)
#define LSTAR_READ		BIT(5)
#define LSTAR_WRITE		BIT(6)
#define EFER_WRITE		BIT(14)
#define GDTR_WRITE		BIT(15)
#define SYSENTER_EIP_WRITE	BIT(20)

#define MSR_LSTAR		0xc0000082
#define MSR_EFER		0xc0000080
#define MSR_KERNEL_GS		0xc0000102
#define MSR_SYSENTER_EIP	0x176
#define MSR_MISC_ENABLE		0x1a0
#define CR0_WP			BIT(16)
#define CR0_NE			BIT(5)
#define CR4_PGE			BIT(7)
#define CR4_TSD			BIT(2)
#define CR4_UMIP		BIT(11)

#define MSR_INTERCEPT		0x80010001
#define REGISTER_INTERCEPT	0x80010006

/* What VTL1 does about an intercept */
enum { SKIP, ALLOW, FAULT };

struct seen {
	u32 type, count, name;		/* of a register, or number of an MSR */
	u8 length, access;
	u64 rip, value;
};
static volatile struct seen seen;
static volatile u32 action;
static u64 control;

static u64 set(u8 input_vtl, u32 name, u64 value)
{
	return STATUS(hv_set_register_of(input_vtl, name, (struct hv_value){ .u = { value } }));
}

static void on_intercept(struct vtl *v, u32 reason)
{
	u8 *m = v->assist->message;

	if (reason != ENTRY_INTERCEPT)
		return;
	seen.count++;
	seen.type = *(u32 *)m;
	seen.length = m[20] & 15;
	seen.access = m[21];
	seen.rip = *(u64 *)(m + 40);
	if (seen.type == MSR_INTERCEPT) {
		seen.name = *(u32 *)(m + 56);
		seen.value = *(u64 *)(m + 64) << 32 | (u32)*(u64 *)(m + 72);
	} else {
		seen.name = *(u32 *)(m + 60);
		seen.value = *(u64 *)(m + 64);
	}
	if (action == FAULT) {
		/* #GP with an error code of 0 */
		set(VTL0_BELOW, 0x00010004, 1 | 1 << 8 | 13ull << 16);
		return;
	}
	if (action == ALLOW) {
		if (seen.type == REGISTER_INTERCEPT)
			set(0x10, seen.name, seen.value);
		else
			set(0x10, seen.name == MSR_LSTAR ? 0x00080009 : 0x00080001, seen.value);
	}
	set(0x10, 0x00020010, seen.rip + seen.length);
}

struct setting {
	u32 name;
	u64 value, status;
};

static void set_in_vtl1(struct vtl *v, void *arg)
{
	struct setting *s = arg;

	(void)v;
	s->status = set(0, s->name, s->value);
}

/* Set a register of VTL1, by VTL1 */
static u64 set_above(u32 name, u64 value)
{
	struct setting s = { name, value, 0 };

	vtl_do(1, set_in_vtl1, &s);
	return s.status;
}

static void test_registers(void)
{
	TEST_STATUS(0x0051, set(0, REG_CONTROL, CR0_WRITE), INVALID_PARAMETER, "VTL0 has nobody to intercept");
	TEST_STATUS(0x0051, set(0x11, REG_CONTROL, CR0_WRITE), ACCESS_DENIED, "nor may it say what VTL1 does");
	TEST_STATUS(0x0051, set_above(REG_CONTROL, BIT(40)), INVALID_REGISTER_VALUE, "reserved bit");
	TEST_STATUS(0x0051, set_above(REG_CONTROL, GDTR_WRITE), INVALID_REGISTER_VALUE,
		    "writes of GDTR are not told by KVM");
	control = CR0_WRITE | CR4_WRITE | LSTAR_READ | LSTAR_WRITE | EFER_WRITE | SYSENTER_EIP_WRITE |
		  MISC_WRITE;
	TEST_STATUS(0x0051, set_above(REG_CONTROL, control), SUCCESS, "VTL1 intercepts some");
	TEST_STATUS(0x0051, set_above(REG_CR4_MASK, CR4_UMIP), SUCCESS, "of CR4 a bit");
	if (is_amd()) {
		TEST_STATUS(0x0051, set_above(REG_CR0_MASK, BIT(3)), INVALID_REGISTER_VALUE,
			    "KVM does not see changes of CR0.TS");
		TEST_STATUS(0x0051, set_above(REG_CR0_MASK, CR0_WP), SUCCESS, "of CR0 WP");
	} else {
		TEST_STATUS(0x0051, set_above(REG_CR0_MASK, CR0_NE), SUCCESS, "of CR0 NE");
	}
}

static void test_controls(void)
{
	u64 cr0 = read_cr0(), cr4 = read_cr4(), bit = is_amd() ? CR0_WP : CR0_NE;

	action = SKIP;
	seen.count = 0;
	write_cr0(cr0 ^ bit);
	TEST_EQUAL(0x0051, seen.count, 1, "a write to CR0 is intercepted");
	TEST(0x0051, seen.type == REGISTER_INTERCEPT && seen.name == 0x00040000 && seen.access == 1 &&
	     seen.length == 3, "with its register, kind and length (0x%x, 0x%x, %u, %u)", seen.type, seen.name,
	     seen.access, seen.length);
	TEST_EQUAL(0x0051, seen.value, cr0 ^ bit, "and the value");
	TEST_EQUAL(0x0051, read_cr0(), cr0, "it has not been made");
	action = ALLOW;
	write_cr0(cr0 ^ bit);
	TEST_EQUAL(0x0051, read_cr0(), cr0 ^ bit, "VTL1 makes it instead");
	write_cr0(cr0);
	seen.count = 0;
	write_cr0(cr0 ^ BIT(18));
	TEST(0x0051, !seen.count && read_cr0() == (cr0 ^ BIT(18)), "a bit that is not in the mask");
	write_cr0(cr0);
	if (cpuid(7, 0).ecx & BIT(2)) {
		action = SKIP;
		write_cr4(cr4 | CR4_UMIP);
		TEST(0x0051, seen.count == 1 && seen.name == 0x00040003 && read_cr4() == cr4,
		     "a write to CR4 is intercepted");
	}
	seen.count = 0;
	write_cr4(cr4 ^ CR4_PGE);
	TEST(0x0051, !seen.count && read_cr4() == (cr4 ^ CR4_PGE), "another bit of CR4");
	write_cr4(cr4);
}

static void write_lstar(void *arg)
{
	wrmsr(MSR_LSTAR, (u64)arg);
}

static void test_msrs(void)
{
	u64 efer = rdmsr(MSR_EFER);
	struct fault f = {};

	action = SKIP;
	seen.count = 0;
	wrmsr(MSR_LSTAR, 0x123456789000);
	TEST_EQUAL(0x0051, seen.count, 1, "WRMSR of LSTAR is intercepted");
	TEST(0x0051, seen.type == MSR_INTERCEPT && seen.name == MSR_LSTAR && seen.access == 1 &&
	     seen.length == 2 && seen.value == 0x123456789000, "with number, kind, length and value");
	action = ALLOW;
	wrmsr(MSR_LSTAR, 0x123456789000);
	set_above(REG_CONTROL, control & ~LSTAR_READ);
	seen.count = 0;
	TEST(0x0051, rdmsr(MSR_LSTAR) == 0x123456789000 && !seen.count, "VTL1 has made it, and reads are not its");
	set_above(REG_CONTROL, control);
	action = SKIP;
	rdmsr(MSR_LSTAR);
	TEST(0x0051, seen.count == 1 && seen.access == 0, "but now they are");
	seen.count = 0;
	wrmsr(MSR_EFER, efer ^ 1);
	TEST(0x0051, seen.count == 1 && seen.name == MSR_EFER && rdmsr(MSR_EFER) == efer,
	     "WRMSR of EFER is intercepted");
	seen.count = 0;
	wrmsr(MSR_SYSENTER_EIP, 0x5000);
	TEST(0x0051, seen.count == 1 && seen.name == MSR_SYSENTER_EIP, "WRMSR of SYSENTER_EIP");
	seen.count = 0;
	wrmsr(0xc0000081, 0x23001000000000);
	wrmsr(MSR_KERNEL_GS, 0x7000);
	TEST(0x0051, !seen.count && rdmsr(0xc0000081) == 0x23001000000000 && rdmsr(MSR_KERNEL_GS) == 0x7000,
	     "STAR and KERNEL_GS_BASE are VTL0's own");
	TEST(0x0051, catch(&f, write_lstar, (void *)0x8000000000000000) == false && seen.count == 1,
	     "a value that makes no sense is intercepted, too");
	action = FAULT;
	TEST(0x0051, catch(&f, write_lstar, (void *)0x1000) && f.vector == 13, "VTL1 answers with #GP");
	set_above(REG_CONTROL, 0);
	seen.count = 0;
	wrmsr(MSR_LSTAR, 0x77000);
	TEST(0x0051, rdmsr(MSR_LSTAR) == 0x77000 && !seen.count, "without intercepts LSTAR is VTL0's own");
	TEST(0x0051, catch(&f, write_lstar, (void *)0x8000000000000000) && f.vector == 13,
	     "with the processor's own #GP");
}

void test_main(void)
{
	struct start_in in;

	hv_init();
	vtl_enable(SELF, 1, 0);
	in = vtl_start(1, 0);
	TEST_STATUS(0x000f, vtl_enable_vp(&in), SUCCESS, "VTL1");
	vtl_of(1, 0)->on_entry = on_intercept;
	TEST_STATUS(0x0051, set_above(REG_VSM_CONFIG, BIT(12)), SUCCESS, "intercepts come to the assist page");
	test_registers();
	test_controls();
	test_msrs();
}
