// SPDX-License-Identifier: GPL-2.0
/*
 * The calling VP's own registers by name (sheet §15.6 0x0050 and 0x0051, §7):
 * what is read is what the instructions show, what is written takes effect.
 */
/* run: --role guest --privileges +access-partition-id; smp 2 */
/* run: --role guest --privileges +access-partition-id; smp 2; cpu plain */
/* run: --role root; smp 2 */
/* run: --role guest --privileges -access-vp-registers; smp 1 */
#include "hv.h"

#define NON_CANONICAL	0x0000900000000000ull
#define MSR_FS_BASE	0xc0000100
#define MSR_GS_BASE	0xc0000101

/* §7 names used more than once */
#define REG_RFLAGS	0x00020011
#define REG_CR2		0x00040001
#define REG_CR8		0x00040004
#define REG_DR0		0x00050000
#define REG_DR1		0x00050001
#define REG_VP_INDEX	0x00090003
#define REG_GUEST_OS_ID	0x00090002
#define REG_UNKNOWN	0x000f0000

static u8 other_gdt[PAGE_SIZE] PAGE_ALIGNED;
static u64 other_pml4[512] PAGE_ALIGNED;

/* A register list in one call; values hold what is read or written. */
static u64 get_list(enum hv_form form, u64 control, const u32 *names, unsigned int n,
		    struct hv_value *values)
{
	struct {
		struct hv_register_header h;
		u32 names[16];
	} in = { { SELF, VP_SELF, 0, {} }, {} };

	memcpy(in.names, names, n * 4);
	return hv_do(form, GET_REGISTERS | REP(n) | control, &in, 16 + n * 4, values,
		     n * sizeof(*values));
}

static u64 set_list(enum hv_form form, u64 control, const u32 *names, unsigned int n,
		    const struct hv_value *values)
{
	struct {
		struct hv_register_header h;
		struct hv_assignment a[8];
	} in = { { SELF, VP_SELF, 0, {} }, {} };

	for (unsigned int i = 0; i < n; i++)
		in.a[i] = (struct hv_assignment){ names[i], { ~0u, ~0u, ~0u }, values[i] };
	return hv_do(form, SET_REGISTERS | REP(n) | control, &in, 16 + n * 32, NULL, 0);
}

/* General registers have the values of the moment of the call. */
static void test_general(void)
{
	static u8 page[PAGE_SIZE] PAGE_ALIGNED, out[PAGE_SIZE] PAGE_ALIGNED;
	struct hv_register_header *h = (void *)page;
	u32 *names = (u32 *)(h + 1);
	struct hv_assignment *set = (void *)(h + 1);
	const struct hv_value *got = (void *)out;
	struct hv_regs r = {
		.rax = 0xaaaaaaaaaaaaaaaa, .rcx = GET_REGISTERS | REP(18), .rdx = (u64)page,
		.rbx = 0xbbbbbbbbbbbbbbbb, .rbp = 0x5555555555555555, .rsi = 0x6666666666666666,
		.rdi = 0x7777777777777777, .r8 = (u64)out, .r9 = 0x99, .r10 = 0x1010, .r11 = 0x1111,
		.r12 = 0x1212, .r13 = 0x1313, .r14 = 0x1414, .r15 = 0x1515, .entry = (u64)hv_page,
	}, after;
	/* Name 0x20000 + i: position in struct hv_regs. */
	static const struct {
		unsigned int code;
		u32 name;
		const char *what;
		u8 offset;
	} general[] = {
#define GPR(i, what, offset)	{ CASE(0x0050), 0x20000 + (i), what, offset }
		GPR(0, "Rax", R_RAX), GPR(2, "Rdx", R_RDX), GPR(3, "Rbx", R_RBX),
		GPR(4, "Rsp", R_RSP), GPR(5, "Rbp", R_RBP), GPR(6, "Rsi", R_RSI),
		GPR(7, "Rdi", R_RDI), GPR(8, "R8", R_R8), GPR(9, "R9", R_R8 + 8),
		GPR(10, "R10", R_R8 + 16), GPR(11, "R11", R_R8 + 24), GPR(12, "R12", R_R8 + 32),
		GPR(13, "R13", R_R8 + 40), GPR(14, "R14", R_R8 + 48), GPR(15, "R15", R_R8 + 56),
	};
	static const struct {
		unsigned int code;
		u32 name;
		const char *what;
		u8 offset;
	} writable[] = {
#define GPW(i, what, offset)	{ CASE(0x0051), 0x20000 + (i), what, offset }
		GPW(2, "Rdx", R_RDX), GPW(3, "Rbx", R_RBX), GPW(5, "Rbp", R_RBP),
		GPW(6, "Rsi", R_RSI), GPW(7, "Rdi", R_RDI), GPW(8, "R8", R_R8),
		GPW(9, "R9", R_R8 + 8), GPW(10, "R10", R_R8 + 16), GPW(11, "R11", R_R8 + 24),
		GPW(12, "R12", R_R8 + 32), GPW(13, "R13", R_R8 + 40), GPW(14, "R14", R_R8 + 48),
		GPW(15, "R15", R_R8 + 56),
	};

	*h = (struct hv_register_header){ SELF, VP_SELF, 0, {} };
	for (unsigned int i = 0; i < 18; i++)
		names[i] = 0x20000 + i;
	after = r;
	hv_call_regs(&after);
	TEST_EQUAL(0x0050, after.rax, REP(18), "all general registers");
	for (unsigned int i = 0; i < ARRAY_SIZE(general); i++) {
		const u8 *want = (const u8 *)(general[i].name == 0x20004 ? &after : &r);

		tap_equal(general[i].code, got[general[i].name & 31].u[0],
			  *(const u64 *)(want + general[i].offset), "%s", general[i].what);
	}
	TEST_EQUAL(0x0050, got[1].u[0] & ~START(0xfff), r.rcx, "Rcx");
	TEST(0x0050, got[16].u[0] - (u64)hv_page <= 3, "Rip is in the hypercall page");
	TEST_EQUAL(0x0050, got[17].u[0] & 0x202, 0x202, "Rflags: interrupts on, bit 1 set");

	for (unsigned int i = 0; i < ARRAY_SIZE(writable); i++) {
		set[i] = (struct hv_assignment){ writable[i].name, {},
						 { .u = { 0x0123456700000000 + writable[i].name } } };
	}
	r.rcx = SET_REGISTERS | REP(ARRAY_SIZE(writable));
	after = r;
	hv_call_regs(&after);
	TEST_EQUAL(0x0051, after.rax, REP(ARRAY_SIZE(writable)), "general registers: status");
	for (unsigned int i = 0; i < ARRAY_SIZE(writable); i++)
		tap_equal(writable[i].code, *(u64 *)((u8 *)&after + writable[i].offset),
			  0x0123456700000000 + writable[i].name, "%s", writable[i].what);

	set[0] = (struct hv_assignment){ REG_RFLAGS, {}, { .u = { read_flags() | BIT(21) | BIT(0) } } };
	r.rcx = SET_REGISTERS | REP(1);
	after = r;
	hv_call_regs(&after);
	TEST(0x0051, after.rax == REP(1) && (after.rflags & (BIT(21) | BIT(0))) == (BIT(21) | BIT(0)),
	     "Rflags: ID and CF set (0x%lx)", after.rflags);
}

