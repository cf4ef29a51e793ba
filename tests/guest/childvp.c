// SPDX-License-Identifier: GPL-2.0
/*
 * Virtual processors of a child: life, registers before the first run, bulk state and state
 * pages, memory access and translation (sheet §15.6 to §15.8, §7, §11).
 */
/* run: --role root; smp 1 */
/* run: --role root; smp 1; cpu plain */
/* run: --role guest; smp 1 */
#include "parent.h"

/* §7 */
#define REG_EXPLICIT_SUSPEND	0x00000000
#define REG_INTERCEPT_SUSPEND	0x00000001
#define REG_RAX			0x00020000
#define REG_RIP			0x00020010
#define REG_RFLAGS		0x00020011
#define REG_XMM0		0x00030000
#define REG_CR0			0x00040000
#define REG_CR3			0x00040002
#define REG_CR4			0x00040003
#define REG_CS			0x00060001
#define REG_EFER		0x00080001
#define REG_STIMER0_CONFIG	0x000b0000
#define REG_STIMER0_COUNT	0x000b0001
#define REG_SIEFP		0x000a0012
#define REG_SIMP		0x000a0013
#define REG_UNKNOWN		0x000f0000
#define ANY_INTERCEPT		0xffffffff	/* §15.8 */
#define NON_CANONICAL		0x0000900000000000ull
#define APIC_BASE_ENABLED	0xfee00800ull

static u64 id;			/* the child that most tests use; VPs 0 and 1 */

static struct create_vp_in vp_in(u64 partition, u32 vp)
{
	return (struct create_vp_in){ partition, vp, { 1, 2, 3 }, 0, STALE64, 0, 0 };
}

static u64 create(enum hv_form form, const struct create_vp_in *in)
{
	return hv_do(form, CREATE_VP, in, sizeof(*in), NULL, 0);
}

static void test_create(void)
{
	static const u32 beyond[] = { 0x100000, 0x7fffffff, 0xfffffffe, 0xffffffff };
	struct create_vp_in in = vp_in(id, 7);
	u64 result;

	hv_deposit(id, 64);
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		in.vp = 7 + form;
		TEST_EQUAL(0x004e, WITH_MEMORY(id, create(form, &in)), HV_SUCCESS,
			   "stale padding and subnode, index %u (%s)", in.vp, FORM_NAME(form));
	}
	TEST_EQUAL(0x004e, create(MEMORY, &in), HV_INVALID_VP_INDEX, "an index that is taken");
	for (unsigned int i = 0; i < ARRAY_SIZE(beyond); i++) {
		in.vp = beyond[i];
		TEST_EQUAL(0x004e, create(MEMORY, &in), HV_INVALID_VP_INDEX, "index 0x%x", beyond[i]);
	}
	in = vp_in(id, 9);
	in.flags = 1;
	TEST_EQUAL(0x004e, create(MEMORY, &in), HV_INVALID_PARAMETER, "flags of a child's VP");
	in = vp_in(id, 9);
	in.proximity = BIT(63) | 7;
	TEST_EQUAL(0x004e, create(MEMORY, &in), HV_INVALID_PARAMETER, "a node that does not exist");
	in.proximity = BIT(63) | BIT(40);
	TEST_EQUAL(0x004e, create(MEMORY, &in), HV_INVALID_PARAMETER, "reserved proximity flag");
	in.proximity = BIT(63);
	TEST_EQUAL(0x004e, WITH_MEMORY(id, create(MEMORY, &in)), HV_SUCCESS, "node 0");

	TEST_EQUAL(0x004f, hv_delete_vp(id, 9), HV_SUCCESS, "deleted, stale padding");
	TEST_EQUAL(0x004f, hv_delete_vp(id, 9), HV_INVALID_VP_INDEX, "deleted already");
	TEST_EQUAL(0x004f, hv_delete_vp(id, 0xfffffffe), HV_INVALID_VP_INDEX,
		   "the calling VP is none of the child's");
	TEST_EQUAL(0x004e, WITH_MEMORY(id, hv_create_vp(id, 9)), HV_SUCCESS, "the index is free again");
	for (u32 vp = 7; vp < 10; vp++) {
		u64 words[] = { id, vp };

		result = hv_do(MEMORY, DELETE_VP, words, sizeof(words), NULL, 0);
		TEST_EQUAL(0x004f, result, HV_SUCCESS, "VP %u, memory form", vp);
	}
	for (u32 vp = 0; vp < 2; vp++)
		WITH_MEMORY(id, hv_create_vp(id, vp));
}

/* What a VP is before anybody touched it: the state after RESET */
static const struct reset {
	unsigned int code;
	u32 name;
	const char *what;
	u64 low, high;
} resets[] = {
#define RESET(name, what, ...)	{ CASE(0x0050), name, what, __VA_ARGS__ }
	RESET(REG_EXPLICIT_SUSPEND, "explicitly suspended", 1),
	RESET(REG_INTERCEPT_SUSPEND, "not suspended by an intercept", 0),
	RESET(0x00000003, "not suspended from dispatch", 0),
	RESET(0x00010002, "no pending interruption", 0), RESET(0x00010003, "no interrupt shadow", 0),
	RESET(0x00010004, "no pending event 0", 0), RESET(0x00010005, "no pending event 1", 0),
	RESET(REG_RAX, "Rax", 0), RESET(0x20001, "Rcx", 0), RESET(0x20003, "Rbx", 0),
	RESET(0x20004, "Rsp", 0), RESET(0x20008, "R8", 0), RESET(0x2000f, "R15", 0),
	RESET(REG_RIP, "Rip", 0xfff0), RESET(REG_RFLAGS, "Rflags", 2),
	RESET(REG_XMM0, "Xmm0", 0, 0), RESET(0x3000f, "Xmm15", 0, 0), RESET(0x30010, "FpMmx0", 0, 0),
	RESET(REG_CR0, "Cr0", 0x60000010), RESET(0x40001, "Cr2", 0), RESET(REG_CR3, "Cr3", 0),
	RESET(REG_CR4, "Cr4", 0), RESET(0x40004, "Cr8", 0), RESET(0x41000, "IntermediateCr0", 0x60000010),
	RESET(0x50000, "Dr0", 0), RESET(0x50003, "Dr3", 0), RESET(0x50004, "Dr6", 0xffff0ff0),
	RESET(0x50005, "Dr7", 0x400),
	RESET(0x70000, "Idtr", 0xffffull << 48, 0), RESET(0x70001, "Gdtr", 0xffffull << 48, 0),
	RESET(REG_EFER, "Efer", 0), RESET(0x80002, "KernelGsBase", 0),
	RESET(0x80004, "Pat", 0x0007040600070406), RESET(0x80005, "SysenterCs", 0),
	RESET(0x80008, "Star", 0), RESET(0x80009, "Lstar", 0), RESET(0x8000b, "Sfmask", 0),
	RESET(0x8000e, "MsrMtrrDefType", 0), RESET(0x8007b, "TscAux", 0),
	RESET(0x90001, "Hypercall", 0), RESET(0x90002, "GuestOsId", 0), RESET(0x90013, "VpAssistPage", 0),
	RESET(0xa0000, "Sint0 is masked", 0x10000), RESET(0xa000f, "Sint15 is masked", 0x10000),
	RESET(0xa0010, "Scontrol", 0), RESET(REG_STIMER0_CONFIG, "Stimer0Config", 0),
	RESET(REG_STIMER0_COUNT, "Stimer0Count", 0),
};

