// SPDX-License-Identifier: GPL-2.0
/*
 * Intercept messages, byte by byte. Offsets and values are those of the sheet: "SynIC pages and
 * messages" for the message's own header, 10.2 for the header of the payload, 10.3 for payloads,
 * copied by hand; each payload begins at byte 16 of the message. What a case does not list has
 * to be zero.
 */
#include <linux/string.h>

#include "../hvpersona/hv_abi/registers.h"
#include "../hvpersona/intercept.h"
#include "fed_child.h"

#define VP	3

/* Registers of the VP: no two alike, and no byte of them zero */
#define GPR(i)		(0x5050505050505000ULL + 0x11 + (i))
#define SEGMENT(i)	(0x6161616161616100ULL + 0x11 + (i)), (0x00a1007171717100ULL + 0x11 + (i))
#define XMM(i)		(0x8181818181818100ULL + 0x11 + (i)), (0x9191919191919100ULL + 0x11 + (i))
#define THE_RIP		0xffff8181a1a1b1b1ULL
#define THE_RFLAGS	0x246ULL
#define THE_CR8		0xb

/* The 16 bytes of an instruction, and where they are expected */
#define CODE		{ 0xf3, 0x6c, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, \
			  0x18, 0x19, 0x1a, 0x1b, 0x1c, 0x1d, 0x1e, 0x1f }
#define CODE_QWORD0	0x1716151413126cf3ULL
#define CODE_QWORD1	0x1f1e1d1c1b1a1918ULL

/* Their order in the names of registers */
enum { N_RAX, N_RCX, N_RDX, N_RBX, N_RSP, N_RBP, N_RSI, N_RDI, N_R8 };
enum { N_ES, N_CS, N_SS, N_DS };

struct field {
	u16 offset;	/* in the payload */
	u8 size;
	u64 value;
};

struct message_case {
	const char *name;
	struct hvp_exit exit;
	u32 type;
	u8 size;
	bool no_header;
	struct field fields[26];
};

#define QWORDS(offset, first, second)	{ offset, 8, first }, { (offset) + 8, 8, second }
#define PAIR(offset, pair)		QWORDS(offset, pair)

