// SPDX-License-Identifier: GPL-2.0
/*
 * 0x0099 starts VP 1 in the given state and 0x009a finds it (sheet §15.6). The
 * started VP looks at itself and reports every field of its context.
 */
/* run: --role guest; smp 3 */
/* run: --role root; smp 3; cpu plain */
/* run: --role guest --privileges -start-virtual-processor; smp 2 */
#include "context.h"

#define FS_BASE		0x00007fedcba98000
#define GS_BASE		0xffff888123456000
#define PAT		0x0007010600070106
#define RFLAGS		0x00200002		/* ID; interrupts off */
#define RIP_MARK	0x5afe

static u64 pml4[512] PAGE_ALIGNED;		/* its own CR3 */
static u8 stack[PAGE_SIZE] PAGE_ALIGNED;
static u8 ldt[PAGE_SIZE] PAGE_ALIGNED;
static u8 tables[PAGE_SIZE] PAGE_ALIGNED;	/* its own GDT */

/* What VP 1 found. */
static struct found {
	u64 rsp, rflags, cr0, cr3, cr4, efer, pat, fs, gs;
	u16 cs, ds, es, ss, fs_sel, gs_sel, tr, ldtr;
	struct table_reg gdtr, idtr;
	u32 vp_index, apic_id;
} found;
static volatile u32 running;

void vp_body(u64 rsp, u64 rflags);
asm("vp_entry: mov %rsp, %rdi; pushfq; pop %rsi; call vp_body");
extern u8 vp_entry[];

void vp_body(u64 rsp, u64 rflags)
{
	found = (struct found){
		.rsp = rsp, .rflags = rflags, .cr0 = read_cr0(), .cr3 = read_cr3(), .cr4 = read_cr4(),
		.efer = rdmsr(0xc0000080), .pat = rdmsr(0x277), .fs = rdmsr(0xc0000100),
		.gs = rdmsr(0xc0000101), .cs = read_cs(), .ds = read_ds(), .es = read_es(),
		.ss = read_ss(), .fs_sel = read_fs(), .gs_sel = read_gs(), .tr = read_tr(),
		.ldtr = read_ldtr(), .gdtr = read_gdtr(), .idtr = read_idtr(),
		.vp_index = rdmsr(MSR_VP_INDEX), .apic_id = cpuid(1, 0).ebx >> 24,
	};
	running = 1;
	apic[APIC_SPIV] = 0x100 | VEC_SPURIOUS;
	for (;;)
		halt();
}

/* This processor's own segments serve as the example. */
static struct start_in good(void)
{
	static u8 tss[104] __attribute__((aligned(16)));
	struct segment data = segment_here(SEL_DATA, 0);
	struct start_in in = {
		.partition = SELF, .vp = 1,
		.context = {
			.rip = (u64)vp_entry, .rsp = (u64)stack + PAGE_SIZE - 0x40, .rflags = RFLAGS,
			.cs = segment_here(SEL_CODE64, 0), .ds = data, .es = data, .fs = data, .gs = data,
			.ss = data,
			.tr = { (u64)tss, sizeof(tss) - 1, SEL_TSS + 16, 0x8b },
			.ldtr = { (u64)ldt, 0xff, 0x30, 0x82 },
			.idtr = { {}, 256 * 16 - 1, read_idtr().base },
			.gdtr = { {}, 0x7f, (u64)tables },
			.efer = rdmsr(0xc0000080), .cr0 = read_cr0(), .cr3 = (u64)pml4,
			.cr4 = read_cr4() | BIT(2) | BIT(7), .pat = PAT,
		},
	};

	in.context.fs.base = FS_BASE;
	in.context.gs.base = GS_BASE;
	memcpy(tables, gdt, SEL_TSS);
	memcpy(pml4, boot_pml4, sizeof(pml4));
	return in;
}

static u64 start(const struct start_in *in)
{
	return hv_do(MEMORY, START_VP, in, sizeof(*in), NULL, 0);
}