static struct hv_value get(u32 name, u64 *result)
{
	struct hv_value v = { .u = { 0x5a5a5a5a5a5a5a5a, 0x5a5a5a5a5a5a5a5a } };

	*result = hv_get_register(name, &v);
	return v;
}

static void expect(unsigned int code, u32 name, const char *what, u64 low, u64 high)
{
	u64 result;
	struct hv_value v = get(name, &result);

	if (!tap_result(result == REP(1) && v.u[0] == low && v.u[1] == high, code, "%s", what))
		printf("# 0x%08x: %s, expected 0x%016lx:%016lx, got 0x%016lx:%016lx\n", name,
		       hv_status_name(STATUS(result)), high, low, v.u[1], v.u[0]);
}

static u64 xgetbv(void)
{
	u32 lo, hi;

	asm volatile("xgetbv" : "=a"(lo), "=d"(hi) : "c"(0));
	return (u64)hi << 32 | lo;
}

static bool have_xsave(void)
{
	return cpuid(1, 0).ecx & BIT(26);
}

/* Control and debug registers. */
static void test_control(void)
{
	write_cr2(0x123456789abc);
	write_cr8(5);
	write_dr0(0x10000);
	write_dr1(0x20000);
	write_dr2(0x30000);
	write_dr3(0x40000);
	if (have_xsave())
		write_cr4(read_cr4() | BIT(18));
	const struct {
		unsigned int code;
		u32 name;
		const char *what;
		u64 want;
	} control[] = {
#define NAME(name, what, want)	{ CASE(0x0050), name, what, want }
		NAME(0x40000, "Cr0", read_cr0()), NAME(0x40001, "Cr2", 0x123456789abc),
		NAME(0x40002, "Cr3", read_cr3()), NAME(0x40003, "Cr4", read_cr4()),
		NAME(0x40004, "Cr8", 5),
		NAME(0x50000, "Dr0", 0x10000), NAME(0x50001, "Dr1", 0x20000),
		NAME(0x50002, "Dr2", 0x30000), NAME(0x50003, "Dr3", 0x40000),
		NAME(0x50004, "Dr6", read_dr6()), NAME(0x50005, "Dr7", read_dr7()),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(control); i++)
		expect(control[i].code, control[i].name, control[i].what, control[i].want, 0);
	if (have_xsave())
		expect(CASE(0x0050), 0x40005, "Xfem", xgetbv(), 0);
	write_cr8(0);

	memcpy(other_pml4, boot_pml4, sizeof(other_pml4));
	const struct {
		unsigned int code;
		u32 name;
		const char *what;
		u64 value;
		u64 (*read)(void);
	} writes[] = {
#define WRITE(name, what, value, read)	{ CASE(0x0051), name, what, value, read }
		WRITE(0x40000, "Cr0: AM set", read_cr0() | BIT(18), read_cr0),
		WRITE(0x40000, "Cr0: AM clear", read_cr0() & ~BIT(18), read_cr0),
		WRITE(0x40001, "Cr2", 0xabcdef, read_cr2),
		WRITE(0x40002, "Cr3: another table", (u64)other_pml4, read_cr3),
		WRITE(0x40002, "Cr3: back again", read_cr3(), read_cr3),
		WRITE(0x40003, "Cr4: TSD set", read_cr4() | BIT(2), read_cr4),
		WRITE(0x40003, "Cr4: TSD clear", read_cr4() & ~BIT(2), read_cr4),
		WRITE(0x40004, "Cr8", 9, read_cr8), WRITE(0x40004, "Cr8: zero", 0, read_cr8),
		WRITE(0x50000, "Dr0", 0x111000, read_dr0), WRITE(0x50001, "Dr1", 0x222000, read_dr1),
		WRITE(0x50002, "Dr2", 0x333000, read_dr2), WRITE(0x50003, "Dr3", 0x444000, read_dr3),
		WRITE(0x50004, "Dr6", 0xffff0ff5, read_dr6),
		WRITE(0x50005, "Dr7: DR0 armed", 0x401, read_dr7), WRITE(0x50005, "Dr7: off", 0x400, read_dr7),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(writes); i++) {
		u64 result = hv_set_register64(writes[i].name, writes[i].value);
		u64 now = writes[i].read();

		tap_equal(writes[i].code, result, REP(1), "%s: status", writes[i].what);
		tap_equal(writes[i].code, now, writes[i].value, "%s: effect", writes[i].what);
	}
	if (have_xsave()) {
		TEST_EQUAL(0x0051, hv_set_register64(0x40005, 3), REP(1), "Xfem: status");
		TEST_EQUAL(0x0051, xgetbv(), 3, "Xfem: effect");
	}
}

