// SPDX-License-Identifier: GPL-2.0
/*
 * hvctl features, hvctl version: what kernel, CPU and module offer, and why
 * something is off.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <tracefs.h>
#include <unistd.h>

#include "hvctl.h"

#ifndef HVCTL_VERSION
#define HVCTL_VERSION	"unknown"
#endif

/* What hvctl can find out without changing anything */
struct host {
	struct utsname uts;
	char cpu[32];			/* vendor */
	const char *virtualization;	/* "svm", "vmx" or NULL */
	const char *kvm;		/* "kvm_amd", "kvm_intel" or NULL */
	const char *lockdown;		/* NULL: none */
	bool dev_kvm;
	bool loaded;
	char version[64];
	int dev, dev_errno;
	bool info_ok;
	struct hvpersona_info info;
	const char *tracefs;		/* directory or NULL */
	bool tracepoints;
};

static void probe_cpu(struct host *host)
{
	FILE *file = fopen("/proc/cpuinfo", "re");
	char line[8192];

	while (file && fgets(line, sizeof(line), file) && *line != '\n') {
		sscanf(line, "vendor_id : %31s", host->cpu);
		if (!strncmp(line, "flags", 5))
			host->virtualization = strstr(line, " svm") ? "svm" :
					       strstr(line, " vmx") ? "vmx" : NULL;
	}
	if (file)
		fclose(file);
}

static void probe(struct host *host)
{
	char line[64];

	memset(host, 0, sizeof(*host));
	uname(&host->uts);
	probe_cpu(host);
	host->kvm = !access("/sys/module/kvm_amd", F_OK) ? "kvm_amd" :
		    !access("/sys/module/kvm_intel", F_OK) ? "kvm_intel" : NULL;
	host->dev_kvm = !access("/dev/kvm", F_OK);
	if (read_line(line, sizeof(line), "/sys/kernel/security/lockdown") && !strstr(line, "[none]"))
		host->lockdown = strstr(line, "[integrity]") ? "integrity" : "confidentiality";
	host->loaded = module_loaded();
	read_line(host->version, sizeof(host->version), "/sys/module/hvpersona/version");
	host->dev = device_open_quiet();
	host->dev_errno = errno;
	host->info.size = sizeof(host->info);
	host->info_ok = host->dev >= 0 && !device_ioctl(host->dev, HVPERSONA_INFO, &host->info);
	tracefs_set_loglevel(TEP_LOG_NONE);
	host->tracefs = tracefs_tracing_dir();
	host->tracepoints = host->tracefs &&
			    tracefs_file_exists(NULL, "events/hvpersona/hvp_call_done/format");
}

static struct json_object *parameters_json(void)
{
	struct json_object *list = json_object_new_array();
	static const char dir[] = "/sys/module/hvpersona/parameters";
	DIR *parameters = opendir(dir);
	struct dirent *entry;
	char value[128], text[400];

	while (parameters && (entry = readdir(parameters))) {
		if (entry->d_name[0] == '.' ||
		    !read_line(value, sizeof(value), "%s/%s", dir, entry->d_name))
			continue;
		snprintf(text, sizeof(text), "%s=%s", entry->d_name, value);
		json_object_array_add(list, json_object_new_string(text));
	}
	if (parameters)
		closedir(parameters);
	return list;
}

static void add_opt(struct json_object *obj, const char *key, bool known, uint64_t value)
{
	json_object_object_add(obj, key, known ? json_object_new_uint64(value) : NULL);
}

static void add_feature(struct json_object *obj, const char *key, const struct host *host, uint64_t bit)
{
	json_object_object_add(obj, key, host->info_ok ?
		json_object_new_boolean(host->info.out_features & bit) : NULL);
}

static struct json_object *host_json(const struct host *host)
{
	struct json_object *obj = json_object_new_object();

	add_string(obj, "kernel", host->uts.release);
	add_string(obj, "machine", host->uts.machine);
	add_string(obj, "cpu_vendor", *host->cpu ? host->cpu : NULL);
	add_string(obj, "cpu_virtualization", host->virtualization);
	add_string(obj, "kvm_module", host->kvm);
	add_bool(obj, "dev_kvm", host->dev_kvm);
	add_string(obj, "lockdown", host->lockdown);
	add_bool(obj, "module_loaded", host->loaded);
	add_string(obj, "module_version", *host->version ? host->version : NULL);
	json_object_object_add(obj, "module_parameters", parameters_json());
	add_bool(obj, "dev_hvpersona", host->dev >= 0);
	add_opt(obj, "api_version", host->info_ok, host->info.out_api_version);
	add_feature(obj, "svm", host, HVPERSONA_FEATURE_SVM);
	add_feature(obj, "vmx", host, HVPERSONA_FEATURE_VMX);
	add_feature(obj, "hyperv_for_any_vmm", host, HVPERSONA_FEATURE_HV_TABLE);
	json_object_object_add(obj, "hooked", host->info_ok ?
			       json_object_new_boolean(host->info.out_hooked) : NULL);
	add_opt(obj, "calls", host->info_ok, host->info.out_calls);
	add_opt(obj, "partitions", host->info_ok, host->info.out_partitions);
	add_opt(obj, "max_partitions", host->info_ok, host->info.out_max_partitions);
	add_opt(obj, "max_vps", host->info_ok, host->info.out_max_vps);
	add_opt(obj, "max_children", host->info_ok, host->info.out_max_children);
	add_opt(obj, "max_depth", host->info_ok, host->info.out_max_depth);
	add_opt(obj, "max_child_vps", host->info_ok, host->info.out_max_child_vps);
	add_opt(obj, "max_ports", host->info_ok, host->info.out_max_ports);
	add_opt(obj, "max_connections", host->info_ok, host->info.out_max_connections);
	add_string(obj, "tracefs", host->tracefs);
	add_bool(obj, "tracepoints", host->tracepoints);
	return obj;
}