static const struct message_case cases[] = {
	{
		.name = "unmapped GPA, written",	/* 80 bytes */
		.exit = {
			.kind = HVP_EXIT_UNMAPPED_GPA, .access = 1, .length = 3, .byte_count = 16,
			.bytes = CODE, .gva_valid = true, .gva = 0xffffc90001234567,
			.gpa = 0xfed40008, .cache_type = 6,
		},
		.type = 0x80000000, .size = 80,
		.fields = {
			{ 40, 4, 6 },		/* CacheType: WB */
			{ 44, 1, 16 },		/* InstructionByteCount */
			{ 45, 1, 3 },		/* GVA valid, translation valid */
			{ 46, 1, THE_CR8 },	/* TprPriority */
			{ 48, 8, 0xffffc90001234567 },
			{ 56, 8, 0xfed40008 },
			QWORDS(64, CODE_QWORD0, CODE_QWORD1),
		},
	}, {
		.name = "GPA, executed, of a page table",
		.exit = {
			.kind = HVP_EXIT_GPA, .access = 2, .byte_count = 2, .bytes = CODE,
			.gva = 0x1234, .gpa = 0x123456000, .cache_type = 0,
		},
		.type = 0x80000001, .size = 80,
		.fields = {
			{ 44, 1, 2 }, { 46, 1, THE_CR8 }, { 56, 8, 0x123456000 },
			{ 64, 2, 0x6cf3 },
		},
	}, {
		.name = "port, OUT",	/* 128 bytes */
		.exit = {
			.kind = HVP_EXIT_IO, .access = 1, .length = 1, .port = 0x3f8, .size = 1,
			.byte_count = 2, .bytes = CODE,
		},
		.type = 0x80010000, .size = 128,
		.fields = {
			{ 40, 2, 0x3f8 }, { 42, 1, 1 }, { 48, 8, GPR(N_RAX) },
		},
	}, {
		.name = "port, REP INS",
		.exit = {
			.kind = HVP_EXIT_IO, .access = 0, .length = 2, .port = 0x1f0, .size = 4,
			.string = true, .rep = true, .byte_count = 16, .bytes = CODE,
		},
		.type = 0x80010000, .size = 128,
		.fields = {
			{ 40, 2, 0x1f0 },
			{ 42, 1, 0x1c },	/* size 4, string 3, REP 4 */
			{ 43, 1, 16 },
			{ 48, 8, GPR(N_RAX) },
			QWORDS(56, CODE_QWORD0, CODE_QWORD1),
			PAIR(72, SEGMENT(N_DS)), PAIR(88, SEGMENT(N_ES)),
			{ 104, 8, GPR(N_RCX) }, { 112, 8, GPR(N_RSI) }, { 120, 8, GPR(N_RDI) },
		},
	}, {
		.name = "WRMSR",	/* 64 bytes */
		.exit = { .kind = HVP_EXIT_MSR, .access = 1, .length = 2, .msr = 0xc0011020 },
		.type = 0x80010001, .size = 64,
		.fields = {
			{ 40, 4, 0xc0011020 }, { 48, 8, GPR(N_RDX) }, { 56, 8, GPR(N_RAX) },
		},
	}, {
		.name = "CPUID",	/* 104 bytes */
		.exit = {
			.kind = HVP_EXIT_CPUID, .access = 2, .length = 2,
			.cpuid = { 0xa1a2a3a4, 0xb1b2b3b4, 0xc1c2c3c4, 0xd1d2d3d4 },
		},
		.type = 0x80010002, .size = 104,
		.fields = {
			{ 40, 8, GPR(N_RAX) }, { 48, 8, GPR(N_RCX) }, { 56, 8, GPR(N_RDX) },
			{ 64, 8, GPR(N_RBX) },
			{ 72, 8, 0xa1a2a3a4 }, { 80, 8, 0xc1c2c3c4 }, { 88, 8, 0xd1d2d3d4 },
			{ 96, 8, 0xb1b2b3b4 },
		},
	}, {
		.name = "page fault",	/* 240 bytes */
		.exit = {
			.kind = HVP_EXIT_EXCEPTION, .access = 2, .vector = 14,
			.has_error_code = true, .error_code = 0x13, .parameter = 0x7fff12345678,
			.byte_count = 8, .bytes = CODE,
		},
		.type = 0x80010003, .size = 240,
		.fields = {
			{ 40, 2, 14 }, { 42, 1, 1 }, { 43, 1, 8 }, { 44, 4, 0x13 },
			{ 48, 8, 0x7fff12345678 },	/* CR2 */
			{ 64, 8, CODE_QWORD0 },
			PAIR(80, SEGMENT(N_DS)), PAIR(96, SEGMENT(N_SS)),
			{ 112, 8, GPR(0) }, { 120, 8, GPR(1) }, { 128, 8, GPR(2) },
			{ 136, 8, GPR(3) }, { 144, 8, GPR(4) }, { 152, 8, GPR(5) },
			{ 160, 8, GPR(6) }, { 168, 8, GPR(7) }, { 176, 8, GPR(8) },
			{ 184, 8, GPR(9) }, { 192, 8, GPR(10) }, { 200, 8, GPR(11) },
			{ 208, 8, GPR(12) }, { 216, 8, GPR(13) },
			{ 224, 8, GPR(14) }, { 232, 8, GPR(15) },
		},
	}, {
		.name = "halt",	/* 40 bytes */
		.exit = { .kind = HVP_EXIT_HALT, .length = 1 },
		.type = 0x80010007, .size = 40,
	}, {
		.name = "triple fault",
		.exit = { .kind = HVP_EXIT_TRIPLE_FAULT },
		.type = 0x80000021, .size = 40,
	}, {
		.name = "hypercall",	/* 208 bytes */
		.exit = { .kind = HVP_EXIT_HYPERCALL, .access = 2, .length = 3 },
		.type = 0x80000050, .size = 208,
		.fields = {
			{ 40, 8, GPR(N_RAX) }, { 48, 8, GPR(N_RBX) }, { 56, 8, GPR(N_RCX) },
			{ 64, 8, GPR(N_RDX) }, { 72, 8, GPR(N_R8) }, { 80, 8, GPR(N_RSI) },
			{ 88, 8, GPR(N_RDI) },
			PAIR(96, XMM(0)), PAIR(112, XMM(1)), PAIR(128, XMM(2)),
			PAIR(144, XMM(3)), PAIR(160, XMM(4)), PAIR(176, XMM(5)),
		},
	}, {
		.name = "NMI deliverable",	/* 48 bytes */
		.exit = { .kind = HVP_EXIT_DELIVERABLE, .feature = 2 },
		.type = 0x80010008, .size = 48,
		.fields = { { 40, 4, 2 } },
	}, {
		.name = "SINTs deliverable",	/* 48 bytes */
		.exit = { .kind = HVP_EXIT_SINT_DELIVERABLE, .feature = 0x8004 },
		.type = 0x80000062, .size = 48,
		.fields = { { 40, 2, 0x8004 } },
	}, {
		.name = "SIPI",	/* 48 bytes */
		.exit = { .kind = HVP_EXIT_SIPI, .access = 1, .target_vp = 7, .vector = 0x9a },
		.type = 0x80010009, .size = 48,
		.fields = { { 40, 4, 7 }, { 44, 4, 0x9a } },
	}, {
		.name = "APIC EOI",	/* 8 bytes, no header */
		.exit = { .kind = HVP_EXIT_APIC_EOI, .vector = 0x31, .length = 3, .access = 1 },
		.type = 0x80010004, .size = 8, .no_header = true,
		.fields = { { 0, 4, VP }, { 4, 4, 0x31 } },
	}, {
		.name = "invalid register value",
		.exit = { .kind = HVP_EXIT_INVALID_REGISTER },
		.type = 0x80000020, .size = 8, .no_header = true,
		.fields = { { 0, 4, VP } },
	}, {
		.name = "unsupported feature",	/* 16 bytes */
		.exit = {
			.kind = HVP_EXIT_UNSUPPORTED, .feature = 2,
			.parameter = 0x1122334455667788,
		},
		.type = 0x80000022, .size = 16, .no_header = true,
		.fields = { { 0, 4, VP }, { 4, 4, 2 }, { 8, 8, 0x1122334455667788 } },
	},
};