static void test_reset(void)
{
	struct hv_value v;

	for (unsigned int i = 0; i < ARRAY_SIZE(resets); i++) {
		const struct reset *r = &resets[i];
		u64 result = vp_get(id, 0, r->name, &v);

		if (!tap_result(result == REP(1) && v.u[0] == r->low && v.u[1] == r->high, r->code,
				"after reset: %s", r->what))
			printf("# %s, expected 0x%lx:0x%lx, got 0x%lx:0x%lx\n",
			       hv_status_name(STATUS(result)), r->high, r->low, v.u[1], v.u[0]);
	}
	vp_get(id, 0, REG_CS, &v);
	TEST(0x0050, v.segment.selector == 0xf000 && v.segment.base == 0xffff0000 &&
	     v.segment.limit == 0xffff && (v.segment.attributes & 0x92) == 0x92, "after reset: Cs");
	for (u32 name = 0x60000; name < 0x60006; name++) {
		if (name == REG_CS)
			continue;
		vp_get(id, 0, name, &v);
		TEST(0x0050, !v.segment.selector && !v.segment.base && v.segment.limit == 0xffff &&
		     v.segment.attributes == 0x93, "after reset: segment %u (attributes 0x%x)",
		     name & 7, v.segment.attributes);
	}
	for (u32 vp = 0; vp < 2; vp++) {
		TEST_EQUAL(0x0050, vp_get64(id, vp, 0x90003), vp, "VpIndex of VP %u", vp);
		TEST_EQUAL(0x0050, vp_get64(id, vp, 0x8000c), vp, "InitialApicId of VP %u", vp);
		TEST_EQUAL(0x0050, vp_get64(id, vp, 0x80003), APIC_BASE_ENABLED | (vp ? 0 : BIT(8)),
			   "ApicBase of VP %u", vp);
		TEST_EQUAL(0x0050, vp_get64(id, vp, 4) & 1, vp, "VP %u waits for SIPI: %u", vp, vp);
		TEST_EQUAL(0x0050, vp_get64(id, vp, REG_EXPLICIT_SUSPEND), 1, "VP %u is suspended", vp);
	}
	vp_get(id, 0, 0x30019, &v);
	TEST_EQUAL(0x0050, (u32)v.u[1], 0x1f80, "after reset: MXCSR");
	if (cpuid(1, 0).ecx & BIT(26))
		TEST_EQUAL(0x0050, vp_get64(id, 0, 0x40005), 1, "after reset: Xfem");
}

/* What is written is read again. In an order that is legal at each step */
static const struct written {
	unsigned int code;
	u32 name;
	const char *what;
	u64 low, high;
} writes[] = {
#define WRITE(name, what, ...)	{ CASE(0x0051), name, what, __VA_ARGS__ }
#define GENERAL(i)		WRITE(REG_RAX + (i), "general register", 0x1111111111111111ull * (i) + 7)
	GENERAL(0), GENERAL(1), GENERAL(2), GENERAL(3), GENERAL(4), GENERAL(5), GENERAL(6), GENERAL(7),
	GENERAL(8), GENERAL(9), GENERAL(10), GENERAL(11), GENERAL(12), GENERAL(13), GENERAL(14),
	GENERAL(15),
	WRITE(REG_RIP, "Rip", 0x100000), WRITE(REG_RFLAGS, "Rflags", 0x202),
#define XMM(i)			WRITE(REG_XMM0 + (i), "Xmm", 0xabcd0000 + (i), ~(u64)(i))
	XMM(0), XMM(1), XMM(5), XMM(8), XMM(15),
	WRITE(0x30010, "FpMmx0", 0x8000000000000000, 0x3fff), WRITE(0x30017, "FpMmx7", 0xc000000000000000, 0xbfff),
	WRITE(0x30018, "FpControlStatus", 0x037f, 0), WRITE(0x30018, "FpControlStatus", 0x000000ff0000027f, 0),
	WRITE(REG_EFER, "Efer: SCE, LME, NXE", 0x901), WRITE(REG_CR4, "Cr4: PAE, PGE, OSFXSR", 0x2a0),
	WRITE(REG_CR3, "Cr3", 0x5000), WRITE(REG_CR0, "Cr0: paging on", 0x80050033),
	WRITE(0x41000, "IntermediateCr0", 0x80050031), WRITE(0x41002, "IntermediateCr3", 0x6000),
	WRITE(0x41003, "IntermediateCr4", 0x6a0), WRITE(0x41004, "IntermediateCr8", 3),
	WRITE(0x40001, "Cr2", 0xdeadbeef000), WRITE(0x40004, "Cr8", 15), WRITE(0x40004, "Cr8", 0),
	WRITE(0x50000, "Dr0", 0x123000), WRITE(0x50001, "Dr1", 0x124000), WRITE(0x50002, "Dr2", 0x125000),
	WRITE(0x50003, "Dr3", 0x126000), WRITE(0x50004, "Dr6", 0xffff0ff1), WRITE(0x50005, "Dr7", 0x403),
#define SEGMENT(base, limit, selector, attributes)	\
	base, (limit) | (u64)(selector) << 32 | (u64)(attributes) << 48
	WRITE(REG_CS, "Cs", SEGMENT(0, 0xffffffff, 0x10, 0xa09b)),
	WRITE(0x60000, "Es", SEGMENT(0x1000, 0xfffff, 0x18, 0xc093)),
	WRITE(0x60002, "Ss", SEGMENT(0, 0xffffffff, 0x18, 0xc093)),
	WRITE(0x60003, "Ds", SEGMENT(0, 0xffffffff, 0x18, 0xc093)),
	WRITE(0x60004, "Fs", SEGMENT(0x7f0000001000, 0xffffffff, 0x18, 0xc093)),
	WRITE(0x60005, "Gs", SEGMENT(0xffff888000000000, 0xffffffff, 0x18, 0xc093)),
	WRITE(0x60006, "Ldtr", SEGMENT(0x2000, 0xfff, 0x28, 0x82)),
	WRITE(0x60007, "Tr", SEGMENT(0x3000, 0x67, 0x20, 0x8b)),
	WRITE(0x70000, "Idtr", 0x0fffull << 48, 0xffffffff80001000),
	WRITE(0x70001, "Gdtr", 0x7full << 48, 0x4000),
	WRITE(0x80002, "KernelGsBase", 0xffff888000001000), WRITE(0x80003, "ApicBase", APIC_BASE_ENABLED | BIT(8)),
	WRITE(0x80004, "Pat", 0x0407050600070106), WRITE(0x80005, "SysenterCs", 0x10),
	WRITE(0x80006, "SysenterEip", 0xffffffff81000000), WRITE(0x80007, "SysenterEsp", 0xffffc90000000000),
	WRITE(0x80008, "Star", 0x0023001000000000), WRITE(0x80009, "Lstar", 0xffffffff81800000),
	WRITE(0x8000a, "Cstar", 0xffffffff81900000), WRITE(0x8000b, "Sfmask", 0x47700),
	WRITE(0x8000e, "MsrMtrrDefType", 0xc06), WRITE(0x80010, "MsrMtrrPhysBase0", 0xc0000000),
	WRITE(0x80040, "MsrMtrrPhysMask0", 0xc0000800), WRITE(0x80070, "MsrMtrrFix64k00000", 0x0606060606060606),
	WRITE(0x8007b, "TscAux", 5),
	WRITE(0x90002, "GuestOsId", GUEST_OS_ID), WRITE(0x90013, "VpAssistPage", 0x9001),
	WRITE(0xa0002, "Sint2", 0x400f3), WRITE(0xa0010, "Scontrol", 1), WRITE(REG_SIEFP, "Siefp", 0x7001),
	WRITE(REG_SIMP, "Simp", 0x8001), WRITE(REG_STIMER0_COUNT, "Stimer0Count", 12345),
	WRITE(0x10002, "PendingInterruption: #GP", 1 | 3 << 1 | BIT(4) | 13 << 16 | 0x18ull << 32),
	WRITE(0x10002, "PendingInterruption: vector 0x30", 0x30ull << 16 | 1), WRITE(0x10002, "PendingInterruption: none", 0),
	WRITE(0x10003, "InterruptState: NMI masked", 2), WRITE(0x10003, "InterruptState: none", 0),
	WRITE(0x10004, "PendingEvent0: #PF", 1 | BIT(8) | 14 << 16 | 2ull << 32, 0x7000),
	WRITE(0x10004, "PendingEvent0: none", 0, 0),
	WRITE(0x3, "DispatchSuspend", 1), WRITE(0x3, "DispatchSuspend", 0),
	WRITE(REG_INTERCEPT_SUSPEND, "InterceptSuspend", 1), WRITE(REG_INTERCEPT_SUSPEND, "InterceptSuspend", 0),
};

