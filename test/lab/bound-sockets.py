"""Sockets of a VRF and of an interface, bound with SO_BINDTODEVICE; the file named by the argument says that they are there."""

import signal
import socket
import sys


def bound(family, kind, device, address):
    one = socket.socket(family, kind)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, device.encode())
    one.bind(address)
    return one


listening = bound(socket.AF_INET, socket.SOCK_STREAM, "red", ("0.0.0.0", 8001))
listening.listen(3)
sockets = [listening, bound(socket.AF_INET, socket.SOCK_DGRAM, "red", ("10.50.0.1", 8002))]
# From the VRF to itself: both ends are here.
calling = bound(socket.AF_INET, socket.SOCK_STREAM, "red", ("10.50.0.1", 8003))
calling.connect(("10.50.0.1", 8001))
sockets += [calling, listening.accept()[0]]
try:
    dual = bound(socket.AF_INET6, socket.SOCK_STREAM, "uplink", ("::", 8004))
    dual.listen(7)
    sockets.append(dual)
except OSError:
    # A kernel without IPv6.
    pass
open(sys.argv[1], "w").close()
signal.pause()