/* Segments, from the descriptors through LAR and LSL. */
static u64 lar_attributes(u16 selector)
{
	u32 v = 0;

	asm volatile("lar %1, %0" : "+r"(v) : "r"((u32)selector));
	return v >> 8 & 0xf0ff;
}

static u32 segment_limit(u16 selector)
{
	u32 v = 0;

	asm volatile("lsl %1, %0" : "+r"(v) : "r"((u32)selector));
	return v;
}

static u64 tss_base(void)
{
	const u64 *d = (const u64 *)(gdt + read_tr());

	return (d[0] >> 16 & 0xffffff) | (d[0] >> 56) << 24 | d[1] << 32;
}

static void test_segments(void)
{
	asm volatile("mov %0, %%fs; mov %0, %%gs" :: "r"(SEL_DATA));
	wrmsr(MSR_FS_BASE, 0x7f1234567000);
	wrmsr(MSR_GS_BASE, 0xffff888000001000);
	const struct {
		unsigned int code;
		u32 name;
		const char *what;
		u16 selector;
		u64 base;
	} segments[] = {
#define SEGMENT(name, what, selector, base)	{ CASE(0x0050), name, what, selector, base }
		SEGMENT(0x60000, "Es", read_es(), 0), SEGMENT(0x60001, "Cs", read_cs(), 0),
		SEGMENT(0x60002, "Ss", read_ss(), 0), SEGMENT(0x60003, "Ds", read_ds(), 0),
		SEGMENT(0x60004, "Fs", read_fs(), 0x7f1234567000),
		SEGMENT(0x60005, "Gs", read_gs(), 0xffff888000001000),
		SEGMENT(0x60007, "Tr", read_tr(), tss_base()),
	};
	struct hv_value v, w;
	u64 result;

	for (unsigned int i = 0; i < ARRAY_SIZE(segments); i++) {
		u16 s = segments[i].selector;

		v = get(segments[i].name, &result);
		if (!tap_result(result == REP(1) && v.segment.base == segments[i].base &&
				v.segment.limit == segment_limit(s) && v.segment.selector == s &&
				v.segment.attributes == lar_attributes(s), segments[i].code, "%s",
				segments[i].what))
			printf("# %s, base 0x%lx limit 0x%x selector 0x%x attributes 0x%x; expected 0x%lx 0x%x 0x%x 0x%lx\n",
			       hv_status_name(STATUS(result)), v.segment.base, v.segment.limit,
			       v.segment.selector, v.segment.attributes, segments[i].base,
			       segment_limit(s), s, lar_attributes(s));
	}
	v = get(0x60006, &result);
	TEST(0x0050, result == REP(1) && v.segment.selector == read_ldtr(), "Ldtr");

	struct table_reg gdtr = read_gdtr(), idtr = read_idtr();

	v = get(0x70000, &result);
	TEST(0x0050, result == REP(1) && v.table.base == idtr.base && v.table.limit == idtr.limit, "Idtr");
	v = get(0x70001, &result);
	TEST(0x0050, result == REP(1) && v.table.base == gdtr.base && v.table.limit == gdtr.limit, "Gdtr");

	/* Writes */
	v = get(0x60004, &result);
	v.segment.base = 0x5551234000;
	TEST_EQUAL(0x0051, hv_set_register(0x60004, v), REP(1), "Fs: status");
	TEST_EQUAL(0x0051, rdmsr(MSR_FS_BASE), 0x5551234000, "Fs: base takes effect");
	v = get(0x60005, &result);
	v.segment.base = 0xffffc00000000000;
	TEST_EQUAL(0x0051, hv_set_register(0x60005, v), REP(1), "Gs: status");
	TEST_EQUAL(0x0051, rdmsr(MSR_GS_BASE), 0xffffc00000000000, "Gs: base takes effect");
	v = get(0x60003, &result);
	v.segment.selector = SEL_USER_DATA & ~3;
	TEST_EQUAL(0x0051, hv_set_register(0x60003, v), REP(1), "Ds: status");
	TEST_EQUAL(0x0051, read_ds(), SEL_USER_DATA & ~3, "Ds: selector takes effect");
	asm volatile("mov %0, %%ds" :: "r"(SEL_DATA));
	asm volatile("mov %0, %%fs; mov %0, %%gs" :: "r"(0));

	memcpy(other_gdt, gdt, SEL_TSS + 16 * MAX_CPUS);
	w = (struct hv_value){ .table = { {}, SEL_TSS + 16 * MAX_CPUS - 1, (u64)other_gdt } };
	TEST_EQUAL(0x0051, hv_set_register(0x70001, w), REP(1), "Gdtr: status");
	TEST(0x0051, read_gdtr().base == (u64)other_gdt && read_gdtr().limit == w.table.limit,
	     "Gdtr: takes effect");
	asm volatile("lgdt %0" :: "m"(gdtr));
	w = (struct hv_value){ .table = { {}, 0x7ff, idtr.base } };
	TEST_EQUAL(0x0051, hv_set_register(0x70000, w), REP(1), "Idtr: status");
	TEST(0x0051, read_idtr().base == idtr.base && read_idtr().limit == 0x7ff, "Idtr: takes effect");
	asm volatile("lidt %0" :: "m"(idtr));
}

/*
 * XMM0..15, x87 and SSE control. hv_call_regs() loads XMM0-5 before a call and
 * stores them after it, so these are looked at there, the others in an FXSAVE image.
 */
