// SPDX-License-Identifier: GPL-2.0
/*
 * Child partitions: their life and every call in every state of it, ids, creation and
 * properties (sheet §15.3, §14).
 */
/* run: --role root; smp 1 */
/* run: --role root; smp 1; cpu plain */
/* run: --role guest; smp 1 */
/* run: --role root --privileges -create-partitions; smp 1 */
/* run: --role root --privileges -access-memory-pool; smp 1 */
#include "parent.h"

#define ANY		0xffff	/* neither the state nor the id is wrong */
#define UNTRIED		0xfffe
#define PAGE		0x7f0ull	/* of nobody, should a call have an effect */
#define NO_VP		5ull

/* Names of §14 */
#define PRIVILEGE_FLAGS		0x00010000
#define SYNTHETIC_FEATURES	0x00010001
#define CPU_WEIGHT		0x00020003
#define TIME_FREEZE		0x00030003
#define REFERENCE_TIME		0x00030005
#define VTLB_PAGES		0x00050000
#define ACCESS_TRACKING		0x00050005
#define COMPATIBILITY		0x00060005
#define ADDRESS_WIDTH		0x00060006
#define FEATURES0		0x0006000a
#define FEATURES1		0x0006000b
#define XSAVE_FEATURES		0x00060002
#define GUEST_OS_ID_PROPERTY	0x00070000
#define VMM_CAPABILITIES	0x00090007
#define ASSIGNABLE_FEATURES	0x00090009

/*
 * Every call that names a child, with operands that are right but for the VP, and what it
 * answers in each state, on the caller itself, and to a caller who is no parent.
 */
