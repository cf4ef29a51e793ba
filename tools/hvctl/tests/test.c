// SPDX-License-Identifier: GPL-2.0
/*
 * Tests of the parts of hvctl that need no module: sums and percentiles of trace
 * events, the rule for idle, names, and the writer. One line per test.
 */
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define MS	1000000ULL

static int failures;

#define CHECK(cond) do {							\
	if (!(cond)) {								\
		printf("# %s:%d: %s\n", __func__, __LINE__, #cond);		\
		failures++;							\
	}									\
} while (0)

static void event(struct aggregate *sums, uint64_t time, uint16_t code, uint16_t status,
		  uint8_t outcome, uint64_t duration)
{
	aggregate_event(sums, &(struct event){ time, duration, code, status, outcome });
}

static void percentiles_of_small_times_are_exact(void)
{
	struct latency latency = { 0 };

	for (int i = 1; i <= 20; i++)
		latency_add(&latency, i);
	CHECK(latency.min_ns == 1 && latency.max_ns == 20);
	CHECK(latency_mean(&latency) == 10);	/* 210 / 20 */
	CHECK(latency_percentile(&latency, 50) == 10);
	CHECK(latency_percentile(&latency, 99) == 20);
	CHECK(latency_percentile(&latency, 0) == 1);
	free(latency.bucket);
}

static void percentiles_are_within_1_6_percent(void)
{
	struct latency latency = { 0 };

	for (uint64_t i = 1; i <= 100000; i++)
		latency_add(&latency, i * 1000);
	for (unsigned int p = 1; p <= 100; p++) {
		int64_t exact = p * 1000000LL, error = latency_percentile(&latency, p) - exact;

		CHECK(llabs(error) * 1000 <= exact * 16);
	}
	free(latency.bucket);
}

static void percentiles_stay_between_min_and_max(void)
{
	struct latency latency = { 0 };

	CHECK(latency_percentile(&latency, 50) == 0 && latency_mean(&latency) == 0);
	latency_add(&latency, 1000001);
	CHECK(latency_percentile(&latency, 1) == 1000001 && latency_percentile(&latency, 99) == 1000001);
	latency_add(&latency, UINT64_MAX);	/* falls into the last bucket */
	CHECK(latency_percentile(&latency, 99) > UINT64_MAX / 64 * 63);
	free(latency.bucket);
}

static void events_are_held_back_until_settled(void)
{
	struct aggregate *sums = aggregate_new();

	event(sums, 10, 2, 0, OUTCOME_DONE, 100);
	event(sums, 20, 2, 0, OUTCOME_DONE, 100);
	event(sums, 30, 2, 0, OUTCOME_DONE, 100);
	aggregate_settle(sums, 20);
	CHECK(sums->nr_pending == 2 && cell_calls(&sums->cells[2][PHASE_BOOT]) == 1);
	sums->idle_from_ns = 30;	/* recognised later than it began */
	aggregate_settle(sums, IDLE_NEVER);
	CHECK(sums->nr_pending == 0 && sums->events == 3);
	CHECK(cell_calls(&sums->cells[2][PHASE_BOOT]) == 2);
	CHECK(cell_calls(&sums->cells[2][PHASE_IDLE]) == 1);
	aggregate_free(sums);
}

static void many_events_and_the_last_code_are_counted(void)
{
	struct aggregate *sums = aggregate_new();

	for (int i = 0; i < 5000; i++)
		event(sums, i, i & 1 ? 0xffff : 0, 0, OUTCOME_DONE, i);
	aggregate_settle(sums, IDLE_NEVER);
	CHECK(cell_calls(&sums->cells[0xffff][PHASE_BOOT]) == 2500);
	CHECK(cell_calls(&sums->cells[0][PHASE_BOOT]) == 2500);
	CHECK(sums->cells[0xffff][PHASE_BOOT].latency.max_ns == 4999);
	aggregate_free(sums);
}

