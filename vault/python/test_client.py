"""Run against a real agent, whose vault has A = "first" and whose socket tacit finds here."""

import os
import signal
import subprocess
import sys
import threading
import unittest

from tacit_vault import Change, SecretClient, SecretEntry, SecretError, sockets


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.warned = []
        self.secrets = SecretClient(on_warning=self.warned.append)

    def refused(self, code, do, *args, **named):
        with self.assertRaises(SecretError) as caught:
            do(*args, **named)
        self.assertEqual(caught.exception.code, code, caught.exception)
        return caught.exception

    def test_1_read_update_used(self):
        self.assertEqual(self.secrets.read_secret("A"), SecretEntry("A", "first"))
        value = {"from": "python", "text": "é😀", "big": 12345678901234567890}
        entry = self.secrets.update_secret("A", value)
        entry.value["from"] = "changed by the caller"
        self.assertEqual(self.secrets.read_secret("A").value, value)
        self.assertEqual(self.secrets.get_used_secrets(), [SecretEntry("A", value)])
        self.assertNotIn("python", repr(entry))

    def test_2_errors(self):
        e = self.refused("not_found", self.secrets.read_secret, "NONE")
        self.assertEqual((e.op, e.key), ("read", "NONE"))
        self.assertTrue(e.remedy)
        self.refused("not_found", self.secrets.update_secret, "NONE", "x")
        self.refused("not_found", self.secrets.delete_secret, "NONE")
        self.refused("not_found", self.secrets.get_history, "NONE")
        for name in ("../x", "", "a" * 101, "a\n", None):
            self.refused("invalid_name", self.secrets.read_secret, name)
        for value in ({1, 2}, float("nan"), object(), "\ud800"):
            self.refused("invalid_value", self.secrets.update_secret, "A", value)
        e = self.refused("invalid_value", self.secrets.update_secret, "A", "canary" * 2000)
        self.assertNotIn("canary", str(e) + str(e.hint))

    def test_3_create_list_history_delete(self):
        self.assertEqual(self.secrets.create_secret("P_NEW", "one").value, "one")
        self.refused("exists", self.secrets.create_secret, "P_NEW", "two")
        self.secrets.update_secret("P_NEW", "two")
        listed = self.secrets.list_secrets(prefix="P_", details=True)
        self.assertEqual([(i.name, i.version, i.kind, i.size) for i in listed], [("P_NEW", 2, "text", 3)])
        self.assertEqual([i.version for i in self.secrets.get_history("P_NEW")], [2, 1])
        self.assertTrue(self.secrets.delete_secret("P_NEW").deleted)
        self.assertEqual(self.secrets.list_secrets(prefix="P_"), [])
        self.assertEqual([i.deleted for i in self.secrets.list_secrets(prefix="P_", deleted=True)], [True])
        self.assertEqual(self.secrets.get_used_secrets(), [])

    def test_4_watch(self):
        self.secrets.create_secret("W_A", 1)
        changes = self.secrets.watch_secrets(prefix="W_", interval=0.01)
        self.secrets.create_secret("OTHER", 1)
        self.secrets.update_secret("W_A", 2)
        self.assertEqual(next(changes), Change("W_A", 2, False))
        self.secrets.delete_secret("W_A")
        self.assertEqual(next(changes), Change("W_A", 3, True))

    def test_5_threads(self):
        read = []
        threads = [threading.Thread(target=lambda: read.append(self.secrets.read_secret("OTHER").value)) for _ in range(20)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        self.assertEqual(read, [1] * 20)

    def test_6_socket_of_others(self):
        path = sockets.find_socket(None, os.environ, os.getcwd())
        os.chmod(path, 0o666)
        self.refused("unsafe", self.secrets.read_secret, "A")
        os.chmod(path, 0o600)
        self.secrets.read_secret("A")
        self.refused("locked", SecretClient(vault="elsewhere").read_secret, "A")

    def test_7_locked(self):
        changes = self.secrets.watch_secrets(interval=0.01)
        subprocess.run(["tacit", "lock"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.refused("locked", self.secrets.read_secret, "A")
        self.refused("locked", next, changes)
        self.assertEqual(self.warned, [])


if __name__ == "__main__":
    signal.alarm(300)
    unittest.main(argv=sys.argv[:1])
