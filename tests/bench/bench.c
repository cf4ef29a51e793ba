// SPDX-License-Identifier: GPL-2.0
/*
 * What an exit costs, in TSC ticks. The host counts instructions as its TSC, so that a
 * difference of two readings is what the host kernel executed in between.
 *
 * Each line "bench <TAB> WHAT <TAB> MINIMUM <TAB> MEDIAN <TAB> P95" is one kind of exit.
 * Command line: "kvm" leaves out what KVM itself does not serve, "cpuid" everything but
 * CPUID exits, "parent" everything but these and what a parent of children calls; "ping"
 * measures what goes to another guest and back, which is one with "pong"; "vtl" measures VTLs.
 */
#include "parent.h"
#include "port.h"
#include "vtl.h"

#define WARM_UP	100
#define CALLS	1000
#define VECTOR	0x40

static u64 input[PAGE_SIZE / 8] PAGE_ALIGNED;
static u64 output[PAGE_SIZE / 8] PAGE_ALIGNED;

struct flush {
	u64 space, flags, mask, list[32];
};

struct registers {
	struct hv_register_header h;
	u32 names[16];
};

struct translate {
	u64 partition;
	u32 vp, padding;
	u64 flags, page;
};

/* A flush of one address space on this processor; each entry of the list is a page */
static void make_flush(void)
{
	struct flush *in = (void *)input;

	in->space = read_cr3();
	in->mask = 1;
	for (unsigned int i = 0; i < ARRAY_SIZE(in->list); i++)
		in->list[i] = TEST_VA + i * PAGE_SIZE;
}

static void make_registers(void)
{
	struct registers *in = (void *)input;

	in->h = (struct hv_register_header){ .partition = SELF, .vp = VP_SELF };
	for (unsigned int i = 0; i < ARRAY_SIZE(in->names); i++)
		in->names[i] = 0x00020000 + i;	/* RAX to R15 */
}

static void make_translate(void)
{
	struct translate *in = (void *)input;

	*in = (struct translate){ SELF, VP_SELF, 0, BIT(0), (u64)input / PAGE_SIZE };
}

/* One message, to this processor with another vector: each call replaces what the last one did */
static void make_retarget(void)
{
	static const struct {
		u64 partition, device, entry[2], reserved;
		u32 vector, flags;
		u64 format, banks, bank;
	} in = { SELF, 1, { 1, 0x62ull << 32 | 0xfee01000 }, 0, VECTOR, 2, 0, 1, 1 };

	memcpy(input, &in, sizeof(in));
}

/* Not fast: operands are in the two pages. "in_kvm": stock KVM serves it. */
static const struct row {
	const char *what;
	u64 control;
	void (*make)(void);
	u64 rdx, r8;
	bool in_kvm, interrupts;
	enum hv_status want;
} rows[] = {
	{ "0x0003 flush list, 1 entry", FLUSH_LIST | REP(1), make_flush, .in_kvm = true },
	{ "0x0003 flush list, 32 entries", FLUSH_LIST | REP(32), make_flush, .in_kvm = true },
	{ "0x0002 flush space", FLUSH_SPACE, make_flush, .in_kvm = true },
	{ "0x000b IPI to self, fast", SEND_IPI | FAST, .rdx = VECTOR, .r8 = 1, .in_kvm = true,
	  .interrupts = true },
	{ "0x0008 long spin wait, fast", NOTIFY_SPIN | FAST, .rdx = 1, .in_kvm = true },
	{ "0x0009 parked VPs, fast", PARKED_VPS | FAST },
	{ "0x0046 get partition id", GET_PARTITION_ID },
	{ "0x0050 get 1 register", GET_REGISTERS | REP(1), make_registers },
	{ "0x0050 get 16 registers", GET_REGISTERS | REP(16), make_registers },
	{ "0x0052 translate address", TRANSLATE, make_translate },
	{ "0x007e retarget interrupt", RETARGET_INTERRUPT | VAR(2), make_retarget },
	{ "0x0123 unserved code", 0x0123 | FAST, .in_kvm = true,
	  .want = HV_INVALID_HYPERCALL_CODE },
};

static u64 result;		/* of the last measured call */
static u32 samples[CALLS];
static u32 nothing;		/* what two readings cost */
static bool amd;