static void test_writes(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(writes); i++) {
		const struct written *w = &writes[i];
		struct hv_value v = { .u = { w->low, w->high } }, got = {};
		u64 result = vp_set(id, 0, w->name, v);

		vp_get(id, 0, w->name, &got);
		if (!tap_result(result == REP(1) && got.u[0] == w->low && got.u[1] == w->high, w->code,
				"0x%05x %s", w->name, w->what))
			printf("# %s, expected 0x%lx:0x%lx, got 0x%lx:0x%lx\n",
			       hv_status_name(STATUS(result)), w->high, w->low, got.u[1], got.u[0]);
	}
	TEST_EQUAL(0x0050, vp_get64(id, 1, REG_RIP), 0xfff0, "VP 1 is not VP 0");
	vp_set64(id, 0, 0x80000, 1000000);
	TEST(0x0051, vp_get64(id, 0, 0x80000) - 1000000 < BIT(40), "Tsc");
	if (cpuid(1, 0).ecx & BIT(26)) {
		TEST_EQUAL(0x0051, vp_set64(id, 0, 0x40005, 3), REP(1), "Xfem");
		TEST_EQUAL(0x0051, vp_get64(id, 0, 0x40005), 3, "Xfem as set");
	}
}

static const struct {
	unsigned int code;
	u32 name;
	const char *what;
	u64 value;
} illegal[] = {
#define ILLEGAL(name, what, value)	{ CASE(0x0051), name, what, value }
	ILLEGAL(REG_CR0, "Cr0: paging without protection", 0x80000010), ILLEGAL(REG_CR0, "Cr0: bit 40", 0x60000010 | BIT(40)),
	ILLEGAL(REG_CR3, "Cr3: beyond 52 bits", BIT(60)), ILLEGAL(REG_CR4, "Cr4: bit 40", BIT(40)),
	ILLEGAL(0x40004, "Cr8: 16", 16), ILLEGAL(REG_EFER, "Efer: bit 20", BIT(20)),
	ILLEGAL(0x80002, "KernelGsBase: not canonical", NON_CANONICAL),
	ILLEGAL(0x80004, "Pat: type 2", 2), ILLEGAL(0x80009, "Lstar: not canonical", NON_CANONICAL),
	ILLEGAL(0x8000e, "MsrMtrrDefType: type 2", 2), ILLEGAL(0x80003, "ApicBase: beyond 52 bits", BIT(60)),
	ILLEGAL(0x40005, "Xfem: without x87", 2),
};

static void test_illegal(void)
{
	static const u32 constant[] = { 0x90003, 0x8000d, 0x100, 0x84803, 0xa0011 };
	static const u32 unknown[] = { REG_UNKNOWN, 0xffffffff, 0x20012, 0x60008, 0x70002, 0x3001a };
	struct hv_value v;

	for (unsigned int i = 0; i < ARRAY_SIZE(illegal); i++) {
		u64 before = vp_get64(id, 0, illegal[i].name);
		u64 result = vp_set64(id, 0, illegal[i].name, illegal[i].value);

		tap_result((result == HV_INVALID_REGISTER_VALUE || result == HV_INVALID_PARAMETER) &&
			   vp_get64(id, 0, illegal[i].name) == before, illegal[i].code, "%s (%s)",
			   illegal[i].what, hv_status_name(STATUS(result)));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(constant); i++) {
		u64 status = STATUS(vp_set64(id, 0, constant[i], 0));

		TEST(0x0051, status == HV_INVALID_PARAMETER || status == HV_ACCESS_DENIED,
		     "read-only register 0x%x (%s)", constant[i], hv_status_name(status));
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
		TEST_EQUAL(0x0050, vp_get(id, 0, unknown[i], &v), HV_UNKNOWN_REGISTER_NAME,
			   "unknown register 0x%x", unknown[i]);
		TEST_EQUAL(0x0051, vp_set64(id, 0, unknown[i], 0), HV_UNKNOWN_REGISTER_NAME,
			   "unknown register 0x%x", unknown[i]);
	}
}

/* Lists: in order, and exactly as far as they get */
static void test_lists(void)
{
	struct {
		struct hv_register_header h;
		u32 names[256];
	} get = { { id, 0, 0, {} }, {} };
	struct {
		struct hv_register_header h;
		struct hv_assignment a[4];
	} set = { { id, 0, 0, {} }, {} };
	static struct hv_value out[256];

	for (unsigned int i = 0; i < 256; i++)
		get.names[i] = REG_RAX + i % 16;
	for (unsigned int i = 0; i < 16; i++)
		vp_set64(id, 0, REG_RAX + i, 100 + i);
	TEST_EQUAL(0x0050, hv_do(MEMORY, GET_REGISTERS | REP(204), &get, 16 + 4 * 204, out, 16 * 204),
		   REP(204), "204 registers");
	TEST(0x0050, out[0].u[0] == 100 && out[203].u[0] == 100 + 203 % 16 && !out[203].u[1],
	     "all of them in order");
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		get.names[2] = REG_UNKNOWN;
		TEST_EQUAL(0x0050, hv_do(form, GET_REGISTERS | REP(4), &get, 32, out, 64),
			   REP(2) | HV_UNKNOWN_REGISTER_NAME, "third name unknown (%s)", FORM_NAME(form));
		TEST(0x0050, out[0].u[0] == 100 && out[1].u[0] == 101, "the first two are valid (%s)",
		     FORM_NAME(form));
	}
	for (unsigned int i = 0; i < 4; i++)
		set.a[i] = (struct hv_assignment){ i == 2 ? REG_UNKNOWN : REG_RAX + i, { 1, 2, 3 },
						   { .u = { 900 + i } } };
	TEST_EQUAL(0x0051, hv_do(MEMORY, SET_REGISTERS | REP(4), &set, sizeof(set), NULL, 0),
		   REP(2) | HV_UNKNOWN_REGISTER_NAME, "third name unknown");
	TEST(0x0051, vp_get64(id, 0, REG_RAX) == 900 && vp_get64(id, 0, REG_RAX + 1) == 901 &&
	     vp_get64(id, 0, REG_RAX + 3) == 103, "those before it are set, those after it are not");
	TEST_EQUAL(0x0051, hv_do(MEMORY, SET_REGISTERS | REP(4) | START(3), &set, sizeof(set), NULL, 0),
		   REP(4), "the fourth of four");
	TEST(0x0051, vp_get64(id, 0, REG_RAX + 3) == 903, "it is set");
}

static const struct {
	unsigned int code;
	const char *what;
	u32 vp;
	u8 vtl, reserved;
	enum hv_status want, or;
} headers[] = {
#define HEADER(what, ...)	{ CASE(0x0050), what, __VA_ARGS__ }, { CASE(0x0051), what, __VA_ARGS__ }
	HEADER("VTL 0 named", 0, 0x10, 0, HV_SUCCESS, HV_SUCCESS),
	HEADER("VTL 1", 0, 0x11, 0, HV_INVALID_VTL_STATE, HV_ACCESS_DENIED),
	HEADER("reserved VTL bit", 0, 0x20, 0, HV_INVALID_PARAMETER, HV_INVALID_PARAMETER),
	HEADER("reserved byte", 0, 0, 1, HV_INVALID_PARAMETER, HV_INVALID_PARAMETER),
	HEADER("a VP that does not exist", 2, 0, 0, HV_INVALID_VP_INDEX, HV_INVALID_VP_INDEX),
	HEADER("VP ~0", ~0u, 0, 0, HV_INVALID_VP_INDEX, HV_INVALID_VP_INDEX),
	HEADER("the calling VP", VP_SELF, 0, 0, HV_INVALID_VP_INDEX, HV_INVALID_VP_INDEX),
	HEADER("VP 0x80000000", 0x80000000, 0, 0, HV_INVALID_VP_INDEX, HV_INVALID_VP_INDEX),
};

