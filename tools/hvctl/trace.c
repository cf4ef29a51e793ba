// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl trace: the hypercalls of a partition while it boots and while it is idle,
 * in the form of the paper's Table 4.
 *
 * Reads the tracepoint hvpersona:hvp_call_done through a tracefs instance of its
 * own, which is removed at the end. It fires whenever a call is left, so it covers
 * hvp_call, which shows operands and is of no use for sums.
 */
#include <errno.h>
#include <event-parse.h>
#include <kbuffer.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/poll.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <tracefs.h>
#include <unistd.h>

#include "aggregate.h"
#include "hvctl.h"
#include "report.h"

#define SYSTEM		"hvpersona"
#define EVENT		"hvp_call_done"
#define INSTANCE	"hvctl-"
#define PERIOD_MS	200
#define IDLE_WINDOW_NS	(2 * NSEC_PER_SEC)
#define IDLE_PERCENT	10
#define BUFFER_KIB	4096

/* Fields of the tracepoint that are read */
enum { FIELD_CODE, FIELD_STATUS, FIELD_OUTCOME, FIELD_DURATION, FIELD_COUNT };

struct trace {
	int dev, partition;
	struct hvpersona_partition_info info;	/* the last one with a VMM */
	struct calls calls;
	FILE *out;

	struct tracefs_instance *instance;
	struct tep_handle *tep;
	struct tep_event *event;
	struct tep_format_field *field[FIELD_COUNT];
	struct kbuffer *kbuffer;
	struct tracefs_cpu **cpu;
	int nr_cpus;
	void *page;

	struct aggregate *sums;
	struct idle idle;
	struct idle_cpu *vp;		/* scratch of sample_idle() */
	uint64_t start_ns, end_ns, idle_after_ns, duration_ns, lost;
	const char *idle_by;		/* NULL until idle */

	pid_t child;			/* 0: none, or reaped */
	int child_status;
	int signals;
	sigset_t old_mask;
	bool keys, stop;
	struct termios termios;
};

/* Tracing */

/* Instances of an hvctl that was killed stay behind */
static void remove_stale_instances(void)
{
	char **names = tracefs_instances("^" INSTANCE);

	for (int i = 0; names && names[i]; i++) {
		struct tracefs_instance *stale;

		if (!kill(atoi(names[i] + strlen(INSTANCE)), 0) || errno != ESRCH)
			continue;
		stale = tracefs_instance_create(names[i]);
		if (!stale)
			continue;
		tracefs_instance_destroy(stale);
		tracefs_instance_free(stale);
	}
	tracefs_list_free(names);
}

static bool load_event(struct trace *t)
{
	static const char *const names[FIELD_COUNT] = { "code", "status", "outcome", "duration_ns" };
	char *text;
	int len;

	if (!tracefs_tracing_dir()) {
		fail("run hvctl as root; mount -t tracefs nodev /sys/kernel/tracing",
		     "tracefs cannot be reached");
		return false;
	}
	/* Only this one: tracefs_local_events_system() reads /proc/kallsyms, too */
	t->tep = tep_alloc();
	text = tracefs_event_file_read(NULL, SYSTEM, EVENT, "format", &len);
	if (text && !tep_parse_event(t->tep, text, len, SYSTEM))
		t->event = tep_find_event_by_name(t->tep, SYSTEM, EVENT);
	free(text);
	for (int i = 0; t->event && i < FIELD_COUNT; i++) {
		t->field[i] = tep_find_field(t->event, names[i]);
		if (t->field[i])
			continue;
		fail("hvctl version", "tracepoint " SYSTEM ":" EVENT " has no field %s", names[i]);
		return false;
	}
	if (!t->event)
		fail("hvctl features", "tracepoint " SYSTEM ":" EVENT " cannot be read");
	return t->event;
}

static void trace_end(struct trace *t)
{
	for (int i = 0; t->cpu && i < t->nr_cpus; i++)
		if (t->cpu[i])
			tracefs_cpu_close(t->cpu[i]);
	free(t->cpu);
	free(t->page);
	if (t->kbuffer)
		kbuffer_free(t->kbuffer);
	if (t->instance) {
		tracefs_instance_destroy(t->instance);
		tracefs_instance_free(t->instance);
	}
	tep_free(t->tep);
}