static const struct {
	unsigned int code;
	const char *what;
	u32 vp;
	u8 vtl, reserved;
	enum hv_status want;
} refused[] = {
#define REFUSED(what, want, ...)	{ CASE(0x0099), what, __VA_ARGS__, HV_##want }
	REFUSED("the caller itself is started", INVALID_VP_STATE, 0, 0, 0),
	REFUSED("a VP that does not exist", INVALID_VP_INDEX, 3, 0, 0),
	REFUSED("VP 0x40000000 does not exist", INVALID_VP_INDEX, 0x40000000, 0, 0),
	REFUSED("reserved byte", INVALID_PARAMETER, 1, 0, 1),
};

static void test_refused(void)
{
	struct start_in in;
	u64 status;

	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
		in = good();
		in.vp = refused[i].vp;
		in.vtl = refused[i].vtl;
		in.reserved[1] = refused[i].reserved;
		tap_status(refused[i].code, start(&in), refused[i].want, "%s", refused[i].what);
	}
	in = good();
	in.vtl = 1;
	status = STATUS(start(&in));
	TEST(0x0099, status == HV_INVALID_VTL_STATE || status == HV_ACCESS_DENIED,
	     "VTL 1 is not enabled (%s)", hv_status_name(status));
	in = good();
	in.partition = 0x12345;
	status = STATUS(start(&in));
	TEST(0x0099, status == HV_INVALID_PARTITION_ID || (status == HV_ACCESS_DENIED && !hv_is_root()),
	     "another partition (%s)", hv_status_name(status));

#define BAD(field, value, why) do {						\
	in = good();								\
	in.context.field = value;						\
	TEST_STATUS(0x0099, start(&in), INVALID_REGISTER_VALUE, why);		\
} while (0)
	BAD(cr0, read_cr0() & ~1ull, "context: paging without protection");
	BAD(cr0, read_cr0() | BIT(40), "context: CR0 bit 40");
	BAD(cr4, read_cr4() & ~BIT(5), "context: long mode without PAE");
	BAD(cr4, read_cr4() | BIT(40), "context: CR4 bit 40");
	BAD(cr3, BIT(60), "context: CR3 beyond the address width");
	BAD(efer, rdmsr(0xc0000080) | BIT(20), "context: EFER bit 20");
	BAD(pat, 2, "context: PAT type 2");
	BAD(fs.base, 0x0000900000000000, "context: FS base not canonical");
	TEST(0x0099, !running, "nothing ran meanwhile");
}

static void test_start(void)
{
	struct start_in in = good();
	const struct context *c = &in.context;

	if (!TEST_STATUS(0x0099, start(&in), SUCCESS, "VP 1 starts: status") ||
	    !TEST(0x0099, wait_until(&running, 1), "VP 1 runs"))
		return;
	TEST_EQUAL(0x0099, found.vp_index, 1, "it is VP 1");
	TEST_EQUAL(0x0099, found.rsp, c->rsp, "RSP");
	TEST_EQUAL(0x0099, found.rflags & 0x200202, RFLAGS, "RFLAGS: ID set, interrupts off");
	TEST_EQUAL(0x0099, found.cr0, c->cr0, "CR0");
	TEST_EQUAL(0x0099, found.cr3, c->cr3, "CR3");
	TEST_EQUAL(0x0099, found.cr4, c->cr4, "CR4");
	TEST_EQUAL(0x0099, found.efer, c->efer, "EFER");
	TEST_EQUAL(0x0099, found.pat, PAT, "PAT");
	TEST_EQUAL(0x0099, found.fs, FS_BASE, "FS base");
	TEST_EQUAL(0x0099, found.gs, GS_BASE, "GS base");
	TEST(0x0099, found.cs == SEL_CODE64 && found.ss == SEL_DATA && found.ds == SEL_DATA &&
	     found.es == SEL_DATA && found.fs_sel == SEL_DATA && found.gs_sel == SEL_DATA, "selectors");
	TEST_EQUAL(0x0099, found.tr, SEL_TSS + 16, "TR");
	TEST_EQUAL(0x0099, found.ldtr, 0x30, "LDTR");
	TEST(0x0099, found.gdtr.base == (u64)tables && found.gdtr.limit == 0x7f, "GDTR");
	TEST(0x0099, found.idtr.base == c->idtr.base && found.idtr.limit == c->idtr.limit, "IDTR");

	TEST_STATUS(0x0099, start(&in), INVALID_VP_STATE, "VP 1 is already started");
	hv_fast(SEND_IPI, 0x70, 2);
	TEST(0x0099, wait_until(&irq_count[1][0x70], 1), "the started VP takes interrupts");
}

