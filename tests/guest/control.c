// SPDX-License-Identifier: GPL-2.0
/*
 * The hypercall mechanism itself (sheet §3): control word, operand forms,
 * addresses, order of checks, calling environment, hypercall page.
 */
/* run: --role guest --privileges +access-partition-id; smp 1 */
/* run: --role root; smp 1 */
/* run: --role root; smp 1; cpu plain */
/* run: --role guest --privileges +access-partition-id,-fast-hypercall-output; smp 1 */
#include "hv.h"

#define UNBACKED	0x80000000ull		/* below 4 GiB, nothing there */
#define ROM		0xfffff000ull		/* the BIOS: readable, not writable */

static u8 page[2 * PAGE_SIZE] PAGE_ALIGNED;	/* input */
static u8 out[2 * PAGE_SIZE] PAGE_ALIGNED;

/* Codes with an answer of their own; all others must answer INVALID_HYPERCALL_CODE. */
static const u16 served[] = {
	FLUSH_SPACE, FLUSH_LIST, LP_RUN_TIME, NOTIFY_SPIN, PARKED_VPS, SEND_IPI, FLUSH_SPACE_EX,
	MODIFY_PROTECTION, CHECK_VTL_ACCESS, FLUSH_LIST_EX, ENABLE_VTL, DISABLE_VTL, ENABLE_VP_VTL, DISABLE_VP_VTL, VTL_CALL, VTL_RETURN,
	SEND_IPI_EX, CREATE_PARTITION, INITIALIZE, FINALIZE, DELETE_PARTITION,
	GET_PROPERTY, SET_PROPERTY, GET_PARTITION_ID, NEXT_CHILD, DEPOSIT, WITHDRAW, BALANCE,
	MAP_GPA, UNMAP_GPA, INSTALL_INTERCEPT, CREATE_VP, DELETE_VP, GET_REGISTERS,
	SET_REGISTERS, TRANSLATE, READ_GPA, WRITE_GPA, CLEAR_INTERRUPT, DELETE_PORT,
	GET_PORT_PROPERTY, DISCONNECT_PORT, POST_MESSAGE, SIGNAL_EVENT, MAP_STATS, UNMAP_STATS,
	LOG_INIT, LOG_EXIT, LOG_CREATE, LOG_DELETE, LOG_MAP, LOG_UNMAP, LOG_SOURCES, LOG_RELEASE,
	LOG_FLUSH,
	MAP_SPARSE, REFRESH, MAP_STATS2,
	SET_SYSTEM_PROPERTY, SET_PORT_PROPERTY, ADD_LP, REMOVE_LP, SET_LP_PROPERTY,
	GET_LP_PROPERTY, GET_SYSTEM_PROPERTY, MAP_INTERRUPT, UNMAP_INTERRUPT,
	RETARGET_INTERRUPT, RETARGET_ROOT_INTERRUPT, ATTACH_DEVICE, DETACH_DEVICE,
	GET_DEVICE_PROPERTY, SET_DEVICE_PROPERTY, PERSIST_INTERRUPT, ENTER_SLEEP,
	NOTIFY_EVENT, GET_LP_REGISTERS, SET_LP_REGISTERS, MCA_LPS, GET_POWER, SET_POWER, RING_EMPTY, MODIFY_SPARSE, REGISTER_RESULT, UNREGISTER_RESULT,
	ASSERT_INTERRUPT, CREATE_PORT, CONNECT_PORT, START_VP, VP_FROM_APIC_ID, TRANSLATE_EX,
	CREATE_DOMAIN, ATTACH_DOMAIN, MAP_DEVICE_GPA, UNMAP_DEVICE_GPA, DETACH_DOMAIN, DELETE_DOMAIN,
	CHECK_IO, FLUSH_GPA_SPACE, FLUSH_GPA_LIST, COMPLETE_INTERCEPT, PRECOMMIT, UNCOMMIT,
	SIGNAL_DIRECT, POST_DIRECT, ACCESS_STATE, ACCESS_STATE_SPARSE, ACQUIRE_GPA, RELEASE_GPA,
	ACQUIRE_SPA, RELEASE_SPA, REQUEST_HALT, MAP_STATE_PAGE, UNMAP_STATE_PAGE, GET_VP_STATE,
	SET_VP_STATE, VP_SET_FROM_MDA, ROOT_SIGNAL, CPUID_VALUES, GET_PROPERTY_EX,
	SET_PROPERTY_EX, EXT_CAPABILITIES,
};