/* The time between two readings with INSN in between; clobbers as a hypercall may */
#define MEASURE(insn, rax, rcx, rdx, r8)						\
({											\
	register u64 _r8 asm("r8") = (r8);						\
	u64 _a = (rax), _c = (rcx), _d = (rdx), _start, _end;				\
											\
	_start = rdtsc();								\
	asm volatile(insn : "+a"(_a), "+c"(_c), "+d"(_d), "+r"(_r8) :: "rbx", "memory");	\
	_end = rdtsc();									\
	result = _a;									\
	_end - _start;									\
})


static u64 time_nothing(const struct row *r)
{
	return MEASURE("", 0, 0, 0, (u64)r);
}

static u64 time_cpuid(const struct row *r)
{
	return MEASURE("cpuid", 0, 0, 0, (u64)r);
}

static u64 time_call(const struct row *r)
{
	u64 rdx = r->control & FAST ? r->rdx : (u64)input;
	u64 r8 = r->control & FAST ? r->r8 : (u64)output;

	if (amd)
		return MEASURE("vmmcall", ~0ull, r->control, rdx, r8);
	return MEASURE("vmcall", ~0ull, r->control, rdx, r8);
}

/* What a parent calls. Children, and a list of pages for the pool of one of them */
#define MAPPED_GAP	512ull	/* between the runs of pages that fill the map */
#define MEASURED_BASE	BIT(24)	/* beyond them */

static u64 fed, child;
static u64 spare[MAX_DEPOSIT];

static void make_deposit(void)
{
	input[0] = fed;
	memcpy(&input[1], spare, sizeof(spare));
}

static void make_withdrawal(void)
{
	input[0] = fed;
	input[1] = 0;
}

static void withdraw(void)
{
	make_withdrawal();
	hv_call(WITHDRAW | REP(MAX_DEPOSIT), (u64)input, (u64)output);
}

static void deposit(void)
{
	make_deposit();
	hv_call(DEPOSIT | REP(MAX_DEPOSIT), (u64)input, (u64)output);
	make_withdrawal();
}

static void make_map(u64 base, u32 flags)
{
	unsigned int unit = flags & MAP_LARGE ? 512 : 1;

	input[0] = child;
	input[1] = base;
	input[2] = flags;
	for (unsigned int i = 0; i < MAX_MAP; i++)
		input[3 + i] = CHILD_PAGES + i * unit % (CHILD_PAGES_END - CHILD_PAGES);
}

static void make_small_map(void)
{
	make_map(MEASURED_BASE, MAP_LINUX);
}

static void unmap_small(void)
{
	hv_unmap(child, MEASURED_BASE, MAX_UNMAP, 0);
}

static void make_large_map(void)
{
	make_map(MEASURED_BASE, MAP_LINUX | MAP_LARGE);
}

static void unmap_large(void)
{
	hv_unmap(child, MEASURED_BASE, MAX_UNMAP, UNMAP_LARGE);
}

static void make_vp(void)
{
	struct create_vp_in *in = (void *)input;

	*in = (struct create_vp_in){ child, 1, {}, 0, 0, 0, 0 };
}

static void delete_vp(void)
{
	hv_delete_vp(child, 1);
}

static void make_child_registers(void)
{
	struct registers *in = (void *)input;

	make_registers();
	in->h = (struct hv_register_header){ .partition = child, .vp = 0 };
}

/* Made anew before each call, undone after it; "elements" share what it costs */
static const struct parent_row {
	struct row row;
	void (*undo)(void);
	unsigned int elements;
} parent_rows[] = {
	{ { "0x0048 deposit, per page", DEPOSIT | REP(MAX_DEPOSIT), make_deposit }, withdraw, MAX_DEPOSIT },
	{ { "0x0049 withdraw, per page", WITHDRAW | REP(MAX_DEPOSIT), deposit }, NULL, MAX_DEPOSIT },
	{ { "0x004b map 4 KiB list, per page", MAP_GPA | REP(MAX_MAP), make_small_map }, unmap_small,
	  MAX_MAP },
	{ { "0x004b map 2 MiB list, per page", MAP_GPA | REP(MAX_MAP), make_large_map }, unmap_large,
	  MAX_MAP },
	{ { "0x004e create VP", CREATE_VP, make_vp }, delete_vp, 1 },
	{ { "0x0050 get 1 register of a child", GET_REGISTERS | REP(1), make_child_registers }, NULL, 1 },
	{ { "0x0050 get 16 registers of a child", GET_REGISTERS | REP(16), make_child_registers }, NULL, 1 },
};