static const struct row {
	unsigned int code;
	const char *what;
	u64 control;
	unsigned int size, out, at;	/* bytes; where the partition is named */
	u16 created, active, finalized, self;
	bool own;			/* others than parents may use it on themselves */
	u64 in[6];			/* the rest of the input is zero */
} rows[] = {
#define ROW(code, ...)	{ CASE(code), __VA_ARGS__ }
#define STATE		HV_INVALID_PARTITION_STATE
#define DENIED		HV_ACCESS_DENIED
#define IN(...)		.in = { __VA_ARGS__ }
	ROW(0x0041, "initialize", INITIALIZE, 8, 0, 0, HV_SUCCESS, STATE, STATE, DENIED),
	ROW(0x0042, "finalize", FINALIZE, 8, 0, 0, STATE, HV_SUCCESS, STATE, DENIED),
	ROW(0x0043, "delete", DELETE_PARTITION, 8, 0, 0, HV_SUCCESS, STATE, HV_SUCCESS, DENIED),
	ROW(0x0044, "get property", GET_PROPERTY, 16, 8, 0, STATE, HV_SUCCESS, STATE, HV_SUCCESS,
	    IN(0, CPU_WEIGHT)),
	ROW(0x0044, "get early property", GET_PROPERTY, 16, 8, 0, HV_SUCCESS, HV_SUCCESS, STATE,
	    HV_SUCCESS, IN(0, PRIVILEGE_FLAGS)),
	ROW(0x0045, "set property", SET_PROPERTY, 24, 0, 0, STATE, HV_SUCCESS, STATE, ANY,
	    IN(0, CPU_WEIGHT, 100)),
	ROW(0x0045, "set early property", SET_PROPERTY, 24, 0, 0, HV_SUCCESS, STATE, STATE, UNTRIED,
	    IN(0, SYNTHETIC_FEATURES, 3)),
	ROW(0x0101, "get early long property", GET_PROPERTY_EX, 24, 16, 0, HV_SUCCESS, HV_SUCCESS,
	    STATE, HV_SUCCESS, IN(0, VMM_CAPABILITIES)),
	ROW(0x010a, "set early long property", SET_PROPERTY_EX | VAR(2), 40, 0, 0, HV_SUCCESS, STATE,
	    STATE, UNTRIED, IN(0, VMM_CAPABILITIES, 0, 1, 0)),
	ROW(0x0047, "next child", NEXT_CHILD, 16, 8, 0, DENIED, DENIED, DENIED, HV_SUCCESS),
	ROW(0x0048, "deposit", DEPOSIT | REP(1), 16, 0, 0, HV_SUCCESS, HV_SUCCESS, STATE, HV_SUCCESS),
	ROW(0x0049, "withdraw", WITHDRAW | REP(1), 16, 8, 0, HV_SUCCESS, HV_SUCCESS, HV_SUCCESS, ANY),
	ROW(0x004a, "balance", BALANCE, 16, 16, 0, HV_SUCCESS, HV_SUCCESS, HV_SUCCESS, HV_SUCCESS),
	ROW(0x004b, "map", MAP_GPA | REP(1), 32, 0, 0, STATE, HV_SUCCESS, STATE, UNTRIED,
	    IN(0, PAGE, MAP_NO_ACCESS)),
	ROW(0x004c, "unmap", UNMAP_GPA | REP(1), 24, 0, 0, STATE, HV_SUCCESS, STATE, DENIED, IN(0, PAGE)),
	ROW(0x006e, "map sparse", MAP_SPARSE | REP(1), 32, 0, 0, STATE, HV_SUCCESS, STATE, UNTRIED,
	    IN(0, MAP_NO_ACCESS, PAGE)),
	ROW(0x0090, "modify sparse", MODIFY_SPARSE | REP(1), 24, 0, 0, STATE, HV_OPERATION_DENIED,
	    STATE, UNTRIED, IN(0, MAP_R, PAGE)),
	ROW(0x00bd, "complete intercept", COMPLETE_INTERCEPT, 24, 0, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    DENIED, IN(0, NO_VP, 0xffffffff)),
	ROW(0x00be, "precommit", PRECOMMIT | REP(1), 24, 0, 0, STATE, HV_SUCCESS, STATE, ANY,
	    IN(0, 0, PAGE)),
	ROW(0x00bf, "uncommit", UNCOMMIT | REP(1), 24, 0, 0, STATE, HV_SUCCESS, STATE, ANY, IN(0, 0, PAGE)),
	ROW(0x00c9, "access state", ACCESS_STATE | REP(1), 24, 1, 0, STATE, HV_OPERATION_DENIED, STATE,
	    DENIED, IN(0, 0, PAGE)),
	ROW(0x00ca, "sparse access state", ACCESS_STATE_SPARSE | REP(1), 24, 1, 0, STATE, ANY, STATE,
	    ANY, IN(0, 0, PAGE)),
	ROW(0x00d2, "acquire page", ACQUIRE_GPA | REP(1), 24, 0, 8, STATE, HV_OPERATION_DENIED, STATE,
	    DENIED, IN(1, 0, PAGE)),
	ROW(0x00d3, "release page", RELEASE_GPA | REP(1), 24, 0, 8, STATE, ANY, STATE, DENIED,
	    IN(1, 0, PAGE)),
	ROW(0x00d7, "acquire system page", ACQUIRE_SPA | REP(1), 24, 0, 8, STATE, ANY, STATE, DENIED,
	    IN(1ull << 32, 0, PAGE)),
	ROW(0x00d8, "release system page", RELEASE_SPA | REP(1), 24, 0, 8, STATE, ANY, STATE, DENIED,
	    IN(1ull << 32, 0, PAGE)),
	ROW(0x004e, "create VP", CREATE_VP, 40, 0, 0, STATE, HV_SUCCESS, STATE, ANY),
	ROW(0x004f, "delete VP", DELETE_VP, 16, 0, 0, STATE, HV_INVALID_VP_INDEX, STATE, DENIED,
	    IN(0, NO_VP)),
	ROW(0x0050, "get registers", GET_REGISTERS | REP(1), 20, 16, 0, STATE, HV_INVALID_VP_INDEX,
	    STATE, HV_INVALID_VP_INDEX, .own = true, IN(0, NO_VP, 0x20000)),
	ROW(0x0051, "set registers", SET_REGISTERS | REP(1), 48, 0, 0, STATE, HV_INVALID_VP_INDEX,
	    STATE, HV_INVALID_VP_INDEX, .own = true, IN(0, NO_VP, 0x20000)),
	ROW(0x0052, "translate", TRANSLATE, 32, 16, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    HV_INVALID_VP_INDEX, .own = true, IN(0, NO_VP, 1)),
	ROW(0x00ac, "translate", TRANSLATE_EX, 32, 64, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    HV_INVALID_VP_INDEX, .own = true, IN(0, NO_VP, 1)),
	ROW(0x0053, "read memory", READ_GPA, 32, 24, 0, STATE, HV_INVALID_VP_INDEX, STATE, DENIED,
	    IN(0, NO_VP | 8ull << 32, 0, CACHE_WB)),
	ROW(0x0054, "write memory", WRITE_GPA, 48, 8, 0, STATE, HV_INVALID_VP_INDEX, STATE, DENIED,
	    IN(0, NO_VP | 8ull << 32, 0, CACHE_WB)),
	ROW(0x0099, "start VP", START_VP, 240, 0, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    HV_INVALID_VP_INDEX, .own = true, IN(0, NO_VP)),
	ROW(0x009a, "VP of APIC id", VP_FROM_APIC_ID | REP(1), 20, 4, 0, STATE, HV_INVALID_PARAMETER,
	    STATE, HV_INVALID_PARAMETER, .own = true, IN(0, 0, 77)),
	ROW(0x00e5, "VPs of a destination", VP_SET_FROM_MDA, 24, 32, 0, STATE, HV_INVALID_PARAMETER,
	    STATE, HV_INVALID_PARAMETER, .own = true, IN(0, 77)),
	ROW(0x00f4, "CPUID", CPUID_VALUES | REP(1), 48, 16, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    HV_INVALID_VP_INDEX, .own = true, IN(0, NO_VP | 1ull << 32)),
	ROW(0x00e1, "map state page", MAP_STATE_PAGE, 24, 8, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    DENIED, IN(0, NO_VP)),
	ROW(0x00e2, "unmap state page", UNMAP_STATE_PAGE, 16, 0, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    DENIED, IN(0, NO_VP)),
	ROW(0x00e3, "get VP state", GET_VP_STATE | VAR(1), 48, 200, 0, STATE, HV_INVALID_VP_INDEX,
	    STATE, DENIED, IN(0, NO_VP, 0x80000000, 0, 0, PAGE)),
	ROW(0x00e4, "set VP state", SET_VP_STATE | VAR(1), 48, 0, 0, STATE, HV_INVALID_VP_INDEX, STATE,
	    ANY, IN(0, NO_VP, 0x80000000, 0, 0, PAGE)),
};

static u64 row_call(const struct row *r, u64 partition)
{
	static u64 in[32], out[32];
	u64 result;

	memset(in, 0, sizeof(in));
	memcpy(in, r->in, sizeof(r->in));
	in[r->at / 8] = partition;
	if (r->code != DEPOSIT)
		return hv_do(MEMORY, r->control, in, r->size, out, r->out);
	in[1] = page_take();
	result = hv_deposit_list(partition, &in[1], 1);
	if (STATUS(result))
		page_give(in[1]);
	return result;
}