struct fixture {
	struct fed_child child;
	struct hvp_vp *vp;
	struct hvp_hv_message message;
};

static void place_pair(struct hvp_vp *vp, u32 name, u64 low, u64 high)
{
	u64 *at = hvp_file_place(vp, name);

	at[0] = low;
	at[1] = high;
}

/* Past all checks, as a processor leaves registers behind */
static void fill_registers(struct hvp_vp *vp)
{
	u32 i;

	for (i = 0; i < 16; i++)
		*hvp_file_place(vp, HV_REG_RAX + i) = GPR(i);
	for (i = 0; i < 6; i++) {
		place_pair(vp, HV_REG_ES + i, SEGMENT(i));
		place_pair(vp, HV_REG_XMM0 + i, XMM(i));
	}
	*hvp_file_place(vp, HV_REG_RIP) = THE_RIP;
	*hvp_file_place(vp, HV_REG_RFLAGS) = THE_RFLAGS;
	*hvp_file_place(vp, HV_REG_APIC_TPR) = THE_CR8 << 4 | 5;
	*hvp_file_place(vp, HV_REG_CR0) = 0x80050033;	/* PG, AM, WP, NE, ET, MP, PE */
	*hvp_file_place(vp, HV_REG_EFER) = 0xd01;	/* NXE, LMA, LME, SCE */
}

static int init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);
	struct fake_vm *vm;

	KUNIT_ASSERT_NOT_NULL(test, f);
	vm = fake_vm_create(test, HVPERSONA_ROLE_ROOT, HV_PRIVILEGES_DEFINED, FAKE_VPS);
	fed_child_create(vm, &f->child, 0);
	test->priv = f;
	fed_child_lock(&f->child, NULL);
	KUNIT_EXPECT_EQ(test, (u32)hvp_child_vp_create(f->child.pt, VP), 0U);
	f->vp = hvp_vp_find(f->child.pt, VP);
	fed_child_unlock(&f->child);
	KUNIT_ASSERT_NOT_NULL(test, f->vp);
	fill_registers(f->vp);
	return 0;
}