static const struct {
	unsigned int pages;
	const char *what;
} levels[] = {
	{ 1, "0x004b map 4 KiB list, per page, 1 mapped" },
	{ 1000, "0x004b map 4 KiB list, per page, 1000 mapped" },
	{ 100000, "0x004b map 4 KiB list, per page, 100000 mapped" },
	{ 1000000, "0x004b map 4 KiB list, per page, 1000000 mapped" },
};

/*
 * Events and messages to user space. With KVM alone the event's connection is one of QEMU's
 * hyperv-testdev, which has KVM signal an eventfd, and the message's is unknown: QEMU
 * says so at once, which is the least that an exit to it can cost. Otherwise both lead to
 * ports of the host, of which the host's script has somebody read.
 */
#define TESTDEV			0x3000
#define SINT			2
#define TESTDEV_ROUTE		(1 << 16 | SINT)
#define TESTDEV_EVENT		(6 << 16 | SINT | EVENT_CONNECTION << 24)
#define EVENT_CONNECTION	0x42u
#define MESSAGE_CONNECTION	0x43u

static void make_post(void)
{
	struct post *in = (void *)input;

	*in = (struct post){ MESSAGE_CONNECTION, 0, 1, 64, {} };
}

static const struct row user_event = {
	"0x005d signal event to user space, fast", SIGNAL_EVENT | FAST, .rdx = EVENT_CONNECTION,
};

static const struct row user_message = {
	"0x005c post message to user space", POST_MESSAGE, make_post,
};

static void sort(u32 *v, unsigned int n)
{
	for (unsigned int i = 1; i < n; i++) {
		u32 x = v[i];
		unsigned int j = i;

		for (; j && v[j - 1] > x; j--)
			v[j] = v[j - 1];
		v[j] = x;
	}
}


/*
 * Interrupts are off while the clock runs. A call that sends one gets rid of it before
 * the next one, outside of what is measured.
 */
static void measure(u64 (*time)(const struct row *), const struct row *r)
{
	for (unsigned int i = 0; i < WARM_UP + CALLS; i++) {
		u64 ticks = time(r);

		if (i >= WARM_UP)
			samples[i - WARM_UP] = ticks - nothing;
		if (r && r->interrupts) {
			irq_enable();
			irq_disable();
		}
	}
	sort(samples, CALLS);
}

static void report_of(const char *what, unsigned int calls)
{
	printf("bench\t%s\t%u\t%u\t%u\n", what, samples[0], samples[calls / 2],
	       samples[calls * 95 / 100]);
}

static void report(const char *what)
{
	report_of(what, CALLS);
}

static void bench_call(const struct row *r)
{
	unsigned int code = r->control & 0xffff;
	u32 taken = irq_count[0][VECTOR];

	memset(input, 0, sizeof(input));
	if (r->make)
		r->make();
	measure(time_call, r);
	tap_status(code, STATUS(result), r->want, "%s", r->what);
	if (r->interrupts)
		tap_equal(code, irq_count[0][VECTOR] - taken, WARM_UP + CALLS,
			  "every interrupt has arrived");
	if (r->make == make_flush && r->control >> 32)
		tap_equal(code, REPS(result), r->control >> 32, "every element is done");
	report(r->what);
}

/* Long calls: fewer of them say as much */
#define PARENT_WARM_UP	4
#define PARENT_CALLS	40

static void bench_parent(const struct parent_row *p, const char *what)
{
	const struct row *r = &p->row;
	unsigned int code = r->control & 0xffff, reps = r->control >> 32 & 0xfff;

	for (unsigned int i = 0; i < PARENT_WARM_UP + PARENT_CALLS; i++) {
		u64 ticks;

		r->make();
		ticks = time_call(r);
		if (i >= PARENT_WARM_UP)
			samples[i - PARENT_WARM_UP] = (ticks - nothing) / p->elements;
		if (STATUS(result) || REPS(result) != reps)
			break;
		if (p->undo)
			p->undo();
	}
	sort(samples, PARENT_CALLS);
	tap_equal(code, result, REP(reps), "%s", what);
	report_of(what, PARENT_CALLS);
}