static bool trace_begin(struct trace *t, uint64_t buffer_kib)
{
	char name[32], filter[32];

	tracefs_set_loglevel(TEP_LOG_NONE);
	if (!load_event(t))
		return false;
	remove_stale_instances();
	snprintf(name, sizeof(name), INSTANCE "%d", getpid());
	snprintf(filter, sizeof(filter), "handle == %u", t->info.out_handle);
	t->instance = tracefs_instance_create(name);
	if (!t->instance || tracefs_instance_set_buffer_size(t->instance, buffer_kib, -1) < 0 ||
	    tracefs_instance_file_write(t->instance, "trace_clock", "mono") < 0 ||
	    tracefs_event_file_write(t->instance, SYSTEM, EVENT, "filter", filter) < 0 ||
	    tracefs_event_enable(t->instance, SYSTEM, EVENT) < 0) {
		fail_errno(NULL, "tracing instance %s", name);
		return false;
	}
	t->nr_cpus = sysconf(_SC_NPROCESSORS_CONF);
	t->cpu = calloc(t->nr_cpus, sizeof(*t->cpu));
	t->kbuffer = kbuffer_alloc(KBUFFER_LSIZE_8, KBUFFER_ENDIAN_LITTLE);
	for (int i = 0; i < t->nr_cpus; i++)
		t->cpu[i] = tracefs_cpu_open(t->instance, i, true);	/* NULL: offline */
	for (int i = 0; i < t->nr_cpus && !t->page; i++)
		t->page = t->cpu[i] ? malloc(tracefs_cpu_read_size(t->cpu[i])) : NULL;
	if (!t->page)
		fail_errno(NULL, "trace buffers");
	return t->page;
}

static uint64_t read_field(struct trace *t, int field, void *data)
{
	unsigned long long value = 0;

	tep_read_number_field(t->field[field], data, &value);
	return value;
}

static void read_event(struct trace *t, void *data, uint64_t time_ns)
{
	struct event event = {
		.time_ns = time_ns,
		.duration_ns = read_field(t, FIELD_DURATION, data),
		.code = read_field(t, FIELD_CODE, data),
		.status = read_field(t, FIELD_STATUS, data),
		.outcome = read_field(t, FIELD_OUTCOME, data),
	};

	aggregate_event(t->sums, &event);
}

/* Take what is in the buffers of all CPUs */
static void read_events(struct trace *t)
{
	for (int i = 0; i < t->nr_cpus; i++) {
		if (!t->cpu[i])
			continue;
		while (tracefs_cpu_read(t->cpu[i], t->page, true) > 0) {
			unsigned long long time_ns;
			int missed;
			void *data;

			kbuffer_load_subbuffer(t->kbuffer, t->page);
			missed = kbuffer_missed_events(t->kbuffer);
			t->lost += missed > 0 ? missed : missed < 0;
			for (data = kbuffer_read_event(t->kbuffer, &time_ns); data;
			     data = kbuffer_next_event(t->kbuffer, &time_ns)) {
				struct tep_record record = { .data = data };

				if (tep_data_type(t->tep, &record) == t->event->id)
					read_event(t, data, time_ns);
			}
		}
	}
}

/* Phases */

static void begin_idle(struct trace *t, uint64_t from_ns, const char *by)
{
	char after[16];

	if (t->idle_by)
		return;
	t->idle_by = by;
	t->sums->idle_from_ns = from_ns;
	out_ns(after, sizeof(after), from_ns - t->start_ns);
	note("partition %u: idle after %s (%s)", t->info.out_handle, after, by);
}

/* User and system time of a thread of the VMM */
static bool cpu_time(uint32_t tid, uint64_t *ns)
{
	unsigned long long user, system;
	char line[1024], *fields;

	if (!read_line(line, sizeof(line), "/proc/%u/task/%u/stat", tid, tid))
		return false;
	/* The command in parentheses may hold anything; utime is the 12th field after it */
	fields = strrchr(line, ')');
	if (!fields || sscanf(fields + 1, " %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu",
			      &user, &system) != 2)
		return false;
	*ns = (user + system) * (NSEC_PER_SEC / sysconf(_SC_CLK_TCK));
	return true;
}

/*
 * Idle is what a guest is after it has done something: before its first hypercall,
 * processors that rest are only not started yet.
 */
static void sample_idle(struct trace *t, uint64_t now)
{
	struct hvpersona_vp_info vp;
	size_t count = 0;

	t->vp = reallocarray(t->vp, t->info.out_vps + 1, sizeof(*t->vp));
	for (uint32_t index = 0; count < t->info.out_vps && !vp_next(t->partition, index, &vp);
	     index = vp.out_vp_index + 1) {
		t->vp[count].tid = vp.out_tid;
		if (vp.out_tid && cpu_time(vp.out_tid, &t->vp[count].cpu_ns))
			count++;
	}
	if (idle_sample(&t->idle, now, t->vp, t->info.out_hypercalls ? count : 0))
		begin_idle(t, t->idle.since_ns, "processors halted");
}