static void end(struct kunit *test)
{
	struct fixture *f = test->priv;

	test->priv = f ? f->child.vm : NULL;
	fake_exit(test);
}

static void compose(struct fixture *f, const struct hvp_exit *exit)
{
	memset(&f->message, FAKE_POISON, sizeof(f->message));
	fed_child_lock(&f->child, NULL);
	hvp_intercept_message(f->vp, exit, &f->message);
	fed_child_unlock(&f->child);
}

/* A field of the payload */
static u64 payload(const struct fixture *f, u32 offset, u32 size)
{
	u64 value = 0;

	memcpy(&value, (const u8 *)&f->message + 16 + offset, size);
	return value;
}

static void expect(u8 *message, u32 offset, u32 size, u64 value)
{
	memcpy(message + offset, &value, size);
}

static void expect_header(u8 *message, const struct hvp_exit *exit)
{
	const u64 cs[] = { SEGMENT(N_CS) };

	expect(message, 16, 4, VP);
	expect(message, 20, 1, exit->length | THE_CR8 << 4);
	expect(message, 21, 1, exit->access);
	expect(message, 22, 2, 0x1d);	/* CPL 1, CR0.PE 2, CR0.AM 3, EFER.LMA 4 */
	expect(message, 24, 8, cs[0]);
	expect(message, 32, 8, cs[1]);
	expect(message, 40, 8, THE_RIP);
	expect(message, 48, 8, THE_RFLAGS);
}

static void expect_message(u8 *message, const struct fixture *f, const struct message_case *c)
{
	u32 i;

	memset(message, 0, 256);
	expect(message, 0, 4, c->type);
	expect(message, 4, 1, c->size);
	expect(message, 8, 8, f->child.id);	/* sender */
	if (!c->no_header)
		expect_header(message, &c->exit);
	for (i = 0; i < ARRAY_SIZE(c->fields) && c->fields[i].size; i++)
		expect(message, 16 + c->fields[i].offset, c->fields[i].size, c->fields[i].value);
}

static void every_message_is_laid_out_as_specified(struct kunit *test)
{
	struct fixture *f = test->priv;
	u8 expected[256];
	u32 i, at;

	KUNIT_ASSERT_EQ(test, sizeof(f->message), sizeof(expected));
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		compose(f, &cases[i].exit);
		expect_message(expected, f, &cases[i]);
		for (at = 0; at < sizeof(expected); at++)
			KUNIT_EXPECT_EQ_MSG(test, ((u8 *)&f->message)[at], expected[at],
					    "%s: byte %u", cases[i].name, at);
	}
}

/* A trap differs from an exception in its type alone */
static void exception_trap_has_its_own_type(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct hvp_exit exit = { .kind = HVP_EXIT_EXCEPTION, .vector = 3, .software = true };
	struct hvp_hv_message first;

	compose(f, &exit);
	KUNIT_EXPECT_EQ(test, payload(f, 42, 1), 2ULL);		/* software exception */
	first = f->message;
	exit.kind = HVP_EXIT_EXCEPTION_TRAP;
	compose(f, &exit);
	KUNIT_EXPECT_EQ(test, f->message.type, 0x80010012U);
	first.type = 0x80010012;
	KUNIT_EXPECT_MEMEQ(test, &f->message, &first, sizeof(first));
}

static void no_error_code_is_zero(struct kunit *test)
{
	struct fixture *f = test->priv;

	compose(f, &(struct hvp_exit) { .kind = HVP_EXIT_EXCEPTION, .error_code = 0x1234 });
	KUNIT_EXPECT_EQ(test, payload(f, 42, 1), 0ULL);
	KUNIT_EXPECT_EQ(test, payload(f, 44, 4), 0ULL);
}

/* Each bit of the execution state, the sheet's section 10.2 */
static const struct {
	const char *name;
	u32 reg;
	u64 value;
	u16 state;
} states[] = {
	{ "real mode has CPL 0", HV_REG_CR0, 0x10, 0x0010 },
	{ "virtual-8086 mode has CPL 3", HV_REG_RFLAGS, 0x20202, 0x001f },
	{ "no alignment checks", HV_REG_CR0, 0x11, 0x0015 },
	{ "no long mode", HV_REG_EFER, 0, 0x000d },
	{ "breakpoint 0, local", HV_REG_DR7, 0x401, 0x003d },
	{ "breakpoint 3, global", HV_REG_DR7, 0x480, 0x003d },
	{ "an interruption is pending", HV_REG_PENDING_INTERRUPTION, 0x300001, 0x005d },
	{ "interrupt shadow", HV_REG_INTERRUPT_STATE, 1, 0x101d },
	{ "NMI masked is no shadow", HV_REG_INTERRUPT_STATE, 2, 0x001d },
};

