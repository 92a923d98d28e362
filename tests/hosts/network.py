"""Hosts on one network: a namespace each, joined by a bridge in another. Needs root and Debian's iproute2."""
import os
import subprocess


def ip(*words):
    done = subprocess.run(["ip", *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"ip {' '.join(words)}: {done.stderr.strip()} (as root?)")


class Network:
    def __init__(self):
        self.tag = f"c{os.getpid()}"
        self.hosts = {}
        self.switch = f"{self.tag}-switch"
        ip("netns", "add", self.switch)
        ip("-n", self.switch, "link", "add", "bridge", "type", "bridge")
        ip("-n", self.switch, "link", "set", "bridge", "up")

    def add(self, name):
        """A host, with an address of its own."""
        namespace, address = f"{self.tag}-{name}", f"10.77.0.{len(self.hosts) + 1}"
        ip("netns", "add", namespace)
        ip("link", "add", "eth0", "netns", namespace, "type", "veth", "peer", "name", name, "netns", self.switch)
        ip("-n", self.switch, "link", "set", name, "master", "bridge", "up")
        ip("-n", namespace, "addr", "add", f"{address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            ip("-n", namespace, "link", "set", link, "up")
        self.hosts[name] = address
        return address

    def link(self, name, state):
        """Pulls the plug of a host, "down", or puts it in again, "up"."""
        ip("-n", self.switch, "link", "set", name, state)

    def on(self, name, argv):
        """argv, to be run on that host."""
        return ["ip", "netns", "exec", f"{self.tag}-{name}", *map(str, argv)]

    def close(self):
        for name in [*self.hosts, "switch"]:
            subprocess.run(["ip", "netns", "del", f"{self.tag}-{name}"], capture_output=True)