/* Real pages in runs that do not touch, so that each run stays a range of its own */
static unsigned int fill(unsigned int mapped, unsigned int pages)
{
	static u64 base;

	while (mapped < pages) {
		unsigned int n = pages - mapped < MAX_MAP ? pages - mapped : MAX_MAP;

		if (STATUS(hv_map(child, base, CHILD_PAGES, n, MAP_LINUX)))
			break;
		base += MAPPED_GAP;
		mapped += n;
	}
	return mapped;
}

static void bench_parents(void)
{
	unsigned int mapped = 0;

	fed = child_create(CREATE_LINUX);
	child = child_start(CREATE_LINUX);
	hv_deposit(child, 256);
	WITH_MEMORY(child, hv_create_vp(child, 0));
	for (unsigned int i = 0; i < MAX_DEPOSIT; i++)
		spare[i] = page_take();
	for (unsigned int i = 0; i < ARRAY_SIZE(parent_rows); i++)
		bench_parent(&parent_rows[i], parent_rows[i].row.what);
	for (unsigned int i = 0; i < ARRAY_SIZE(levels); i++) {
		const struct parent_row p = {
			{ levels[i].what, MAP_GPA | REP(MAX_MAP), make_small_map }, unmap_small, MAX_MAP,
		};

		mapped = fill(mapped, levels[i].pages);
		tap_equal(MAP_GPA, mapped, levels[i].pages, "%u pages are mapped", levels[i].pages);
		bench_parent(&p, levels[i].what);
	}
	child_end(child);
	child_end(fed);
}

/* What reads on the other side needs its turns, too */
static void bench_user(const struct row *r, enum hv_status want)
{
	unsigned int code = r->control & 0xffff, full = 0;

	memset(input, 0, sizeof(input));
	if (r->make)
		r->make();
	for (unsigned int i = 0; i < WARM_UP + CALLS;) {
		u64 ticks = time_call(r);

		if (STATUS(result) == HV_INSUFFICIENT_BUFFERS && full++ < 100 * CALLS) {
			delay(1);
			continue;
		}
		if (i >= WARM_UP)
			samples[i - WARM_UP] = ticks - nothing;
		i++;
	}
	sort(samples, CALLS);
	tap_status(code, STATUS(result), want, "%s", r->what);
	report(r->what);
}

static void bench_users(bool kvm)
{
	hv_synic_on();
	if (kvm) {
		asm volatile("outl %0, %w1" :: "a"(TESTDEV_ROUTE), "d"(TESTDEV));
		asm volatile("outl %0, %w1" :: "a"(TESTDEV_EVENT), "d"(TESTDEV));
	}
	for (unsigned int i = 0; i < 1000 && hv_signal(EVENT_CONNECTION, 0); i++)
		delay(10);
	bench_user(&user_event, HV_SUCCESS);
	for (unsigned int i = 0; i < 1000 && !kvm && hv_post(MESSAGE_CONNECTION, 1, 0, 8); i++)
		delay(10);
	bench_user(&user_message, kvm ? HV_INVALID_CONNECTION_ID : HV_SUCCESS);
}

/*
 * Two guests: both have a message port and an event port for the other, on one VP that
 * halts until something comes.
 */
enum { PORT_MESSAGES = 0x10, PORT_EVENTS, PAIR_SINT = 3, PAIR_EVENTS = 4, ROUNDS = CALLS };

static u64 self, other;