/* A VP that came up by INIT and SIPI is started, too. */
static void test_sipi(void)
{
	struct start_in in = good();

	cpu_start(2);
	in.vp = 2;
	TEST_STATUS(0x0099, start(&in), INVALID_VP_STATE, "VP 2 was started by SIPI");
}

static void test_apic_ids(void)
{
	struct {
		u64 partition;
		u8 vtl, reserved[7];
		u32 ids[8];
	} in = { SELF, 0, {}, { 0, 1, 2, 99, 0 } };
	u32 out[8];

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		const char *how = FORM_NAME(form);

		memset(out, 0xff, sizeof(out));
		TEST_EQUAL(0x009a, hv_do(form, VP_FROM_APIC_ID | REP(3), &in, 28, out, 12), REP(3),
			   "three APIC ids (%s)", how);
		TEST(0x009a, out[0] == 0 && out[1] == 1 && out[2] == 2, "three VP indexes, packed (%s)", how);
		TEST_EQUAL(0x009a, hv_do(form, VP_FROM_APIC_ID | REP(5), &in, 36, out, 20),
			   REP(3) | HV_INVALID_PARAMETER, "APIC id 99: three reps completed (%s)", how);
		TEST_EQUAL(0x009a, hv_do(form, VP_FROM_APIC_ID | REP(5) | START(4), &in, 36, out, 20), REP(5),
			   "start index 4 of 5 (%s)", how);
	}
	in.ids[0] = 0xffffffff;
	TEST_EQUAL(0x009a, hv_do(MEMORY, VP_FROM_APIC_ID | REP(1), &in, 20, out, 4), HV_INVALID_PARAMETER,
		   "APIC id 0xffffffff");
	in.ids[0] = 1;
	in.partition = 0x12345;
	u64 status = STATUS(hv_do(MEMORY, VP_FROM_APIC_ID | REP(1), &in, 20, out, 4));

	TEST(0x009a, status == HV_INVALID_PARTITION_ID || (status == HV_ACCESS_DENIED && !hv_is_root()),
	     "another partition (%s)", hv_status_name(status));
}

/* linux-clients §3.1: Linux lets the output begin at byte 24 of the input page. */
static void test_shared_page(void)
{
	static u32 page[1024] PAGE_ALIGNED;

	((u64 *)page)[0] = SELF;
	page[4] = 2;
	TEST_EQUAL(0x009a, hv_call(VP_FROM_APIC_ID | REP(1), (u64)page, (u64)page + 24), REP(1),
		   "output behind the input in its page");
	TEST_EQUAL(0x009a, page[6], 2, "VP index behind the input in its page");
}

void test_main(void)
{
	struct start_in in;
	u64 result;

	hv_init();
	in = good();
	if (!hv_may(PRIV_START_VP) && !hv_is_root()) {
		TEST_STATUS(0x0099, start(&in), ACCESS_DENIED, "denied without StartVirtualProcessor");
		cpu_start(1);
		TEST(0x0099, !running, "VP 1 came up by SIPI, not by the call");
		return;
	}
	test_apic_ids();
	test_shared_page();
	test_refused();
	result = hv_fast(START_VP, SELF, 1);
	TEST_STATUS(0x0099, result, INVALID_HYPERCALL_INPUT, "no register form");
	/* Halted by the BIOS, which knows no Hyper-V, a VP has not been started. */
	test_start();
	test_sipi();
	cpu_reset(1);
	delay(20);	/* until its thread on a busy host has seen INIT */
	running = 0;
	TEST_STATUS(0x0099, start(&in), SUCCESS, "VP 1 starts again after INIT: status");
	TEST(0x0099, wait_until(&running, 1) && found.vp_index == 1, "VP 1 starts again after INIT: runs");
}