static void test_headers(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(headers); i++) {
		struct {
			struct hv_register_header h;
			struct hv_assignment a;
		} in = { { id, headers[i].vp, headers[i].vtl, { headers[i].reserved } },
			 { REG_RAX, {}, { .u = { 0 } } } };
		bool get = headers[i].code == GET_REGISTERS;
		struct hv_value v;
		u64 status = STATUS(hv_do(MEMORY, headers[i].code | REP(1), &in, get ? 20 : sizeof(in), &v,
					  get ? 16 : 0));

		tap_result(status == headers[i].want || status == headers[i].or, headers[i].code, "%s (%s)",
			   headers[i].what, hv_status_name(status));
	}
}

/* Page tables of the child, built by the parent in the child's memory */
#define SOURCE(n)	(CHILD_PAGES + (n))
#define TABLE(n)	((u64 *)page_address(SOURCE(n)))	/* GPA n pages */
enum { ROW_RW, ROW_RO, ROW_ABSENT, ROW_NX, ROW_HOLE, ROW_READ_ONLY_GPA, ROW_NO_ACCESS, ROW_USER, ROW_FRESH };
#define READ	BIT(0)
#define WRITES	BIT(1)
#define EXECUTE	BIT(2)
#define SET_BITS BIT(4)
#define USER	BIT(7)

static void build_tables(void)
{
	for (unsigned int i = 1; i < 8; i++)
		memset(TABLE(i), 0, PAGE_SIZE);
	TABLE(1)[0] = 0x2000 | PTE_P | PTE_W | PTE_U;
	TABLE(2)[0] = 0x3000 | PTE_P | PTE_W | PTE_U;
	TABLE(3)[0] = 0x4000 | PTE_P | PTE_W | PTE_U;
	TABLE(3)[1] = 0x800000 | PTE_P | PTE_W;			/* a table without memory */
	TABLE(3)[2] = 0x200000 | PTE_P | PTE_W | PTE_PS;	/* 2 MiB */
	TABLE(4)[ROW_RW] = 0x10000 | PTE_P | PTE_W;
	TABLE(4)[ROW_RO] = 0x11000 | PTE_P;
	TABLE(4)[ROW_NX] = 0x12000 | PTE_P | PTE_W | PTE_NX;
	TABLE(4)[ROW_HOLE] = 0x900000 | PTE_P | PTE_W;
	TABLE(4)[ROW_READ_ONLY_GPA] = 0x300000 | PTE_P | PTE_W;
	TABLE(4)[ROW_NO_ACCESS] = 0x301000 | PTE_P | PTE_W;
	TABLE(4)[ROW_USER] = 0x13000 | PTE_P | PTE_W | PTE_U;
	TABLE(4)[ROW_FRESH] = 0x14000 | PTE_P | PTE_W;
	hv_map(id, 0, SOURCE(0), 0x20, MAP_RWX);
	hv_map(id, 0x200, SOURCE(512), 1, MAP_RWX | MAP_LARGE);
	hv_map(id, 0x300, SOURCE(0x20), 1, MAP_R);
	hv_map(id, 0x301, 0, 1, MAP_NO_ACCESS);
}

static const struct walk {
	unsigned int code;
	const char *what;
	u64 page, flags;
	u32 result;
	u64 gpa_page;			/* ~0: not defined */
	u32 vector;			/* of the event of 0x00ac; 0: not compared */
} walks[] = {
#define WALK(...)	{ CASE(0x0052), __VA_ARGS__ }
	WALK("page, all accesses", ROW_RW, READ | WRITES | EXECUTE, 0, 0x10),
	WALK("read-only page, read", ROW_RO, READ, 0, 0x11),
	WALK("read-only page, write", ROW_RO, WRITES, 2, ~0ull, 14),
	WALK("absent page", ROW_ABSENT, READ, 1, ~0ull, 14),
	WALK("no-execute page, fetch", ROW_NX, EXECUTE, 2, ~0ull, 14),
	WALK("user page", ROW_USER, READ | USER, 0, 0x13),
	WALK("supervisor page, user", ROW_RW, READ | USER, 2, ~0ull, 14),
	WALK("large page", 0x400 + 0x55, READ | WRITES, 0, 0x255),
	WALK("page that is not mapped in the child", ROW_HOLE, READ, 4, 0x900),
	WALK("page mapped read-only, read", ROW_READ_ONLY_GPA, READ, 0, 0x300),
	WALK("page mapped read-only, write", ROW_READ_ONLY_GPA, WRITES, 6, 0x300),
	WALK("page mapped NO_ACCESS", ROW_NO_ACCESS, READ, 5, 0x301),
	WALK("table that is not mapped in the child", 0x200, READ, 4, 0x800),
	WALK("absent tables", 0x40000000, READ, 1, ~0ull, 14),
};

static u64 translate(unsigned int code, u32 vp, u64 flags, u64 page, void *out)
{
	u64 in[] = { id, vp, flags, page };

	return hv_do(MEMORY, code, in, sizeof(in), out, code == TRANSLATE ? 16 : 64);
}

static void check_walk(const struct walk *w)
{
	struct {
		u32 result;
		u8 cache, overlay[3];
		u64 gpa_page, event[4];
		u64 ex_page, tail;
	} out = {};
	u64 result = translate(TRANSLATE, 0, w->flags, w->page, &out);
	bool right = !result && out.result == w->result && (w->gpa_page == ~0ull || out.gpa_page == w->gpa_page);

	if (!tap_result(right, w->code, "%s", w->what))
		printf("# %s, result %u page 0x%lx; expected result %u page 0x%lx\n",
		       hv_status_name(STATUS(result)), out.result, out.gpa_page, w->result, w->gpa_page);
	result = translate(TRANSLATE_EX, 0, w->flags, w->page, &out);
	right = !result && out.result == w->result && (w->gpa_page == ~0ull || out.ex_page == w->gpa_page);
	/* The event begins at 16: pending, type 0; vector in bytes 2 and 3; CR2 at 8 */
	if (w->vector)
		right &= (out.event[0] & 0xf) == 1 && (u16)(out.event[0] >> 16) == w->vector &&
			 out.event[1] >> 12 == w->page;
	else if (!w->result)
		right &= !(out.event[0] & 1);
	if (!TEST(0x00ac, right, "%s", w->what))
		printf("# %s, result %u page 0x%lx event 0x%lx 0x%lx\n", hv_status_name(STATUS(result)),
		       out.result, out.ex_page, out.event[0], out.event[1]);
}

static void test_translate(void)
{
	u8 out[64];
	u32 codes[] = { TRANSLATE, TRANSLATE_EX };

	build_tables();
	vp_set64(id, 0, REG_CR0, 0x60000010);
	TEST(0x0052, !translate(TRANSLATE, 0, READ, 0x12345, out) && !*(u32 *)out &&
	     ((u64 *)out)[1] == 0x12345, "paging off: identity");
	vp_set64(id, 0, REG_EFER, 0x901);
	vp_set64(id, 0, REG_CR4, 0x20);
	vp_set64(id, 0, REG_CR3, 0x1000);
	TEST_EQUAL(0x0051, vp_set64(id, 0, REG_CR0, 0x80050033), REP(1), "paging on");
	vp_set64(id, 0, REG_EFER, 0xd01);
	vp_set(id, 0, REG_CS, (struct hv_value){ .u = { SEGMENT(0, 0xffffffff, 0x10, 0xa09b) } });
	vp_set(id, 0, 0x60002, (struct hv_value){ .u = { SEGMENT(0, 0xffffffff, 0x18, 0xc093) } });
	for (unsigned int i = 0; i < ARRAY_SIZE(walks); i++)
		check_walk(&walks[i]);

	TABLE(4)[ROW_FRESH] = 0x14000 | PTE_P | PTE_W;
	translate(TRANSLATE, 0, READ, ROW_FRESH, out);
	TEST_EQUAL(0x0052, TABLE(4)[ROW_FRESH] & (PTE_A | PTE_D), 0, "no bits are set unless asked for");
	translate(TRANSLATE, 0, READ | SET_BITS, ROW_FRESH, out);
	TEST_EQUAL(0x0052, TABLE(4)[ROW_FRESH] & (PTE_A | PTE_D), PTE_A, "accessed, in the child's table");
	translate(TRANSLATE, 0, WRITES | SET_BITS, ROW_FRESH, out);
	TEST_EQUAL(0x0052, TABLE(4)[ROW_FRESH] & (PTE_A | PTE_D), PTE_A | PTE_D, "dirty");

	translate(TRANSLATE, 0, READ | BIT(5), ROW_RW, out);
	TEST_EQUAL(0x0052, vp_get64(id, 0, REG_INTERCEPT_SUSPEND) & 2, 2, "TLB flushes are inhibited");
	vp_set64(id, 0, REG_INTERCEPT_SUSPEND, 0);
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int code = codes[i] == TRANSLATE ? CASE(0x0052) : CASE(0x00ac);

		tap_status(code, translate(codes[i], 0, 0, ROW_RW, out), HV_INVALID_PARAMETER,
			   "no access type");
		tap_status(code, translate(codes[i], 0, READ | BIT(11), ROW_RW, out), HV_INVALID_PARAMETER,
			   "reserved flag");
		tap_status(code, translate(codes[i], 2, READ, ROW_RW, out), HV_INVALID_VP_INDEX,
			   "a VP that does not exist");
		tap_status(code, translate(codes[i], VP_SELF, READ, ROW_RW, out), HV_INVALID_VP_INDEX,
			   "the calling VP is none of the child's");
	}
}