static void outcomes_are_told_apart(void)
{
	struct aggregate *sums = aggregate_new();
	struct cell *cell, total = { 0 };
	char text[256];

	event(sums, 1, 0x50, 0, OUTCOME_DONE, 1);
	event(sums, 2, 0x50, 5, OUTCOME_DONE, 2);
	event(sums, 3, 0x50, 0, OUTCOME_CONTINUED, 3);
	event(sums, 4, 0x50, 0, OUTCOME_KVM, 4);
	event(sums, 5, 0x50, 0, OUTCOME_UD, 5);
	event(sums, 6, 0x50, 0, OUTCOME_DONE, 6);
	aggregate_settle(sums, IDLE_NEVER);
	cell = &sums->cells[0x50][PHASE_BOOT];
	CHECK(cell_calls(cell) == 5);		/* a continued call is not complete */
	CHECK(cell->latency.count == 6);
	cell_summary(cell, text, sizeof(text));
	CHECK(!strcmp(text, "SUCCESS 2, INVALID_PARAMETER 1, continued 1, to KVM 1, #UD 1"));
	cell_merge(&total, cell);
	cell_merge(&total, cell);
	CHECK(cell_calls(&total) == 10 && total.latency.count == 12 && total.latency.min_ns == 1);
	cell_free(&total);
	aggregate_free(sums);
}

static void a_lone_status_goes_without_its_number(void)
{
	struct status_count one = { 0x0d, 7 }, odd = { 0x7777, 7 };
	struct cell cell = { .statuses = &one, .nr_statuses = 1 };
	char text[64];

	cell_summary(&cell, text, sizeof(text));
	CHECK(!strcmp(text, "INVALID_PARTITION_ID"));	/* ABI sheet, status codes */
	cell.statuses = &odd;
	cell_summary(&cell, text, sizeof(text));
	CHECK(!strcmp(text, "0x7777"));
	cell_summary(&(struct cell){ 0 }, text, sizeof(text));
	CHECK(!*text);
}

static struct idle new_idle(void)
{
	return (struct idle){ .window_ns = 2000 * MS, .percent = 10 };
}

static void idle_needs_a_whole_window(void)
{
	struct idle idle = new_idle();
	struct idle_cpu cpu = { 1, 5000 * MS };

	CHECK(!idle_sample(&idle, 1000 * MS, &cpu, 1));
	CHECK(!idle_sample(&idle, 2999 * MS, &cpu, 1));
	CHECK(idle_sample(&idle, 3000 * MS, &cpu, 1));
	CHECK(idle.since_ns == 1000 * MS);
	free(idle.base);
}

static void idle_allows_a_tenth(void)
{
	struct idle idle = new_idle();
	struct idle_cpu cpu = { 1, 0 };

	idle_sample(&idle, 1000 * MS, &cpu, 1);
	cpu.cpu_ns = 200 * MS;			/* 10 % of 2 s */
	CHECK(idle_sample(&idle, 3000 * MS, &cpu, 1));
	cpu.cpu_ns = 201 * MS;
	CHECK(!idle_sample(&idle, 3000 * MS, &cpu, 1));
	CHECK(idle.since_ns == 3000 * MS);	/* a busy moment begins anew */
	free(idle.base);
}

static void idle_is_every_processor(void)
{
	struct idle idle = new_idle();
	struct idle_cpu cpu[3] = { { 1, 0 }, { 2, 0 }, { 3, 0 } };

	for (int i = 0; i < 100; i++) {
		cpu[1].cpu_ns += 100 * MS;
		CHECK(!idle_sample(&idle, (i + 1) * 100 * MS, cpu, 3));
	}
	free(idle.base);
}

static void idle_counts_a_new_thread(void)
{
	struct idle idle = new_idle();
	struct idle_cpu cpu[2] = { { 1, 0 }, { 2, 300 * MS } };

	idle_sample(&idle, 1000 * MS, cpu, 1);
	CHECK(!idle_sample(&idle, 3000 * MS, cpu, 2));	/* started and worked meanwhile */
	CHECK(idle_sample(&idle, 5000 * MS, cpu, 2));
	free(idle.base);
}

static void idle_needs_a_processor(void)
{
	struct idle idle = new_idle();
	struct idle_cpu cpu = { 1, 0 };

	for (int i = 1; i < 10; i++)
		CHECK(!idle_sample(&idle, i * 1000 * MS, &cpu, 0));
	free(idle.base);
}

static void statuses_have_the_names_of_the_specification(void)
{
	CHECK(!strcmp(status_name(0x0002), "HV_STATUS_INVALID_HYPERCALL_CODE"));
	CHECK(!strcmp(status_name(0x0033), "HV_STATUS_INSUFFICIENT_BUFFER"));
	CHECK(!strcmp(status_name(0x0087), "HV_STATUS_UNKNOWN_REGISTER_NAME"));
	CHECK(!status_name(0x0001) && !status_name(0xffff));
}

static void privileges_have_the_bits_of_the_specification(void)
{
	uint64_t set, clear;

	CHECK(!privileges_parse("+access-partition-id,-access-vp-registers,cpu-management", &set, &clear));
	CHECK(set == (1ULL << 33 | 1ULL << 44) && clear == 1ULL << 49);
	CHECK(!privileges_parse("-bit-63,bit-50", &set, &clear));
	CHECK(set == 1ULL << 50 && clear == 1ULL << 63);
	CHECK(!privileges_parse("", &set, &clear) && !set && !clear);
}