static bool is_served(unsigned int code)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(served); i++)
		if (served[i] == code)
			return true;
	return false;
}

/* §3.1, §3.6, §3.7: the control word alone decides; operands are zero pages. */
static const struct {
	unsigned int code;
	const char *what;
	u64 control;
	enum hv_status want;
} control_words[] = {
	{ CASE(0x0008), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0008), "simple call with a rep start", START(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0008), "variable header it does not have", VAR(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0008), "fast call with a rep count", FAST | REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x000b), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x000b), "fast with a variable header", FAST | VAR(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0002), "simple call with a rep count", REP(4095), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0002), "variable header it does not have", VAR(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0003), "rep count zero", 0, HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0003), "rep start equal to rep count", REP(3) | START(3), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0003), "rep start above rep count", REP(3) | START(4), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0003), "rep start without rep count", START(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0003), "variable header it does not have", REP(1) | VAR(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0003), "list too long for registers", FAST | REP(12), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0003), "list too long for a page", REP(510), HV_INVALID_ALIGNMENT },
	{ CASE(0x0013), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0013), "banks too many for registers", FAST | VAR(11), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0014), "rep count zero", 0, HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0014), "rep start equal to rep count", REP(1) | START(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0014), "banks and list too long for registers", FAST | VAR(5) | REP(6), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0015), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0046), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0046), "variable header it does not have", VAR(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0050), "rep count zero", 0, HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0050), "rep start equal to rep count", REP(2) | START(2), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0050), "variable header it does not have", REP(1) | VAR(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0050), "list too long for registers", FAST | REP(6), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0050), "output too long for a page", REP(257), HV_INVALID_ALIGNMENT },
	{ CASE(0x0051), "rep count zero", 0, HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0051), "list too long for registers", FAST | REP(4), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0052), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x005d), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0099), "block too large for registers", FAST, HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x0099), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x009a), "rep count zero", 0, HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x00ac), "simple call with a rep start", START(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x00e5), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x00f4), "rep count zero", 0, HV_INVALID_HYPERCALL_INPUT },
	{ CASE(0x8001), "simple call with a rep count", REP(1), HV_INVALID_HYPERCALL_INPUT },
};

static void test_control_words(void)
{
	static const u8 reserved[] = { 27, 28, 29, 30, 44, 45, 46, 47, 60, 61, 62, 63 };

	for (unsigned int i = 0; i < ARRAY_SIZE(control_words); i++) {
		u64 control = control_words[i].code | control_words[i].control;

		/* XMM output may be switched off: that is tested apart, with its #UD. */
		if ((control & FAST) && control_words[i].code == GET_REGISTERS &&
		    !hv_may(PRIV_FAST_OUTPUT))
			continue;
		tap_status(control_words[i].code,
			   control & FAST ? hv_fast(control, 0, 0) :
			   hv_call(control, (u64)page, (u64)out),
			   control_words[i].want, "%s", control_words[i].what);
	}

	/* Reserved bits come before everything but privilege, also for unknown codes. */
	for (unsigned int i = 0; i < ARRAY_SIZE(reserved); i++) {
		u64 bit = BIT(reserved[i]);

		TEST_STATUS(0x0008, hv_fast(NOTIFY_SPIN | bit, 0, 0), INVALID_HYPERCALL_INPUT,
			    "reserved bit %u of a simple call", reserved[i]);
		TEST_STATUS(0x0003, hv_call(FLUSH_LIST | REP(1) | bit, (u64)page, 0),
			    INVALID_HYPERCALL_INPUT, "reserved bit %u of a rep call", reserved[i]);
		TEST_STATUS(NO_CALL, hv_fast(0x3fff | bit, 0, 0), INVALID_HYPERCALL_INPUT,
			    "reserved bit %u of an unknown code", reserved[i]);
	}
}