static void check(const struct row *r, u64 result, u16 want, const char *where)
{
	u64 status = STATUS(result);

	if (want == UNTRIED)
		return;
	if (want == ANY)
		tap_result(status != STATE && status != HV_INVALID_PARTITION_ID &&
			   status != HV_INVALID_HYPERCALL_CODE, r->code, "%s, %s (%s)", r->what, where,
			   hv_status_name(status));
	else
		tap_status(r->code, result, want, "%s, %s", r->what, where);
}

/* A child in a state, with eight pages in its pool */
static u64 child_in(unsigned int state)
{
	u64 id = child_create(CREATE_LINUX);

	hv_deposit(id, 8);
	if (state)
		WITH_MEMORY(id, hv_partition_call(INITIALIZE, id));
	if (state > 1)
		hv_partition_call(FINALIZE, id);
	return id;
}

static void test_states(void)
{
	static const char * const states[] = { "created", "active", "finalized" };

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		for (unsigned int state = 0; state < ARRAY_SIZE(states); state++) {
			const struct row *r = &rows[i];
			u64 id = child_in(state), result;
			unsigned int count;

			if (r->code == DELETE_PARTITION)
				hv_withdraw_all(id, &count);
			result = WITH_MEMORY(id, row_call(r, id));
			check(r, result, (&r->created)[state], states[state]);
			child_end(id);
			check(r, row_call(r, id), HV_INVALID_PARTITION_ID, "deleted");
		}
}

static void test_other_ids(void)
{
	static const u64 unknown[] = { 0, NO_PARTITION, BIT(32) | 2, BIT(63), SELF - 1 };

	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		/* Untried because of what they do to the caller */
		if (rows[i].self != UNTRIED)
			check(&rows[i], row_call(&rows[i], SELF), rows[i].self, "on itself");
		for (unsigned int j = 0; j < ARRAY_SIZE(unknown); j++)
			check(&rows[i], row_call(&rows[i], unknown[j]), HV_INVALID_PARTITION_ID,
			      "a partition that does not exist");
	}
}

/* Who is no parent learns nothing, not even whether a partition exists */
static void test_no_parent(void)
{
	struct create_in in = { CREATE_LINUX, 0, VERSION_21H2, 0, {}, 0, 0 };
	u64 id;

	for (enum hv_form form = MEMORY; form < FORMS; form++)
		TEST_EQUAL(0x0040, hv_create(form, &in, &id), HV_ACCESS_DENIED, "not a parent (%s)",
			   FORM_NAME(form));
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++) {
		u64 status = STATUS(row_call(&rows[i], NO_PARTITION));
		bool own = rows[i].own || rows[i].self != HV_ACCESS_DENIED;

		/* The root still acts on itself, but there is no child of its */
		tap_result(status == HV_ACCESS_DENIED || (own && status == HV_INVALID_PARTITION_ID &&
			   (rows[i].own || hv_may(PRIV_CPU_MANAGEMENT))),
			   rows[i].code, "%s: not a parent (%s)", rows[i].what, hv_status_name(status));
		if (rows[i].self == HV_ACCESS_DENIED)
			tap_status(rows[i].code, row_call(&rows[i], SELF), HV_ACCESS_DENIED,
				   "%s: not on itself", rows[i].what);
	}
}

static void test_no_pool(void)
{
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].code >= DEPOSIT && rows[i].code <= BALANCE) {
			tap_status(rows[i].code, row_call(&rows[i], SELF), HV_ACCESS_DENIED,
				   "%s without AccessMemoryPool, on itself", rows[i].what);
			tap_status(rows[i].code, row_call(&rows[i], NO_PARTITION), HV_ACCESS_DENIED,
				   "%s without AccessMemoryPool", rows[i].what);
		}
}

static void test_life(void)
{
	struct create_in in = { CREATE_LINUX, 0, VERSION_21H2, STALE, {}, 0, 0 };
	u64 id[FORMS] = {}, first, own, result;

	hv_do(MEMORY, GET_PARTITION_ID, NULL, 0, &own, 8);
	for (enum hv_form form = MEMORY; form < FORMS; form++) {
		result = WITH_MEMORY(SELF, hv_create(form, &in, &id[form]));
		TEST_EQUAL(0x0040, result, HV_SUCCESS, "status, stale padding (%s)", FORM_NAME(form));
	}
	first = id[MEMORY];
	TEST(0x0040, first && id[REGISTERS] && first != id[REGISTERS] && first != own && first != SELF,
	     "ids %lu and %lu", first, id[REGISTERS]);
	TEST_EQUAL(0x0040, first, own + 1, "the first id in an instance is its second");

	/* Memory form, too */
	result = WITH_MEMORY(first, hv_do(MEMORY, INITIALIZE, &first, 8, NULL, 0));
	TEST_STATUS(0x0041, result, SUCCESS, "memory form");
	TEST_STATUS(0x0042, hv_do(MEMORY, FINALIZE, &first, 8, NULL, 0), SUCCESS, "memory form");
	child_end(first);
	TEST_STATUS(0x0043, hv_do(MEMORY, DELETE_PARTITION, &id[REGISTERS], 8, NULL, 0), SUCCESS,
		    "memory form, never initialized");
	for (enum hv_form form = MEMORY; form < FORMS; form++)
		TEST_STATUS(0x0043, hv_partition_call(DELETE_PARTITION, id[form]), INVALID_PARTITION_ID,
			    "deleted for good (%s)", FORM_NAME(form));
}