static void test_fpu(void)
{
	static u8 image[512] __attribute__((aligned(16)));
	static u8 page[PAGE_SIZE] PAGE_ALIGNED, out[PAGE_SIZE] PAGE_ALIGNED;
	struct hv_regs r = { .rdx = (u64)page, .r8 = (u64)out, .entry = (u64)hv_page };
	struct hv_register_header *h = (void *)page;
	struct hv_assignment *set = (void *)(h + 1);
	const struct hv_value *got = (void *)out;
	u32 *names = (u32 *)(h + 1);
	u64 *xmm = (u64 *)(image + 160), result;
	struct hv_value v;

	/* Eight values fill the stack: TOP is 0 again, pi is in register 7. */
	asm volatile("fninit; fldpi; fldz; fldz; fldz; fldz; fldz; fldz; fld1" ::: "memory");
	asm volatile("fxsave %0" : "=m"(image));
	for (unsigned int i = 0; i < 32; i++)
		xmm[i] = 0xf0f0000000001000 + i;
	memcpy(r.xmm, xmm, sizeof(r.xmm));
	asm volatile("fxrstor %0" :: "m"(image));

	*h = (struct hv_register_header){ SELF, VP_SELF, 0, {} };
	for (unsigned int i = 0; i < 16; i++)
		names[i] = 0x30000 + i;
	r.rcx = GET_REGISTERS | REP(16);
	hv_call_regs(&r);
	TEST_EQUAL(0x0050, r.rax, REP(16), "all XMM registers");
	for (unsigned int i = 0; i < 16; i++)
		TEST(0x0050, got[i].u[0] == xmm[2 * i] && got[i].u[1] == xmm[2 * i + 1],
		     "Xmm%u (0x%lx:0x%lx)", i, got[i].u[1], got[i].u[0]);
	v = get(0x30017, &result);
	TEST(0x0050, result == REP(1) && v.u[0] == 0xc90fdaa22168c235 && (v.u[1] & 0xffff) == 0x4000,
	     "FpMmx7 holds pi (0x%lx:0x%lx, status 0x%lx)", v.u[1], v.u[0], STATUS(result));
	v = get(0x30010, &result);
	TEST(0x0050, result == REP(1) && v.u[0] == BIT(63) && (v.u[1] & 0xffff) == 0x3fff,
	     "FpMmx0 holds 1 (0x%lx:0x%lx, status 0x%lx)", v.u[1], v.u[0], STATUS(result));
	v = get(0x30018, &result);
	TEST(0x0050, result == REP(1) && (v.u[0] & 0xffff) == 0x37f && !(v.u[0] >> 16 & 0x3800) &&
	     (v.u[0] >> 32 & 0xff) == 0xff, "FpControlStatus: control, status, tag (0x%lx)", v.u[0]);
	v = get(0x30019, &result);
	TEST(0x0050, result == REP(1) && (u32)v.u[1] == 0x1f80 && v.u[1] >> 32 == *(u32 *)(image + 28),
	     "XmmControlStatus: MXCSR and its mask (0x%lx)", v.u[1]);

	for (unsigned int i = 0; i < 16; i++)
		set[i] = (struct hv_assignment){ 0x30000 + i, {}, { .u = { i, ~(u64)i } } };
	r.rcx = SET_REGISTERS | REP(16);
	hv_call_regs(&r);
	asm volatile("fxsave %0" : "=m"(image));
	TEST_EQUAL(0x0051, r.rax, REP(16), "all XMM registers");
	for (unsigned int i = 0; i < 16; i++)
		TEST(0x0051, xmm[2 * i] == i && xmm[2 * i + 1] == ~(u64)i, "Xmm%u takes effect", i);
	TEST_EQUAL(0x0051, hv_set_register(0x30019, (struct hv_value){ .u = { 0, 0x3f80 } }), REP(1),
		   "XmmControlStatus: status");
	asm volatile("fxsave %0" : "=m"(image));
	TEST_EQUAL(0x0051, *(u32 *)(image + 24), 0x3f80, "XmmControlStatus: MXCSR takes effect");
	v = get(0x30018, &result);
	v.u[0] = (v.u[0] & ~0xffffull) | 0x27f;
	TEST_EQUAL(0x0051, hv_set_register(0x30018, v), REP(1), "FpControlStatus: status");
	v = (struct hv_value){ .u = { 0x8000000000000000, 0x4001 } };
	TEST_EQUAL(0x0051, hv_set_register(0x30017, v), REP(1), "FpMmx7: status");
	asm volatile("fxsave %0" : "=m"(image));
	TEST_EQUAL(0x0051, *(u16 *)image, 0x27f, "FpControlStatus: control word takes effect");
	TEST(0x0051, *(u64 *)(image + 144) == BIT(63) && *(u16 *)(image + 152) == 0x4001,
	     "FpMmx7 takes effect");
	asm volatile("fninit; ldmxcsr %0" :: "m"((u32){ 0x1f80 }));
}