static void test_unknown_codes(void)
{
	static const u16 far[] = { 0x0fff, 0x1000, 0x7fff, 0x8000, 0x8002, 0x8003, 0xffff };
	unsigned int wrong = 0, last = 0;

	/* All 0x0001.. of the table and between, with operands of every kind zero. */
	for (unsigned int code = 0; code < 0x200; code++) {
		u64 result;

		if (is_served(code))
			continue;
		result = hv_fast(code, 0, 0);
		if (STATUS(result) != HV_INVALID_HYPERCALL_CODE) {
			printf("# 0x%04x: %s\n", code, hv_status_name(STATUS(result)));
			wrong++, last = code;
		}
	}
	TEST(NO_CALL, !wrong, "codes not served below 0x0200 answer INVALID_HYPERCALL_CODE (last wrong 0x%04x)",
	     last);
	for (unsigned int i = 0; i < ARRAY_SIZE(far); i++)
		TEST_STATUS(NO_CALL, hv_call(far[i], (u64)page, (u64)out), INVALID_HYPERCALL_CODE,
			    "unknown code 0x%04x", far[i]);
	/* §3.8: the code comes before shape and addresses. */
	TEST_STATUS(NO_CALL, hv_call(0x3fff | REP(5) | START(9) | VAR(3), 1, 1),
		    INVALID_HYPERCALL_CODE, "unknown code with a malformed shape");
}

/* §3.5: addresses. in_size/out_size are the sizes of the blocks. */
static const struct {
	unsigned int code;
	u64 control;
	unsigned int in_size, out_size;
	u32 vp, list;				/* valid input: u32 at 8 and at 16 */
} blocks[] = {
	{ CASE(0x0002), 0, 24, 0 },
	{ CASE(0x0003), REP(3), 48, 0 },
	{ CASE(0x0008), 0, 8, 0 },
	{ CASE(0x000b), 0, 16, 0 },
	{ CASE(0x0014), VAR(1) | REP(2), 56, 0 },
	{ CASE(0x0015), VAR(1), 32, 0 },
	{ CASE(0x0046), 0, 0, 8 },
	{ CASE(0x0050), REP(1), 20, 16, VP_SELF, 0x90003 },
	{ CASE(0x0050), REP(2), 24, 32, VP_SELF, 0x90003 },
	{ CASE(0x0052), 0, 32, 16, VP_SELF, 1 },
	{ CASE(0x009a), REP(1), 20, 4 },
	{ CASE(0x00ac), 0, 32, 64, VP_SELF, 1 },
	{ CASE(0x8001), 0, 0, 8 },
};