static void test_not_empty(void)
{
	u64 id = child_create(CREATE_LINUX);
	unsigned int count;

	hv_deposit(id, 1);
	TEST_STATUS(0x0043, hv_partition_call(DELETE_PARTITION, id), OPERATION_DENIED,
		    "created, a page in its pool");
	WITH_MEMORY(id, hv_partition_call(INITIALIZE, id));
	hv_partition_call(FINALIZE, id);
	TEST_STATUS(0x0043, hv_partition_call(DELETE_PARTITION, id), OPERATION_DENIED,
		    "finalized, a page in its pool");
	hv_withdraw_all(id, &count);
	TEST_STATUS(0x0043, hv_partition_call(DELETE_PARTITION, id), SUCCESS, "after withdrawing");
}

/* A child with VPs, mappings and a state page goes with all of it */
static void test_busy(void)
{
	u64 id = child_start(CREATE_LINUX), page = 0, pages = 0, in_use;
	u64 lent = page_take();
	unsigned int count;

	WITH_MEMORY(id, hv_create_vp(id, 0));
	WITH_MEMORY(id, hv_create_vp(id, 1));
	hv_map(id, 0, CHILD_PAGES, 512, MAP_LINUX);
	hv_map(id, 512, lent, 1, MAP_LINUX);
	WITH_MEMORY(id, hv_map_state_page(id, 0, STATE_PAGE_REGISTERS, &page));
	TEST_STATUS(0x0042, hv_partition_call(FINALIZE, id), SUCCESS, "a child that is in use");
	hv_balance(id, 0, &pages, &in_use);
	TEST_EQUAL(0x0042, in_use, 0, "all pages are free again");
	TEST_STATUS(0x004c, hv_unmap(id, 0, 512, 0), INVALID_PARTITION_STATE,
		    "Linux unmaps after finalizing: refused without harm");
	TEST_STATUS(0x0049, hv_withdraw_all(id, &count), NO_RESOURCES, "withdrawn to the end");
	TEST_EQUAL(0x0049, count, pages, "all pages came back");
	TEST_STATUS(0x0043, hv_partition_call(DELETE_PARTITION, id), SUCCESS, "a child that was in use");
	/* Its memory is no longer lent */
	TEST_EQUAL(0x0048, hv_deposit_list(SELF, &lent, 1), REP(1), "a page that the child had mapped");
	hv_withdraw_all(SELF, &count);
}

static void test_enumeration(void)
{
	u64 ids[4], next = ~0ull, own;

	hv_do(MEMORY, GET_PARTITION_ID, NULL, 0, &own, 8);
	TEST_STATUS(0x0047, hv_next_child(SELF, 0, &next), SUCCESS, "no children: status");
	TEST_EQUAL(0x0047, next, 0, "no children");
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++)
		ids[i] = child_create(CREATE_LINUX);
	WITH_MEMORY(ids[1], hv_partition_call(INITIALIZE, ids[1]));
	WITH_MEMORY(ids[2], hv_partition_call(INITIALIZE, ids[2]));
	hv_partition_call(FINALIZE, ids[2]);
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++) {
		TEST_STATUS(0x0047, hv_next_child(i & 1 ? own : SELF, i ? ids[i - 1] : 0, &next), SUCCESS,
			    "child %u: status", i);
		TEST_EQUAL(0x0047, next, ids[i], "child %u, in order of creation, in any state", i);
	}
	TEST_STATUS(0x0047, hv_next_child(SELF, ids[3], &next), SUCCESS, "after the last: status");
	TEST_EQUAL(0x0047, next, 0, "after the last");
	child_end(ids[1]);
	TEST_STATUS(0x0047, hv_next_child(SELF, ids[1], &next), INVALID_PARTITION_ID,
		    "after one that was deleted meanwhile");
	hv_next_child(SELF, ids[0], &next);
	TEST_EQUAL(0x0047, next, ids[2], "a deleted child is left out");
	TEST_STATUS(0x0047, hv_next_child(SELF, NO_PARTITION, &next), INVALID_PARTITION_ID,
		    "after one that never existed");
	TEST_STATUS(0x0047, hv_next_child(SELF, own, &next), INVALID_PARTITION_ID, "after oneself");
	for (unsigned int i = 0; i < ARRAY_SIZE(ids); i++)
		child_end(ids[i]);
	TEST(0x0047, !hv_next_child(SELF, 0, &next) && !next, "no children any more");
}