static const struct {
	unsigned int code;
	const char *what;
	u32 vp, bytes;
	u64 gpa, flags;
	enum hv_status want;
} limits[] = {
#define LIMIT(what, vp, bytes, gpa, flags, want)	\
	{ CASE(0x0053), what, vp, bytes, gpa, flags, HV_##want }, \
	{ CASE(0x0054), what, vp, bytes, gpa, flags, HV_##want }
	LIMIT("16 bytes", 0, 16, 0x10000, CACHE_WB, SUCCESS), LIMIT("1 byte", 1, 1, 0x10fff, CACHE_WB, SUCCESS),
	LIMIT("0 bytes", 0, 0, 0x10000, CACHE_WB, INVALID_PARAMETER),
	LIMIT("17 bytes", 0, 17, 0x10000, CACHE_WB, INVALID_PARAMETER),
	LIMIT("~0 bytes", 0, ~0u, 0x10000, CACHE_WB, INVALID_PARAMETER),
	LIMIT("across a page", 0, 2, 0x10fff, CACHE_WB, INVALID_PARAMETER),
	LIMIT("beyond the space", 0, 8, BIT(52), CACHE_WB, INVALID_PARAMETER),
	LIMIT("at the end of 64 bits", 0, 8, ~7ull, CACHE_WB, INVALID_PARAMETER),
	LIMIT("uncached", 0, 8, 0x10000, 0, SUCCESS), LIMIT("cache type 2", 0, 8, 0x10000, 2, INVALID_PARAMETER),
	LIMIT("cache type 7", 0, 8, 0x10000, 7, INVALID_PARAMETER),
	LIMIT("reserved flag 8", 0, 8, 0x10000, CACHE_WB | BIT(8), INVALID_PARAMETER),
	LIMIT("reserved flag 55", 0, 8, 0x10000, CACHE_WB | BIT(55), INVALID_PARAMETER),
	LIMIT("a VP that does not exist", 2, 8, 0x10000, CACHE_WB, INVALID_VP_INDEX),
};

static void test_memory(void)
{
	u8 bytes[16] = {};
	u32 access;

	for (unsigned int i = 0; i < ARRAY_SIZE(limits); i++) {
		bool get = limits[i].code == READ_GPA;
		u64 result = (get ? hv_read_gpa(id, limits[i].vp, limits[i].gpa, limits[i].bytes,
						limits[i].flags, bytes, &access)
				  : hv_write_gpa(id, limits[i].vp, limits[i].gpa, limits[i].bytes,
						 limits[i].flags, bytes, &access));

		tap_status(limits[i].code, result, limits[i].want, "%s", limits[i].what);
	}
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 in[] = { id, 8ull << 32, 0x10100, CACHE_WB, 0x1234567890ull + form, 0 }, out[3] = {};

		TEST(0x0054, !hv_do(form, WRITE_GPA, in, 48, out, 8) && !out[0], "write (%s)", FORM_NAME(form));
		TEST(0x0053, !hv_do(form, READ_GPA, in, 32, out, 24) && !(u32)out[0] && out[1] == in[4],
		     "read (%s)", FORM_NAME(form));
	}
}

static void test_apic_ids(void)
{
	struct {
		u64 partition, vtl;
		u32 ids[4];
	} in = { id, 0, { 1, 0, 77, 0 } };
	u32 out[4] = {};
	u64 mda[] = { id, 1, 0 }, set[4] = {};

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		TEST_EQUAL(0x009a, hv_do(form, VP_FROM_APIC_ID | REP(2), &in, 24, out, 8), REP(2),
			   "two ids (%s)", FORM_NAME(form));
		TEST(0x009a, out[0] == 1 && out[1] == 0, "VPs 1 and 0 (%s)", FORM_NAME(form));
	}
	TEST_EQUAL(0x009a, hv_do(MEMORY, VP_FROM_APIC_ID | REP(4), &in, 32, out, 16),
		   REP(2) | HV_INVALID_PARAMETER, "nobody has the third id");
	in.vtl = 0x11;
	TEST(0x009a, STATUS(hv_do(MEMORY, VP_FROM_APIC_ID | REP(1), &in, 20, out, 4)) != HV_SUCCESS,
	     "VTL 1 named");

	TEST(0x00e5, !hv_do(MEMORY, VP_SET_FROM_MDA, mda, 24, set, 32) && !set[0] && set[1] == 1 &&
	     set[2] == 2, "physical 1");
	mda[1] = 0xff;
	TEST(0x00e5, !hv_do(MEMORY, VP_SET_FROM_MDA, mda, 24, set, 32) && set[1] == 1 && set[2] == 3,
	     "physical broadcast");
	mda[1] = 77;
	TEST_STATUS(0x00e5, hv_do(MEMORY, VP_SET_FROM_MDA, mda, 24, set, 32), INVALID_PARAMETER, "nobody");
}

static void test_cpuid(void)
{
	struct {
		u64 partition;
		u32 vp, flags, reserved, padding;
		struct {
			u32 leaf, subleaf;
			u64 xfem, xss;
		} list[3];
	} in = { id, 1, 0, 0, STALE, { { 0, 0, 1, 0 }, { 1, 0, 1, 0 }, { 0x40000000, 0, 1, 0 } } };
	struct cpuid out[3], own = cpuid(0, 0), hv = cpuid(0x40000000, 0);

	TEST_EQUAL(0x00f4, hv_do(MEMORY, CPUID_VALUES | REP(3), &in, sizeof(in), out, sizeof(out)), REP(3),
		   "three leaves");
	TEST_EQUAL(0x00f4, out[0].ebx, own.ebx, "the vendor is the parent's");
	TEST_EQUAL(0x00f4, out[1].ebx >> 24, 1, "APIC id of VP 1");
	TEST_EQUAL(0x00f4, out[1].ecx >> 31, 1, "a hypervisor is present");
	TEST_EQUAL(0x00f4, out[2].ebx, hv.ebx, "and it is this one");
	in.flags = BIT(2);
	TEST_STATUS(0x00f4, hv_do(MEMORY, CPUID_VALUES | REP(1), &in, 48, out, 16), INVALID_PARAMETER,
		    "reserved flag");
	in.flags = 0;
	in.reserved = 1;
	TEST_STATUS(0x00f4, hv_do(MEMORY, CPUID_VALUES | REP(1), &in, 48, out, 16), INVALID_PARAMETER,
		    "reserved field");
	in.reserved = 0;
	in.vp = 2;
	TEST_STATUS(0x00f4, hv_do(MEMORY, CPUID_VALUES | REP(1), &in, 48, out, 16), INVALID_VP_INDEX,
		    "a VP that does not exist");
}