static void test_addresses(void)
{
	u64 beyond = 1ull << phys_bits();

	for (unsigned int i = 0; i < ARRAY_SIZE(blocks); i++) {
		u64 control = blocks[i].code | blocks[i].control;
		unsigned int in_size = (blocks[i].in_size + 7) & ~7u;
		unsigned int out_size = (blocks[i].out_size + 7) & ~7u;
		unsigned int code = blocks[i].code;
		u64 good_out = (u64)out;
		const struct {
			const char *what;
			u64 gpa;
			enum hv_status want;
		} bad[] = {
			{ "misaligned by 1", 1, HV_INVALID_ALIGNMENT },
			{ "misaligned by 4", 4, HV_INVALID_ALIGNMENT },
			{ "beyond the address space", beyond, HV_INVALID_ALIGNMENT },
			{ "at the top of 64 bits", ~7ull, HV_INVALID_ALIGNMENT },
			{ "without memory", UNBACKED, HV_INVALID_HYPERCALL_INPUT },
		};

		memset(page, 0, sizeof(page));
		*(u64 *)page = SELF;
		*(u32 *)(page + 8) = blocks[i].vp;
		*(u32 *)(page + 16) = blocks[i].list;
		for (unsigned int j = 0; j < ARRAY_SIZE(bad); j++) {
			u64 offset = bad[j].gpa < PAGE_SIZE ? bad[j].gpa : 0;
			u64 gpa = offset ? (u64)page + offset : bad[j].gpa;

			if (in_size)
				tap_status(code, hv_call(control, gpa, good_out), bad[j].want,
					   "input %s", bad[j].what);
			gpa = offset ? (u64)out + offset : bad[j].gpa;
			if (out_size)
				tap_status(code, hv_call(control, (u64)page, gpa), bad[j].want,
					   "output %s", bad[j].what);
		}
		if (in_size > 8)
			TEST_STATUS(code, hv_call(control, (u64)page + PAGE_SIZE - in_size + 8, good_out),
				    INVALID_ALIGNMENT, "input of %u bytes crosses a page", in_size);
		if (out_size > 8)
			TEST_STATUS(code, hv_call(control, (u64)page, (u64)out + PAGE_SIZE - out_size + 8),
				    INVALID_ALIGNMENT, "output of %u bytes crosses a page", out_size);
	}
}

static void test_address_limits(void)
{
	struct hv_register_header *h = (void *)(page + PAGE_SIZE - 24);
	u32 *names = (u32 *)(h + 1);
	struct hv_value *values;

	/* Blocks may touch the end of their pages. */
	memset(page, 0, sizeof(page));
	*h = (struct hv_register_header){ SELF, VP_SELF, 0, {} };
	names[0] = 0x90003;	/* VpIndex */
	names[1] = 0x90002;	/* GuestOsId */
	values = (void *)(out + PAGE_SIZE - 32);
	TEST_STATUS(0x0050, hv_call(GET_REGISTERS | REP(2), (u64)h, (u64)values), SUCCESS,
		    "blocks that end with their pages");
	TEST(0x0050, values[0].u[0] == 0 && values[1].u[0] == GUEST_OS_ID,
	     "output that ends with its page");
	/* Read-only memory does for input, not for output. */
	TEST_STATUS(0x0050, hv_call(GET_REGISTERS | REP(2), (u64)h, ROM), INVALID_HYPERCALL_INPUT,
		    "output to read-only memory");
	TEST_STATUS(0x0008, hv_call(NOTIFY_SPIN, ROM, 0), SUCCESS, "input from read-only memory");
	/* Addresses of blocks a call does not have are ignored. */
	TEST_STATUS(0x0008, hv_call(NOTIFY_SPIN, (u64)page, 1), SUCCESS, "no output: address ignored");
	TEST_STATUS(0x0046, hv_call(GET_PARTITION_ID, 1, (u64)out), SUCCESS,
		    "no input: address ignored");
	/* linux-clients §3.1: Linux puts the output into the input page. */
	TEST_STATUS(0x0050, hv_call(GET_REGISTERS | REP(1), (u64)h, (u64)page), SUCCESS,
		    "output in the page of the input");
	TEST_EQUAL(0x0050, *(u64 *)page, 0, "value in the page of the input");
}

/* §3.3, §3.4, §3.7: which registers a call changes. */
static void fill(struct hv_regs *r, u64 control)
{
	*r = (struct hv_regs){
		.rax = 0x1111111111111111, .rcx = control, .rdx = (u64)page, .rbx = 0x3333333333333333,
		.rbp = 0x4444444444444444, .rsi = 0x5555555555555555, .rdi = 0x6666666666666666,
		.r8 = (u64)out, .r9 = 9, .r10 = 10, .r11 = 11, .r12 = 12, .r13 = 13, .r14 = 14,
		.r15 = 15, .entry = (u64)hv_page,
	};
	for (unsigned int i = 0; i < ARRAY_SIZE(r->xmm); i++)
		r->xmm[i] = 0x0101010101010101 * i;
}