static const struct creation {
	unsigned int code;
	const char *what;
	u64 flags;
	u32 version;
	u64 proximity, isolation;
	bool refused;
} creations[] = {
#define CREATE(what, ...)	{ CASE(0x0040), what, __VA_ARGS__ }
	CREATE("no flags", 0, VERSION_21H2), CREATE("Linux's flags", CREATE_LINUX, VERSION_21H2),
	CREATE("SMT", CREATE_LINUX | CREATE_SMT, VERSION_21H2),
	CREATE("super pages only", CREATE_SUPER_PAGES, VERSION_21H2),
	CREATE("exo only", CREATE_EXO, VERSION_21H2), CREATE("LAPIC only", CREATE_LAPIC, VERSION_21H2),
	CREATE("version 19H1", CREATE_LINUX, 0x605), CREATE("version 20H1", CREATE_LINUX, 0x607),
	CREATE("version 21H1", CREATE_LINUX, 0x608), CREATE("prerelease", CREATE_LINUX, 0xfe00),
	CREATE("experiment", CREATE_LINUX, 0xff00),
	CREATE("node 0 preferred", CREATE_LINUX, VERSION_21H2, BIT(63) | BIT(32)),
	CREATE("node 0 required", CREATE_LINUX, VERSION_21H2, BIT(63)),
#define REFUSE(what, ...)	{ CASE(0x0040), what, __VA_ARGS__, .refused = true }
	REFUSE("version 0", CREATE_LINUX, 0), REFUSE("version 6.4", CREATE_LINUX, 0x604),
	REFUSE("version 6.6", CREATE_LINUX, 0x606), REFUSE("version 6.10", CREATE_LINUX, 0x60a),
	REFUSE("version beyond 16 bits", CREATE_LINUX, 0x10609), REFUSE("version ~0", CREATE_LINUX, ~0u),
	REFUSE("node 7 required", CREATE_LINUX, VERSION_21H2, BIT(63) | 7),
	REFUSE("reserved proximity flag", CREATE_LINUX, VERSION_21H2, BIT(63) | BIT(40)),
	REFUSE("isolation VBS", CREATE_LINUX, VERSION_21H2, 0, 1),
	REFUSE("isolation SNP", CREATE_LINUX, VERSION_21H2, 0, 2),
	REFUSE("isolation TDX", CREATE_LINUX, VERSION_21H2, 0, 3),
	REFUSE("isolation type 31", CREATE_LINUX, VERSION_21H2, 0, 31),
};

static void test_creation(void)
{
	static const u8 undefined[] = { 2, 3, 5, 6, 7, 11, 12, 14, 17, 18, 21, 23, 31, 32, 62, 63 };
	u64 id;

	for (unsigned int i = 0; i < ARRAY_SIZE(creations); i++) {
		const struct creation *c = &creations[i];
		struct create_in in = { c->flags, c->proximity, c->version, STALE, {}, 0, c->isolation };
		u64 result = WITH_MEMORY(SELF, hv_create(MEMORY, &in, &id));

		tap_status(c->code, result, c->refused ? HV_INVALID_PARAMETER : HV_SUCCESS, "%s", c->what);
		if (!result)
			child_end(id);
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(undefined); i++) {
		struct create_in in = { CREATE_LINUX | BIT(undefined[i]), 0, VERSION_21H2, 0, {}, 0, 0 };

		TEST_STATUS(0x0040, hv_create(MEMORY, &in, &id), INVALID_PARAMETER,
			    "undefined creation flag %u", undefined[i]);
	}
}

/* Ids can be used again, and children without end are refused */
static void test_many(void)
{
	static u64 ids[4097];
	struct create_in in = { CREATE_LINUX, 0, VERSION_21H2, STALE, {}, 0, 0 };
	u64 result = 0, next, available, in_use;
	unsigned int n, count;
	bool sane = true;

	for (n = 0; n < ARRAY_SIZE(ids) - 1; n++) {
		result = WITH_MEMORY(SELF, hv_create(MEMORY, &in, &ids[n]));
		if (result)
			break;
	}
	TEST_STATUS(0x0040, result, NO_RESOURCES, "one of %u children too many", n);
	for (unsigned int i = 0; i < n; i++)
		sane &= !hv_next_child(SELF, i ? ids[i - 1] : 0, &next) && next == ids[i];
	TEST(0x0047, sane, "%u children in order of creation", n);
	for (unsigned int i = 0; i < n; i++)
		sane &= !hv_partition_call(DELETE_PARTITION, ids[i]);
	TEST(0x0043, sane, "%u children are deleted", n);
	hv_balance(SELF, 0, &available, &in_use);
	hv_withdraw_all(SELF, &count);
	TEST_EQUAL(0x0043, count, available, "what they cost can be withdrawn");
	TEST_EQUAL(0x004a, in_use, 0, "nothing is in use without children");
	for (n = 0; n < 600 && sane; n++)
		sane = !STATUS(child_end(child_create(CREATE_LINUX)));
	TEST(0x0040, sane, "600 children one after the other");
}

/* Properties of an active child: value that it has, values that it takes or refuses */
static const struct property {
	unsigned int code;
	u32 name;
	const char *what;
	u64 value;
	bool refused;
} properties[] = {
#define TAKES(name, what, value)	{ CASE(0x0045), name, what, value, false }
#define REFUSES(name, what, value)	{ CASE(0x0045), name, what, value, true }
	TAKES(0x20001, "CpuReserve 0", 0), REFUSES(0x20001, "CpuReserve 0x10001", 0x10001),
	REFUSES(0x20001, "CpuReserve ~0", ~0ull),
	TAKES(0x20002, "CpuCap 0x8000", 0x8000), TAKES(0x20002, "CpuCap 0x10000", 0x10000),
	REFUSES(0x20002, "CpuCap 0x10001", 0x10001),
	TAKES(CPU_WEIGHT, "CpuWeight 1", 1), TAKES(CPU_WEIGHT, "CpuWeight 10000", 10000),
	REFUSES(CPU_WEIGHT, "CpuWeight 0", 0), REFUSES(CPU_WEIGHT, "CpuWeight 10001", 10001),
	TAKES(0x20000, "Suspend 1", 1), TAKES(0x20000, "Suspend 0", 0), REFUSES(0x20000, "Suspend 2", 2),
	TAKES(TIME_FREEZE, "TimeFreeze 1", 1), TAKES(TIME_FREEZE, "TimeFreeze 0", 0),
	REFUSES(TIME_FREEZE, "TimeFreeze 2", 2),
	TAKES(0x50017, "UnimplementedMsrAction 1", 1), TAKES(0x50017, "UnimplementedMsrAction 0", 0),
	REFUSES(0x50017, "UnimplementedMsrAction 2", 2),
	TAKES(ACCESS_TRACKING, "GpaPageAccessTracking 1", 1),
	TAKES(ACCESS_TRACKING, "GpaPageAccessTracking 0", 0),
	REFUSES(ACCESS_TRACKING, "GpaPageAccessTracking 2", 2),
	TAKES(0x50003, "ProcessorsPerSocket 4", 4),
	REFUSES(GUEST_OS_ID_PROPERTY, "GuestOsId is read only", 1),
	REFUSES(0x60000, "ProcessorVendor is read only", 7),
	REFUSES(0x60009, "ProcessorClockFrequency is read only", 7),
	REFUSES(FEATURES0, "ProcessorFeatures0 is read only", 7),
};

