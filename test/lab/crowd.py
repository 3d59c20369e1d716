"""Sockets that show trouble, in the network namespace that it is started in: a listener of one place that accepts
nobody, five that want in, and one that calls where nothing answers. Writes a line when it has them, and ends when its
stdin does."""
import os, socket, sys, time

listener = socket.socket()
listener.bind(('127.0.0.1', 7777))
listener.listen(1)
clients = []
for port in [7777] * 5:
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(('127.0.0.1', port))
    clients.append(client)
lost = socket.socket()
lost.setblocking(False)
lost.connect_ex((sys.argv[1], 9))
# The kernel sends again after a second.
time.sleep(2.5)
print(os.getpid(), flush=True)
sys.stdin.read()
