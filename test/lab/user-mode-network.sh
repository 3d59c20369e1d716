# shellcheck shell=sh
# The network of user-mode-linux.lab-spec.ts, made by a shell with `set -e` in a kernel that has nothing yet:
#
#   client - near = far - server    two links between the routers; behind the server's 10.3.0.2 further addresses
#   client = paths                  one link for each disturbance that netem makes of the answers
#
# and on the client itself one of each kind of interface. Without IPv6 in the kernel there is none in here.
six() { if [ -e /proc/net/if_inet6 ]; then cat; else cat >/dev/null; fi; }

/run/modprobe -a mpls_router mpls_iptunnel
# A burst of probes finds every refusal, of those of routes as well.
echo 0 >/proc/sys/net/ipv4/route/error_cost
# Addresses are usable at once: new namespaces inherit it.
echo 1 >/proc/sys/net/core/devconf_inherit_init_net
for which in all default; do
  [ ! -e /proc/net/if_inet6 ] || echo 0 >/proc/sys/net/ipv6/conf/$which/accept_dad
done
for name in client near far server paths; do
  ip netns add $name
  ip -n $name link set lo up
done

ip -batch - <<.
link add uplink netns client type veth peer name downlink netns near
link add left netns near type veth peer name left netns far
link add right netns near type veth peer name right netns far
link add lan netns far type veth peer name lan netns server
link add red0 netns client type veth peer name red netns paths
.
ip -n client -batch - <<.
addr add 10.1.0.1/24 brd + dev uplink
link set uplink up
route add default via 10.1.0.2
.
ip -n near -batch - <<.
addr add 10.1.0.2/24 dev downlink
addr add 10.12.0.1/24 dev left
addr add 10.13.0.1/24 dev right
link set downlink up
link set left up
link set right up
route add 10.3.0.0/16 via 10.12.0.2
route add 10.4.0.0/24 nexthop via 10.12.0.2 nexthop via 10.13.0.2
route add 10.9.0.0/24 via 10.12.0.2
route add blackhole 10.66.0.0/16
route add unreachable 10.67.0.0/16
route add prohibit 10.68.0.0/16
.
ip -n far -batch - <<.
addr add 10.12.0.2/24 dev left
addr add 10.13.0.2/24 dev right
addr add 10.3.0.1/24 dev lan
link set left up
link set right up
link set lan up
route add 10.1.0.0/24 via 10.12.0.1
route add 10.3.0.0/16 via 10.3.0.2
route add 10.4.0.0/24 via 10.3.0.2
route add 10.9.0.0/24 via 10.12.0.1
.
ip -n server -batch - <<.
addr add 10.3.0.2/24 dev lan
link set lan up
route add default via 10.3.0.1
route add local 10.3.1.0/24 dev lo
addr add 10.4.0.2/32 dev lo
addr add 10.7.0.2/32 dev lo
.
six <<. | ip -n client -batch -
addr add fd01::1/64 dev uplink nodad
route add default via fd01::2
.
six <<. | ip -n near -batch -
addr add fd01::2/64 dev downlink nodad
addr add fd12::1/64 dev left nodad
route add fd03::/16 via fd12::2
route add fd66::/16 via fd12::2
.
six <<. | ip -n far -batch -
addr add fd12::2/64 dev left nodad
addr add fd03::1/64 dev lan nodad
route add fd01::/64 via fd12::1
route add unreachable fd66::/64
.
six <<. | ip -n server -batch -
addr add fd03::2/64 dev lan nodad
addr add fd03::80/64 dev lan nodad
addr add fd03::81/64 dev lan nodad
route add default via fd03::1
.
# MPLS comes in by the first link of each. Routers tell by which of their links a packet came, and a burst of
# probes loses no answer: ping has sockets of its own, as under systemd, and gets no copy of what others are answered.
while read -r name link forward; do
  # shellcheck disable=SC2016
  ip netns exec "$name" sh -ec '
    cd /proc/sys/net
    echo 0 2147483647 >ipv4/ping_group_range
    echo 0 >ipv4/icmp_ratelimit
    echo 100000 >ipv4/icmp_msgs_per_sec
    echo 100000 >ipv4/icmp_msgs_burst
    echo 1000 >mpls/platform_labels
    echo 1 >"mpls/conf/$1/input"
    echo "$2" >ipv4/ip_forward
    echo 1 >ipv4/fib_multipath_hash_policy
    echo 1 >ipv4/icmp_errors_use_inbound_ifaddr
    [ -e ipv6/conf ] || exit 0
    echo 0 >ipv6/icmp/ratelimit
    echo "$2" >ipv6/conf/all/forwarding' - "$link" "$forward"
done <<.
client uplink 0
near downlink 1
far left 1
server lan 0
.

# Filters, on the host itself and on the router before it.
ip netns exec server iptables-legacy-restore <<.
*filter
-A INPUT -d 10.3.1.10 -j DROP
-A INPUT -d 10.3.1.11 -j REJECT --reject-with icmp-net-unreachable
-A INPUT -d 10.3.1.13 -j REJECT --reject-with icmp-proto-unreachable
-A INPUT -d 10.3.1.14 -j REJECT --reject-with icmp-port-unreachable
-A INPUT -d 10.3.1.15 -j REJECT --reject-with icmp-net-prohibited
-A INPUT -d 10.3.1.17 -j REJECT --reject-with icmp-admin-prohibited
COMMIT
.
ip netns exec far iptables-legacy-restore <<.
*filter
-A FORWARD -d 10.3.1.20 -j DROP
-A FORWARD -d 10.3.1.21 -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -d 10.3.1.22 -j REJECT --reject-with icmp-admin-prohibited
COMMIT
.
six <<. | ip netns exec server ip6tables-legacy-restore
*filter
-A INPUT -d fd03::80 -j REJECT --reject-with icmp6-adm-prohibited
-A INPUT -d fd03::81 -p ipv6-icmp --icmpv6-type echo-request -j DROP
COMMIT
.

