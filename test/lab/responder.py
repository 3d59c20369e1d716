"""Answers ICMP and UDP on a tun device in odd ways, in the network namespace that it is started in.

responder.py '{"10.80.0.10": {"delay": [0.0, 0.6], "drop": 0, "copies": 1, ...}}'. Writes a line when it is ready, and
ends when its stdin does.

Of an echo request: delay (seconds, from and to), drop (each n-th), copies, reorder (every other one by so many seconds),
source (another address that answers), cut (bytes of data that come back), flip (a byte of data that is wrong),
error ([type, code] of ICMP from a router, before the answer), mute (no answer).
Of a UDP probe: path, one entry a hop: {"from", "type", "code", "delay", "every": only each n-th probe, "labels"}; the
last entry is that of all further hops.
"""
import fcntl, json, os, random, struct, subprocess, sys, threading, time

TARGETS = json.loads(sys.argv[1])
tun = os.open('/dev/net/tun', os.O_RDWR)
fcntl.ioctl(tun, 0x400454CA, struct.pack('16sH', b'lab0', 0x1001))
for command in ('addr add 10.80.0.1/24 dev lab0', 'link set lab0 up'):
    subprocess.run(['ip', *command.split()], check=True)


def stop():
    sys.stdin.read()
    os._exit(0)


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total >> 16) + (total & 0xFFFF)
    return ~total & 0xFFFF


def packed(address):
    return bytes(map(int, address.split('.')))


def ip(source, destination, payload):
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 0, 0, 64, 1, 0, source, destination)
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


def icmp(kind, code, rest, body):
    packet = struct.pack('!BBH4s', kind, code, 0, rest) + body
    return packet[:2] + struct.pack('!H', checksum(packet)) + packet[4:]


def send(delay, packet):
    if delay > 0:
        threading.Timer(delay, os.write, (tun, packet)).start()
    else:
        os.write(tun, packet)


def echo(how, packet, number):
    ihl = (packet[0] & 15) * 4
    source, target = packet[12:16], packet[16:20]
    rest, body = packet[ihl + 4:ihl + 8], packet[ihl + 8:]
    if 'error' in how:
        kind, code = how['error']
        gateway = packed('10.80.0.3') if kind == 5 else b'\0' * 4
        send(0, ip(packed('10.80.0.2'), source, icmp(kind, code, gateway, packet[:ihl + 8])))
    if how.get('mute') or (how.get('drop') and number % how['drop'] == 0):
        return
    body = body[:how.get('cut', len(body))]
    if 'flip' in how:
        at = how['flip']
        body = body[:at] + b'\xff' + body[at + 1:]
    low, high = how.get('delay', [0, 0])
    wait = random.uniform(low, high) + (how.get('reorder', 0) if number % 2 else 0)
    for _ in range(how.get('copies', 1)):
        send(wait, ip(packed(how['source']) if 'source' in how else target, source, icmp(0, 0, rest, body)))


def probe(how, packet, number):
    ihl = (packet[0] & 15) * 4
    path = how['path']
    hop = path[min(packet[8], len(path)) - 1]
    if hop is None or number % hop.get('every', 1) != 0:
        return
    body = packet[:ihl + 8]
    rest = b'\0' * 4
    if 'labels' in hop:
        entries = b''.join(
            struct.pack('!I', label << 12 | (index == len(hop['labels']) - 1) << 8 | 1)
            for index, label in enumerate(hop['labels']))
        item = struct.pack('!HBB', 4 + len(entries), 1, 1) + entries
        head = struct.pack('!BBH', 0x20, 0, 0)
        body = (body + b'\0' * 128)[:128] + head[:2] + struct.pack('!H', checksum(head + item)) + item
        rest = b'\0\x20\0\0'
    senders = hop['from'] if isinstance(hop['from'], list) else [hop['from']]
    sender = packed(senders[number % len(senders)])
    send(hop.get('delay', 0), ip(sender, packet[12:16], icmp(hop.get('type', 11), hop.get('code', 0), rest, body)))


threading.Thread(target=stop, daemon=True).start()
print('{}', flush=True)
seen = {}
while True:
    packet = os.read(tun, 65535)
    if packet[0] >> 4 != 4:
        continue
    target = '.'.join(map(str, packet[16:20]))
    how = TARGETS.get(target)
    if how is None:
        continue
    ihl = (packet[0] & 15) * 4
    # Each address counts from 1 anew when it has been left alone for a while: a call is not told from the one before.
    now = time.monotonic()
    last, number = seen.get(target, (now, 0))
    number = 1 if now - last > 2 and number > 0 and not how.get('path') else number + 1
    seen[target] = (now, number)
    if packet[9] == 1 and packet[ihl] == 8:
        echo(how, packet, number)
    elif packet[9] == 17 and 'path' in how:
        probe(how, packet, number)