static void pair_up(void)
{
	struct create_port port = { SELF, PORT_MESSAGES, .type = PORT_MESSAGE, .sint = PAIR_SINT };
	struct connect_port to = { SELF, PORT_MESSAGES, .port = PORT_MESSAGES, .type = PORT_MESSAGE };
	unsigned int tries = 0;

	hv_do(MEMORY, GET_PARTITION_ID, NULL, 0, &self, sizeof(self));
	other = 5 - self;
	port.connection_partition = to.port_partition = other;
	wrmsr(MSR_SINT0 + PAIR_SINT, VECTOR + 1);
	wrmsr(MSR_SINT0 + PAIR_EVENTS, VECTOR + 2);
	hv_synic_on();
	while (hv_create_port(&port) && tries++ < 10000)
		delay(10);
	port.port = PORT_EVENTS;
	port.type = PORT_EVENT;
	port.sint = PAIR_EVENTS;
	port.count = 1;
	while (hv_create_port(&port) && tries++ < 10000)
		delay(10);
	while (hv_connect_port(&to) && tries++ < 10000)
		delay(10);
	to.connection = to.port = PORT_EVENTS;
	to.type = PORT_EVENT;
	while (hv_connect_port(&to) && tries++ < 10000)
		delay(10);
	tap_result(tries < 10000, 0x0096, "both ports are connected");
}

static void wait_event(void)
{
	volatile u64 *flags = hv_siefp[0][PAIR_EVENTS];

	for (;;) {
		irq_disable();
		if (*flags)
			break;
		asm volatile("sti; hlt" ::: "memory");
	}
	*flags = 0;
}

static void ping(void)
{
	struct hv_message message;
	u64 start;

	for (unsigned int i = 0; i < WARM_UP + ROUNDS; i++) {
		start = rdtsc();
		hv_post(PORT_MESSAGES, 1, i, 64);
		hv_receive(PAIR_SINT, &message);
		if (i >= WARM_UP)
			samples[i - WARM_UP] = rdtsc() - start;
	}
	tap_equal(0x005c, message.payload[0], WARM_UP + ROUNDS - 1, "the last message is back");
	sort(samples, ROUNDS);
	report("0x005c message to another guest and back");
	for (unsigned int i = 0; i < WARM_UP + ROUNDS; i++) {
		start = rdtsc();
		hv_signal(PORT_EVENTS, 0);
		wait_event();
		if (i >= WARM_UP)
			samples[i - WARM_UP] = rdtsc() - start;
	}
	sort(samples, ROUNDS);
	report("0x005d event to another guest and back");
}

static void pong(void)
{
	struct hv_message message;

	for (unsigned int i = 0; i < WARM_UP + ROUNDS; i++) {
		hv_receive(PAIR_SINT, &message);
		hv_post(PORT_MESSAGES, 1, message.payload[0], 64);
	}
	for (unsigned int i = 0; i < WARM_UP + ROUNDS; i++) {
		wait_event();
		hv_signal(PORT_EVENTS, 0);
	}
	tap_result(true, NO_CALL, "every ping was answered");
}

#define TOUCHED		64

static u8 touched[2 * TOUCHED][PAGE_SIZE] PAGE_ALIGNED;
static bool touches;
static u64 vtl_call_code;

static void touch(unsigned int first)
{
	for (unsigned int i = 0; touches && i < TOUCHED; i++)
		(*(volatile u8 *)touched[first + i])++;
}

/* VTL1: returns as fast as it can, for ever */
static void serve(struct vtl *v, void *arg)
{
	struct vtl_regs regs = {};

	(void)arg;
	for (;;) {
		touch(TOUCHED);
		regs.rcx = 1;
		vtl_switch(&regs, v->page + (v->offsets >> 12 & 0xfff));
		if (v->fn != serve)
			v->fn(v, v->arg);
	}
}

static u64 time_vtl(const struct row *r)
{
	struct vtl_regs regs = {};
	u64 start = rdtsc();

	(void)r;
	vtl_switch(&regs, vtl_call_code);
	touch(0);
	return rdtsc() - start;
}

/* An exit to the VMM: line status of the serial port */
static u64 time_user(const struct row *r)
{
	u64 start = rdtsc();

	(void)r;
	inb(0x3f8 + 5);
	return rdtsc() - start;
}