static void bad_privileges_are_refused(void)
{
	static const char *const bad[] = {
		"frobnicate", "+", "++post-messages", "bit-64", "bit-", "bit--1", "bit-1x",
		"+post-messages,-post-messages",
	};
	uint64_t set, clear;

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(privileges_parse(bad[i], &set, &clear) == EXIT_USAGE);
}

static void times_have_three_digits(void)
{
	static const struct {
		uint64_t ns;
		const char *text;
	} rows[] = {
		{ 0, "0ns" }, { 999, "999ns" }, { 1000, "1.00us" }, { 12345, "12.3us" },
		{ 123456, "123us" }, { 2500000, "2.50ms" }, { 61000000000, "61.0s" },
	};
	char text[16];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		out_ns(text, sizeof(text), rows[i].ns);
		CHECK(!strcmp(text, rows[i].text));
	}
}

static void columns_are_as_wide_as_needed(void)
{
	static const char *const heads[] = { "A", "COUNT", "LAST" };
	struct table *table = table_new(heads, "lrl", 3);
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	table_cell(table, "abc");
	table_cell(table, "%d", 7);
	table_cell(table, "x");
	table_cell(table, "%s", "");
	table_cell(table, "%d", 12);
	table_cell(table, "%s", "");
	table_print(table, file);
	fclose(file);
	CHECK(!strcmp(text, "A    COUNT  LAST\nabc      7  x\n        12\n"));
	free(text);
}

/* JSON with its quotes written as ' */
static bool has(const char *text, const char *json)
{
	char *pattern = strdup(json);
	bool found;

	for (char *c = pattern; *c; c++)
		if (*c == '\'')
			*c = '"';
	found = strstr(text, pattern);
	free(pattern);
	return found;
}

static void json_is_versioned_and_exact(void)
{
	struct json_object *obj = json_object_new_object();
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	add_number(obj, "big", UINT64_MAX);
	add_hex(obj, "mask", 0x8000000000000001);
	add_string(obj, "none", NULL);
	json_object_object_add(obj, "list", json_object_new_array());
	out_json(file, "thing", obj);
	fclose(file);
	CHECK(has(text, "{'format_version':1,'thing':{'big':18446744073709551615,"));
	CHECK(has(text, ",'mask':'0x8000000000000001','none':null,'list':[]}}\n"));
	free(text);
}

/* A root with two calls: one that the paper has in both phases, one in its boot only */
static struct report new_report(struct aggregate *sums, struct calls *calls)
{
	static struct hvpersona_call_info rows[] = {
		{ .out_code = 0x02, .out_name = "HvCallFlushVirtualAddressSpace",
		  .out_table4 = HVPERSONA_SEEN_ROOT_BOOT | HVPERSONA_SEEN_ROOT_IDLE },
		{ .out_code = 0x46, .out_name = "HvCallGetPartitionId",
		  .out_table4 = HVPERSONA_SEEN_ROOT_BOOT | HVPERSONA_SEEN_GUEST_BOOT << 4 },
	};

	event(sums, 2 * NSEC_PER_SEC, 0x02, 0, OUTCOME_DONE, 1500);
	event(sums, 5 * NSEC_PER_SEC, 0x02, 5, OUTCOME_DONE, 2500);
	sums->idle_from_ns = 4 * NSEC_PER_SEC;
	aggregate_settle(sums, IDLE_NEVER);
	*calls = (struct calls){ rows, ARRAY_SIZE(rows) };
	return (struct report){
		.handle = 3, .role = HVPERSONA_ROLE_ROOT, .vps = 2, .command = "qemu",
		.start_ns = 1 * NSEC_PER_SEC, .end_ns = 6 * NSEC_PER_SEC, .idle_by = "key",
		.sums = sums, .calls = calls,
	};
}

static char *report_text(const struct report *r)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	report(file, r);
	fclose(file);
	return text;
}