/* Registers that are MSRs: both sides agree, writes pass both ways. */
#define RO	(~0ull)		/* read only, or not to be changed here */
static const struct {
	unsigned int code;
	u32 name, msr;
	const char *what;
	u64 value;
} msrs[] = {
#define MSR(name, msr, what, value)	{ CASE(0x0050), name, msr, what, value }
	MSR(0x80001, 0xc0000080, "Efer", RO), MSR(0x80002, 0xc0000102, "KernelGsBase", 0xffff800000001000),
	MSR(0x80003, 0x1b, "ApicBase", RO), MSR(0x80004, 0x277, "Pat", 0x0007010600070106),
	MSR(0x80005, 0x174, "SysenterCs", 0x10), MSR(0x80006, 0x176, "SysenterEip", 0x12345678),
	MSR(0x80007, 0x175, "SysenterEsp", 0x7654321),
	MSR(0x80008, 0xc0000081, "Star", 0x0033001000000000), MSR(0x80009, 0xc0000082, "Lstar", 0xffffffff81000000),
	MSR(0x8000a, 0xc0000083, "Cstar", 0xffffffff82000000), MSR(0x8000b, 0xc0000084, "Sfmask", 0x47700),
	MSR(0x8000d, 0xfe, "MsrMtrrCap", RO), MSR(0x8000e, 0x2ff, "MsrMtrrDefType", RO),
	MSR(0x80010, 0x200, "MsrMtrrPhysBase0", RO), MSR(0x80040, 0x201, "MsrMtrrPhysMask0", RO),
	MSR(0x80017, 0x20e, "MsrMtrrPhysBase7", RO), MSR(0x80047, 0x20f, "MsrMtrrPhysMask7", RO),
	MSR(0x80070, 0x250, "MsrMtrrFix64k00000", RO), MSR(0x80071, 0x258, "MsrMtrrFix16k80000", RO),
	MSR(0x80072, 0x259, "MsrMtrrFix16kA0000", RO), MSR(0x80073, 0x268, "MsrMtrrFix4kC0000", RO),
	MSR(0x8007a, 0x26f, "MsrMtrrFix4kF8000", RO), MSR(0x8007b, 0xc0000103, "TscAux", 0x1234),
	MSR(0x8007d, 0x1d9, "DebugCtl", RO), MSR(0x8008b, 0xda0, "Xss", RO),
	MSR(0x80096, 0x3b, "TscAdjust", RO), MSR(0x800a0, 0x1a0, "MsrIa32MiscEnable", RO),
	MSR(0x00210, MSR_CRASH_P0, "GuestCrashP0", 0x1111), MSR(0x00214, MSR_CRASH_P0 + 4, "GuestCrashP4", 0x4444),
	MSR(0x00240, MSR_TSC_FREQUENCY, "ProcessorClockFrequency", RO),
	MSR(0x00241, MSR_APIC_FREQUENCY, "InterruptClockFrequency", RO),
	MSR(0x90001, MSR_HYPERCALL, "Hypercall", RO), MSR(0x90002, MSR_GUEST_OS_ID, "GuestOsId", GUEST_OS_ID + 1),
	MSR(0x90003, MSR_VP_INDEX, "VpIndex", RO), MSR(0x90013, MSR_VP_ASSIST_PAGE, "VpAssistPage", 0x200001),
	MSR(0x90017, MSR_REFERENCE_TSC, "ReferenceTsc", 0x201001),
	MSR(0xa0000, MSR_SINT0, "Sint0", 0x10040), MSR(0xa0002, MSR_SINT0 + 2, "Sint2", 0x000f3),
	MSR(0xa000f, MSR_SINT0 + 15, "Sint15", 0x20050), MSR(0xa0010, MSR_SCONTROL, "Scontrol", 1),
	MSR(0xa0011, MSR_SVERSION, "Sversion", RO), MSR(0xa0012, MSR_SIEFP, "Sifp", 0x202001),
	MSR(0xa0013, MSR_SIMP, "Sipp", 0x203001),
	MSR(0xb0000, MSR_STIMER0_CONFIG, "Stimer0Config", 0x30000), MSR(0xb0001, MSR_STIMER0_CONFIG + 1, "Stimer0Count", RO),
	MSR(0xb0006, MSR_STIMER0_CONFIG + 6, "Stimer3Config", 0x40002), MSR(0xb0007, MSR_STIMER0_CONFIG + 7, "Stimer3Count", RO),
};

static void test_msrs(void)
{
	u64 tsc[2], ref[2], result;
	struct hv_value v;

	for (unsigned int i = 0; i < ARRAY_SIZE(msrs); i++) {
		const char *what = msrs[i].what;
		u64 old, now;
		bool legal;

		if (!rdmsr_safe(msrs[i].msr, &old)) {
			tap_skip(msrs[i].code, what, "no such MSR here");
			continue;
		}
		expect(msrs[i].code, msrs[i].name, what, old, 0);
		if (msrs[i].value == RO)
			continue;
		/* What WRMSR refuses in this state the call refuses, too. */
		legal = wrmsr_safe(msrs[i].msr, msrs[i].value) && wrmsr_safe(msrs[i].msr, old);
		TEST_EQUAL(0x0051, hv_set_register64(msrs[i].name, msrs[i].value),
			   legal ? REP(1) : HV_INVALID_REGISTER_VALUE, "%s: status", what);
		now = rdmsr(msrs[i].msr);
		TEST_EQUAL(0x0051, now, legal ? msrs[i].value : old, "%s: the MSR has the value", what);
		if (wrmsr_safe(msrs[i].msr, old))
			expect(msrs[i].code, msrs[i].name, "follows the MSR", old, 0);
	}

	tsc[0] = rdtsc();
	v = get(0x80000, &result);
	tsc[1] = rdtsc();
	TEST(0x0050, result == REP(1) && tsc[0] < v.u[0] && v.u[0] < tsc[1], "Tsc");
	ref[0] = rdmsr(MSR_TIME_REF_COUNT);
	v = get(0x90004, &result);
	ref[1] = rdmsr(MSR_TIME_REF_COUNT);
	TEST(0x0050, result == REP(1) && ref[0] <= v.u[0] && v.u[0] <= ref[1], "TimeRefCount");
	ref[0] = rdmsr(MSR_VP_RUNTIME);
	v = get(0x90000, &result);
	ref[1] = rdmsr(MSR_VP_RUNTIME);
	TEST(0x0050, result == REP(1) && ref[0] <= v.u[0] && v.u[0] <= ref[1], "VpRuntime");
	v = get(0x8000c, &result);
	TEST(0x0050, result == REP(1) && v.u[0] == cpuid(1, 0).ebx >> 24, "InitialApicId");
}