static void test_values(u64 id)
{
	static const u32 unknown[] = { 0, 1, 0x0001ffff, 0x0005ffff, 0x7fffffff, 0xffffffff };
	u64 v, before, after;
	u8 large[16];

	for (unsigned int i = 0; i < ARRAY_SIZE(properties); i++) {
		const struct property *p = &properties[i];
		u64 status;

		hv_get_property(id, p->name, &before);
		status = STATUS(hv_set_property(id, p->name, p->value));
		hv_get_property(id, p->name, &after);
		if (!p->refused)
			tap_result(!status && after == p->value, p->code, "%s (%s, reads 0x%lx)", p->what,
				   hv_status_name(status), after);
		else
			tap_result((status == HV_INVALID_PARAMETER ||
				    status == HV_PROPERTY_VALUE_OUT_OF_RANGE ||
				    status == HV_ACCESS_DENIED || status == HV_OPERATION_DENIED) &&
				   before == after, p->code, "%s (%s, reads 0x%lx)", p->what,
				   hv_status_name(status), after);
	}
	TEST_STATUS(0x0045, hv_set_property(id, CPU_WEIGHT, 10001), PROPERTY_VALUE_OUT_OF_RANGE,
		    "a weight beyond its range");
	for (unsigned int i = 0; i < ARRAY_SIZE(unknown); i++) {
		TEST_STATUS(0x0044, hv_get_property(id, unknown[i], &v), UNKNOWN_PROPERTY,
			    "unknown property 0x%08x", unknown[i]);
		TEST_STATUS(0x0045, hv_set_property(id, unknown[i], 0), UNKNOWN_PROPERTY,
			    "unknown property 0x%08x", unknown[i]);
		TEST_STATUS(0x0101, hv_get_property_ex(id, unknown[i], large, 8), UNKNOWN_PROPERTY,
			    "unknown property 0x%08x", unknown[i]);
		TEST_STATUS(0x010a, hv_set_property_ex(id, unknown[i], &v, 1), UNKNOWN_PROPERTY,
			    "unknown property 0x%08x", unknown[i]);
	}
	TEST_STATUS(0x0045, hv_set_property(id, VTLB_PAGES, ~0ull), SUCCESS,
		    "VirtualTlbPageCount is clamped");
	hv_get_property(id, VTLB_PAGES, &v);
	TEST(0x0045, v < ~0ull, "VirtualTlbPageCount was clamped to %lu", v);
	hv_get_property(id, COMPATIBILITY, &v);
	TEST_EQUAL(0x0044, v, VERSION_21H2, "CompatibilityVersion is that of the creation");
	hv_get_property(id, GUEST_OS_ID_PROPERTY, &v);
	TEST_EQUAL(0x0044, v, 0, "GuestOsId of a child that never ran");
}

/* Codes that clients of the sheet read; of all others the answer may be "unknown" */
static void test_readable(u64 id)
{
	static const u32 required[] = {
		PRIVILEGE_FLAGS, SYNTHETIC_FEATURES, 0x20000, 0x20001, 0x20002, CPU_WEIGHT, TIME_FREEZE,
		REFERENCE_TIME, VTLB_PAGES, 0x50003, ACCESS_TRACKING, 0x50017, 0x60000, XSAVE_FEATURES,
		0x60003, COMPATIBILITY, ADDRESS_WIDTH, 0x60007, 0x60008, 0x60009, FEATURES0, FEATURES1,
		GUEST_OS_ID_PROPERTY,
	};
	static const struct { u32 first, last; } ranges[] = {
		{ 0x10000, 0x10002 }, { 0x20000, 0x20005 }, { 0x30003, 0x30005 }, { 0x40000, 0x40003 },
		{ 0x50000, 0x50035 }, { 0x60000, 0x60015 }, { 0x70000, 0x70000 }, { 0x80000, 0x80015 },
		{ 0x80100, 0x80105 },
	};
	u8 large[4072];
	unsigned int known = 0, strange = 0;
	u64 v;

	for (unsigned int i = 0; i < ARRAY_SIZE(required); i++)
		TEST_STATUS(0x0044, hv_get_property(id, required[i], &v), SUCCESS, "0x%08x can be read",
			    required[i]);
	for (unsigned int i = 0; i < ARRAY_SIZE(ranges); i++)
		for (u32 code = ranges[i].first; code <= ranges[i].last; code++) {
			u64 status = STATUS(hv_get_property(id, code, &v));

			known += !status;
			strange += status && status != HV_UNKNOWN_PROPERTY;
		}
	TEST_EQUAL(0x0044, strange, 0, "every code is read or unknown (%u of them read)", known);
	strange = 0;
	for (u32 code = 0x90000; code <= 0x90012; code++) {
		u64 status = STATUS(hv_get_property_ex(id, code, large, sizeof(large)));

		strange += status && status != HV_UNKNOWN_PROPERTY;
	}
	TEST_EQUAL(0x0101, strange, 0, "every long code is read or unknown");
	TEST_STATUS(0x0101, hv_get_property_ex(id, VMM_CAPABILITIES, large, 16), SUCCESS,
		    "VmmCapabilities of a child");
	TEST_EQUAL(0x0101, *(u16 *)large, 1, "VmmCapabilities: one bank");
}