static bool same_but_rax_rcx(const struct hv_regs *a, const struct hv_regs *b)
{
	return a->rdx == b->rdx && a->rbx == b->rbx && a->rbp == b->rbp && a->rsi == b->rsi &&
	       a->rdi == b->rdi && !memcmp(&a->r8, &b->r8, R_ENTRY - R_R8);
}

static void test_registers(void)
{
	struct hv_regs before, after;

	memset(page, 0, sizeof(page));
	fill(&before, NOTIFY_SPIN);
	after = before;
	hv_call_regs(&after);
	TEST_EQUAL(0x0008, after.rax, HV_SUCCESS, "memory form: all of RAX is the result");
	TEST(0x0008, same_but_rax_rcx(&before, &after) && after.rcx == before.rcx,
	     "memory form: other registers unchanged");

	fill(&before, NOTIFY_SPIN | FAST);
	after = before;
	hv_call_regs(&after);
	TEST_EQUAL(0x0008, after.rax, HV_SUCCESS, "fast form: all of RAX is the result");
	TEST(0x0008, same_but_rax_rcx(&before, &after) && after.rcx == before.rcx,
	     "fast form: other registers unchanged");

	fill(&before, 0x3fff);
	after = before;
	hv_call_regs(&after);
	TEST_EQUAL(NO_CALL, after.rax, HV_INVALID_HYPERCALL_CODE, "refused: all of RAX is the result");
	TEST(NO_CALL, same_but_rax_rcx(&before, &after) && after.rcx == before.rcx,
	     "refused: other registers unchanged");

	/* Rep call: 3 ranges of every address space on VP 0. */
	((u64 *)page)[1] = 2;
	((u64 *)page)[2] = 1;
	fill(&before, FLUSH_LIST | REP(3));
	after = before;
	hv_call_regs(&after);
	TEST_EQUAL(0x0003, after.rax, REP(3), "rep call: status and reps completed");
	TEST_EQUAL(0x0003, after.rcx >> 48 & 0xfff, 3, "rep call: new start index in RCX");
	TEST_EQUAL(0x0003, after.rcx & ~START(0xfff), before.rcx, "rep call: rest of RCX unchanged");
	TEST(0x0003, same_but_rax_rcx(&before, &after), "rep call: other registers unchanged");

	fill(&before, FLUSH_LIST | FAST | REP(3));
	before.rdx = 0;
	before.r8 = 2;
	before.xmm[0] = 1;
	after = before;
	hv_call_regs(&after);
	TEST_EQUAL(0x0003, after.rax, REP(3), "rep call in registers: status and reps completed");
	TEST(0x0003, same_but_rax_rcx(&before, &after), "rep call in registers: input unchanged");
}

/* §3.7: the count is total, elements before the start index included. */
static void test_reps(void)
{
	u64 result;

	memset(page, 0, sizeof(page));
	((u64 *)page)[1] = 2;
	((u64 *)page)[2] = 1;
	result = hv_call(FLUSH_LIST | REP(10) | START(5), (u64)page, 0);
	TEST_EQUAL(0x0003, result, REP(10), "start 5 of 10: ten reps completed");
	result = hv_call(FLUSH_LIST | REP(10) | START(9), (u64)page, 0);
	TEST_EQUAL(0x0003, result, REP(10), "start 9 of 10: ten reps completed");
	result = hv_call(FLUSH_LIST | REP(509), (u64)page, 0);
	TEST_EQUAL(0x0003, result, REP(509), "a page full of reps");
}

/* §3.4: the same call in memory and in registers. */
static void do_fast_output(void *arg)
{
	struct hv_regs *r = arg;

	hv_call_regs(r);
}