/* Local APIC: 0x84800 + offset / 16. */
static void test_apic(void)
{
	static const struct {
		unsigned int code;
		u8 n;
		const char *what;
	} regs[] = {
#define APIC(n, what)	{ CASE(0x0050), n, what }
		APIC(0x02, "ApicId"), APIC(0x03, "ApicVersion"), APIC(0x08, "ApicTpr"), APIC(0x0d, "ApicLdr"),
		APIC(0x0f, "ApicSpurious"), APIC(0x10, "ApicIsr0"), APIC(0x17, "ApicIsr7"), APIC(0x18, "ApicTmr0"),
		APIC(0x20, "ApicIrr0"), APIC(0x27, "ApicIrr7"), APIC(0x28, "ApicEse"), APIC(0x32, "ApicLvtTimer"),
		APIC(0x33, "ApicLvtThermal"), APIC(0x34, "ApicLvtPerfmon"), APIC(0x35, "ApicLvtLint0"),
		APIC(0x36, "ApicLvtLint1"), APIC(0x37, "ApicLvtError"), APIC(0x38, "ApicInitCount"),
		APIC(0x39, "ApicCurrentCount"), APIC(0x3e, "ApicDivide"),
	};

	apic[APIC_LVT_ERROR] = 0x10042;
	apic[APIC_TPR] = 0x30;
	for (unsigned int i = 0; i < ARRAY_SIZE(regs); i++)
		expect(regs[i].code, 0x84800 + regs[i].n, regs[i].what, apic[regs[i].n * 4], 0);
	apic[APIC_TPR] = 0;
	TEST_EQUAL(0x0051, hv_set_register64(0x84837, 0x10043), REP(1), "ApicLvtError: status");
	TEST_EQUAL(0x0051, apic[APIC_LVT_ERROR], 0x10043, "ApicLvtError: takes effect");
	TEST_EQUAL(0x0051, hv_set_register64(0x84808, 0x20), REP(1), "ApicTpr: status");
	TEST_EQUAL(0x0051, read_cr8(), 2, "ApicTpr: takes effect");
	apic[APIC_TPR] = 0;
}

/* Features are CPUID leaves; suspension and pending events are none. */
static void test_hypervisor(void)
{
	static const struct {
		unsigned int code;
		u32 name, leaf;
		const char *what;
	} leaves[] = {
#define LEAF(name, leaf, what)	{ CASE(0x0050), name, leaf, what }
		LEAF(0x100, 0x40000002, "HypervisorVersion"), LEAF(0x200, 0x40000003, "PrivilegesAndFeaturesInfo"),
		LEAF(0x201, 0x40000004, "FeaturesInfo"), LEAF(0x202, 0x40000005, "ImplementationLimitsInfo"),
		LEAF(0x203, 0x40000006, "HardwareFeaturesInfo"), LEAF(0x204, 0x40000007, "CpuManagementFeaturesInfo"),
		LEAF(0x205, 0x40000008, "PasidFeaturesInfo"), LEAF(0x206, 0x40000009, "SkipLevelFeaturesInfo"),
		LEAF(0x207, 0x4000000a, "NestedVirtFeaturesInfo"), LEAF(0x208, 0x4000000b, "IptFeaturesInfo"),
	};
	static const struct {
		unsigned int code;
		u32 name;
		const char *what;
	} zero[] = {
#define ZERO(name, what)	{ CASE(0x0050), name, what }
		ZERO(0x0, "ExplicitSuspend"), ZERO(0x1, "InterceptSuspend"), ZERO(0x4, "InternalActivityState"),
		ZERO(0x10002, "PendingInterruption"), ZERO(0x10003, "InterruptState"),
		ZERO(0x10004, "PendingEvent0"), ZERO(0x10005, "PendingEvent1"),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(leaves); i++) {
		struct cpuid c = cpuid(leaves[i].leaf, 0);

		expect(leaves[i].code, leaves[i].name, leaves[i].what, (u64)c.ebx << 32 | c.eax,
		       (u64)c.edx << 32 | c.ecx);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(zero); i++)
		expect(zero[i].code, zero[i].name, zero[i].what, 0, 0);
}