static void test_time(u64 id)
{
	u64 a, b;

	hv_set_property(id, TIME_FREEZE, 0);
	hv_get_property(id, REFERENCE_TIME, &a);
	delay(5);
	hv_get_property(id, REFERENCE_TIME, &b);
	TEST(0x0044, b > a, "ReferenceTime runs (%lu, %lu)", a, b);
	hv_set_property(id, TIME_FREEZE, 1);
	hv_get_property(id, REFERENCE_TIME, &a);
	delay(5);
	hv_get_property(id, REFERENCE_TIME, &b);
	TEST(0x0045, b == a, "ReferenceTime stands while frozen (%lu, %lu)", a, b);
	TEST_STATUS(0x0045, hv_set_property(id, REFERENCE_TIME, 123456789), SUCCESS, "ReferenceTime is set");
	hv_get_property(id, REFERENCE_TIME, &b);
	TEST_EQUAL(0x0045, b, 123456789, "ReferenceTime as set while frozen");
	hv_set_property(id, TIME_FREEZE, 0);
	delay(5);
	hv_get_property(id, REFERENCE_TIME, &b);
	TEST(0x0045, b > 123456789 && b < 123456789 + 600000000ull, "ReferenceTime goes on from there (%lu)", b);
}

static u64 cpuid_privileges(u64 id)
{
	struct cpuid c = {};

	if (hv_cpuid(id, 0, 0x40000003, 0, &c) != REP(1))
		return ~0ull;
	return (u64)c.ebx << 32 | c.eax;
}

/* Makes a created child active, with one VP */
static void go(u64 id)
{
	WITH_MEMORY(id, hv_partition_call(INITIALIZE, id));
	WITH_MEMORY(id, hv_create_vp(id, 0));
}

static void test_privileges(void)
{
	u64 id = child_create(CREATE_LINUX), given, v;

	TEST_STATUS(0x0044, hv_get_property(id, PRIVILEGE_FLAGS, &given), SUCCESS, "PrivilegeFlags, early");
	TEST(0x0044, given && !(given & (PRIV_CREATE_PARTITIONS | PRIV_MEMORY_POOL | PRIV_CPU_MANAGEMENT)),
	     "a child has no privileges of a root (0x%lx)", given);
	TEST_STATUS(0x0045, hv_set_property(id, PRIVILEGE_FLAGS, given | BIT(63)),
		    PROPERTY_VALUE_OUT_OF_RANGE, "an undefined privilege");
	v = given & ~(BIT(1) | PRIV_VP_REGISTERS);
	TEST_STATUS(0x0045, hv_set_property(id, PRIVILEGE_FLAGS, v), SUCCESS, "privileges are taken away");
	hv_get_property(id, PRIVILEGE_FLAGS, &given);
	TEST_EQUAL(0x0045, given, v, "PrivilegeFlags as set");
	go(id);
	TEST_EQUAL(0x0045, cpuid_privileges(id), v, "PrivilegeFlags in CPUID");
	TEST_STATUS(0x0045, hv_set_property(id, PRIVILEGE_FLAGS, v), INVALID_PARTITION_STATE,
		    "PrivilegeFlags, late");
	child_end(id);
}

static void test_synthetic(void)
{
	/* Hypervisor present, Hv#1, reference counter, hypercall MSRs, VP index, TSC page */
	const u64 usual = BIT(0) | BIT(1) | BIT(3) | BIT(7) | BIT(8) | BIT(9);
	u64 id = child_create(CREATE_LINUX), v, want, privileges, status;
	u8 banks[16];

	TEST_STATUS(0x0101, hv_get_property_ex(SELF, ASSIGNABLE_FEATURES, banks, 16), SUCCESS,
		    "AssignableSyntheticProcFeatures");
	v = *(u64 *)&banks[8];
	TEST_EQUAL(0x0101, v & usual, usual, "the usual ones are assignable");
	/* SynIC and timers if there are any, which is the VMM's choice */
	want = usual | (v & (BIT(4) | BIT(5)));
	status = STATUS(hv_set_property(id, SYNTHETIC_FEATURES, want | BIT(63)));
	TEST(0x0045, status == HV_PROPERTY_VALUE_OUT_OF_RANGE || status == HV_INVALID_PARAMETER,
	     "an undefined synthetic feature (%s)", hv_status_name(status));
	TEST_STATUS(0x0045, hv_set_property(id, SYNTHETIC_FEATURES, want), SUCCESS, "SyntheticProcFeatures");
	hv_get_property(id, SYNTHETIC_FEATURES, &v);
	TEST_EQUAL(0x0045, v, want, "SyntheticProcFeatures as set");
	go(id);
	/* From bit 2 of the features on the privileges of MSRs are in the same order */
	privileges = cpuid_privileges(id);
	TEST_EQUAL(0x0045, privileges & 0x6f, want >> 2 & 0x6f, "features in CPUID (0x%lx)", privileges);
	TEST(0x0045, privileges & BIT(9), "the TSC page is privilege 9");
	child_end(id);

	/* Without any there is no hypervisor to see, but the child works */
	id = child_create(CREATE_LINUX);
	TEST_STATUS(0x0045, hv_set_property(id, SYNTHETIC_FEATURES, 0), SUCCESS, "no synthetic features");
	go(id);
	TEST_EQUAL(0x0045, cpuid_privileges(id) & 0xfff, 0, "no features in CPUID");
	child_end(id);
}