static void test_fast_output(void)
{
	struct {
		struct hv_register_header h;
		u32 names[3];
	} in = { { SELF, VP_SELF, 0, {} }, { 0x90003, 0x90002, 0x40002 } };
	struct hv_value values[3];
	struct hv_regs r = { .rcx = GET_PARTITION_ID | FAST, .entry = (u64)hv_page }, before;
	struct fault f = {};
	u64 id = 0;

	if (!hv_may(PRIV_FAST_OUTPUT)) {
		TEST(0x0046, catch(&f, do_fast_output, &r) && f.vector == VEC_UD,
		     "XMM output without the privilege raises #UD");
		TEST_STATUS(0x0008, hv_fast(NOTIFY_SPIN, 0, 0), SUCCESS,
			    "fast input without the XMM output privilege");
		return;
	}
	hv_call(GET_PARTITION_ID, 0, (u64)out);
	id = *(u64 *)out;
	hv_call_regs(&r);
	TEST_EQUAL(0x0046, r.rax, HV_SUCCESS, "output in registers");
	TEST_EQUAL(0x0046, r.rdx, id, "output without input begins at RDX");

	/* 16 + 12 bytes of input: output begins at byte 32, XMM1. */
	memset(values, 0, sizeof(values));
	TEST_EQUAL(0x0050, hv_do(REGISTERS, GET_REGISTERS | REP(3), &in, 28, values, sizeof(values)),
		   REP(3), "list and output in registers");
	TEST_EQUAL(0x0050, values[1].u[0], GUEST_OS_ID, "second value in registers");
	TEST_EQUAL(0x0050, values[2].u[0], read_cr3(), "third value in registers");

	fill(&before, GET_REGISTERS | FAST | REP(1));
	before.rdx = SELF;
	before.r8 = VP_SELF;
	before.xmm[0] = 0xdeadbeef00090002;	/* above the list: ignored, kept */
	r = before;
	hv_call_regs(&r);
	TEST_EQUAL(0x0050, r.rax, REP(1), "unused register bytes are ignored");
	TEST(0x0050, r.xmm[2] == GUEST_OS_ID && r.xmm[3] == 0, "output after the input, rounded up to 16");
	r.xmm[2] = before.xmm[2];
	r.xmm[3] = before.xmm[3];
	TEST(0x0050, same_but_rax_rcx(&before, &r), "registers that carry no output unchanged");
}

/* §3.8: who may call, and how the instruction is recognised. */
static void do_call(void *arg)
{
	hv_call_regs(arg);
}

static void do_user(void *arg)
{
	u64 *a = arg;

	user_enter(a[0], TEST_VA + 2 * PAGE_SIZE, a[1]);
}