/* Refused names and values; nothing changes. */
static void test_refused(void)
{
	static const u32 unknown[] = {
		0x00000005, 0x00000300, 0x00010020, 0x00020012, 0x0003001a, 0x00040006, 0x00050006,
		0x00060008, 0x00070002, 0x00080061, 0x000c0000, REG_UNKNOWN, 0x80000000, 0xffffffff,
	};
	static const struct {
		unsigned int code;
		u32 name;
		const char *what;
	} constant[] = {
#define CONSTANT(name, what)	{ CASE(0x0051), name, what }
		CONSTANT(0x90003, "VpIndex"), CONSTANT(0x90000, "VpRuntime"), CONSTANT(0x90004, "TimeRefCount"),
		CONSTANT(0x100, "HypervisorVersion"), CONSTANT(0x200, "PrivilegesAndFeaturesInfo"),
		CONSTANT(0x201, "FeaturesInfo"), CONSTANT(0x240, "ProcessorClockFrequency"),
		CONSTANT(0x241, "InterruptClockFrequency"), CONSTANT(0x8000c, "InitialApicId"),
		CONSTANT(0x8000d, "MsrMtrrCap"), CONSTANT(0x84803, "ApicVersion"), CONSTANT(0xa0011, "Sversion"),
	};
	const struct {
		unsigned int code;
		u32 name;
		const char *what;
		struct hv_value value;
	} illegal[] = {
#define ILLEGAL(name, what, ...)	{ CASE(0x0051), name, what, { .u = { __VA_ARGS__ } } }
		ILLEGAL(0x40000, "Cr0 without PE", read_cr0() & ~1ull), ILLEGAL(0x40000, "Cr0 bit 40", read_cr0() | BIT(40)),
		ILLEGAL(0x40000, "Cr0 NW without CD", (read_cr0() | BIT(29)) & ~BIT(30)),
		ILLEGAL(0x40002, "Cr3 beyond the address width", read_cr3() | BIT(60)),
		ILLEGAL(0x40003, "Cr4 bit 40", read_cr4() | BIT(40)), ILLEGAL(0x40003, "Cr4 without PAE", read_cr4() & ~BIT(5)),
		ILLEGAL(0x40004, "Cr8 16", 16), ILLEGAL(0x40005, "Xfem without x87", 2), ILLEGAL(0x40005, "Xfem bit 62", BIT(62) | 1),
		ILLEGAL(0x50004, "Dr6 bit 40", BIT(40)), ILLEGAL(0x50005, "Dr7 bit 40", BIT(40) | 0x400),
		ILLEGAL(0x80001, "Efer bit 20", rdmsr(0xc0000080) | BIT(20)),
		ILLEGAL(0x80001, "Efer without LME", rdmsr(0xc0000080) & ~BIT(8)),
		ILLEGAL(0x80002, "KernelGsBase not canonical", NON_CANONICAL), ILLEGAL(0x80009, "Lstar not canonical", NON_CANONICAL),
		ILLEGAL(0x80004, "Pat type 2", 0x0007010600070102),
		ILLEGAL(0x8000e, "MTRR type 2", 0x802), ILLEGAL(0x60004, "Fs base not canonical", NON_CANONICAL, 0xc093001000000000 | 0xffff),
		ILLEGAL(0x70001, "Gdtr base not canonical", 0x007f000000000000, NON_CANONICAL),
		ILLEGAL(0x30019, "MXCSR bit 31", 0, 0x80001f80), ILLEGAL(0xa0002, "Sint2 vector 5", 5),
		ILLEGAL(0x90013, "VpAssistPage beyond the address space", BIT(51) | 1),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
		struct hv_value v;

		TEST_EQUAL(0x0050, hv_get_register(unknown[i], &v), HV_UNKNOWN_REGISTER_NAME,
			   "unknown name 0x%08x", unknown[i]);
		TEST_EQUAL(0x0051, hv_set_register64(unknown[i], 0), HV_UNKNOWN_REGISTER_NAME,
			   "unknown name 0x%08x", unknown[i]);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(constant); i++)
		tap_equal(constant[i].code, hv_set_register64(constant[i].name, 0), HV_INVALID_PARAMETER,
			  "%s is read only", constant[i].what);
	for (unsigned int i = 0; i < ARRAY_SIZE(illegal); i++) {
		struct hv_value before = {}, after = {};

		if (illegal[i].name == 0x40005 && !have_xsave())
			continue;
		hv_get_register(illegal[i].name, &before);
		tap_equal(illegal[i].code, hv_set_register(illegal[i].name, illegal[i].value),
			  HV_INVALID_REGISTER_VALUE, "%s", illegal[i].what);
		hv_get_register(illegal[i].name, &after);
		tap_result(!memcmp(&before, &after, sizeof(before)), illegal[i].code, "%s: nothing changed",
			   illegal[i].what);
	}
}

/* §3.7: lists stop at the first failing element. */
static void test_lists(void)
{
	static const u32 names[] = { REG_VP_INDEX, REG_GUEST_OS_ID, REG_UNKNOWN, REG_VP_INDEX };
	static const u32 targets[] = { REG_CR2, REG_DR0, REG_UNKNOWN, REG_DR1 };
	static const u32 three[] = { REG_CR2, REG_DR0, REG_DR1 };
	struct hv_value v[4];

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		unsigned int n = form == MEMORY ? 4 : 3;
		const char *how = FORM_NAME(form);

		memset(v, 0, sizeof(v));
		TEST_EQUAL(0x0050, get_list(form, 0, names, n, v), REP(2) | HV_UNKNOWN_REGISTER_NAME,
			   "list with an unknown name: two reps completed (%s)", how);
		TEST_EQUAL(0x0050, v[1].u[0], GUEST_OS_ID, "values before the failing name (%s)", how);

		write_cr2(0);
		write_dr0(0);
		write_dr1(0);
		for (unsigned int i = 0; i < 4; i++)
			v[i] = (struct hv_value){ .u = { 0x7000 + i } };
		TEST_EQUAL(0x0051, set_list(form, 0, targets, n, v), REP(2) | HV_UNKNOWN_REGISTER_NAME,
			   "list with an unknown name: two reps completed (%s)", how);
		TEST(0x0051, read_cr2() == 0x7000 && read_dr0() == 0x7001 && read_dr1() == 0,
		     "values before the failing name applied, later ones not (%s)", how);

		TEST_EQUAL(0x0051, set_list(form, 0, three, 3, v), REP(3), "three registers (%s)", how);
		TEST(0x0051, read_dr0() == 0x7001 && read_dr1() == 0x7002, "three registers: effect (%s)", how);
		write_dr0(1), write_dr1(1), write_cr2(1);
		TEST_EQUAL(0x0051, set_list(form, START(2), three, 3, v), REP(3), "start index 2 of 3 (%s)", how);
		TEST(0x0051, read_cr2() == 1 && read_dr0() == 1 && read_dr1() == 0x7002,
		     "start index 2 of 3: earlier elements untouched (%s)", how);
		memset(v, 0, sizeof(v));
		TEST_EQUAL(0x0050, get_list(form, START(1), three, 3, v), REP(3), "start index 1 of 3 (%s)", how);
		TEST(0x0050, v[0].u[0] == 0 && v[1].u[0] == 1 && v[2].u[0] == 0x7002,
		     "start index 1 of 3: earlier value not written (%s)", how);
	}
}