static void report_has_the_form_of_table_4(void)
{
	struct aggregate *sums = aggregate_new();
	struct calls calls;
	struct report r = new_report(sums, &calls);
	char *text = report_text(&r);

	CHECK(strstr(text, "partition 3: root, 2 processors, qemu\n"));
	CHECK(strstr(text, "\nboot 3.00s, then idle 2.00s (key); 2 events, 0 lost\n"));
	CHECK(strstr(text, "0x0002  HvCallFlushVirtualAddressSpace     1     1          x     x  "));
	CHECK(strstr(text, "1.50us  2.00us") && strstr(text, "SUCCESS 1, INVALID_PARAMETER 1\n"));
	CHECK(!strstr(text, "0x0046"));
	free(text);
	r.all = true;
	text = report_text(&r);
	CHECK(strstr(text, "0x0046  HvCallGetPartitionId                                x\n"));
	free(text);
	r.role = HVPERSONA_ROLE_GUEST;		/* whose cell is unreadable */
	text = report_text(&r);
	CHECK(strstr(text, "0x0046  HvCallGetPartitionId                                ?\n"));
	free(text);
	r.phases = true;
	text = report_text(&r);
	CHECK(strstr(text, "boot       1") && strstr(text, "idle       1"));
	free(text);
	aggregate_free(sums);
}

static void report_says_the_same_in_json(void)
{
	struct aggregate *sums = aggregate_new();
	struct calls calls;
	struct report r = new_report(sums, &calls);
	char *text;

	format = FORMAT_JSON;
	text = report_text(&r);
	format = FORMAT_TEXT;
	CHECK(has(text, "{'format_version':1,'trace':{'handle':3,'role':'root','vps':2,"));
	CHECK(has(text, "'command':'qemu','boot_ns':3000000000,'idle_ns':2000000000,"));
	CHECK(has(text, "'idle_by':'key','events':2,'lost_events':0,'timeline_ns':500000000,'exit_status':null,"));
	CHECK(has(text, "'calls':[{'code':2,'name':'HvCallFlushVirtualAddressSpace',"));
	CHECK(has(text, "'paper_boot':'x','paper_idle':'x','boot':{'calls':1,"));
	CHECK(has(text, "'idle':{'calls':1,'statuses':[{'status':5,"));
	CHECK(has(text, "'name':'HV_STATUS_INVALID_PARAMETER','count':1}],'continued':0,"));
	CHECK(has(text, "'to_kvm':0,'ud':0,'latency_ns':{'min':2500,'mean':2500,"));
	free(text);
	aggregate_free(sums);
}

/* Numbers and names: ABI sheet, "Registers" and "Partition properties" */
static void names_are_those_of_the_specification(void)
{
	uint32_t number;

	CHECK(register_names.count == 403 && property_names.count == 127);
	CHECK(name_parse(&register_names, "Rip", &number) && number == 0x00020010);
	CHECK(name_parse(&register_names, "msrmtrrphysbasef", &number) && number == 0x0008001f);
	CHECK(name_parse(&register_names, "VsmVpSecureConfigVtl14", &number) && number == 0x000d001e);
	CHECK(name_parse(&register_names, "0x20000", &number) && number == 0x20000);
	CHECK(!name_parse(&register_names, "Rip2", &number));
	CHECK(!strcmp(name_of(&property_names, 0x00050017), "UnimplementedMsrAction"));
	CHECK(!name_of(&property_names, 0x00090006));
	for (size_t i = 1; i < register_names.count; i++)
		CHECK(register_names.row[i].number > register_names.row[i - 1].number);
}

/* ABI sheet, "Guest physical address space" and HvCallCreatePartition */
static void flags_have_names(void)
{
	char text[256];
	uint32_t flags;

	CHECK(flags_parse(&map_flags, "r,w,x,adjustable,large", &flags) && flags == 0x8000800f);
	flags_text(&map_flags, flags, text, sizeof(text));
	CHECK(!strcmp(text, "r,w,x,adjustable,large"));
	flags_text(&map_flags, 0x30001 | 0x4, text, sizeof(text));
	CHECK(!strcmp(text, "r,kernel-x,ones"));
	flags_text(&map_flags, 0x10000, text, sizeof(text));
	CHECK(!strcmp(text, "no-access"));
	flags_text(&map_flags, 0x40000001, text, sizeof(text));
	CHECK(!strcmp(text, "r,0x40000000"));
	flags_text(&map_flags, 0, text, sizeof(text));
	CHECK(!*text);
	/* linux-clients 6.3: what Linux sends, "typical" */
	CHECK(flags_parse(&creation_flags, "exo,lapic,intercept-page,x2apic,super-pages", &flags) &&
	      flags == 0x482110);
	CHECK(flags_parse(&creation_flags, "0x482110", &flags) && flags == 0x482110);
	CHECK(!flags_parse(&creation_flags, "lapic,r", &flags));
}