static void find_idle(struct trace *t, uint64_t now)
{
	if (t->idle_by)
		return;
	if (t->idle_after_ns == IDLE_NEVER) {
		if (t->info.out_state == HVPERSONA_STATE_ACTIVE)
			sample_idle(t, now);
	} else if (now - t->start_ns >= t->idle_after_ns) {
		begin_idle(t, t->start_ns + t->idle_after_ns, "time");
	}
}

/* What has to be done now and then */
static void watch(struct trace *t)
{
	struct hvpersona_partition_info info;
	uint64_t now = now_ns();

	if (!partition_info(t->partition, &info)) {
		if (info.out_state == HVPERSONA_STATE_ACTIVE)
			t->info = info;
		else if (info.out_state == HVPERSONA_STATE_GONE && !t->child)
			t->stop = true;
	}
	find_idle(t, now);
	read_events(t);
	/* What came since idle.since_ns may turn out to belong to the idle phase */
	aggregate_settle(t->sums, t->idle_by || !t->idle.since_ns ? now : t->idle.since_ns);
	if (t->duration_ns && now - t->start_ns >= t->duration_ns)
		t->stop = true;
}

/* Events from outside: signals, the program's end, keys */

static void handle_signal(struct trace *t)
{
	struct signalfd_siginfo si;

	if (read(t->signals, &si, sizeof(si)) != sizeof(si))
		return;
	switch (si.ssi_signo) {
	case SIGCHLD:
		if (t->child && waitpid(t->child, &t->child_status, WNOHANG) == t->child) {
			t->child = 0;
			t->stop = true;
		}
		break;
	case SIGUSR1:
		begin_idle(t, now_ns(), "signal");
		break;
	default:
		if (!t->child)
			t->stop = true;
		else if (si.ssi_code != SI_KERNEL)	/* the terminal has sent it to the child, too */
			kill(t->child, si.ssi_signo);
	}
}

static void handle_key(struct trace *t)
{
	char key;

	if (read(STDIN_FILENO, &key, 1) != 1)
		t->keys = false;
	else if (t->idle_by)
		t->stop = true;
	else
		begin_idle(t, now_ns(), "key");
}

static void wait_event(struct trace *t)
{
	struct pollfd fds[] = {
		{ .fd = t->signals, .events = POLLIN },
		{ .fd = t->keys ? STDIN_FILENO : -1, .events = POLLIN },
	};

	if (poll(fds, ARRAY_SIZE(fds), PERIOD_MS) <= 0)
		return;
	if (fds[0].revents)
		handle_signal(t);
	if (fds[1].revents)
		handle_key(t);
}

/* Keys are for us only if no program of ours may want them */
static void keyboard_begin(struct trace *t, bool wanted)
{
	struct termios raw;

	t->keys = wanted && tcgetpgrp(STDIN_FILENO) == getpgrp() && !tcgetattr(STDIN_FILENO, &t->termios);
	if (!t->keys)
		return;
	raw = t->termios;
	raw.c_lflag &= ~(ICANON | ECHO);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
}

static void signals_begin(struct trace *t)
{
	static const int numbers[] = { SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGCHLD };
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++)
		sigaddset(&mask, numbers[i]);
	sigprocmask(SIG_BLOCK, &mask, &t->old_mask);
	t->signals = signalfd(-1, &mask, SFD_CLOEXEC);
}

static bool start_program(struct trace *t, char **program)
{
	fflush(NULL);
	t->child = fork();
	if (t->child < 0) {
		fail_errno(NULL, "%s", program[0]);
		return false;
	}
	if (!t->child) {
		sigprocmask(SIG_SETMASK, &t->old_mask, NULL);
		int status = exec_program(program);

		fflush(stdout);
		_exit(status);
	}
	return true;
}

/* Command */

static bool get_options(struct trace *t, const struct args *args, uint64_t *buffer_kib)
{
	const char *const *opt = args->opt;

	*buffer_kib = BUFFER_KIB;
	t->idle_after_ns = IDLE_NEVER;
	t->out = stdout;
	if ((opt[OPT_IDLE_AFTER] && !parse_seconds("--idle-after", opt[OPT_IDLE_AFTER], &t->idle_after_ns)) ||
	    (opt[OPT_DURATION] && !parse_seconds("--duration", opt[OPT_DURATION], &t->duration_ns)) ||
	    (opt[OPT_BUFFER] && !parse_number("--buffer", opt[OPT_BUFFER], 1 << 20, buffer_kib)))
		return false;
	if (args->program && args->argc)
		return usage("trace: a partition or a program, not both"), false;
	if (!args->program && (opt[OPT_ROLE] || opt[OPT_PRIVILEGES]))
		return usage("trace: --role and --privileges are for a program that is started"), false;
	if (opt[OPT_OUTPUT])
		t->out = fopen(opt[OPT_OUTPUT], "we");
	if (!t->out)
		fail_errno((const struct words[]) { { ENOENT, "no such directory" }, { 0 } }, "%s",
			   opt[OPT_OUTPUT]);
	return t->out;
}