/* HV_INITIAL_VP_CONTEXT, as words */
struct start_in {
	u64 partition;
	u32 vp;
	u8 vtl, reserved[3];
	u64 rip, rsp, rflags;
	struct hv_value cs, ds, es, fs, gs, ss, tr, ldtr, idtr, gdtr;
	u64 efer, cr0, cr3, cr4, pat;
};

static void test_start(void)
{
	struct hv_value data = { .u = { SEGMENT(0, 0xffffffff, 0x18, 0xc093) } };
	struct start_in in = {
		id, 1, 0, {}, 0x123000, 0x9000, 2, { .u = { SEGMENT(0, 0xffffffff, 0x10, 0xa09b) } },
		data, data, data, data, data, { .u = { SEGMENT(0, 0x67, 0x20, 0x8b) } },
		{ .u = { SEGMENT(0, 0, 0, 0x82) } }, { .u = { 0xfffull << 48, 0x4000 } },
		{ .u = { 0x7full << 48, 0x5000 } }, 0xd00, 0x80050033, 0x1000, 0x20, 0x0007040600070406,
	}, bad = in;

	_Static_assert(sizeof(in) == 240, "0x0099");
	bad.cr0 = 0x80000010;
	TEST_STATUS(0x0099, hv_do(MEMORY, START_VP, &bad, 240, NULL, 0), INVALID_REGISTER_VALUE,
		    "a context that cannot be loaded");
	TEST_EQUAL(0x0050, vp_get64(id, 1, REG_RIP), 0xfff0, "nothing of it was loaded");
	bad = in;
	bad.reserved[0] = 1;
	TEST_STATUS(0x0099, hv_do(MEMORY, START_VP, &bad, 240, NULL, 0), INVALID_PARAMETER, "reserved byte");
	bad = in;
	bad.vp = 2;
	TEST_STATUS(0x0099, hv_do(MEMORY, START_VP, &bad, 240, NULL, 0), INVALID_VP_INDEX,
		    "a VP that does not exist");
	TEST_STATUS(0x0099, hv_do(MEMORY, START_VP, &in, 240, NULL, 0), SUCCESS, "VP 1");
	TEST(0x0099, vp_get64(id, 1, REG_RIP) == 0x123000 && vp_get64(id, 1, 0x20004) == 0x9000 &&
	     vp_get64(id, 1, REG_CR3) == 0x1000 && vp_get64(id, 1, REG_CR0) == 0x80050033,
	     "its context is loaded");
	TEST_EQUAL(0x0099, vp_get64(id, 1, 4) & 1, 0, "it no longer waits for SIPI");
	TEST_STATUS(0x0099, hv_do(MEMORY, START_VP, &in, 240, NULL, 0), INVALID_VP_STATE, "started already");
}

struct complete_in {
	u64 partition;
	u32 vp;
	u8 vtl, reserved[3];
	u32 type, flags;
};

static u64 complete(enum hv_form form, const struct complete_in *in)
{
	return hv_do(form, COMPLETE_INTERCEPT, in, sizeof(*in), NULL, 0);
}

static const struct {
	const char *what;
	struct complete_in in;		/* partition 0 is the child */
	u16 want;
} refused[] = {
	{ "a partition that does not exist", { 0x7777, 0, 0, {}, ANY_INTERCEPT }, HV_INVALID_PARTITION_ID },
	{ "a VP that does not exist", { 0, 2, 0, {}, ANY_INTERCEPT }, HV_INVALID_VP_INDEX },
	{ "reserved byte", { 0, 0, 0, { 0, 1 }, ANY_INTERCEPT }, HV_INVALID_PARAMETER },
	{ "reserved bits of the VTL", { 0, 0, 0x40, {}, ANY_INTERCEPT }, HV_INVALID_PARAMETER },
	{ "unknown flag", { 0, 0, 0, {}, ANY_INTERCEPT, 2 }, HV_INVALID_PARAMETER },
	{ "unknown type", { 0, 0, 0, {}, 0x12 }, HV_INVALID_PARAMETER },
	{ "there is no instruction to skip", { 0, 0, 0, {}, ANY_INTERCEPT, 1 }, HV_INVALID_PARAMETER },
	{ "there is no CPUID intercept", { 0, 0, 0, {}, 2 }, HV_INVALID_VP_STATE },
};

/* No VP has run, so that none has met an intercept; its parent may suspend it all the same */
static void test_complete(void)
{
	const struct complete_in good = { id, 0, 0, {}, ANY_INTERCEPT, 0 };

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		TEST_STATUS(0x00bd, complete(form, &good), INVALID_VP_STATE, "a VP that is not suspended (%s)",
			    FORM_NAME(form));
		vp_set64(id, 0, REG_INTERCEPT_SUSPEND, 1);
		TEST_STATUS(0x00bd, complete(form, &good), SUCCESS, "a VP that is (%s)", FORM_NAME(form));
		TEST_EQUAL(0x00bd, vp_get64(id, 0, REG_INTERCEPT_SUSPEND), 0, "it is no longer (%s)",
			   FORM_NAME(form));
	}
	vp_set64(id, 0, REG_INTERCEPT_SUSPEND, 1);
	for (unsigned int i = 0; i < ARRAY_SIZE(refused); i++) {
		struct complete_in in = refused[i].in;
		u64 status;

		in.partition = in.partition ?: id;
		status = STATUS(complete(MEMORY, &in));
		TEST(0x00bd, status == refused[i].want, "%s (%s)", refused[i].what, hv_status_name(status));
	}
	TEST_EQUAL(0x00bd, vp_get64(id, 0, REG_INTERCEPT_SUSPEND), 1, "nothing of that let it go on");
	vp_set64(id, 0, REG_INTERCEPT_SUSPEND, 0);
}

