#!/bin/sh
# The first process of a User Mode Linux kernel; see user-mode-linux.ts. From the command line of the kernel: LAB, a
# directory of the host to exchange files by; SETUP, a script, and NAMESPACE, where the commands are run that are in LAB;
# SECONDS_LEFT, after which the kernel ends whatever happens.
export PATH=/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
end() { echo o >/proc/sysrq-trigger; sleep 60; }
(sleep "$SECONDS_LEFT"; end) &

mkdir -p /run/lab /run/tmp /run/modules/lib/modules
export TMPDIR=/run/tmp
mount -t hostfs -o "$LAB" lab /run/lab
cd /run/lab || end
# Modules are where modprobe does not look, and / cannot be written.
ln -s /usr/lib/uml/modules/* /run/modules/lib/modules/
printf '#!/bin/sh\nexec modprobe -d /run/modules "$@"\n' >/run/modprobe
chmod +x /run/modprobe
echo /run/modprobe >/proc/sys/kernel/modprobe
hostname lab
ip link set lo up
# ipv6.disable=1 on the command line of the kernel reaches the module.
/run/modprobe ipv6

HERE=$(dirname "$SETUP") sh -e "$SETUP" >setup.said 2>&1 && ip netns exec "$NAMESPACE" sh commands
echo $? >status
end