static bool open_partition(struct trace *t, const struct args *args)
{
	if (args->program) {
		t->partition = claim(args, &t->dev);
	} else {
		t->dev = device_open();
		t->partition = t->dev < 0 ? -1 : partition_find(t->dev, args->argc ? args->argv[0] : NULL);
	}
	if (t->partition < 0 || calls_load(t->dev, &t->calls) < 0)
		return false;
	if (partition_info(t->partition, &t->info) < 0) {
		fail_errno(NULL, "partition");
		return false;
	}
	if (args->program)
		snprintf(t->info.out_comm, sizeof(t->info.out_comm), "%s", basename(args->program[0]));
	return true;
}

/* A machine that lived for less than a period has not been looked at */
static void last_info(struct trace *t)
{
	struct hvpersona_partition_info info;

	if (t->info.out_state == HVPERSONA_STATE_CLAIMED && !partition_info(t->partition, &info) &&
	    info.out_state != HVPERSONA_STATE_CLAIMED)
		t->info = info;
}

/*
 * Once the trace is over, a program that --duration cuts short has to go. Returns
 * the exit status for hvctl: the program's, unless it was cut short.
 */
static int end_program(struct trace *t)
{
	bool cut = t->child;

	if (cut) {
		kill(t->child, SIGTERM);
		waitpid(t->child, &t->child_status, 0);
		t->child = 0;
	}
	t->child_status = WIFSIGNALED(t->child_status) ? 128 + WTERMSIG(t->child_status) :
			  WEXITSTATUS(t->child_status);
	return cut ? EXIT_OK : t->child_status;
}

static int trace(struct args *args)
{
	struct trace t = { .idle = { .window_ns = IDLE_WINDOW_NS, .percent = IDLE_PERCENT } };
	uint64_t buffer_kib;
	int status;

	if (!get_options(&t, args, &buffer_kib) || !open_partition(&t, args))
		return failure;
	t.sums = aggregate_new();
	signals_begin(&t);
	if (!trace_begin(&t, buffer_kib)) {
		trace_end(&t);
		return failure;
	}
	t.start_ns = now_ns();
	t.sums->start_ns = t.start_ns;
	if (args->program && !start_program(&t, args->program)) {
		trace_end(&t);
		return failure;
	}
	keyboard_begin(&t, !args->program && !args->opt[OPT_NO_KEY]);
	if (!args->program)
		note("tracing partition %u; %s", t.info.out_handle, t.keys ?
		     "press a key when the guest is idle, and another one to end" :
		     "SIGUSR1 tells that the guest is idle, SIGINT ends");
	while (!t.stop) {
		watch(&t);
		if (!t.stop)
			wait_event(&t);
	}
	t.end_ns = now_ns();
	last_info(&t);
	tracefs_event_disable(t.instance, SYSTEM, EVENT);
	read_events(&t);
	aggregate_settle(t.sums, IDLE_NEVER);
	trace_end(&t);
	if (t.keys)
		tcsetattr(STDIN_FILENO, TCSANOW, &t.termios);
	status = end_program(&t);
	if (t.sums->events || status < EXIT_CANNOT_EXEC) {
		struct report r = {
			.handle = t.info.out_handle, .role = t.info.out_role, .vps = t.info.out_vps,
			.start_ns = t.start_ns, .end_ns = t.end_ns, .idle_by = t.idle_by, .lost = t.lost,
			.exit_status = args->program ? &t.child_status : NULL,
			.sums = t.sums, .calls = &t.calls,
			.all = args->opt[OPT_ALL], .phases = args->opt[OPT_PHASES],
		};

		snprintf(r.command, sizeof(r.command), "%s", t.info.out_comm);
		report(t.out, &r);
	}
	aggregate_free(t.sums);
	if (fflush(t.out))
		return fail_errno(NULL, "%s", args->opt[OPT_OUTPUT] ?: "result");
	return status;
}

const struct object object_trace = {
	"trace", "which hypercalls a guest makes while it boots and while it is idle",
	(const struct command[]) {
		{ NULL, "[PARTITION | -- PROGRAM [ARGUMENTS]]",
		  "trace a partition, or a program from power-on until it ends",
		  BIT(OPT_ROLE) | BIT(OPT_PRIVILEGES) | BIT(OPT_VSM) | BIT(OPT_VTL) |
		  BIT(OPT_IDLE_AFTER) | BIT(OPT_DURATION) | BIT(OPT_NO_KEY) | BIT(OPT_ALL) |
		  BIT(OPT_PHASES) | BIT(OPT_OUTPUT) | BIT(OPT_BUFFER),
		  1, true, trace },
		{ 0 }
	}
};
