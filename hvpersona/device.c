// SPDX-License-Identifier: GPL-2.0
/*
 * Devices that a root has attached to itself. Its machine's devices are its own from the beginning
 * and no IOMMU stands behind them, so this is a book, for a root that asks whose a device is.
 */
#include <linux/cleanup.h>
#include <linux/err.h>
#include <linux/list.h>

#include "device.h"

/**
 * struct device - An attached device
 * @node: In the partition's list
 * @id: HV_DEVICE_ID
 * @logical_id: By which the partition knows it
 */
struct device {
	struct list_head node;
	u64 id;
	u64 logical_id;
};

static struct device *find(struct hvp_partition *pt, u64 id)
{
	struct device *device;

	list_for_each_entry(device, &pt->devices, node)
		if (device->id == id)
			return device;
	return NULL;
}

static struct device *find_logical(struct hvp_partition *pt, u64 logical_id)
{
	struct device *device;

	list_for_each_entry(device, &pt->devices, node)
		if (device->logical_id == logical_id)
			return device;
	return NULL;
}

/**
 * hvp_device_attach - HvCallAttachDevice of a root on itself
 * @pt: Root partition
 * @id: HV_DEVICE_ID of a PCI device
 * @logical_id: Id by which it is detached
 *
 * Its pool pays.
 *
 * Return: SUCCESS; INVALID_DEVICE_STATE if device or logical id are attached; NO_RESOURCES at
 * HVP_MAX_DEVICES; INSUFFICIENT_MEMORY.
 */
enum hv_status hvp_device_attach(struct hvp_partition *pt, u64 id, u64 logical_id)
{
	struct device *device;

	guard(mutex)(&pt->lock);
	if (find(pt, id) || find_logical(pt, logical_id))
		return HV_STATUS_INVALID_DEVICE_STATE;
	if (pt->device_count == HVP_MAX_DEVICES)
		return HV_STATUS_NO_RESOURCES;
	device = hvp_pool_zalloc(&pt->pool, sizeof(*device));
	if (IS_ERR(device))
		return hvp_pool_status(PTR_ERR(device));
	device->id = id;
	device->logical_id = logical_id;
	list_add(&device->node, &pt->devices);
	pt->device_count++;
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_device_detach - HvCallDetachDevice of a root on itself
 * @pt: Root partition
 * @logical_id: As it was attached
 *
 * Return: SUCCESS; INVALID_DEVICE_ID if there is no such device.
 */
enum hv_status hvp_device_detach(struct hvp_partition *pt, u64 logical_id)
{
	struct device *device;

	guard(mutex)(&pt->lock);
	device = find_logical(pt, logical_id);
	if (!device)
		return HV_STATUS_INVALID_DEVICE_ID;
	list_del(&device->node);
	pt->device_count--;
	hvp_pool_free(&pt->pool, device, sizeof(*device));
	return HV_STATUS_SUCCESS;
}

/**
 * hvp_device_attached - Is a device attached to the root?
 * @pt: Root partition
 * @id: HV_DEVICE_ID
 */
bool hvp_device_attached(struct hvp_partition *pt, u64 id)
{
	guard(mutex)(&pt->lock);
	return find(pt, id);
}

/**
 * hvp_devices_clear - The machine was reset or is going: no device is attached any more
 * @pt: Partition; nobody else uses its devices
 */
void hvp_devices_clear(struct hvp_partition *pt)
{
	struct device *device, *next;

	list_for_each_entry_safe(device, next, &pt->devices, node)
		hvp_pool_free(&pt->pool, device, sizeof(*device));
	INIT_LIST_HEAD(&pt->devices);
	pt->device_count = 0;
}