# Labels 100 and 200 at the client, 300 for 100 between the routers, 200 alone to the server.
ip -n client route add 10.7.0.0/24 encap mpls 100/200 via 10.1.0.2 dev uplink
ip -n near -f mpls route add 100 as 300 via inet 10.12.0.2 dev left
ip -n far -f mpls route add 300 via inet 10.3.0.2 dev lan
ip -n server -f mpls route add 200 dev lo

# What netem makes of the answers of 10.20.N.2. Both ends know each other: the questions of ARP are not delayed.
while read -r number disturbance; do
  echo "link add c$number netns client address 02:00:00:00:$number:01 type veth peer name p$number netns paths address 02:00:00:00:$number:02" >&3
  while read -r name link own other; do
    echo "addr add 10.20.$number.$own/24 dev $link$number
link set $link$number up
neigh add 10.20.$number.$other lladdr 02:00:00:00:$number:0$other dev $link$number" >>"$TMPDIR/$name"
  done <<..
client c 1 2
paths p 2 1
..
  # Nothing but what is asked for: no words of IPv6.
  echo "link set p$number addrgenmode none" >>"$TMPDIR/quiet"
  [ -z "$disturbance" ] || echo "qdisc add dev p$number root netem limit 100000 $disturbance" >>"$TMPDIR/tc"
done 3>"$TMPDIR/links" <<.
10
11 delay 100ms
12 delay 1200ms
13 delay 3s
14 delay 305ms 295ms
15 duplicate 100%
16 delay 500ms reorder 50%
17 loss 20%
18 loss 100%
.
ip -batch "$TMPDIR/links"
six <"$TMPDIR/quiet" | ip -n paths -batch -
ip -n client -batch "$TMPDIR/client"
ip -n paths -batch "$TMPDIR/paths"
tc -n paths -batch "$TMPDIR/tc"

# One of each kind on the client.
ip -n client -batch - <<.
link add link uplink name uplink.42 type vlan id 42
link add link uplink name provider type vlan id 7 protocol 802.1ad
link add member0 type dummy
link add member1 type dummy
link add bond0 type bond mode active-backup miimon 100
link set member0 master bond0
link set member1 master bond0
link set bond0 up
link add member2 type dummy
link add bond1 type bond mode 802.3ad
link set member2 master bond1
link set bond1 up
link add bond2 type bond mode balance-rr
link add port0 type dummy
link add bridge0 type bridge forward_delay 200 stp_state 1 vlan_filtering 1
link set port0 master bridge0
link set port0 up
link set bridge0 up
link add red type vrf table 10
link add blue type vrf table 4000000000
link set red up
link set red0 master red
addr add 10.50.0.1/24 dev red0
link set red0 up
route add default via 10.50.0.2 vrf red
route add blackhole 10.50.0.0/24
link add tunnel0 type gre local 10.1.0.1 remote 10.1.0.2
link add tunnel1 type sit local 10.1.0.1 remote 10.1.0.2
link add tunnel2 type ipip local 10.1.0.1 remote 10.1.0.2
link add tap0 type gretap local 10.1.0.1 remote 10.1.0.2
link add plain type dummy
link property add dev plain altname a-rather-long-alternative-name-of-plain altname short
link set plain alias 'to "core" 1/2'
link set plain up
addr add 10.60.0.1/24 dev plain
addr add 10.60.0.2/24 dev plain
addr add 10.60.1.1 peer 10.60.1.2/32 dev plain
link add above link plain type macvlan mode bridge
link set uplink.42 up
addr add 10.42.0.1/24 dev uplink.42
route add 10.61.0.0/16 nexthop via 10.60.0.3 weight 1 nexthop via 10.1.0.2 weight 3
route add 10.62.0.0/16 nexthop encap mpls 40 via 10.60.0.3 dev plain nexthop encap mpls 50/60 via 10.1.0.2 dev uplink
nexthop add id 7 via 10.60.0.3 dev plain
route add 10.63.0.0/16 nhid 7
route add 10.64.0.0/16 via 10.1.0.2 mtu 1300 tos 0x10
route add prohibit 10.65.0.0/16 metric 4294967295
route add 10.70.0.0/16 via 10.1.0.2 table 4000000000
rule add to 10.70.0.0/16 lookup 4000000000 priority 500
rule add iif uplink.42 prohibit priority 501
neigh add 10.60.0.3 lladdr 02:00:00:00:60:03 dev plain nud permanent
neigh add 10.50.0.9 lladdr 02:00:00:00:50:09 dev red0 nud permanent
neigh add proxy 10.60.0.99 dev plain
.
six <<. | ip -n client -batch -
link add vxlan0 type vxlan id 9 dev uplink dstport 4789
route add fd61::/64 nexthop via fd01::2 weight 1 nexthop via fd01::3 weight 3
route add fd62::/64 encap mpls 70 via fd01::2 dev uplink
neigh add fd01::50 lladdr 02:00:00:00:01:50 dev uplink nud permanent
.
ip -n paths -batch - <<.
addr add 10.50.0.2/24 dev red
link set red up
.

ip netns exec client python3 "$HERE/bound-sockets.py" "$TMPDIR/bound" &
until [ -e "$TMPDIR/bound" ]; do sleep 0.1; done