/* State pages come out of the child's pool and can be read where they are */
static void test_state_pages(void)
{
	u64 page = 0, message = 0, again, other, available, in_use, available2, in_use2;
	unsigned int count;
	bool zero = true;
	u8 *bytes;

	hv_withdraw_all(id, &count);
	TEST_STATUS(0x00e1, hv_map_state_page(id, 0, STATE_PAGE_REGISTERS, &page), INSUFFICIENT_MEMORY,
		    "the pool is empty");
	hv_deposit(id, 4);
	hv_balance(id, 0, &available, &in_use);
	TEST_STATUS(0x00e1, hv_map_state_page(id, 0, STATE_PAGE_REGISTERS, &page), SUCCESS, "register page");
	TEST(0x00e1, page_is_deposited(page), "page 0x%lx was deposited", page);
	hv_balance(id, 0, &available2, &in_use2);
	TEST(0x004a, available2 == available - 1 && in_use2 == in_use + 1, "one page more is in use");
	if (page_is_deposited(page)) {
		bytes = page_address(page);
		TEST_EQUAL(0x00e1, *(u16 *)bytes, 1, "version of the register page");
		TEST_EQUAL(0x00e1, *(u32 *)(bytes + 4), 0, "nothing is dirty");
		if (bytes[2]) {
			TEST_EQUAL(0x00e1, *(u64 *)(bytes + 136), vp_get64(id, 0, REG_RIP), "Rip");
			TEST_EQUAL(0x00e1, *(u64 *)(bytes + 144), vp_get64(id, 0, REG_RFLAGS), "Rflags");
			TEST_EQUAL(0x00e1, *(u64 *)(bytes + 8), vp_get64(id, 0, REG_RAX), "Rax");
			TEST_EQUAL(0x00e1, *(u64 *)(bytes + 352), vp_get64(id, 0, REG_CR0), "Cr0");
		}
		for (unsigned int i = 432; i < PAGE_SIZE; i++)
			zero &= !bytes[i];
		TEST(0x00e1, zero, "reserved parts and the rest of the page are zero");
		bytes[PAGE_SIZE - 1] = 1;
		TEST_EQUAL(0x00e1, bytes[PAGE_SIZE - 1], 1, "the parent may write it");
	}
	TEST_STATUS(0x00e1, hv_map_state_page(id, 0, STATE_PAGE_REGISTERS, &again), OPERATION_DENIED,
		    "mapped already");
	TEST_STATUS(0x00e1, hv_map_state_page(id, 0, STATE_PAGE_MESSAGE, &message), SUCCESS, "message page");
	TEST(0x00e1, page_is_deposited(message) && message != page, "another page, 0x%lx", message);
	if (page_is_deposited(message)) {
		zero = true;
		for (unsigned int i = 0; i < PAGE_SIZE; i++)
			zero &= !page_address(message)[i];
		TEST(0x00e1, zero, "no message yet");
	}
	TEST_STATUS(0x00e1, hv_map_state_page(id, 1, STATE_PAGE_REGISTERS, &other), SUCCESS, "another VP");
	TEST(0x00e1, other != page && other != message, "has a page of its own");
	TEST_STATUS(0x00e1, hv_map_state_page(id, 0, STATE_PAGE_GHCB, &again), INVALID_PARAMETER,
		    "there is no GHCB");
	TEST_STATUS(0x00e1, hv_map_state_page(id, 0, 3, &again), INVALID_PARAMETER, "unknown type");
	TEST_STATUS(0x00e1, hv_map_state_page(id, 2, STATE_PAGE_MESSAGE, &again), INVALID_VP_INDEX,
		    "a VP that does not exist");
	TEST_STATUS(0x0048, hv_deposit_list(SELF, &page, 1), OBJECT_IN_USE, "it has another use");

	TEST_STATUS(0x00e2, hv_unmap_state_page(id, 0, STATE_PAGE_REGISTERS), SUCCESS, "register page");
	TEST_STATUS(0x00e2, hv_unmap_state_page(id, 0, STATE_PAGE_REGISTERS), INVALID_PARAMETER,
		    "unmapped already");
	TEST_STATUS(0x00e2, hv_unmap_state_page(id, 0, 3), INVALID_PARAMETER, "unknown type");
	TEST_STATUS(0x00e2, hv_unmap_state_page(id, 2, STATE_PAGE_MESSAGE), INVALID_VP_INDEX,
		    "a VP that does not exist");
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 in[] = { id, (u64)STATE_PAGE_MESSAGE << 32, 0 };

		TEST_STATUS(0x00e2, hv_do(form, UNMAP_STATE_PAGE, in, 16, NULL, 0), SUCCESS,
			    "message page (%s)", FORM_NAME(form));
		TEST_STATUS(0x00e1, hv_do(form, MAP_STATE_PAGE, in, 24, &again, 8), SUCCESS,
			    "message page (%s)", FORM_NAME(form));
	}
	hv_withdraw_all(id, &count);
	TEST_EQUAL(0x0049, count, available - 2, "pages that are handed out stay");
	hv_unmap_state_page(id, 0, STATE_PAGE_MESSAGE);
	hv_unmap_state_page(id, 1, STATE_PAGE_REGISTERS);
	hv_withdraw_all(id, &count);
	TEST_EQUAL(0x0049, count, 2, "and come back when they are not");
}

static void test_no_message_page(void)
{
	u64 other = child_start(CREATE_LINUX & ~CREATE_MESSAGE_PAGE), page;

	hv_deposit(other, 8);
	WITH_MEMORY(other, hv_create_vp(other, 0));
	TEST_STATUS(0x00e1, hv_map_state_page(other, 0, STATE_PAGE_MESSAGE, &page), INVALID_PARAMETER,
		    "message page without its creation flag");
	TEST_STATUS(0x00e1, hv_map_state_page(other, 0, STATE_PAGE_REGISTERS, &page), SUCCESS,
		    "register page without it");
	child_end(other);
}

/* Bulk state */
#define STATE_LAPIC	0x80000000ull
#define STATE_XSAVE	0x80000001ull
#define STATE_SIM	0x80000002ull
#define STATE_SIEF	0x80000003ull
#define STATE_TIMERS	4ull
#define MAX_STATE_PAGES	4

static u64 get_state(u32 vp, u64 type, u64 xsave, const u64 *pages, unsigned int n, void *out)
{
	u64 in[5 + MAX_STATE_PAGES] = { id, vp, type, 0, xsave };
	static u8 block[200];
	u64 result;

	memcpy(&in[5], pages, n * 8);
	result = hv_do(MEMORY, GET_VP_STATE | VAR(n), in, 40 + n * 8, block, sizeof(block));
	if (out)
		memcpy(out, block, sizeof(block));
	return result;
}

static u64 set_state(u32 vp, u64 type, u64 xsave, const u64 *data, unsigned int n)
{
	u64 in[5 + 32] = { id, vp, type, 0, xsave };

	memcpy(&in[5], data, n * 8);
	return hv_do(MEMORY, SET_VP_STATE | VAR(n), in, 40 + n * 8, NULL, 0);
}

static u64 pages[MAX_STATE_PAGES];

static u32 *lapic_word(unsigned int offset)
{
	return (u32 *)(page_address(pages[0]) + offset);
}

static void test_lapic(void)
{
	u64 mask = 0x10000;

	memset(page_address(pages[0]), 0xa5, PAGE_SIZE);
	TEST_STATUS(0x00e3, get_state(1, STATE_LAPIC, 0, pages, 1, NULL), SUCCESS, "LAPIC");
	TEST(0x00e3, *lapic_word(0) == 1 || *lapic_word(0) == 1 << 24, "APIC id 0x%x", *lapic_word(0));
	TEST(0x00e3, (*lapic_word(4) & 0xff) >= 0x10 && (*lapic_word(4) & 0xff) <= 0x15, "version 0x%x",
	     *lapic_word(4));
	TEST(0x00e3, *lapic_word(128) == mask && *lapic_word(140) == mask && *lapic_word(144) == mask &&
	     *lapic_word(148) == mask, "LVT entries are masked after reset");
	TEST_EQUAL(0x00e3, *lapic_word(12), ~0u, "Dfr after reset");
	TEST_EQUAL(0x00e3, *lapic_word(16), 0xff, "Spurious after reset");

	/* As VMMs do: LINT0 ExtINT, LINT1 NMI */
	*lapic_word(140) = 0x700;
	*lapic_word(144) = 0x400;
	*lapic_word(16) = 0x1ff;
	*lapic_word(8) = 2 << 24;
	TEST_STATUS(0x00e4, set_state(1, STATE_LAPIC, 0, pages, 1), SUCCESS, "LAPIC");
	memset(page_address(pages[0]), 0xa5, PAGE_SIZE);
	get_state(1, STATE_LAPIC, 0, pages, 1, NULL);
	TEST(0x00e4, *lapic_word(140) == 0x700 && *lapic_word(144) == 0x400, "LINT0 and LINT1 as set");
	TEST_EQUAL(0x00e4, *lapic_word(16), 0x1ff, "Spurious as set");
	TEST_EQUAL(0x00e4, *lapic_word(8), 2 << 24, "Ldr as set");
	TEST_EQUAL(0x0050, vp_get64(id, 1, 0x84835), 0x700, "register ApicLvtLint0 is the same");
	TEST_EQUAL(0x0051, vp_set64(id, 1, 0x84836, mask), REP(1), "register ApicLvtLint1");
	get_state(1, STATE_LAPIC, 0, pages, 1, NULL);
	TEST_EQUAL(0x0051, *lapic_word(144), mask, "LINT1 is the same");
}