static void check_register(const char *typed, uint64_t low, uint64_t high, const char *shown)
{
	struct hvpersona_register reg;
	char text[128];

	CHECK(register_parse(typed, &reg));
	CHECK(reg.value[0] == low && reg.value[1] == high);
	register_text(&reg, text, sizeof(text));
	CHECK(!strcmp(text, shown));
}

/* ABI sheet, "Value formats": layouts of segments and tables */
static void register_values_are_read_as_shown(void)
{
	struct hvpersona_register reg;

	check_register("Rip=4096", 0x1000, 0, "0x1000");
	check_register("Rax=0xffffffffffffffff", UINT64_MAX, 0, "0xffffffffffffffff");
	check_register("Xmm3=0x00112233445566778899aabbccddeeff", 0x8899aabbccddeeff,
		       0x0011223344556677, "0x112233445566778899aabbccddeeff");
	check_register("Cs=seg:{base=0x100,limit=0xffffffff,selector=8,attributes=0xc09b}", 0x100,
		       0xc09b0008ffffffff,
		       "seg:{base=0x100,limit=0xffffffff,selector=0x8,attributes=0xc09b}");
	check_register("Gdtr=table:{base=0x1000,limit=0x27}", 0x0027000000000000, 0x1000,
		       "table:{base=0x1000,limit=0x27}");
	check_register("Tr=seg:{}", 0, 0, "seg:{base=0x0,limit=0x0,selector=0x0,attributes=0x0}");
	CHECK(!register_parse("Rip=0x1ffffffffffffffffffffffffffffffffff", &reg));
	CHECK(!register_parse("Rip=seg:{base=0}", &reg));
	CHECK(!register_parse("Cs=table:{base=0}", &reg));
	CHECK(!register_parse("Rip=", &reg));
}

static void sizes_have_suffixes(void)
{
	uint64_t value;

	CHECK(parse_pages("", "208", &value) && value == 208);
	CHECK(parse_pages("", "4M", &value) && value == 1024);
	CHECK(parse_pages("", "1g", &value) && value == 262144);
	CHECK(!parse_pages("", "2K", &value) && !parse_pages("", "4MB", &value));
	CHECK(!parse_pages("", "0x1000000000000000T", &value) && !parse_pages("", "-1", &value));
	CHECK(parse_size("", "0x1000", &value) && value == 4096);
	CHECK(parse_size("", "16K", &value) && value == 16384);
	CHECK(!parse_size("", "100", &value) && !parse_size("", "", &value));
}

/* strtoull() takes blanks and signs, and makes 2^64 - 1 of " -1" */
static void numbers_are_digits(void)
{
	uint64_t value;

	CHECK(parse_number("", "0x10", UINT64_MAX, &value) && value == 16);
	CHECK(!parse_number("", " -1", UINT64_MAX, &value) && !parse_number("", "+1", 9, &value));
	CHECK(!parse_number("", "", 9, &value) && !parse_number("", " 1", 9, &value));
	CHECK(!parse_size("", " -0", &value) && !parse_pages("", "+1", &value));
}

#define TEST(function)	{ #function, function }

int main(void)
{
	static const struct {
		const char *name;
		void (*run)(void);
	} tests[] = {
		TEST(percentiles_of_small_times_are_exact),
		TEST(percentiles_are_within_1_6_percent),
		TEST(percentiles_stay_between_min_and_max),
		TEST(events_are_held_back_until_settled),
		TEST(many_events_and_the_last_code_are_counted),
		TEST(outcomes_are_told_apart),
		TEST(a_lone_status_goes_without_its_number),
		TEST(idle_needs_a_whole_window),
		TEST(idle_allows_a_tenth),
		TEST(idle_is_every_processor),
		TEST(idle_counts_a_new_thread),
		TEST(idle_needs_a_processor),
		TEST(statuses_have_the_names_of_the_specification),
		TEST(privileges_have_the_bits_of_the_specification),
		TEST(bad_privileges_are_refused),
		TEST(times_have_three_digits),
		TEST(columns_are_as_wide_as_needed),
		TEST(json_is_versioned_and_exact),
		TEST(report_has_the_form_of_table_4),
		TEST(report_says_the_same_in_json),
		TEST(names_are_those_of_the_specification),
		TEST(flags_have_names),
		TEST(register_values_are_read_as_shown),
		TEST(sizes_have_suffixes),
		TEST(numbers_are_digits),
	};
	int failed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(tests); i++) {
		failures = 0;
		tests[i].run();
		printf("%s - %s\n", failures ? "not ok" : "ok", tests[i].name);
		failed += !!failures;
	}
	return failed != 0;
}