/* VTL1: changes the protection of a page, and of another one */
static void change_protections(struct vtl *v, void *arg)
{
	struct {
		u64 partition;
		u32 flags;
		u8 vtl, reserved[3];
		u64 page;
	} *in = (void *)input;
	u64 start;

	(void)v;
	(void)arg;
	hv_set_register64(REG_VSM_CONFIG, 1 | 15 << 1 | BIT(12));
	*in = (typeof(*in)){ .partition = SELF };
	for (unsigned int i = 0; i < WARM_UP + CALLS; i++) {
		in->page = (u64)touched[i % TOUCHED] / PAGE_SIZE;
		in->flags = i / TOUCHED % 2 ? 15 : 1;
		start = rdtsc();
		result = hv_call(MODIFY_PROTECTION | REP(1), (u64)in, 0);
		if (i >= WARM_UP)
			samples[i - WARM_UP] = rdtsc() - start;
	}
	in->page = (u64)touched[0] / PAGE_SIZE;
	in->flags = 1;
	hv_call(MODIFY_PROTECTION | REP(1), (u64)in, 0);
}

static volatile u32 intercept_reason;

/* VTL1: VTL0 writes to a page that it may not write to, again and again */
static void take_intercepts(struct vtl *v, void *arg)
{
	struct vtl_regs regs = v->regs;
	u64 start;

	(void)arg;
	for (unsigned int i = 0; i < WARM_UP + CALLS; i++) {
		regs.rcx = 1;
		start = rdtsc();
		vtl_switch(&regs, v->page + (v->offsets >> 12 & 0xfff));
		if (i >= WARM_UP)
			samples[i - WARM_UP] = rdtsc() - start;
		/* Later ones find what fast returns leave */
		if (!i) {
			v->assist->return_rax = regs.rax;
			v->assist->return_rcx = regs.rcx;
		}
	}
	intercept_reason = v->assist->reason;
	((u64 *)input)[2] = (u64)touched[0] / PAGE_SIZE;
	((u32 *)input)[2] = 15;
	hv_call(MODIFY_PROTECTION | REP(1), (u64)input, 0);
	regs.rcx = 0;
	vtl_switch(&regs, v->page + (v->offsets >> 12 & 0xfff));
}

static void bench_vtl(void)
{
	struct start_in in;
	struct vtl *v = vtl_of(1, 0);
	struct vtl_regs regs = {};
	struct hv_value offsets;

	vtl_enable(SELF, 1, 0);
	in = vtl_start(1, 0);
	tap_status(0x000f, vtl_enable_vp(&in), HV_SUCCESS, "VTL1");
	hv_get_register(REG_VSM_CODE_PAGE, &offsets);
	vtl_call_code = (u64)hv_page + (offsets.u[0] & 0xfff);
	measure(time_user, NULL);
	report("exit to the VMM");
	vtl_do(1, serve, NULL);
	measure(time_vtl, NULL);
	report("0x0011 VTL call and return");
	touches = true;
	measure(time_vtl, NULL);
	report("0x0011 VTL call and return, 64 pages each");
	touches = false;
	v->fn = change_protections;
	vtl_switch(&regs, vtl_call_code);
	tap_equal(0x000c, result, REP(1), "protections change");
	sort(samples, CALLS);
	report("0x000c protection of a page");
	v->fn = take_intercepts;
	regs = (struct vtl_regs){};
	vtl_switch(&regs, vtl_call_code);
	*(volatile u8 *)touched[0] = 1;
	tap_equal(0x000c, intercept_reason, ENTRY_INTERCEPT, "intercepts come");
	sort(samples, CALLS);
	report("memory intercept and return");
}

void test_main(void)
{
	bool kvm = cmdline_has("kvm");

	amd = is_amd();
	irq_disable();
	measure(time_nothing, NULL);
	nothing = samples[CALLS / 2];
	measure(time_cpuid, NULL);
	report("CPUID exit");
	tap_result(samples[0] > 100, NO_CALL, "the clock counts instructions");
	if (cmdline_has("cpuid"))
		return;

	hv_init();
	if (cmdline_has("vtl")) {
		bench_vtl();
		return;
	}
	if (cmdline_has("parent")) {
		bench_parents();
		return;
	}
	if (cmdline_has("ping") || cmdline_has("pong")) {
		pair_up();
		cmdline_has("ping") ? ping() : pong();
		return;
	}
	for (unsigned int i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].in_kvm || !kvm)
			bench_call(&rows[i]);
	bench_users(kvm);
}