static void test_xsave(void)
{
	u64 states = 0, size = 0, *area = (u64 *)page_address(pages[0]);
	struct hv_value v = { .u = { 0x1122334455667788, 0x99aabbccddeeff00 } };
	unsigned int n;

	hv_get_property(id, 0x60007, &states);
	hv_get_property(id, 0x60008, &size);
	n = (size + PAGE_SIZE - 1) / PAGE_SIZE;
	TEST(0x0044, (states & 3) == 3 && size >= 576 && n <= MAX_STATE_PAGES, "XSAVE states 0x%lx, %lu bytes",
	     states, size);
	if (!n || n > MAX_STATE_PAGES)
		return;
	vp_set(id, 0, REG_XMM0, v);
	TEST_STATUS(0x00e3, get_state(0, STATE_XSAVE, states, pages, n, NULL), SUCCESS, "XSAVE area");
	TEST(0x00e3, area[20] == v.u[0] && area[21] == v.u[1], "Xmm0 is in it");
	TEST_EQUAL(0x00e3, area[64] & ~states, 0, "XSTATE_BV 0x%lx", area[64]);
	area[20] = 0x5555;
	area[21] = 0x6666;
	area[64] |= 3;
	TEST_STATUS(0x00e4, set_state(0, STATE_XSAVE, states, pages, n), SUCCESS, "XSAVE area");
	vp_get(id, 0, REG_XMM0, &v);
	TEST(0x00e4, v.u[0] == 0x5555 && v.u[1] == 0x6666, "Xmm0 as set");
	area[64] = BIT(62);
	TEST_STATUS(0x00e4, set_state(0, STATE_XSAVE, states, pages, n), INVALID_PARAMETER,
		    "a component that does not exist");
	area[64] = 3;
	*(u32 *)((u8 *)area + 24) = 0x80000000;
	TEST_STATUS(0x00e4, set_state(0, STATE_XSAVE, states, pages, n), INVALID_PARAMETER,
		    "reserved bits of MXCSR");
	TEST_STATUS(0x00e3, get_state(0, STATE_XSAVE, states, pages, 0, NULL), INVALID_PARAMETER, "no page");
}

static void test_synic_pages(void)
{
	static const struct {
		u64 type;
		u32 name;
		const char *what;
	} types[] = { { STATE_SIM, REG_SIMP, "SIM page" }, { STATE_SIEF, REG_SIEFP, "SIEF page" } };
	u8 *page = page_address(pages[0]);

	for (unsigned int i = 0; i < ARRAY_SIZE(types); i++) {
		bool same = true;

		vp_set64(id, 0, types[i].name, (0x18 + i) << 12 | 1);
		for (unsigned int j = 0; j < PAGE_SIZE; j++)
			page[j] = j * 3 + i;
		TEST_STATUS(0x00e4, set_state(0, types[i].type, 0, pages, 1), SUCCESS, "%s", types[i].what);
		memset(page, 0, PAGE_SIZE);
		TEST_STATUS(0x00e3, get_state(0, types[i].type, 0, pages, 1, NULL), SUCCESS, "%s",
			    types[i].what);
		for (unsigned int j = 0; j < PAGE_SIZE; j++)
			same &= page[j] == (u8)(j * 3 + i);
		TEST(0x00e3, same, "%s as set", types[i].what);
		TEST_STATUS(0x00e3, get_state(0, types[i].type, 0, pages, 0, NULL), INVALID_PARAMETER,
			    "%s: no page", types[i].what);
	}
}

static void test_timers(void)
{
	u64 timers[25] = {};

	vp_set64(id, 0, REG_STIMER0_COUNT, 1000);
	vp_set64(id, 0, 0xb0002, 0x20000);	/* timer 1, SINT 2, not enabled */
	TEST_STATUS(0x00e3, get_state(0, STATE_TIMERS, 0, NULL, 0, timers), SUCCESS, "timers");
	TEST_EQUAL(0x00e3, timers[2], 1000, "count of timer 0");
	TEST_EQUAL(0x00e3, timers[5 + 1], 0x20000, "config of timer 1");
	timers[2] = 7777;
	timers[15 + 1] = 0x30000;
	TEST_STATUS(0x00e4, set_state(0, STATE_TIMERS, 0, timers, 25), SUCCESS, "timers");
	TEST_EQUAL(0x00e4, vp_get64(id, 0, REG_STIMER0_COUNT), 7777, "count of timer 0 as set");
	TEST_EQUAL(0x00e4, vp_get64(id, 0, 0xb0006), 0x30000, "config of timer 3 as set");
	TEST_STATUS(0x00e4, set_state(0, STATE_TIMERS, 0, timers, 5), INVALID_PARAMETER, "too short");
}

static void test_state(void)
{
	static const u64 unknown[] = { 0, 1, 5, 0x80000004, 0xffffffff };
	u64 hole = HOLE_PAGE;

	for (unsigned int i = 0; i < MAX_STATE_PAGES; i++)
		pages[i] = i ? pages[i - 1] + 1 : SOURCE(0x100);
	hv_deposit(id, 16);
	test_lapic();
	test_xsave();
	test_synic_pages();
	test_timers();
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
		TEST_STATUS(0x00e3, get_state(0, unknown[i], 0, pages, 1, NULL), INVALID_PARAMETER,
			    "unknown type 0x%lx", unknown[i]);
		TEST_STATUS(0x00e4, set_state(0, unknown[i], 0, pages, 1), INVALID_PARAMETER,
			    "unknown type 0x%lx", unknown[i]);
	}
	TEST_STATUS(0x00e3, get_state(2, STATE_LAPIC, 0, pages, 1, NULL), INVALID_VP_INDEX,
		    "a VP that does not exist");
	TEST_STATUS(0x00e4, set_state(2, STATE_LAPIC, 0, pages, 1), INVALID_VP_INDEX,
		    "a VP that does not exist");
	TEST_STATUS(0x00e3, get_state(0, STATE_LAPIC, 0, pages, 0, NULL), INVALID_PARAMETER, "no page");
	TEST_STATUS(0x00e4, set_state(0, STATE_LAPIC, 0, pages, 0), INVALID_PARAMETER, "no page");
	TEST(0x00e3, STATUS(get_state(0, STATE_LAPIC, 0, &hole, 1, NULL)), "a page without memory");
	TEST(0x00e4, STATUS(set_state(0, STATE_LAPIC, 0, &hole, 1)), "a page without memory");
}

/* The caller's own halt: until the next interrupt */
static void test_halt(void)
{
	u32 before;

	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		u64 in[] = { 0 };

		apic[APIC_TDCR] = 0xb;
		apic[APIC_LVT_TIMER] = 0x61;
		before = irq_count[0][0x61];
		apic[APIC_TMICT] = 20000000;
		TEST_STATUS(0x00de, hv_do(form, REQUEST_HALT, in, 8, NULL, 0), SUCCESS, "halted (%s)",
			    FORM_NAME(form));
		TEST_EQUAL(0x00de, irq_count[0][0x61] - before, 1, "until the timer's interrupt (%s)",
			   FORM_NAME(form));
		apic[APIC_LVT_TIMER] = 0x10000;
	}
	TEST_STATUS(0x00de, hv_fast(REQUEST_HALT, 1, 0), INVALID_PARAMETER, "flags are not zero");
}

void test_main(void)
{
	unsigned int count;

	hv_init();
	if (!hv_may(PRIV_CREATE_PARTITIONS)) {
		TEST_STATUS(0x00de, hv_fast(REQUEST_HALT, 0, 0), ACCESS_DENIED, "a guest is no root");
		TEST_STATUS(0x004e, hv_create_vp(SELF, 1), ACCESS_DENIED, "a guest creates no VP");
		TEST_STATUS(0x004f, hv_delete_vp(SELF, 0), ACCESS_DENIED, "a guest deletes no VP");
		return;
	}
	id = child_start(CREATE_LINUX);
	test_create();
	test_reset();
	test_writes();
	test_illegal();
	test_lists();
	test_headers();
	hv_delete_vp(id, 0);
	WITH_MEMORY(id, hv_create_vp(id, 0));
	TEST_EQUAL(0x004e, vp_get64(id, 0, REG_RIP), 0xfff0, "a VP that was made again is new");
	test_apic_ids();
	test_cpuid();
	test_translate();
	test_memory();
	test_start();
	test_complete();
	test_state_pages();
	test_no_message_page();
	test_state();
	TEST_STATUS(0x0043, child_end(id), SUCCESS, "the child ends");
	test_halt();
	hv_withdraw_all(SELF, &count);
	TEST_EQUAL(0x0049, wrong_pages, 0, "no page was withdrawn that was not deposited");
}