static void test_environment(void)
{
	static const u8 vmcall[3] = { 0x0f, 0x01, 0xc1 }, vmmcall[3] = { 0x0f, 0x01, 0xd9 };
	u16 *vector = (u16 *)(LOW_REAL + (real_vector - low_real));
	u8 *insn = (u8 *)LOW_REAL + (real_insn - low_real);
	u8 *user = alloc_page();
	struct fault f = {};

	for (int foreign = 0; foreign < 2; foreign++) {
		bool use_vmmcall = is_amd() ^ foreign;
		struct hv_regs r = { .rcx = GET_PARTITION_ID, .r8 = (u64)out };
		const char *name = use_vmmcall ? "VMMCALL" : "VMCALL";

		r.entry = (u64)(use_vmmcall ? insn_vmmcall : insn_vmcall);
		*(u64 *)out = 0;
		TEST(0x0046, !catch(&f, do_call, &r) && !r.rax && *(u64 *)out, "%s outside the hypercall page",
		     name);
	}
	TEST(NO_CALL, !memcmp(insn_vmcall, vmcall, 3) && !memcmp(insn_vmmcall, vmmcall, 3),
	     "the call instructions were not rewritten");

	memcpy(user, user_vmcall, user_end - user_vmcall);
	map(TEST_VA, (u64)user, PTE_P | PTE_U);
	map(TEST_VA + PAGE_SIZE, (u64)alloc_page(), PTE_P | PTE_W | PTE_U);
	for (int use_vmmcall = 0; use_vmmcall < 2; use_vmmcall++) {
		static const u64 controls[] = { NOTIFY_SPIN | FAST, GET_PARTITION_ID, 0x3fff, BIT(63) };

		for (unsigned int i = 0; i < ARRAY_SIZE(controls); i++) {
			u64 at = TEST_VA + (use_vmmcall ? user_vmmcall - user_vmcall : 0);
			u64 arg[] = { at, controls[i] };
			bool trapped = catch(&f, do_user, arg);

			TEST(0x0008, trapped && f.vector == VEC_UD && f.rip == at,
			     "%s at CPL 3 raises #UD (control 0x%lx, vector %lu)",
			     use_vmmcall ? "VMMCALL" : "VMCALL", controls[i], f.vector);
		}
	}

	for (int use_vmmcall = 0; use_vmmcall < 2; use_vmmcall++) {
		memcpy((void *)LOW_REAL, low_real, low_real_end - low_real);
		memcpy(insn, use_vmmcall ? vmmcall : vmcall, 3);
		hv_call_mode(MODE_REAL);
		TEST_EQUAL(0x0008, *vector, VEC_UD, "%s in real mode raises #UD",
			   use_vmmcall ? "VMMCALL" : "VMCALL");
	}
}

/* §3.3: the 32-bit convention */
static void test_32bit(void)
{
	for (unsigned int mode = MODE_COMPAT; mode <= MODE_PROTECTED; mode++) {
		const char *name = mode == MODE_COMPAT ? "compatibility mode" : "protected mode";
		u64 id;

		hv_call(GET_PARTITION_ID, 0, (u64)out);
		id = *(u64 *)out;
		*(u64 *)out = 0;
		TEST_EQUAL(0x0046, hv_call32(mode, GET_PARTITION_ID, 0, (u64)out), HV_SUCCESS, "%s", name);
		TEST_EQUAL(0x0046, *(u64 *)out, id, "%s: output", name);
		TEST(0x0046, low_regs.rcx == 0 && low_regs.rbx == 0 && low_regs.rsi == (u32)(u64)out &&
		     low_regs.rdi == 0, "%s: other registers unchanged", name);

		memset(page, 0, sizeof(page));
		((u64 *)page)[1] = 2;
		((u64 *)page)[2] = 1;
		TEST_EQUAL(0x0003, hv_call32(mode, FLUSH_LIST | REP(7), (u64)page, 0), REP(7),
			   "%s: rep call, result in EDX:EAX", name);
		TEST_EQUAL(0x0008, hv_call32(mode, NOTIFY_SPIN | FAST, 1, 0), HV_SUCCESS, "%s: fast call", name);
		/* Vector 0x31 in EBX:ECX, VP 40 in EDI:ESI: only the high half has a bit. */
		TEST_EQUAL(0x000b, hv_call32(mode, SEND_IPI | FAST, 0x31, BIT(40)), HV_SUCCESS,
			   "%s: fast call with 64-bit operands", name);
		TEST_EQUAL(0x000b, hv_call32(mode, SEND_IPI | FAST, 0x31 | BIT(40), 1), HV_INVALID_PARAMETER,
			   "%s: upper half of the first operand counts", name);
		low_regs.xmm[0] = 0;	/* no processor */
		TEST_EQUAL(0x0002, hv_call32(mode, FLUSH_SPACE | FAST, 0, 2), HV_INVALID_PARAMETER,
			   "%s: XMM operand says no processor", name);
		low_regs.xmm[0] = 1;
		TEST_EQUAL(0x0002, hv_call32(mode, FLUSH_SPACE | FAST, 0, 2), HV_SUCCESS,
			   "%s: XMM operand says VP 0", name);
		TEST_EQUAL(NO_CALL, hv_call32(mode, NOTIFY_SPIN | BIT(60), 0, 0), HV_INVALID_HYPERCALL_INPUT,
			   "%s: reserved bit in EDX", name);
	}
}