/* A line of the "off" list */
static void off(struct json_object *list, const char *what, const char *reason, const char *remedy)
{
	struct json_object *obj = json_object_new_object();

	add_string(obj, "what", what);
	add_string(obj, "reason", reason);
	add_string(obj, "remedy", remedy);
	json_object_array_add(list, obj);
}

static struct json_object *off_json(const struct host *host)
{
	struct json_object *list = json_object_new_array();

	if (strcmp(host->uts.machine, "x86_64"))
		off(list, "machine", "only x86_64 is supported", NULL);
	if (!host->virtualization)
		off(list, "kvm", "the CPU shows neither SVM nor VMX",
		    "switch virtualization on in the firmware, or nesting in the outer hypervisor");
	else if (!host->kvm)
		off(list, "kvm", "its module for this CPU is not loaded",
		    !strcmp(host->virtualization, "svm") ? "modprobe kvm_amd" : "modprobe kvm_intel");
	else if (!host->dev_kvm)
		off(list, "kvm", "/dev/kvm is missing", "udevadm trigger --name-match=kvm");
	if (!host->loaded && host->lockdown)
		off(list, "module", "not loaded, and the kernel is locked down: it takes signed modules only",
		    "make sign, then modprobe hvpersona");
	else if (!host->loaded)
		off(list, "module", "not loaded", "modprobe hvpersona (dmesg tells why if it fails)");
	else if (host->dev < 0)
		off(list, "/dev/hvpersona", strerror(host->dev_errno),
		    host->dev_errno == ENOENT ? "udevadm trigger --name-match=hvpersona" :
		    "run hvctl as root");
	else if (!host->info_ok)
		off(list, "/dev/hvpersona", "does not answer as hvpersona does", "hvctl version");
	if (host->info_ok && host->info.out_api_version != HVPERSONA_API_VERSION)
		off(list, "API", "module and hvctl are of different versions", "install both from one tree");
	if (host->info_ok && !(host->info.out_features & HVPERSONA_FEATURE_HV_TABLE))
		off(list, "hyperv_for_any_vmm",
		    "this kernel does not let the module switch KVM's Hyper-V support on",
		    "give QEMU the hv-* flags, at least -cpu host,hv-vpindex,hv-synic");
	if (host->info_ok && !host->info.out_hooked)
		off(list, "hook", "no virtual machine is attached or claimed: normal",
		    "hvctl run -- qemu-system-x86_64 ...");
	if (!host->tracefs)
		off(list, "trace", "tracefs cannot be reached",
		    "run hvctl as root; mount -t tracefs nodev /sys/kernel/tracing");
	else if (!host->tracepoints)
		off(list, "trace", host->loaded ? "the tracepoints cannot be read" :
		    "the tracepoints come with the module", host->loaded ? "run hvctl as root" : "modprobe hvpersona");
	return list;
}

static int features(struct args *args)
{
	static const struct field fields[] = {
		{ "kernel" }, { "machine" }, { "cpu_vendor" }, { "cpu_virtualization" }, { "kvm_module" },
		{ "dev_kvm" }, { "lockdown" }, { "module_loaded" }, { "module_version" },
		{ "module_parameters" }, { "dev_hvpersona" }, { "api_version" }, { "svm" }, { "vmx" },
		{ "hyperv_for_any_vmm" }, { "hooked" }, { "calls" }, { "partitions" },
		{ "max_partitions" }, { "max_vps" }, { "max_children" }, { "max_depth" },
		{ "max_child_vps" }, { "max_ports" },
		{ "max_connections" }, { "tracefs" }, { "tracepoints" },
	};
	struct json_object *obj, *list;
	struct host host;

	(void)args;
	probe(&host);
	obj = host_json(&host);
	list = off_json(&host);
	if (format != FORMAT_TEXT) {
		json_object_object_add(obj, "off", list);
		out_json(stdout, "features", obj);
		return EXIT_OK;
	}
	out_show("features", obj, FIELDS(fields));
	if (json_object_array_length(list))
		puts("\noff:");
	for (size_t i = 0; i < json_object_array_length(list); i++) {
		struct json_object *line = json_object_array_get_idx(list, i);
		const char *remedy = json_object_get_string(json_object_object_get(line, "remedy"));

		printf("  %s: %s\n", json_object_get_string(json_object_object_get(line, "what")),
		       json_object_get_string(json_object_object_get(line, "reason")));
		if (remedy)
			printf("    try: %s\n", remedy);
	}
	json_object_put(list);
	return EXIT_OK;
}

static int version(struct args *args)
{
	static const struct field fields[] = {
		{ "hvctl_version" }, { "hvctl_api_version" }, { "module_version" }, { "module_api_version" },
	};
	struct json_object *obj = json_object_new_object();
	struct host host;

	(void)args;
	probe(&host);
	add_string(obj, "hvctl_version", HVCTL_VERSION);
	add_number(obj, "hvctl_api_version", HVPERSONA_API_VERSION);
	add_string(obj, "module_version", *host.version ? host.version : NULL);
	add_opt(obj, "module_api_version", host.info_ok, host.info.out_api_version);
	out_show("version", obj, FIELDS(fields));
	return EXIT_OK;
}

const struct object object_features = {
	"features", "what kernel, CPU and module offer, and why something is off",
	(const struct command[]) {
		{ NULL, "", "works without the module and without root", 0, 0, false, features },
		{ 0 }
	}
};

const struct object object_version = {
	"version", "versions of hvctl and of the module",
	(const struct command[]) {
		{ NULL, "", "works without the module and without root", 0, 0, false, version },
		{ 0 }
	}
};