/* Pages full of elements take longer than one time budget (§3.7): none is lost. */
static void test_long_lists(void)
{
	static u8 page[PAGE_SIZE] PAGE_ALIGNED, out[PAGE_SIZE] PAGE_ALIGNED;
	struct hv_register_header *h = (void *)page;
	const struct hv_value *got = (void *)out;
	struct hv_assignment *set = (void *)(h + 1);
	u32 *names = (u32 *)(h + 1);
	unsigned int wrong = 0;

	*h = (struct hv_register_header){ SELF, VP_SELF, 0, {} };
	for (unsigned int i = 0; i < 256; i++)
		names[i] = i % 2 ? REG_GUEST_OS_ID : REG_CR2;
	write_cr2(0x4321);
	TEST_EQUAL(0x0050, hv_call(GET_REGISTERS | REP(256), (u64)page, (u64)out), REP(256),
		   "256 registers");
	for (unsigned int i = 0; i < 256; i++)
		wrong += got[i].u[0] != (i % 2 ? GUEST_OS_ID : 0x4321) || got[i].u[1];
	TEST_EQUAL(0x0050, wrong, 0, "256 registers: wrong values");

	for (unsigned int i = 0; i < 127; i++)
		set[i] = (struct hv_assignment){ i % 2 ? REG_DR0 : REG_CR2, {}, { .u = { 0x1000 + i } } };
	TEST_EQUAL(0x0051, hv_call(SET_REGISTERS | REP(127), (u64)page, 0), REP(127), "127 registers");
	TEST(0x0051, read_cr2() == 0x107e && read_dr0() == 0x107d, "127 registers: the last ones count");
}

static void test_header(void)
{
	u64 id = 0;

	hv_do(MEMORY, GET_PARTITION_ID, NULL, 0, &id, 8);
	const struct {
		unsigned int code;
		const char *what;
		struct hv_register_header h;
		enum hv_status want;
	} headers[] = {
#define HEADER(what, want, ...)	{ CASE(0x0050), what, { __VA_ARGS__ }, HV_##want }
		HEADER("own partition by id", SUCCESS, id, VP_SELF), HEADER("own VP by index", SUCCESS, SELF, 0),
		HEADER("VTL 0 named", SUCCESS, SELF, VP_SELF, 0x10), HEADER("VTL 1", ACCESS_DENIED, SELF, VP_SELF, 0x11),
		HEADER("VTL 15", ACCESS_DENIED, SELF, VP_SELF, 0x1f),
		HEADER("reserved VTL bit 5", INVALID_PARAMETER, SELF, VP_SELF, 0x20),
		HEADER("reserved VTL bit 7", INVALID_PARAMETER, SELF, VP_SELF, 0x80),
		HEADER("reserved byte 13", INVALID_PARAMETER, SELF, VP_SELF, 0, { 1, 0, 0 }),
		HEADER("reserved byte 15", INVALID_PARAMETER, SELF, VP_SELF, 0, { 0, 0, 1 }),
		HEADER("another VP that exists", ACCESS_DENIED, SELF, 1),
		HEADER("VP 2 does not exist", INVALID_VP_INDEX, SELF, 2),
		HEADER("VP 0xffffffff does not exist", INVALID_VP_INDEX, SELF, 0xffffffff),
		HEADER("VP 0x10000 does not exist", INVALID_VP_INDEX, SELF, 0x10000),
	};

	for (unsigned int i = 0; i < ARRAY_SIZE(headers); i++) {
		struct {
			struct hv_register_header h;
			struct hv_assignment a;
		} in = { headers[i].h, { .name = REG_CR2 } };
		u64 want = headers[i].want ?: REP(1);
		struct hv_value v;

		tap_equal(headers[i].code, hv_do(MEMORY, GET_REGISTERS | REP(1), &in, 20, &v, sizeof(v)), want,
			  "get: %s", headers[i].what);
		TEST_EQUAL(0x0051, hv_do(MEMORY, SET_REGISTERS | REP(1), &in, sizeof(in), NULL, 0), want,
			   "set: %s", headers[i].what);
		in.h.partition = 0x12345;
		u64 got = STATUS(hv_do(MEMORY, GET_REGISTERS | REP(1), &in, 20, &v, sizeof(v)));

		if (headers[i].want)
			continue;
		/* Who has no children need not learn what exists. */
		TEST(0x0050, got == HV_INVALID_PARTITION_ID || (got == HV_ACCESS_DENIED && !hv_is_root()),
		     "get: another partition (%s)", hv_status_name(got));
	}
}

/* The same calls from VP 1 act on VP 1. */
static void on_vp1(void *arg)
{
	struct hv_value *v = arg;

	write_cr2(0x1111);
	v[0].u[0] = hv_get_register(REG_VP_INDEX, &v[1]);
	v[2].u[0] = hv_get_register(REG_CR2, &v[3]);
	v[4].u[0] = hv_set_register64(REG_CR2, 0x2222);
	v[5].u[0] = read_cr2();
}

void test_main(void)
{
	struct hv_value v[6];

	hv_init();
	if (!hv_may(PRIV_VP_REGISTERS)) {
		TEST_EQUAL(0x0050, hv_get_register(REG_CR2, v), HV_ACCESS_DENIED, "denied without AccessVpRegisters");
		TEST_EQUAL(0x0051, hv_set_register64(REG_CR2, 0), HV_ACCESS_DENIED, "denied without AccessVpRegisters");
		TEST_EQUAL(0x0050, hv_get_register(REG_UNKNOWN, v), HV_ACCESS_DENIED, "privilege before the name");
		return;
	}
	test_general();
	test_control();
	test_segments();
	test_fpu();
	test_msrs();
	test_apic();
	test_hypervisor();
	test_refused();
	test_lists();
	test_long_lists();

	cpu_start(1);
	test_header();
	write_cr2(0x3333);
	cpu_call(1, on_vp1, v);
	TEST(0x0050, v[0].u[0] == REP(1) && v[1].u[0] == 1, "VP 1 reads its own VpIndex");
	TEST(0x0050, v[2].u[0] == REP(1) && v[3].u[0] == 0x1111, "VP 1 reads its own Cr2");
	TEST(0x0051, v[4].u[0] == REP(1) && v[5].u[0] == 0x2222, "VP 1 writes its own Cr2");
	TEST_EQUAL(0x0051, read_cr2(), 0x3333, "VP 0 keeps its Cr2");
}