/* §3.9 */
static void test_page(void)
{
	struct hv_regs r = { .rax = 0x1234, .rcx = NOTIFY_SPIN | FAST, .entry = (u64)insn_vmmcall };
	struct fault f = {};
	u64 v;
	bool trapped;

	TEST_EQUAL(NO_CALL, rdmsr(MSR_GUEST_OS_ID), GUEST_OS_ID, "guest OS id reads back");
	TEST_EQUAL(NO_CALL, rdmsr(MSR_HYPERCALL), (u64)hv_page | 1, "hypercall MSR reads back");
	TEST(NO_CALL, hv_page[0] == 0x0f && hv_page[1] == 0x01 && hv_page[2] == (is_amd() ? 0xd9 : 0xc1),
	     "hypercall page holds the call instruction of this processor");
	TEST(NO_CALL, !wrmsr_safe(MSR_HYPERCALL, 1ull << 51 | 1),
	     "hypercall page beyond the address space raises #GP");
	TEST_EQUAL(NO_CALL, rdmsr(MSR_HYPERCALL) & 1, 1, "page still enabled after the refused write");

	/* Without a guest OS id there are no hypercalls: KVM answers -ENOSYS, or #UD. */
	wrmsr(MSR_GUEST_OS_ID, 0);
	TEST_EQUAL(NO_CALL, rdmsr(MSR_HYPERCALL) & 1, 0, "clearing the guest OS id disables the page");
	if (!is_amd())
		r.entry = (u64)insn_vmcall;
	trapped = catch(&f, do_call, &r);
	TEST(0x0008, trapped ? f.vector == VEC_UD : r.rax == (u64)-1000,
	     "no hypercall without a guest OS id (RAX 0x%lx)", r.rax);
	wrmsr_safe(MSR_HYPERCALL, (u64)hv_page | 1);
	TEST_EQUAL(NO_CALL, rdmsr(MSR_HYPERCALL) & 1, 0, "enabling the page without a guest OS id is ignored");
	hv_init();
	TEST_STATUS(0x0008, hv_fast(NOTIFY_SPIN, 0, 0), SUCCESS, "page enabled again");
	TEST(NO_CALL, !rdmsr_safe(0x400000ff + 0x100, &v), "unknown synthetic MSR raises #GP");
}

/* §3.8: privilege before everything else, also before the control word. */
static void test_precedence(void)
{
	if (hv_may(PRIV_CPU_MANAGEMENT)) {
		tap_skip(PARKED_VPS, "ACCESS_DENIED before INVALID_HYPERCALL_INPUT", "privileged");
		return;
	}
	TEST_STATUS(0x0009, hv_call(PARKED_VPS | BIT(63), (u64)page, 0), ACCESS_DENIED,
		    "privilege before reserved bits");
	TEST_STATUS(0x0009, hv_call(PARKED_VPS | REP(3), (u64)page, 0), ACCESS_DENIED,
		    "privilege before shape");
	TEST_STATUS(0x0009, hv_call(PARKED_VPS, 1, 0), ACCESS_DENIED, "privilege before address");
	TEST_STATUS(0x0008, hv_call(NOTIFY_SPIN | REP(1) | BIT(45), 1, 0), INVALID_HYPERCALL_INPUT,
		    "reserved bits before address");
	TEST_STATUS(0x0008, hv_call(NOTIFY_SPIN | REP(1), 1, 0), INVALID_HYPERCALL_INPUT,
		    "shape before address");
}

void test_main(void)
{
	hv_init();
	test_page();
	test_control_words();
	test_unknown_codes();
	test_addresses();
	test_address_limits();
	test_registers();
	test_reps();
	test_fast_output();
	test_environment();
	test_32bit();
	test_precedence();
}