static void execution_state_follows_registers(struct kunit *test)
{
	struct fixture *f = test->priv;
	u64 *at, before;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(states); i++) {
		at = hvp_file_place(f->vp, states[i].reg);
		before = *at;
		*at = states[i].value;
		compose(f, &(struct hvp_exit) { .kind = HVP_EXIT_HALT });
		KUNIT_EXPECT_EQ_MSG(test, payload(f, 6, 2), (u64)states[i].state, "%s",
				    states[i].name);
		*at = before;
	}
	f->vp->vtl = 2;
	compose(f, &(struct hvp_exit) { .kind = HVP_EXIT_HALT });
	KUNIT_EXPECT_EQ(test, payload(f, 6, 2), 0x11dULL);	/* VTL in 10:7 */
	f->vp->vtl = 0;
}

/* TLFS 2.0, 16.3 and 16.5.4: an access that delivered an interruption has no instruction */
static void pending_interruption_hides_the_instruction(struct kunit *test)
{
	static const struct hvp_exit exits[] = {
		{ .kind = HVP_EXIT_GPA, .byte_count = 4, .bytes = CODE },
		{ .kind = HVP_EXIT_EXCEPTION, .byte_count = 4, .bytes = CODE },
	};
	static const u32 counts[] = { 44, 43 };
	struct fixture *f = test->priv;
	u32 i;

	*hvp_file_place(f->vp, HV_REG_PENDING_INTERRUPTION) = 0x300001;
	for (i = 0; i < ARRAY_SIZE(exits); i++) {
		compose(f, &exits[i]);
		KUNIT_EXPECT_EQ(test, payload(f, counts[i], 1), 0ULL);
		KUNIT_EXPECT_EQ(test, payload(f, 64, 8), 0ULL);
	}
}

/* What a monitor gets wrong stays in its field: lengths 3:0, 16 bytes at most */
static void fields_are_not_exceeded(struct kunit *test)
{
	struct fixture *f = test->priv;

	compose(f, &(struct hvp_exit) {
		.kind = HVP_EXIT_GPA, .length = 0xff, .byte_count = 0xff, .bytes = CODE,
	});
	KUNIT_EXPECT_EQ(test, payload(f, 4, 1), 0xfULL | THE_CR8 << 4);
	KUNIT_EXPECT_EQ(test, payload(f, 44, 1), 16ULL);
	KUNIT_EXPECT_EQ(test, payload(f, 64, 8), CODE_QWORD0);
	KUNIT_EXPECT_EQ(test, payload(f, 80, 8), 0ULL);
}

/* The sheet, 10.2: CR8 for exo partitions */
static void only_exo_partitions_tell_cr8(struct kunit *test)
{
	struct fixture *f = test->priv;

	f->child.pt->child->flags &= ~HV_CREATE_EXO;
	compose(f, &(struct hvp_exit) { .kind = HVP_EXIT_HALT, .length = 1 });
	KUNIT_EXPECT_EQ(test, payload(f, 4, 1), 1ULL);
}

static struct kunit_case intercept_message_cases[] = {
	KUNIT_CASE(every_message_is_laid_out_as_specified),
	KUNIT_CASE(exception_trap_has_its_own_type),
	KUNIT_CASE(no_error_code_is_zero),
	KUNIT_CASE(execution_state_follows_registers),
	KUNIT_CASE(pending_interruption_hides_the_instruction),
	KUNIT_CASE(fields_are_not_exceeded),
	KUNIT_CASE(only_exo_partitions_tell_cr8),
	{}
};

static struct kunit_suite intercept_message_suite = {
	.name = "hvpersona_intercept_message",
	.init = init,
	.exit = end,
	.test_cases = intercept_message_cases,
};

kunit_test_suites(&intercept_message_suite);