static void test_width(void)
{
	static const u64 bad[] = { 0, 12, 64, ~0ull };
	u64 id = child_create(CREATE_LINUX), v, status;
	struct cpuid c = {};

	for (unsigned int i = 0; i < ARRAY_SIZE(bad); i++) {
		status = STATUS(hv_set_property(id, ADDRESS_WIDTH, bad[i]));
		TEST(0x0045, status == HV_PROPERTY_VALUE_OUT_OF_RANGE || status == HV_INVALID_PARAMETER,
		     "PhysicalAddressWidth %lu (%s)", bad[i], hv_status_name(status));
	}
	TEST_STATUS(0x0045, hv_set_property(id, ADDRESS_WIDTH, 36), SUCCESS, "PhysicalAddressWidth 36");
	hv_get_property(id, ADDRESS_WIDTH, &v);
	TEST_EQUAL(0x0045, v, 36, "PhysicalAddressWidth as set");
	go(id);
	hv_cpuid(id, 0, 0x80000008, 0, &c);
	TEST_EQUAL(0x0045, c.eax & 0xff, 36, "PhysicalAddressWidth in CPUID");
	TEST_STATUS(0x004b, hv_map(id, BIT(24) - 1, 0, 1, MAP_NO_ACCESS), SUCCESS,
		    "the last page of 36 bits");
	TEST_STATUS(0x004b, hv_map(id, BIT(24), 0, 1, MAP_NO_ACCESS), INVALID_PARAMETER,
		    "a page beyond 36 bits");
	child_end(id);
}

/* Processor features that are disabled show up neither in properties nor in CPUID */
static void test_disabled(void)
{
	struct create_in in = { CREATE_LINUX, 0, VERSION_21H2, STALE, { BIT(3) | BIT(16), BIT(1) },
				BIT(2), 0 };
	struct cpuid own = cpuid(1, 0), c = {};
	u64 id = 0, v, all;

	WITH_MEMORY(SELF, hv_create(MEMORY, &in, &id));
	go(id);
	hv_get_property(SELF, FEATURES0, &all);
	hv_get_property(id, FEATURES0, &v);
	TEST_EQUAL(0x0040, v & (BIT(3) | BIT(16)), 0, "disabled processor features are no property");
	TEST(0x0040, !(v & ~all), "no feature that the parent has not (0x%lx of 0x%lx)", v, all);
	hv_get_property(id, FEATURES1, &v);
	TEST_EQUAL(0x0040, v & BIT(1), 0, "nor those of bank 1");
	hv_get_property(id, XSAVE_FEATURES, &v);
	TEST_EQUAL(0x0040, v & BIT(2), 0, "nor XSAVE features");
	hv_cpuid(id, 0, 1, 0, &c);
	TEST_EQUAL(0x0040, c.ecx & (BIT(19) | BIT(25) | BIT(28)), 0, "SSE4.1, AES and AVX are hidden");
	TEST_EQUAL(0x0040, c.ecx & (BIT(0) | BIT(9) | BIT(23)), own.ecx & (BIT(0) | BIT(9) | BIT(23)),
		   "SSE3, SSSE3 and POPCNT are not");
	child_end(id);
	id = child_create(CREATE_LINUX);
	go(id);
	hv_cpuid(id, 0, 1, 0, &c);
	TEST_EQUAL(0x0040, c.ecx & (BIT(19) | BIT(25)), own.ecx & (BIT(19) | BIT(25)),
		   "nothing is hidden that is not disabled");
	child_end(id);
}

static void test_ex(void)
{
	u64 id = child_create(CREATE_LINUX), value[4] = { 1, 0 };

	TEST_STATUS(0x010a, hv_set_property_ex(id, VMM_CAPABILITIES, value, 2), SUCCESS,
		    "VmmCapabilities, early");
	TEST_STATUS(0x010a, hv_set_property_ex(id, VMM_CAPABILITIES, value, 1), INVALID_PARAMETER,
		    "a value that is too short");
	TEST_STATUS(0x010a, hv_set_property_ex(id, VMM_CAPABILITIES, value, 0), INVALID_PARAMETER,
		    "no value");
	child_end(id);
}

void test_main(void)
{
	unsigned int count;
	u64 id;

	hv_init();
	if (!hv_may(PRIV_CREATE_PARTITIONS)) {
		test_no_parent();
		return;
	}
	if (!hv_may(PRIV_MEMORY_POOL)) {
		test_no_pool();
		return;
	}
	test_life();
	test_states();
	test_other_ids();
	test_not_empty();
	test_busy();
	test_enumeration();
	test_creation();
	test_many();

	id = child_start(CREATE_LINUX);
	test_values(id);
	test_readable(id);
	test_time(id);
	child_end(id);
	test_privileges();
	test_synthetic();
	test_width();
	test_disabled();
	test_ex();
	hv_withdraw_all(SELF, &count);
	TEST_EQUAL(0x0049, wrong_pages, 0, "no page was withdrawn that was not deposited");
}
